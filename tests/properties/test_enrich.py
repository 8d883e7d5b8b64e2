"""However the stream delivers a history, the stored profile is the fold of the log."""

import json
from collections import Counter
from functools import reduce
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.event import Event, LogKey, Trust
from rapport.domain.identifiers import is_strong, person_id
from rapport.domain.profile import from_json, to_json
from rapport.domain.statements import registers_of
from rapport.domain.tally import (
    Tally,
    add,
    counted_as,
    fold_partition,
    once,
    tally_from_json,
    tally_to_json,
)
from rapport.events import fact_of
from tests.support.fakes import FakeLog
from tests.support.histories import (
    COOKIES,
    USERS,
    Delivery,
    WatchedPeople,
    enrich,
    histories,
    profile_of,
)

EVERYBODY = (*COOKIES, *USERS)
SEEDS = st.integers(0, 2**32)


def facts_in(history: list[Event]) -> list[tuple[str, str]]:
    return [e.key for e in history if fact_of(e.type) is not None]


def assert_views_are_folds(delivery: Delivery) -> None:
    history = delivery.history
    for root in {e.partition for e in history} | {e.home for e in history}:
        stored = delivery.stored(root)
        if stored is None:
            # Named by nothing but copies of messages that another copy stands for.
            assert not profile_of(root, history).totals, f"{root} has no view"
            continue
        assert to_json(stored) == to_json(profile_of(root, history)), root


def assert_every_fact_was_told(delivery: Delivery) -> None:
    """Of copies of a message, at least the one that stands; one may be told before it comes."""
    told = {(o.log_pk, o.log_sk) for _, _, o in delivery.people.published}
    history = [*delivery.history]
    assert set(facts_in(once(history))) <= told <= set(facts_in(history))


@given(histories(), st.randoms(use_true_random=False))
def test_a_partition_is_the_same_in_any_order_with_any_repeats(
    history: list[Event], random: Random
) -> None:
    for cookie in COOKIES:
        rows = [e for e in history if e.partition == cookie]
        again = [*rows, *random.choices(rows, k=3)] if rows else []
        random.shuffle(again)
        assert fold_partition(cookie, again) == fold_partition(cookie, rows)


@given(histories(), st.randoms(use_true_random=False))
def test_events_may_be_added_to_a_tally_in_any_order(history: list[Event], random: Random) -> None:
    shuffled = random.sample(history, k=len(history))
    assert reduce(add, shuffled, Tally()) == reduce(add, history, Tally())


@given(histories())
def test_tallies_and_profiles_survive_storing(history: list[Event]) -> None:
    for ref in {e.partition for e in history}:
        partition = fold_partition(ref, [e for e in history if e.partition == ref])
        for tally in partition.tallies.values():
            stored = json.loads(json.dumps(tally_to_json(tally)))
            assert tally_from_json(stored) == tally
    for root in EVERYBODY:
        profile = profile_of(root, history)
        assert from_json(to_json(profile)) == profile


@given(histories())
def test_every_event_counts_once_and_for_one_person(history: list[Event]) -> None:
    totals: Counter[str] = Counter()
    for root in EVERYBODY:
        totals.update(profile_of(root, history).totals)
    assert totals == Counter(counted_as(e) for e in once(history))


@given(histories())
def test_what_a_browser_asserts_never_displaces_a_verified_value(history: list[Event]) -> None:
    for root in EVERYBODY:
        register = profile_of(root, history).attributes.get("email")
        named = [registers_of(e).get("email") for e in once(history) if e.home == root]
        verified = [r for r in named if r is not None and r.trust is Trust.VERIFIED]
        if verified and is_strong(root):
            assert register is not None
            assert register.trust is Trust.VERIFIED
            assert register.stamp >= max(r.stamp for r in verified)


@settings(max_examples=300)
@given(histories(), SEEDS)
def test_whatever_the_stream_does_each_view_is_the_fold_of_the_log_and_no_fact_is_lost(
    history: list[Event], seed: int
) -> None:
    for chaos in range(seed, seed + 4):
        delivery = Delivery(history=history, random=Random(chaos))
        delivery.play()
        assert_views_are_folds(delivery)
        told = delivery.people.published
        assert_every_fact_was_told(delivery)
        owners = {e.key: e.owner for e in history}
        for person, _, occurrence in told:
            owner = owners[LogKey(occurrence.log_pk, occurrence.log_sk)]
            assert owner is None or person == person_id(owner), "a fact told of a stranger"


@given(histories(), st.integers(1, 6))
def test_a_stream_without_faults_tells_each_fact_once_and_writes_each_view_once_per_batch(
    history: list[Event], size: int
) -> None:
    log, people = FakeLog(), WatchedPeople()
    log.append(history)
    for start in range(0, len(log.stream), size):
        people.written.clear()
        result = enrich(log, people).batch(log.stream[start : start + size])
        assert not result.failures
        assert result.views == len(people.written) == len(set(people.written))
    told = Counter((o.log_pk, o.log_sk) for _, _, o in people.published)
    assert not told or max(told.values()) == 1
    assert set(facts_in(once(history))) <= set(told) <= set(facts_in(history))


@settings(max_examples=50)
@given(histories(max_size=6), SEEDS)
def test_a_process_may_die_before_any_call_and_the_batch_come_again_in_halves(
    history: list[Event], seed: int
) -> None:
    for half in (0, len(history) // 2):
        for call in range(1, 200):
            delivery = Delivery(history=history, random=Random(seed), shards=1)
            delivery.log.append(history)
            rows = delivery.log.stream
            delivery.people.calls.fail_after = call
            delivery.log.calls = delivery.people.calls
            survived = delivery._run(rows, delivery.people.calls) is not None
            delivery.people.calls.fail_after = None
            for part in (rows[:half], rows[half:]):
                delivery._run(part, delivery.people.calls)
            assert_views_are_folds(delivery)
            assert_every_fact_was_told(delivery)
            if survived:
                break


@pytest.fixture(scope="module")
def many() -> list[Delivery]:
    """A fixed hundred of deliveries, to see that the chaos is real."""
    found: list[Delivery] = []

    @settings(max_examples=100)
    @given(histories(), SEEDS)
    def collect(history: list[Event], seed: int) -> None:
        delivery = Delivery(history=history, random=Random(seed))
        delivery.play()
        found.append(delivery)

    collect()
    return found


def test_the_chaos_is_real(many: list[Delivery]) -> None:
    assert sum(d.crashes for d in many) > 50
    assert sum(d.intrusions for d in many) > 50
    assert sum(d.repeats for d in many) > 50
