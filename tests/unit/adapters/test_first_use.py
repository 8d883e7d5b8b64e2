"""Threads that meet at the first use of a table, without a network."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.calls import TABLE_NAMES

THREADS = 16
ROUNDS = 40


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns so often that they meet between any two lines."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_threads_that_first_use_a_table_together_share_one_connection_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    def ask(meeting: Barrier) -> str:
        meeting.wait()
        row = models.HallRow("HALLS", "meetup", taken=1, waiting=0, tickets=0, version=1)
        return str(row.get_save_kwargs_from_instance()["TableName"])

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(ROUNDS):
            name = uuid4().hex
            monkeypatch.setitem(TABLE_NAMES, "book", name)
            models.disconnect()
            asked = list(pool.map(ask, [Barrier(THREADS)] * THREADS))
            assert asked == [name] * THREADS
    models.disconnect()
