"""Rows of the finder in `people`: written by the views' stream, read by segments."""

import contextlib
from typing import Any

from rapport.adapters.dynamo import calls, keys
from rapport.adapters.dynamo.calls import Item
from rapport.adapters.dynamo.models import FinderRow, bind, store_errors
from rapport.domain.identifiers import PersonId
from rapport.errors import ConflictError
from rapport.finder_rows import Rows
from rapport.ports import FinderChange

_UNIT_BYTES = 4096
# A read that may be a moment old takes half of a unit.
_HALF = 0.5


class DynamoFinder:
    """The ports `Finder` and `FinderRows`."""

    def __init__(self, table: str) -> None:
        """Work on the people table of that name."""
        bind(people=table)
        self._table = table
        self._calls = calls.ThroughModels()

    def put(self, change: FinderChange) -> None:
        """Write or remove a row unless a later version of the view did; harmless to repeat."""
        row = FinderRow(*keys.finder_key(change.person))
        with contextlib.suppress(ConflictError), store_errors():
            if change.version is None:
                row.delete()
                return
            newer = FinderRow.pk.does_not_exist() | (FinderRow.version < change.version)
            if change.row is None:
                row.delete(condition=newer)
                return
            row.version, row.row = change.version, change.row
            row.save(condition=newer)

    def page(self, shard: int, *, after: PersonId | None) -> Rows:
        """The next rows of a partition, by person id: about a megabyte, 4 000 rows and more."""
        pk = f"{keys.FINDER_PREFIX}{shard:02x}"
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        }
        if after is not None:
            request["ExclusiveStartKey"] = calls.place((pk, after))
        answer = self._calls("Query", request)
        items: list[Item] = answer["Items"]
        last = answer.get("LastEvaluatedKey")
        return Rows(
            rows=[(PersonId(item["sk"]["S"]), item["b"]["B"]) for item in items],
            read_units=_HALF * max(1, -(-sum(map(size, items)) // _UNIT_BYTES)),
            after=None if last is None else PersonId(last["sk"]["S"]),
        )

    def row(self, person: PersonId) -> bytes | None:
        """One person's."""
        found = calls.get(self._calls, self._table, keys.finder_key(person))
        return None if found is None else bytes(found["b"]["B"])


def size(item: Item) -> int:
    """The bytes that DynamoDB counts of a row of the finder: names and values, numbers by pairs."""
    total = 0
    for name, value in item.items():
        ((kind, raw),) = value.items()
        total += len(name) + (-(-len(raw) // 2) + 1 if kind == "N" else len(raw))
    return total
