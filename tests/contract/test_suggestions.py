"""What every review queue does, in memory and in DynamoDB alike."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest

from functions.enrich.suggest import Queue
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.domain.identifiers import Namespace
from rapport.errors import ConflictError
from rapport.suggestions import MAX_SHARING, Suggestion
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.support.observed import ANA, BEA, CLEO, ref
from tests.support.suggestions import FakeSuggestions

ONE, TWO, THREE = sorted((ANA, BEA, CLEO))
LIKELY = Suggestion(pair=(ONE, TWO), score=80, evidence=("The same name.",), at=NOW)
LESS = Suggestion(pair=(TWO, THREE), score=61, evidence=("The same city.", "More."), at=NOW)


@pytest.fixture
def queue(stores: Stores) -> Queue:
    return FakeSuggestions() if stores.name == "fake" else DynamoSuggestions(TABLE_NAMES["people"])


def test_suggestions_stand_beside_either_person_and_in_the_queue_best_first(queue: Queue) -> None:
    queue.put([LESS, LIKELY])
    assert queue.queue(limit=9) == [LIKELY, LESS]
    assert queue.queue(limit=1) == [LIKELY]
    assert queue.of([ONE]) == [LIKELY]
    assert queue.of([THREE, ref("nobody")]) == [LESS]
    assert queue.of([THREE, TWO, ONE]) == [LIKELY, LESS]
    assert queue.of([]) == []


def test_the_best_score_there_is_sorts_before_the_second_best(queue: Queue) -> None:
    certain = replace(LESS, score=100)
    queue.put([replace(LIKELY, score=99), certain, replace(LIKELY, pair=(ONE, THREE), score=9)])
    assert [each.score for each in queue.queue(limit=9)] == [100, 99, 9]


def test_a_suggestion_about_the_same_two_replaces_the_other_wherever_it_stands(
    queue: Queue,
) -> None:
    queue.put([LIKELY])
    later = replace(LIKELY, score=95, evidence=("The same phone number.",), at=NOW)
    queue.put([later])
    assert queue.queue(limit=9) == queue.of([ONE]) == queue.of([TWO]) == [later]
    # The same score for another reason.
    reasons = replace(later, evidence=("The same LinkedIn page.",))
    queue.put([reasons])
    assert queue.queue(limit=9) == queue.of([ONE]) == queue.of([TWO]) == [reasons]


def test_one_that_says_the_same_again_keeps_its_time(queue: Queue) -> None:
    queue.put([LIKELY])
    queue.put([replace(LIKELY, at=NOW + timedelta(days=1))])
    assert queue.queue(limit=9) == queue.of([TWO]) == [LIKELY]


def test_a_closed_suggestion_stands_nowhere_and_may_be_made_again(queue: Queue) -> None:
    queue.put([LIKELY, LESS])
    queue.close(LIKELY.pair)
    queue.close(LIKELY.pair)
    assert queue.queue(limit=9) == queue.of([TWO]) == [LESS]
    assert queue.of([ONE]) == []
    queue.put([LIKELY])
    assert queue.queue(limit=9) == [LIKELY, LESS]


def test_people_filed_under_one_key_find_one_another(queue: Queue) -> None:
    assert queue.file(ONE, ["k1", "k2"]) == frozenset()
    assert queue.file(TWO, ["k2", "k3"]) == {ONE}
    assert queue.file(THREE, ["k1", "k3"]) == {ONE, TWO}
    # Again, as after a redelivery.
    assert queue.file(ONE, ["k1", "k2"]) == {TWO, THREE}
    assert queue.file(ONE, ["k1", "k2"]) == {TWO, THREE}


def test_who_is_filed_anew_is_taken_out_of_the_former_keys(queue: Queue) -> None:
    queue.file(ONE, ["k1", "k2"])
    queue.file(ONE, ["k2"])
    assert queue.file(TWO, ["k1"]) == frozenset()
    assert queue.file(TWO, ["k2"]) == {ONE}
    queue.file(ONE, [])
    assert queue.file(TWO, ["k2"]) == frozenset()
    assert queue.file(ONE, ["k1", "k2"]) == {TWO}


def test_a_key_that_too_many_share_finds_nobody_any_more(queue: Queue) -> None:
    crowd = [ref(f"{n}", Namespace.ATS) for n in range(MAX_SHARING + 1)]
    for n, root in enumerate(crowd[:-1]):
        assert queue.file(root, ["crowded"]) == set(crowd[:n])
    assert queue.file(crowd[0], ["crowded"]) == set(crowd[1:-1])
    assert queue.file(crowd[-1], ["crowded", "own"]) == frozenset()
    # It stays so when they leave.
    for root in crowd:
        queue.file(root, [])
    assert queue.file(crowd[0], ["crowded"]) == frozenset()
    assert queue.file(crowd[1], ["crowded"]) == frozenset()


def test_whoever_is_forgotten_is_found_under_no_key_and_suggested_nowhere(queue: Queue) -> None:
    queue.file(ONE, ["k1", "k2"])
    queue.put([LIKELY, LESS])
    queue.forget(ONE)
    queue.forget(ONE)
    assert queue.file(TWO, ["k1", "k2"]) == frozenset()
    assert queue.queue(limit=9) == queue.of([ONE, TWO]) == [LESS]


def test_of_two_who_are_filed_at_the_same_time_one_finds_the_other(dynamo: Stores) -> None:
    queue = DynamoSuggestions(TABLE_NAMES["people"])
    crowd = [ref(f"{n}", Namespace.ATS) for n in range(12)]
    with ThreadPoolExecutor(max_workers=12) as pool:
        found = dict(
            zip(crowd, pool.map(lambda r: queue.file(r, ["k1", "k2"]), crowd), strict=True)
        )
    missed = [(a, b) for a, b in combinations(crowd, 2) if b not in found[a] and a not in found[b]]
    assert missed == []


def test_whoever_writes_at_the_same_time_leaves_one_suggestion_wherever_it_stands(
    dynamo: Stores,
) -> None:
    queue = DynamoSuggestions(TABLE_NAMES["people"])
    said = [replace(LIKELY, score=60 + n % 4, at=NOW + timedelta(seconds=n)) for n in range(24)]

    def write(each: Suggestion) -> None:
        try:
            queue.put([each])
        except ConflictError:
            return  # told to its caller, who may try again

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(write, said))
    [left] = queue.queue(limit=9)
    assert left in said
    assert queue.of([ONE]) == queue.of([TWO]) == [left]
    queue.close(left.pair)
    assert queue.queue(limit=9) == queue.of([ONE, TWO]) == []
