"""Rows of the log go to S3 by the hour in which they came in, still sealed."""

import gzip
import json
from datetime import UTC, datetime, timedelta

from functions.archive.flow import Archiving
from rapport.domain.event import LogKey
from rapport.ports import SealedEvent
from tests.support.fakes import FakeArchive

ONE = datetime(2026, 11, 23, 1, 59, tzinfo=UTC)


def row(number: int, minutes: int = 0) -> SealedEvent:
    return SealedEvent(
        key=LogKey("anon#a", f"sk-{number}"),
        sequence=str(number).zfill(40),
        received_at=ONE + timedelta(minutes=minutes),
        row={"pk": {"S": "anon#a"}, "sk": {"S": f"sk-{number}"}, "b": {"B": "c2VhbGVk"}},
    )


def read(body: bytes) -> list[object]:
    return [json.loads(line) for line in gzip.decompress(body).splitlines()]


def test_a_batch_makes_one_object_per_received_hour_with_the_rows_as_delivered() -> None:
    store = FakeArchive()
    rows = [row(1), row(2, 1), row(3)]
    assert Archiving(archive=store).batch(rows) == 3
    by_hour = {key.split("/")[1]: read(body) for key, body in store.objects.items()}
    assert by_hour == {
        "2026-11-23T01": [dict(rows[0].row), dict(rows[2].row)],
        "2026-11-23T02": [dict(rows[1].row)],
    }
    assert all(key.startswith("log/") and key.endswith(".jsonl.gz") for key in store.objects)


def test_the_same_batch_writes_over_itself_byte_for_byte() -> None:
    store = FakeArchive()
    rows = [row(1), row(2, 1), row(3)]
    Archiving(archive=store).batch(rows)
    before = dict(store.objects)
    Archiving(archive=store).batch(rows)
    assert store.objects == before


def test_other_rows_never_write_over_an_object() -> None:
    store = FakeArchive()
    for part in ([row(1), row(2)], [row(1)], [row(2), row(3)]):
        Archiving(archive=store).batch(part)
    assert len(store.objects) == 3
