"""However the stream delivers a history, the stored profiles are those of the log.

Identifiers link, come apart and are decreed upon while workers die, get in each other's way and
deliver again: afterwards persons and profiles are what the events say by definition.
"""

from collections import Counter
from collections.abc import Iterable
from random import Random

from rapport.domain import names
from rapport.domain.copies import once
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Ref, is_strong, person_id
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import to_json
from rapport.events import ENGINE_SOURCE, PROFILE_CHANGED, PROFILE_CREATED, fact_of
from tests.support.definition import everybody
from tests.support.depth import rounds
from tests.support.fakes import Calls
from tests.support.histories import Delivery, Stores, enrich_of, facts_in, history

HISTORIES = rounds(1_800)
CALM = rounds(400)
HALVES = rounds(12)


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
    told = {LogKey(o.log_pk, o.log_sk) for _, _, o in stores.people.published if is_news(o)}
    rows = list(stores.log.rows.values())
    assert facts_in(once(rows), fact_of) <= told <= facts_in(rows, fact_of)


def is_news(occurrence: Occurrence) -> bool:
    return occurrence.name not in {PROFILE_CREATED.name, PROFILE_CHANGED.name}


def assert_versions_never_go_back(stores: Stores) -> None:
    last: dict[Ref, int] = {}
    for profile, version, _ in stores.people.versions:
        assert version == last.get(profile.root, 0) + 1
        last[profile.root] = version


def search(seeds: Iterable[int]) -> Counter[str]:
    """Deliver histories and check what is left; raises with the seed that failed."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        delivery = delivered(seed)
        stores = delivery.stores
        try:
            assert_views_are_by_definition(stores)
            assert_every_fact_was_told(stores)
            assert_versions_never_go_back(stores)
        except AssertionError as error:
            error.add_note(f"seed {seed}")
            raise
        counts.update(
            histories=1,
            crashes=delivery.crashes,
            intrusions=delivery.intrusions,
            repeats=delivery.repeats,
            views=len(stores.people.versions),
        )
        receipts = (e.type for e in stores.log.rows.values() if e.source == ENGINE_SOURCE)
        counts.update(receipts)
    return counts


def test_whatever_the_stream_does_profiles_are_those_of_the_log_and_no_fact_is_lost() -> None:
    counts = search(range(HISTORIES))
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    assert min(counts["crashes"], counts["intrusions"], counts["repeats"]) > HISTORIES
    assert min(counts[names.PROFILE_MERGED], counts[names.PROFILE_SPLIT]) > HISTORIES / 10


def test_a_stream_without_faults_writes_each_view_once_per_batch_and_repeats_change_nothing() -> (
    None
):
    for seed in range(CALM):
        random = Random(seed)
        stores, size = Stores(), random.randint(1, 6)
        stores.log.append(history(random))
        start = 0
        while start < len(stores.log.stream):
            stores.people.written.clear()
            rows = stores.log.stream[start : start + size]
            result = enrich_of(stores).batch(rows)
            assert not result.failures
            assert result.views == len(stores.people.written)
            most = max(Counter(stores.people.written).values(), default=1)
            assert most == 1, f"seed {seed}: a view was written {most} times"
            start += len(rows)
        assert_views_are_by_definition(stores)
        told = Counter((o.name, o.event_id, o.log_pk) for _, _, o in stores.people.published)
        assert max(told.values(), default=1) == 1, f"seed {seed}"
        stood = (len(stores.log.stream), dict(stores.clusters.rows))
        views, months = dict(stores.people.views), dict(stores.people.months)
        assert not enrich_of(stores).batch(stores.log.stream).failures
        profiles = {person: view.profile for person, view in views.items()}
        again = {person: view.profile for person, view in stores.people.views.items()}
        assert stood == (len(stores.log.stream), stores.clusters.rows), f"seed {seed}"
        assert (profiles, months) == (again, stores.people.months), f"seed {seed}"


def test_a_process_may_die_before_any_call_and_the_batch_come_again_in_halves() -> None:
    deaths = 0
    for seed in range(HALVES):
        events = history(Random(seed), most=6)
        for half in (0, len(events) // 2):
            for call in range(1, 400):
                delivery = Delivery(history=[], random=Random(seed), shards=1)
                delivery.stores.log.append(events)
                rows = list(delivery.stores.log.stream)
                survived = delivery.run(rows, Calls(fail_after=call)) is not None
                deaths += not survived
                for part in (rows[:half], rows[half:]):
                    delivery.run(part, Calls())
                while rest := delivery.stores.log.stream[len(rows) :]:
                    rows += rest
                    delivery.run(rest, Calls())
                assert_views_are_by_definition(delivery.stores)
                assert_every_fact_was_told(delivery.stores)
                if survived:
                    break
    print(f"{HALVES} histories, {deaths} deaths, one before each call")
