"""The operators: a row for each in one partition, for an employer has few."""

from collections.abc import Sequence

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import OperatorRow, bind, store_errors
from rapport.domain.event import from_millis, millis
from rapport.domain.operators import Operator, parse


class DynamoOperators:
    """The port `Operators`."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def get(self, subject: str) -> Operator | None:
        """One of them; None for a stranger."""
        with store_errors():
            try:
                row = OperatorRow.get(*keys.operator_key(subject), consistent_read=True)
            except OperatorRow.DoesNotExist:
                return None
        return _read(row)

    def put(self, operator: Operator) -> None:
        """Add one, or replace what they may do."""
        added = operator.added_at
        with store_errors():
            OperatorRow(
                *keys.operator_key(operator.subject),
                name=operator.name,
                grants=[grant.text for grant in operator.grants],
                added_at=None if added is None else millis(added),
            ).save()

    def remove(self, subject: str) -> None:
        """They are no operator any more; harmless to repeat."""
        with store_errors():
            OperatorRow(*keys.operator_key(subject)).delete()

    def all(self) -> Sequence[Operator]:
        """Everybody, by name."""
        with store_errors():
            rows = [*OperatorRow.query(keys.operator_key("").pk, consistent_read=True)]
        return sorted(map(_read, rows), key=lambda each: (each.name, each.subject))


def _read(row: OperatorRow) -> Operator:
    added: float | None = row.added_at
    # A grant that this version of the code cannot read allows nothing.
    grants = [grant for text in row.grants if (grant := parse(text)) is not None]
    return Operator(
        subject=row.sk.removeprefix(keys.OPERATOR_PREFIX),
        name=row.name,
        grants=tuple(grants),
        added_at=None if added is None else from_millis(int(added)),
    )
