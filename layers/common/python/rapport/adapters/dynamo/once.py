"""What is good once alone: tokens of deliveries, weeks of reports; a row each, soon forgotten."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import OnceRow, bind, store_errors
from rapport.domain.event import millis
from rapport.errors import ConflictError

# No connection has that name: it has a space.
_REPORT = "weekly report"
KEEP_WEEKS = timedelta(days=35)


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


class DynamoWeeks:
    """The port `Weeks`: the weeks whose report was begun to be mailed."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)
        self._once = DynamoOnce(table)

    def begun(self, week: date) -> bool:
        """Whether somebody claimed it."""
        with store_errors():
            try:
                OnceRow.get(*keys.once_key(_REPORT, week.isoformat()), consistent_read=True)
            except OnceRow.DoesNotExist:
                return False
        return True

    def claim(self, week: date, *, now: datetime) -> bool:
        """Claim it; each call is another delivery, so of several one alone gets True."""
        return self._once.claim(_REPORT, week.isoformat(), uuid4().hex, now, keep=KEEP_WEEKS)
