"""What is known of an ATS's candidates and applications: a row each, written with what it says."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec
from pynamodb.expressions.condition import Condition

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book_conditions import suppression_is
from rapport.adapters.dynamo.book_rows import suppression_row
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.models import (
    BookTable,
    EventRow,
    KnownRow,
    bind,
    store_errors,
    transaction,
)
from rapport.ats_rows import Closing, Known, KnownApplication, KnownCandidate
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref

_CANDIDATE, _APPLICATION = b"c", b"a"
_Read: TypeAlias = "type[KnownCandidate | KnownApplication]"
_KINDS: Mapping[bytes, _Read] = {_CANDIDATE: KnownCandidate, _APPLICATION: KnownApplication}


class DynamoAtsRows:
    """The port `AtsRows`. It writes into `log` within its transactions."""

    def __init__(self, table: str, *, log: DynamoLog) -> None:
        """Work on the book table of that name."""
        bind(book=table)
        self._log = log

    def read(self, refs: Iterable[Ref]) -> Mapping[Ref, Known]:
        """What is known; what is not is left out."""
        wanted = [keys.known_key(ref) for ref in dict.fromkeys(refs)]
        with store_errors():
            rows = [*BookTable.batch_get(wanted, consistent_read=True)] if wanted else []
        found = [_read(row) for row in rows if isinstance(row, KnownRow)]
        return {known.ref: known for known in found}

    def settle(
        self, rows: Sequence[Known], events: Sequence[Event], closings: Sequence[Closing]
    ) -> None:
        """Write all in one transaction, or raise ConflictError and change nothing."""
        sealed = [self._log.sealed_row(event) for event in events]
        with store_errors(), transaction() as write:
            for known in rows:
                write.save(_row(known), condition=_known_is(known.version - 1))
            for closing in closings:
                write.save(
                    suppression_row(closing.address, closing.scopes, closing.version + 1),
                    condition=suppression_is(closing.version),
                )
            for row in sealed:
                write.save(row, condition=EventRow.pk.does_not_exist())


def _known_is(version: int) -> Condition:
    return KnownRow.version == version if version else KnownRow.pk.does_not_exist()


def _row(known: Known) -> KnownRow:
    kind = _CANDIDATE if isinstance(known, KnownCandidate) else _APPLICATION
    packed = zlib.compress(msgspec.json.encode(known), wbits=-zlib.MAX_WBITS)
    return KnownRow(*keys.known_key(known.ref), version=known.version, known=kind + packed)


def _read(row: KnownRow) -> Known:
    packed = zlib.decompress(row.known[1:], wbits=-zlib.MAX_WBITS)
    return msgspec.json.decode(packed, type=_KINDS[row.known[:1]])
