"""The log in DynamoDB: put if absent, bodies sealed by the vault's keys."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rapport.adapters.dynamo.models import EventRow, LogTable, bind, from_stream, store_errors
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import Event, LogKey, Origin, Trust, from_millis, millis
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError, ErasedError, PoisonError
from rapport.observability import logger
from rapport.ports import SealedEvent
from rapport.sealing import seal, unseal

_TRUST = {trust.value[0]: trust for trust in Trust}
_KEY_PARTS = 3


class DynamoLog:
    """The port `Log`."""

    def __init__(self, table: str, vault: DynamoVault) -> None:
        """Work on the log table of that name."""
        bind(log=table)
        self._vault = vault

    def append(self, events: Sequence[Event]) -> list[bool]:
        """Store each event unless its key is taken; per event whether it was new.

        PoisonError, with nothing stored, when a body does not fit a row.
        """
        seal_keys = self._vault.seal_keys({e.home for e in events}, create=True)
        rows = [self._row(e, seal_keys[e.home]) for e in events]
        return [self._put(row) for row in rows]

    def sealed_row(self, event: Event) -> EventRow:
        """The row of one event, for those who write it in a transaction with other rows."""
        return self._row(event, self._vault.seal_keys({event.home}, create=True)[event.home])

    def get(self, key: LogKey) -> Event | None:
        """One event, opened; None when absent, ErasedError when its key is gone."""
        with store_errors():
            try:
                row = EventRow.get(key.pk, key.sk, consistent_read=True)
            except EventRow.DoesNotExist:
                return None
        opened = self._open([row])[0]
        if opened is None:
            msg = f"the body of {key.sk} was erased"
            raise ErasedError(msg)
        return opened

    def partition(self, ref: Ref) -> list[Event]:
        """All events of a log partition by sort key, without those that do not open.

        An erased one is left out silently. One that is damaged does not hide the others: it is left
        out with a warning.
        """
        with store_errors():
            rows: list[Any] = list(LogTable.query(ref, consistent_read=True))
        seal_keys = self._seal_keys(rows)
        found = []
        for row in rows:
            try:
                event = _event(row, seal_keys.get(Ref(row.home)))
            except PoisonError as error:
                # The sort key is in clear but its message id is the sender's word: a hash will do.
                told = hashlib.sha256(row.sk.encode()).hexdigest()[:16]
                name = type(error).__name__
                logger().warning("a row does not open", partition=ref, row=told, error=name)
                continue
            if event is not None:
                found.append(event)
        return found

    def open(self, rows: Sequence[SealedEvent]) -> list[Event | None]:
        """The events of stream rows, in their order; None where the key was destroyed."""
        return self._open([from_stream(EventRow, sealed.row) for sealed in rows])

    def _put(self, row: EventRow) -> bool:
        try:
            with store_errors():
                row.save(condition=EventRow.pk.does_not_exist())
        except ConflictError:
            return False
        return True

    def _row(self, event: Event, key: bytes) -> EventRow:
        at = event.key
        return EventRow(
            at.pk,
            at.sk,
            type=event.type,
            schema_version=event.schema_version,
            trust=event.trust.value[0],
            origin=event.origin.value,
            home=event.home,
            original_at=None if event.original_at is None else millis(event.original_at),
            sent_at=None if event.sent_at is None else millis(event.sent_at),
            received_at=millis(event.received_at),
            at=millis(event.at),
            body=seal(event.body, key=key, at=at, nonce=self._vault.random),
        )

    def _open(self, rows: Sequence[Any]) -> list[Event | None]:
        seal_keys = self._seal_keys(rows)
        return [_event(row, seal_keys.get(Ref(row.home))) for row in rows]

    def _seal_keys(self, rows: Sequence[Any]) -> Mapping[Ref, bytes]:
        return self._vault.seal_keys({Ref(row.home) for row in rows})


def _time(value: float | None) -> datetime | None:
    return None if value is None else from_millis(int(value))


def _event(row: EventRow, key: bytes | None) -> Event | None:
    if key is None:
        return None
    parts = row.sk.split("#", _KEY_PARTS - 1)
    if len(parts) != _KEY_PARTS:
        msg = f"row {row.sk} has a sort key that is not ours"
        raise PoisonError(msg)
    return Event(
        partition=Ref(row.pk),
        home=Ref(row.home),
        type=row.type,
        source=parts[1],
        message_id=parts[2],
        schema_version=int(row.schema_version),
        trust=_TRUST[row.trust],
        origin=Origin(row.origin),
        original_at=_time(row.original_at),
        sent_at=_time(row.sent_at),
        received_at=from_millis(int(row.received_at)),
        at=from_millis(int(row.at)),
        body=unseal(row.body, key=key, at=LogKey(row.pk, row.sk)),
    )
