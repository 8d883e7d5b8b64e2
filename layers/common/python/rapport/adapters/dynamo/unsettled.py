"""The mails that were claimed and of which nothing final is known, in order of their claims.

A claim writes the row in its own transaction; it is taken away when the mail is settled, and not
by the worker that sends it, for whom that would be one write more.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book_rows import read_send, unsettled_row
from rapport.adapters.dynamo.calls import BATCH, TABLE_NAMES, ThroughModels, get_many
from rapport.adapters.dynamo.models import SendRow, UnsettledRow, bind, store_errors
from rapport.domain.address import SendRecord
from rapport.domain.event import from_millis

# One first digit of send keys for each partition.
_DIGITS = "048c"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class DynamoUnsettled:
    """The port `Unsettled`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def due(self, before: datetime, *, limit: int) -> Sequence[SendRecord]:
        """Those claimed before a time, as they stand now, the oldest first.

        A row whose mail was claimed again since, or is gone, is taken away on the way.
        """
        each = max(limit // len(_DIGITS), 1)
        with store_errors():
            rows = [row for digit in _DIGITS for row in _claimed(digit, before, each)]
            sends = {row.pk: read_send(row) for row in _sends(rows)}
            found, gone = [], []
            for row in rows:
                record = sends.get(keys.send_record_key(row.send_key).pk)
                same = record is not None and record.claimed_at == from_millis(int(row.claimed_at))
                if record is not None and same:
                    found.append(record)
                else:
                    gone.append(row)
            _remove(gone)
        return sorted(found, key=lambda record: (record.claimed_at, record.send_key))

    def settled(self, records: Sequence[SendRecord]) -> None:
        """Look for them no more; harmless to repeat."""
        with store_errors():
            _remove([unsettled_row(record) for record in records])


def _claimed(digit: str, before: datetime, limit: int) -> list[UnsettledRow]:
    end = keys.unsettled_key(digit, before)
    found = UnsettledRow.query(
        end.pk,
        UnsettledRow.sk.between(keys.unsettled_key(digit, _FIRST).sk, end.sk),
        consistent_read=True,
        limit=limit,
    )
    return list(islice(found, limit))


def _sends(rows: Sequence[UnsettledRow]) -> Iterator[SendRow]:
    # A mail that was claimed twice has two rows, and DynamoDB takes no key twice.
    places = [*dict.fromkeys(keys.send_record_key(row.send_key) for row in rows)]
    for start in range(0, len(places), BATCH):
        part = [(place.pk, place.sk) for place in places[start : start + BATCH]]
        found = get_many(ThroughModels(), TABLE_NAMES["book"], part, consistent=True)
        yield from (SendRow.from_raw_data(item) for item in found)


def _remove(rows: Sequence[UnsettledRow]) -> None:
    with UnsettledRow.batch_write() as batch:
        for row in rows:
            batch.delete(row)
