"""The door's allowance on a real engine: many workers at one bucket, and what that costs."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Barrier, Lock
from typing import Any
from uuid import uuid4

import pytest

from rapport.adapters.dynamo.allowance import BLIND, LEASE, SHARE, SHUT, DynamoAllowance
from rapport.adapters.dynamo.calls import ThroughModels
from rapport.domain.rate import Rate, Spent
from rapport.errors import RetryableError
from tests.contract.conftest import create_tables

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMIT = Rate(per_second=100, burst=2_000)
WORKERS = 8


class Counted(ThroughModels):
    """Calls that are counted; `out` makes the store unreachable."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.out = False
        self._lock = Lock()

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.made[operation] += 1
        if self.out:
            msg = "throttled"
            raise RetryableError(msg)
        return super().__call__(operation, request)


@pytest.fixture
def table(engine: str) -> str:
    return create_tables(engine, uuid4().hex[:8])["book"]


def test_ordinary_traffic_makes_no_call(table: str) -> None:
    calls = Counted()
    worker = DynamoAllowance(table, through=calls)
    for n in range(600):
        assert worker.take("key.a", 1, LIMIT, NOON + timedelta(seconds=n / 4)) is None
    print(f"allowance: 600 messages at 4 a second: {calls.made.total()} calls")
    assert calls.made.total() == 0


def test_a_bucket_is_handed_out_once_and_comes_back(table: str) -> None:
    worker = DynamoAllowance(table)
    share = LIMIT.share(SHARE)
    passed = 0
    while worker.take("key.a", 20, LIMIT, NOON) is None:
        passed += 20
    assert LIMIT.burst - share.burst <= passed <= LIMIT.burst + share.burst
    wait = worker.take("key.a", 20, LIMIT, NOON)
    assert wait is not None
    assert timedelta(0) < wait <= SHUT
    assert worker.take("key.b", 20, LIMIT, NOON) is None, "another scope has a bucket of its own"
    assert DynamoAllowance(table).left("key.a", LIMIT, NOON) < share.burst
    later = NOON + LIMIT.span + timedelta(seconds=1)
    assert DynamoAllowance(table).left("key.a", LIMIT, later) == LIMIT.burst
    assert worker.take("key.a", 2_000, LIMIT, later) is None


def test_a_quiet_day_is_no_debt(table: str) -> None:
    """Each worker passed more than a bucket in the course of time, and never too much at once."""
    workers = [DynamoAllowance(table) for _ in range(5)]
    now = NOON
    for _ in range(LIMIT.burst + 1):
        now += timedelta(seconds=1 / 4)
        assert [worker.take("key.a", 1, LIMIT, now) for worker in workers] == [None] * 5
    batch = 2 * LIMIT.share(SHARE).burst
    assert [worker.take("key.a", batch, LIMIT, now) for worker in workers] == [None] * 5


def test_whoever_is_refused_costs_a_call_a_second(table: str) -> None:
    calls = Counted()
    worker = DynamoAllowance(table, through=calls)
    assert worker.take("key.a", LIMIT.burst, LIMIT, NOON) is None
    before = calls.made.total()
    for n in range(1_000):
        now = NOON + timedelta(milliseconds=n)
        assert worker.take("key.a", LIMIT.burst, LIMIT, now) is not None
    print(f"allowance: 1000 refusals in a second: {calls.made.total() - before} calls")
    assert calls.made.total() - before <= 4


def test_workers_together_pass_no_more_than_the_bucket_and_a_share_each(table: str) -> None:
    """Eight workers, two floods of twenty seconds of the clock, in batches of any size."""
    barrier, lock = Barrier(WORKERS), Lock()
    passed: Counter[int] = Counter()
    calls = Counted()
    seconds = 20

    def flood(worker: int) -> None:
        random = Random(worker)
        allowance = DynamoAllowance(table, through=calls)
        barrier.wait(timeout=30)
        for step in range(seconds * 20):
            now = NOON + timedelta(seconds=step / 20)
            tokens = random.choice((1, 1, 5, 20, 100))
            if allowance.take("key.a", tokens, LIMIT, now) is None:
                with lock:
                    passed[worker] += tokens

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(flood, range(WORKERS)))
    total = passed.total()
    due = LIMIT.burst + LIMIT.per_second * seconds
    share = LIMIT.share(SHARE)
    # A lease that is still open, and a free share that is not paid yet.
    slack = WORKERS * (share.burst + share.burst + share.per_second * seconds)
    print(
        f"allowance: {WORKERS} workers asked for {WORKERS * seconds * 20 * 25} messages in"
        f" {seconds} s; passed {total}, due {due:.0f} and at most {slack:.0f} more;"
        f" {dict(calls.made)}"
    )
    assert total <= due + slack
    assert total >= due * 0.9
    assert len([worker for worker in passed if passed[worker] > 0]) == WORKERS


def test_the_shared_bucket_itself_never_hands_out_more_than_it_holds(table: str) -> None:
    """All at the same instant: what was leased is exactly what the bucket held."""
    barrier = Barrier(WORKERS)

    def drain(_: int) -> int:
        allowance = DynamoAllowance(table)
        barrier.wait(timeout=30)
        return (
            sum(isinstance(allowance.withdraw("key.a", 7, LIMIT, NOON), Spent) for _ in range(60))
            * 7
        )

    with ThreadPoolExecutor(WORKERS) as pool:
        leased = sum(pool.map(drain, range(WORKERS)))
    print(f"allowance: {WORKERS} workers drained a bucket of {LIMIT.burst}: {leased} handed out")
    assert LIMIT.burst - 7 < leased <= LIMIT.burst


def test_a_store_in_trouble_lets_everybody_pass_and_is_not_asked_again_at_once(table: str) -> None:
    calls = Counted()
    calls.out = True
    worker = DynamoAllowance(table, through=calls)
    for n in range(100):
        now = NOON + timedelta(milliseconds=n)
        assert worker.take("key.a", 2_000, LIMIT, now) is None
    assert calls.made.total() == 1
    calls.out = False
    assert worker.take("key.a", 2_000, LIMIT, NOON + BLIND + LEASE) is None
    assert worker.take("key.a", 2_000, LIMIT, NOON + BLIND + LEASE) is not None


def test_a_bucket_that_nobody_uses_is_forgotten_by_the_table(table: str) -> None:
    from rapport.adapters.dynamo.models import AllowanceRow, bind

    bind(book=table)
    DynamoAllowance(table).take("key.a", LIMIT.burst, LIMIT, NOON)
    [row] = list(AllowanceRow.scan())
    assert (row.pk, row.sk) == ("L#key.a", "ALLOWANCE")
    assert 0 < int(row.expires) - NOON.timestamp() <= timedelta(days=1).total_seconds()
