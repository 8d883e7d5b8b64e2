"""Tokens that are good for one delivery: in memory and in DynamoDB alike; many at once too."""

from datetime import timedelta

import pytest

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.models import OnceRow
from rapport.adapters.dynamo.once import DynamoOnce, DynamoWeeks
from rapport.ats import Once
from rapport.domain.event import millis
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.contract.test_races import WORKERS, together
from tests.support.ats.door import FakeOnce

KEEP = timedelta(days=16)


@pytest.fixture
def once(stores: Stores) -> Once:
    return FakeOnce() if stores.name == "fake" else DynamoOnce(TABLE_NAMES["book"])


def test_a_token_is_its_deliverys_until_that_is_settled_and_nobodys_then(once: Once) -> None:
    assert once.claim("lever", "token", "digest", NOW, keep=KEEP)
    assert not once.claim("lever", "token", "another", NOW, keep=KEEP)
    assert once.claim("lever", "token", "digest", NOW, keep=KEEP)
    assert once.claim("second", "token", "another", NOW, keep=KEEP)
    assert once.claim("lever", "other", "another", NOW, keep=KEEP)
    once.settle("lever", "token")
    assert not once.claim("lever", "token", "digest", NOW, keep=KEEP)
    assert not once.claim("lever", "token", "another", NOW, keep=KEEP)
    assert once.claim("second", "token", "another", NOW, keep=KEEP)


def test_of_many_deliveries_with_one_token_one_is_taken(dynamo: Stores) -> None:
    once = DynamoOnce(TABLE_NAMES["book"])
    claims = [
        lambda n=number: once.claim("lever", "token", f"digest {n}", NOW, keep=KEEP)
        for number in range(WORKERS)
    ]
    won = together(claims)
    print(f"deliveries with one token that were taken: {sum(won)} of {WORKERS}")
    assert sum(won) == 1
    row = OnceRow.get(*keys.once_key("lever", "token"), consistent_read=True)
    assert row.expires == millis(NOW + KEEP) // 1000


def test_a_week_of_the_report_is_begun_once(dynamo: Stores) -> None:
    weeks, monday = DynamoWeeks(TABLE_NAMES["book"]), NOW.date()
    assert not weeks.begun(monday)
    assert sum(together([lambda: weeks.claim(monday, now=NOW) for _ in range(WORKERS)])) == 1
    assert weeks.begun(monday)
    assert not weeks.begun(monday + timedelta(days=7))
