"""Counts what a store call costs: write units as the engine reports them, read units computed.

The emulator's write figures agree with DynamoDB's rules (put, update, transaction, index); its read
figures ignore size, so a strongly consistent read is computed here: one unit per started 4 KB of
the item, of the summed items for a query, and one for an item that is not there.
"""

from collections import Counter
from collections.abc import Mapping
from math import ceil
from threading import Lock, local
from typing import Any

from rapport.adapters.dynamo import models

UNIT_BYTES = 4096
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


class Meter:
    """Attached to the process's DynamoDB client until `stop`; read `writes`, `reads` and `calls`.

    Calls may be made side by side: what a thread asked is kept for its own answer.
    """

    def __init__(self) -> None:
        self.writes: Counter[str] = Counter()
        self.reads: dict[str, float] = {"GetItem": 0.0, "BatchGetItem": 0.0, "Query": 0.0}
        self.calls: Counter[str] = Counter()
        self._mine = local()
        self._lock = Lock()
        client: Any = models.connection().client
        self._events = client.meta.events
        self._events.register("provide-client-params.dynamodb", self._ask)
        self._events.register("after-call.dynamodb", self._answered)

    def stop(self) -> None:
        """Count no more."""
        self._events.unregister("provide-client-params.dynamodb", self._ask)
        self._events.unregister("after-call.dynamodb", self._answered)

    def _ask(self, params: dict[str, Any], **_: object) -> dict[str, Any]:
        self._mine.asked = params
        return {**params, "ReturnConsumedCapacity": "TOTAL"}

    def _answered(self, parsed: Mapping[str, Any], model: Any, **_: object) -> None:
        with self._lock:
            self._count(str(model.name), self._mine.asked, parsed)

    def _count(self, operation: str, asked: Mapping[str, Any], parsed: Mapping[str, Any]) -> None:
        self.calls[operation] += 1
        if operation in _WRITES:
            self._count_write(parsed)
        elif operation == "GetItem":
            self._count_read(operation, asked, units(size(parsed.get("Item", {}))))
        elif operation == "Query":
            read = units(sum(size(item) for item in parsed.get("Items", [])))
            self._count_read(operation, asked, read)
        elif operation == "BatchGetItem":
            for table, of in asked["RequestItems"].items():
                found = [units(size(item)) for item in parsed["Responses"].get(table, [])]
                absent = len(of["Keys"]) - len(found)
                self._count_read(operation, of, sum(found) + absent)

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
