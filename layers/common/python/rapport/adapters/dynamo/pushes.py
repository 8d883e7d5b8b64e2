"""Pushes in DynamoDB: the same row with each identifier of the person, moved in one transaction.

So whoever the person is merged with is found to have been pushed too, without a list of pushes.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    EventRow,
    PushRow,
    bind,
    store_errors,
    transaction,
)
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.pushes import Push

if TYPE_CHECKING:
    from rapport.adapters.dynamo.log import DynamoLog


class DynamoPushes:
    """The port `Pushes`."""

    def __init__(self, table: str, log: "DynamoLog") -> None:
        """Work on the book table of that name, and write events into that log."""
        bind(book=table)
        self._log = log

    def of(self, connection: str, job: str, refs: Iterable[Ref]) -> Push | None:
        """The push of somebody with one of these identifiers, for that job."""
        with store_errors():
            wanted = [tuple(keys.push_key(ref, connection, job)) for ref in refs]
            rows = list(PushRow.batch_get(wanted, consistent_read=True))
        return min((_push(row) for row in rows), key=lambda each: each.refs, default=None)

    def into(self, connection: str, refs: Iterable[Ref]) -> list[Push]:
        """All pushes of these identifiers into a connection."""
        found: list[Push] = []
        with store_errors():
            for ref in refs:
                pk, sk = keys.push_key(ref, connection, "")
                begins = PushRow.sk.startswith(sk[: sk.rindex("#") + 1])
                rows = PushRow.query(pk, begins, consistent_read=True)
                found += [_push(row) for row in rows]
        return found

    def put(self, push: Push, event: Event | None = None) -> Push:
        """Store it with each of its identifiers in place of the version read, and the event."""
        moved = replace(push, version=push.version + 1)
        same = PushRow.version == push.version if push.version else PushRow.pk.does_not_exist()
        with store_errors(), transaction() as write:
            for ref in moved.refs:
                write.save(_row(ref, moved), condition=same)
            for ref in sorted({*moved.named} - {*moved.refs}):
                # The rows of ids that the ATS gave come when it gave them: no condition.
                write.save(_row(ref, moved))
            if event is not None:
                row = self._log.sealed_row(event)
                write.save(row, condition=EventRow.pk.does_not_exist())
        return moved


def _row(ref: Ref, push: Push) -> PushRow:
    return PushRow(
        *keys.push_key(ref, push.connection, push.job),
        version=push.version,
        state=msgspec.json.encode(push).decode(),
    )


def _push(row: PushRow) -> Push:
    return replace(msgspec.json.decode(row.state, type=Push), version=int(row.version))
