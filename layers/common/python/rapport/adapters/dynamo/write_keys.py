"""The write keys in `book`, by their hashes.

A key is read by a plain call, for the tracking door's sake (docs/decisions/0006); whoever publishes
goes through the models.
"""

from collections.abc import Iterable
from typing import Any

from rapport.adapters.dynamo import calls, keys
from rapport.adapters.dynamo.calls import Calls, Item
from rapport.domain.event import Trust
from rapport.domain.rate import Rate
from rapport.door import ORDINARY_RATE, WriteKey
from rapport.errors import RetryableError


class DynamoWriteKeys:
    """What the tracking door reads and `rapport publish` writes."""

    def __init__(self, table: str, *, through: Calls | None = None) -> None:
        """Work on the book table of that name."""
        calls.bind(book=table)
        self._book = table
        self._calls = through or calls.ThroughModels()

    def write_key(self, key: str) -> WriteKey | None:
        """A key of the tracking door by its value.

        A table that refuses for good is out of reach too: what is sent meanwhile can be kept.
        """
        try:
            row = calls.get(self._calls, self._book, keys.write_key_key(key))
        except calls.RefusedCallError as error:
            raise RetryableError(str(error)) from error
        return None if row is None else _write_key(key, row)

    def put_write_key(self, key: WriteKey) -> None:
        """Store a key; the row holds its hash, never its value."""
        from rapport.adapters.dynamo.models import WriteKeyRow, store_errors

        with store_errors():
            WriteKeyRow(*keys.write_key_key(key.key), **_told(key)).save()

    def close_other_keys(self, listed: Iterable[str]) -> list[str]:
        """Disable every stored key that is not listed; their sources.

        The rows stay, for they tell whose the messages are that go on coming with such a key. This
        looks at every row of `book`, which nobody but an operator may.
        """
        from rapport.adapters.dynamo.models import WriteKeyRow, store_errors

        open_ones = {keys.write_key_key(key) for key in listed}
        closed: list[str] = []
        with store_errors():
            for row in WriteKeyRow.scan(consistent_read=True):
                if row.enabled and (row.pk, row.sk) not in open_ones:
                    row.update(actions=[WriteKeyRow.enabled.set(False)])
                    closed.append(str(row.source))
        return sorted(closed)

    def successor(self, revoked: WriteKey) -> WriteKey | None:
        """A key that opens the door for the same source, believed as far as this one was.

        Its value is the revoked one's, for a row does not hold its own. This looks at every row of
        `book`, which nobody but an operator may.
        """
        from rapport.adapters.dynamo.models import WriteKeyRow, store_errors

        with store_errors():
            rows = [row.serialize() for row in WriteKeyRow.scan(consistent_read=True)]
        for row in rows:
            key = _write_key(revoked.key, row)
            if key.enabled and (key.source, key.trust) == (revoked.source, revoked.trust):
                return key
        return None


def _told(key: WriteKey) -> dict[str, Any]:
    """The row's attributes; those of an ordinary key are left out."""
    told: dict[str, Any] = {
        "source": key.source,
        "brand": key.brand,
        "trust": key.trust.value,
        "enabled": key.enabled,
    }
    if key.origins:
        told["origins"] = [*key.origins]
    if key.consent != "assumed":
        told["consent"] = key.consent
    if key.rate != ORDINARY_RATE:
        told |= {"per_second": key.rate.per_second, "burst": key.rate.burst}
    return told


def _write_key(value: str, row: Item) -> WriteKey:
    return WriteKey(
        key=value,
        source=row["source"]["S"],
        brand=row["brand"]["S"],
        trust=Trust(row["trust"]["S"]),
        enabled=row["enabled"]["BOOL"],
        origins=tuple(each["S"] for each in row.get("origins", {}).get("L", ())),
        consent="required" if row.get("consent", {}).get("S") == "required" else "assumed",
        rate=(
            Rate(per_second=float(row["per_second"]["N"]), burst=int(row["burst"]["N"]))
            if "burst" in row
            else ORDINARY_RATE
        ),
    )
