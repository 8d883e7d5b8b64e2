"""Which answers were passed on: in memory and in DynamoDB alike; and many at once on an engine."""

import pytest

from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.forwards import DynamoForwards
from rapport.inbox import Forwards
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.contract.test_races import WORKERS, together
from tests.support.answers import FakeInbox


@pytest.fixture
def forwards(stores: Stores) -> Forwards:
    return FakeInbox() if stores.name == "fake" else DynamoForwards(TABLE_NAMES["book"])


def test_an_answer_is_taken_on_once_and_again_only_when_it_was_given_back(
    forwards: Forwards,
) -> None:
    assert forwards.claim("a", NOW)
    assert not forwards.claim("a", NOW)
    assert forwards.claim("b", NOW)
    forwards.give_back("a", NOW)
    assert forwards.claim("a", NOW)
    assert not forwards.claim("a", NOW)


def test_of_many_workers_one_passes_an_answer_on(dynamo: Stores) -> None:
    forwards = DynamoForwards(TABLE_NAMES["book"])
    won = together([lambda: forwards.claim("a", NOW)] * WORKERS)
    print(f"workers that passed one answer on: {sum(won)} of {WORKERS}")
    assert sum(won) == 1
