"""How fast mails leave, in DynamoDB: a row for the turns, one for the slowdown, for all workers.

A turn is one write. The slowdown is read once a second by each worker that sends, and written when
SES refuses a mail as too fast.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.allowance import DynamoBuckets
from rapport.adapters.dynamo.calls import RefusedCallError
from rapport.adapters.dynamo.models import PaceRow, bind, store_errors
from rapport.domain.event import from_millis, millis
from rapport.domain.pace import Pace, Slowdown
from rapport.domain.rate import Spent
from rapport.errors import ConflictError, RetryableError

_SCOPE = "ses"
READ_AGAIN = timedelta(seconds=1)
# By then the pace has long been the full one again.
_KEPT = timedelta(days=1)


class DynamoTurns:
    """The port `Turns`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        self._buckets = DynamoBuckets(table)

    def take(self, pace: Pace, now: datetime) -> timedelta | None:
        """Take the next turn: how long until it comes; None when it is too far off."""
        try:
            found = self._buckets.withdraw(_SCOPE, 1, pace.bucket, now)
        except (RetryableError, RefusedCallError):
            return timedelta()
        return pace.wait(found.until, now) if isinstance(found, Spent) else None


class DynamoSlowdowns:
    """The port `Slowdowns`."""

    def __init__(self, table: str, *, now: Callable[[], datetime]) -> None:
        """Work on the book table of that name."""
        bind(book=table)
        self._now = now
        self._known: Slowdown | None = None
        self._until: datetime | None = None

    def last(self) -> Slowdown | None:
        """The last slowdown, up to a second old; None when there was none, or nobody can tell."""
        now = self._now()
        if self._until is None or not self._until - READ_AGAIN <= now < self._until:
            self._known, self._until = _read(), now + READ_AGAIN
        return self._known

    def put(self, slowed: Slowdown, *, after: Slowdown | None) -> None:
        """Let a slowdown follow another, unless somebody else was faster."""
        at = PaceRow.at
        as_read: Condition = at.does_not_exist() if after is None else at == millis(after.at)
        row = PaceRow(
            *keys.pace_key(),
            part=slowed.part,
            at=millis(slowed.at),
            expires=millis(slowed.at + _KEPT) // 1000,
        )
        # Whoever was faster has said so; and what could not be stored, SES says again.
        with suppress(ConflictError, RetryableError), store_errors():
            row.save(condition=as_read)
        self._until = None


def _read() -> Slowdown | None:
    try:
        with store_errors():
            row = PaceRow.get(*keys.pace_key(), consistent_read=True)
    except (PaceRow.DoesNotExist, RetryableError):
        return None
    return Slowdown(part=float(row.part), at=from_millis(int(row.at)))
