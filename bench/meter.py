"""Counts what a store call costs: write units as the engine reports them, read units computed.

The emulator's write figures agree with DynamoDB's rules (put, update, transaction, index); its read
figures ignore size, so a strongly consistent read is computed here: one unit per started 4 KB of
the item, of the summed items for a query, and one for an item that is not there.
"""

from collections import Counter
from collections.abc import Mapping
from math import ceil
from typing import Any

from rapport.adapters.dynamo import models

UNIT_BYTES = 4096
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


class Meter:
    """Attach it to the process's DynamoDB client; read `writes`, `reads` and `calls`."""

    def __init__(self) -> None:
        self.writes: Counter[str] = Counter()
        self.reads: dict[str, float] = {"GetItem": 0.0, "BatchGetItem": 0.0, "Query": 0.0}
        self.calls: Counter[str] = Counter()
        self._asked: Mapping[str, Any] = {}
        events = models.connection().client.meta.events
        events.register("provide-client-params.dynamodb", self._ask)  # type: ignore[arg-type]
        events.register("after-call.dynamodb", self._count)

    def _ask(self, params: dict[str, Any], **_: object) -> dict[str, Any]:
        self._asked = params
        return {**params, "ReturnConsumedCapacity": "TOTAL"}

    def _count(self, parsed: Mapping[str, Any], model: Any, **_: object) -> None:
        operation = model.name
        self.calls[operation] += 1
        if operation in _WRITES:
            self._count_write(parsed)
        elif operation == "GetItem":
            self._count_read(operation, self._asked, units(size(parsed.get("Item", {}))))
        elif operation == "Query":
            read = units(sum(size(item) for item in parsed.get("Items", [])))
            self._count_read(operation, self._asked, read)
        elif operation == "BatchGetItem":
            for table, asked in self._asked["RequestItems"].items():
                found = [units(size(item)) for item in parsed["Responses"].get(table, [])]
                absent = len(asked["Keys"]) - len(found)
                self._count_read(operation, asked, sum(found) + absent)

    def _count_write(self, parsed: Mapping[str, Any]) -> None:
        told = parsed.get("ConsumedCapacity", [])
        for each in told if isinstance(told, list) else [told]:
            self.writes[room(each["TableName"])] += each["CapacityUnits"]
        if "Error" in parsed and not told:
            # A refused conditional put costs what it would have written; the answer to a
            # refusal carries no capacity.
            self.writes["refused"] += 1

    def _count_read(self, operation: str, asked: Mapping[str, Any], read: int) -> None:
        self.reads[operation] += read if asked.get("ConsistentRead") else read / 2


def room(table: str) -> str:
    """`log` of `log-1234`."""
    return table.partition("-")[0]


def units(size_in_bytes: int) -> int:
    """Read units of a strongly consistent read."""
    return max(1, ceil(size_in_bytes / UNIT_BYTES))


def size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """An item's size as DynamoDB counts it: names and values, numbers roughly by digit pairs."""
    total = 0
    for name, value in item.items():
        ((kind, raw),) = value.items()
        total += len(name.encode())
        if kind == "N":
            total += ceil(len(raw) / 2) + 1
        elif kind == "S":
            total += len(raw.encode())
        elif kind == "B":
            total += len(raw)
        elif kind in {"L", "SS"}:
            total += 3 + sum(len(str(each)) for each in raw)
        else:
            total += 1
    return total
