"""How far the reading of an ATS has come: in memory and in DynamoDB alike; and a race for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.adapters.dynamo.ats_runs import DynamoPulls
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.errors import ConflictError
from rapport.pulls import DRY_RUN, Pull, Pulls
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.contract.test_races import WORKERS, together
from tests.support.ats.syncing import FakePulls
from tests.support.fakes import Calls

RUN = Pull(
    connection="main",
    id="r-1",
    started_at=NOW,
    rest_until=NOW + timedelta(minutes=4),
    progressed_at=NOW,
    kind="candidates",
    cursor="opaque == cursor",
    seen={"jobs": 3},
    tokens={"jobs": "t"},
    watermark=NOW - timedelta(hours=1),
)


@pytest.fixture
def pulls(stores: Stores) -> Pulls:
    return FakePulls(Calls()) if stores.name == "fake" else DynamoPulls(TABLE_NAMES["book"])


def test_a_run_is_read_as_it_was_put_and_moves_on_from_its_own_version_alone(pulls: Pulls) -> None:
    assert pulls.get("main") is None
    stored = pulls.put(RUN)
    assert stored == replace(RUN, version=1)
    assert pulls.get("main") == stored
    with pytest.raises(ConflictError):
        pulls.put(RUN)
    moved = pulls.put(replace(stored, page=1))
    with pytest.raises(ConflictError):
        pulls.put(replace(stored, page=7))
    assert pulls.get("main") == moved
    assert pulls.get("main", DRY_RUN) is None
    assert pulls.get("other") is None


def test_the_clock_reads_those_that_were_enrolled_and_not_retired(pulls: Pulls) -> None:
    for name in ("b", "a", "b", "c"):
        pulls.enrol(name)
    pulls.retire("c")
    pulls.retire("never")
    assert list(pulls.connections()) == ["a", "b"]


def test_of_many_workers_one_takes_a_connection(dynamo: Stores) -> None:
    pulls = DynamoPulls(TABLE_NAMES["book"])

    def take() -> bool:
        try:
            pulls.put(RUN)
        except ConflictError:
            return False
        return True

    won = together([take] * WORKERS)
    print(f"workers that took one connection: {sum(won)} of {WORKERS}")
    assert sum(won) == 1
