"""The turns of mails on a real engine: many workers, and never more than SES takes."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from uuid import uuid4

import pytest

from rapport.adapters.dynamo.pace import READ_AGAIN, DynamoSlowdowns, DynamoTurns
from rapport.domain.pace import Slowdown, pace_of
from tests.contract.conftest import create_tables
from tests.contract.test_races import together
from tests.support.fakes import Clock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PACE = pace_of(14, None, NOON, waited_for=False)
WORKERS = 8
SECOND = timedelta(seconds=1)


@pytest.fixture
def table(engine: str) -> str:
    return create_tables(engine, uuid4().hex[:8])["book"]


def test_workers_at_once_take_turns_one_after_the_other(table: str) -> None:
    def work(_: int) -> list[timedelta | None]:
        turns = DynamoTurns(table)
        return [turns.take(PACE, NOON) for _ in range(5)]

    waits = [wait for each in together([partial(work, n) for n in range(WORKERS)]) for wait in each]
    taken = sorted(wait for wait in waits if wait is not None)
    print(
        f"\n{WORKERS} workers, {len(waits)} mails: {len(taken)} turns, "
        f"{taken.count(timedelta())} at once, the last after {taken[-1].total_seconds():.2f} s"
    )
    assert taken[: PACE.at_once] == [timedelta()] * PACE.at_once
    behind = list(pairwise(taken[PACE.at_once - 1 :]))
    assert {later - sooner for sooner, later in behind} == {PACE.bucket.interval}
    assert len(taken) == PACE.bucket.burst
    assert taken[-1] <= PACE.ahead
    assert DynamoTurns(table).take(PACE, NOON + 2 * SECOND) == timedelta()


def test_a_worker_whose_clock_was_days_ahead_stops_nobody(table: str) -> None:
    assert DynamoTurns(table).take(PACE, NOON + timedelta(days=3)) == timedelta()
    assert DynamoTurns(table).take(PACE, NOON) == timedelta()


def test_a_slowdown_is_known_to_every_worker_within_a_second(table: str) -> None:
    clock = Clock(NOON)
    mine, other = DynamoSlowdowns(table, now=clock), DynamoSlowdowns(table, now=clock)
    assert (mine.last(), other.last()) == (None, None)
    slowed = Slowdown(part=0.5, at=NOON)
    mine.put(slowed, after=None)
    assert mine.last() == slowed
    clock.forward(seconds=READ_AGAIN.total_seconds())
    assert other.last() == slowed


def test_of_workers_that_find_it_too_fast_at_once_one_has_its_word(table: str) -> None:
    said = [Slowdown(part=(n + 1) / 16, at=NOON + n * SECOND) for n in range(WORKERS)]
    workers = [DynamoSlowdowns(table, now=Clock(NOON)) for _ in said]
    together([partial(worker.put, s, after=None) for worker, s in zip(workers, said, strict=True)])
    [known] = {worker.last() for worker in workers}
    assert known in said
