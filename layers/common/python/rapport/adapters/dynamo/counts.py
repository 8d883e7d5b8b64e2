"""How many marketing mails left from a domain on a day: one row each, added to under a bound.

All writes of a day go to one row, which DynamoDB takes some 1 000 times a second: more than SES
takes from a domain that is still being warmed up.
"""

from datetime import UTC, datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import CountRow, bind, store_errors
from rapport.errors import ConflictError

_KEPT = timedelta(days=40)


class DynamoCounts:
    """The port `Counts`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def used(self, domain: str, day: str) -> int:
        """Marketing mails of a sending domain on a day (`2026-11-23`)."""
        with store_errors():
            try:
                row = CountRow.get(*keys.count_key(domain, day), consistent_read=True)
            except CountRow.DoesNotExist:
                return 0
        return int(row.mails)

    def take(self, domain: str, day: str, *, most: int) -> bool:
        """Count one more unless there were `most` already; whether it was counted."""
        if most < 1:
            return False
        free: Condition = CountRow.mails.does_not_exist() | (CountRow.mails < most)
        ends = datetime.fromisoformat(day).replace(tzinfo=UTC) + _KEPT
        actions: list[Action] = [
            CountRow.kind.set(CountRow),
            CountRow.mails.add(1),
            CountRow.expires.set(int(ends.timestamp())),
        ]
        try:
            with store_errors():
                CountRow(*keys.count_key(domain, day)).update(actions=actions, condition=free)
        except ConflictError:
            return False
        return True
