"""The log in DynamoDB: put if absent, bodies sealed by the vault's keys.

Events are put by plain calls, for the tracking door's sake (docs/decisions/0006); all else goes
through the models, which are imported by whoever needs them.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rapport.adapters.dynamo import calls
from rapport.adapters.dynamo.calls import Calls, Item
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.domain.event import Event, LogKey, Origin, Trust, from_millis, millis, named_by_home
from rapport.domain.identifiers import Ref
from rapport.errors import ErasedError, PoisonError
from rapport.observability import logger
from rapport.ports import SealedEvent
from rapport.sealing import seal, unseal

if TYPE_CHECKING:
    from rapport.adapters.dynamo.models import EventRow

_TRUST = {trust.value[0]: trust for trust in Trust}
_KEY_PARTS = 3


class DynamoLog:
    """The port `Log`."""

    def __init__(
        self,
        table: str,
        vault: DynamoVault,
        *,
        through: Calls | None = None,
        owner_of: Callable[[Event], Ref | None] = named_by_home,
    ) -> None:
        """Work on the log table of that name; `owner_of` tells whose an opened event is."""
        calls.bind(log=table)
        self._table = table
        self._vault = vault
        self._calls = through or calls.ThroughModels()
        self._owner_of = owner_of

    def append(self, events: Sequence[Event]) -> list[bool]:
        """Store each event unless its key is taken; per event whether it was new.

        PoisonError, with nothing stored, when a body does not fit a row. Any other error comes
        after every event was tried.
        """
        seal_keys = self._vault.seal_keys({e.home for e in events}, create=True)
        items = [self._item(e, seal_keys[e.home]) for e in events]
        return calls.side_by_side(self._put, items, at_once=self._calls.at_once)

    def sealed_row(self, event: Event) -> "EventRow":
        """The row of one event, for those who write it in a transaction with other rows."""
        [row] = self.sealed_rows([event])
        return row

    def sealed_rows(self, events: Sequence[Event]) -> "list[EventRow]":
        """The rows of events that are written in one transaction, their keys read at once."""
        models = self._models()
        seal_keys = self._vault.seal_keys({event.home for event in events}, create=True)
        items = [self._item(event, seal_keys[event.home]) for event in events]
        return [models.EventRow.from_raw_data(item) for item in items]

    def get(self, key: LogKey) -> Event | None:
        """One event, opened; None when absent, ErasedError when its key is gone."""
        models = self._models()
        with models.store_errors():
            try:
                row = models.EventRow.get(key.pk, key.sk, consistent_read=True)
            except models.EventRow.DoesNotExist:
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
        models = self._models()
        with models.store_errors():
            rows: list[Any] = list(models.LogTable.query(ref, consistent_read=True))
        seal_keys = self._seal_keys(rows)
        found = []
        for row in rows:
            try:
                event = self._event(row, seal_keys)
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
        models = self._models()
        return self._open([models.from_stream(models.EventRow, sealed.row) for sealed in rows])

    def remove(self, keys: Iterable[LogKey]) -> None:
        """Take rows away for good."""
        models = self._models()
        with models.store_errors():
            for key in keys:
                models.LogTable(key.pk, key.sk).delete()

    def _models(self) -> Any:
        from rapport.adapters.dynamo import models

        return models

    def _put(self, item: Item) -> bool:
        return calls.put_if_absent(self._calls, self._table, item)

    def _item(self, event: Event, key: bytes) -> Item:
        body = seal(event.body, key=key, at=event.key, nonce=self._vault.random)
        return event_item(event, body)

    def _open(self, rows: Sequence[Any]) -> list[Event | None]:
        seal_keys = self._seal_keys(rows)
        return [self._event(row, seal_keys) for row in rows]

    def _event(self, row: Any, seal_keys: Mapping[Ref, bytes]) -> Event | None:
        event = _event(row, seal_keys.get(Ref(row.home)))
        return None if event is None else replace(event, owner=self._owner_of(event))

    def _seal_keys(self, rows: Sequence[Any]) -> Mapping[Ref, bytes]:
        return self._vault.seal_keys({Ref(row.home) for row in rows})


def event_item(event: Event, body: bytes) -> Item:
    """The row of an event with its sealed body, as `EventRow` would write it."""
    item: Item = {
        **calls.place(event.key),
        "k": {"S": "e"},
        "t": {"S": event.type},
        "v": {"N": str(event.schema_version)},
        "w": {"S": event.trust.value[0]},
        "o": {"S": event.origin.value},
        "h": {"S": event.home},
        "tr": {"N": str(millis(event.received_at))},
        "tc": {"N": str(millis(event.at))},
        "b": {"B": body},
    }
    if event.original_at is not None:
        item["ta"] = {"N": str(millis(event.original_at))}
    if event.sent_at is not None:
        item["ts"] = {"N": str(millis(event.sent_at))}
    return item


def _time(value: float | None) -> datetime | None:
    return None if value is None else from_millis(int(value))


def _event(row: "EventRow", key: bytes | None) -> Event | None:
    if key is None:
        return None
    parts = row.sk.split("#", _KEY_PARTS - 1)
    if len(parts) != _KEY_PARTS:
        msg = f"row {row.sk} has a sort key that is not ours"
        raise PoisonError(msg)
    try:
        body = unseal(row.body, key=key, at=LogKey(row.pk, row.sk))
    except ErasedError:
        return None
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
        body=body,
    )
