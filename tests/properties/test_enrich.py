"""However the stream delivers a history, the stored profiles are those of the log.

Identifiers link, come apart and are decreed upon while workers die, get in each other's way and
deliver again: afterwards persons and profiles are what the events say by definition.
"""

from collections import Counter
from random import Random

from rapport.domain.copies import once
from rapport.domain.event import LogKey
from rapport.domain.identifiers import is_strong, person_id
from rapport.domain.profile import to_json
from rapport.events import fact_of
from tests.support.definition import everybody
from tests.support.histories import Delivery, Stores, facts_in, history

HISTORIES = 1_800
HALVES = 60


def delivered(seed: int) -> Delivery:
    random = Random(seed)
    delivery = Delivery(history=history(random), random=random, shards=random.choice([1, 2, 2, 3]))
    delivery.play()
    return delivery


def assert_views_are_by_definition(stores: Stores) -> None:
    rows = list(stores.log.rows.values())
    people = everybody(rows)
    for ref in {*people.partitions, *people.roots}:
        by_definition = people.profile(ref)
        view = stores.people.views.get(person_id(ref))
        if view is None:
            # Named beside others only, or by copies that another stands for.
            assert is_strong(ref), f"{ref} has no view"
            assert not by_definition.totals, f"{ref} has no view"
            continue
        assert to_json(view.profile) == to_json(by_definition), ref


def assert_every_fact_was_told(stores: Stores) -> None:
    """Of copies of a message, at least the one that stands; one may be told before it comes."""
    told = {
        (o.log_pk, o.log_sk) for _, _, o in stores.people.published if fact_of(_type(stores, o))
    }
    rows = list(stores.log.rows.values())
    assert facts_in(once(rows), fact_of) <= told <= facts_in(rows, fact_of)


def _type(stores: Stores, occurrence) -> str:  # type: ignore[no-untyped-def]
    if occurrence.name in {"ProfileCreated", "ProfileChanged"}:
        return ""
    return stores.log.rows[LogKey(occurrence.log_pk, occurrence.log_sk)].type


def test_whatever_the_stream_does_profiles_are_those_of_the_log_and_no_fact_is_lost() -> None:
    counts: Counter[str] = Counter()
    for seed in range(HISTORIES):
        delivery = delivered(seed)
        stores = delivery.stores
        try:
            assert_views_are_by_definition(stores)
            assert_every_fact_was_told(stores)
        except AssertionError as error:
            error.add_note(f"seed {seed}")
            raise
        counts.update(
            histories=1,
            crashes=delivery.crashes,
            intrusions=delivery.intrusions,
            repeats=delivery.repeats,
        )
        counts.update(e.type for e in stores.log.rows.values() if e.type.startswith("Profile"))
    print(dict(counts))
