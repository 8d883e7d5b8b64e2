"""Which answers were passed on to the employer: a row for each, forgotten after a while."""

from datetime import datetime, timedelta

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import ForwardRow, bind, store_errors
from rapport.domain.event import millis
from rapport.errors import ConflictError

# The queue gives up after days; nobody asks again after that.
_KEPT = timedelta(days=60)


class DynamoForwards:
    """The port `Forwards`: one row for each answer, which DynamoDB forgets after a while."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def claim(self, answer: str, now: datetime) -> bool:
        """Take it on to pass an answer on; False when somebody did."""
        free = ForwardRow.pk.does_not_exist() | (ForwardRow.free == True)  # noqa: E712
        try:
            with store_errors():
                _row(answer, now, free=False).save(condition=free)
        except ConflictError:
            return False
        return True

    def give_back(self, answer: str, now: datetime) -> None:
        """It certainly was not passed on; somebody may take it on again."""
        with store_errors():
            _row(answer, now, free=True).save()


def _row(answer: str, now: datetime, *, free: bool) -> ForwardRow:
    return ForwardRow(
        *keys.forward_key(answer), free=free, at=millis(now), expires=millis(now + _KEPT) // 1000
    )
