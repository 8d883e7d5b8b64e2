"""Tokens that are good for one delivery alone: a row for each, forgotten after a while."""

from datetime import datetime, timedelta

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import OnceRow, bind, store_errors
from rapport.domain.event import millis
from rapport.errors import ConflictError


class DynamoOnce:
    """The port `Once`: the first delivery that brings a token puts its digest there."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def claim(
        self, connection: str, token: str, digest: str, now: datetime, *, keep: timedelta
    ) -> bool:
        """Whether the delivery with that digest may be taken in."""
        mine = (OnceRow.digest == digest) & (OnceRow.settled == False)  # noqa: E712
        row = OnceRow(
            *keys.once_key(connection, token),
            digest=digest,
            settled=False,
            expires=millis(now + keep) // 1000,
        )
        try:
            with store_errors():
                row.save(condition=OnceRow.pk.does_not_exist() | mine)
        except ConflictError:
            return False
        return True

    def settle(self, connection: str, token: str) -> None:
        """What came with that token is taken in."""
        row = OnceRow(*keys.once_key(connection, token))
        with store_errors():
            row.update(actions=[OnceRow.settled.set(True)])
