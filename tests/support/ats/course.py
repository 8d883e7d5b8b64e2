"""What a course of events is made of: deliveries that tell of it, one after the other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from rapport.ats import Connection
from tests.support.ats.signing import connection, deliver

SAMPLES = Path(__file__).parent / "samples"
# When the first of it happened; all of it lies before DELIVERED.
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DELIVERED = BEGAN + timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery as it comes, signed when it was `sent`: its bytes, its lower-case headers."""

    vendor: str
    body: bytes
    headers: Mapping[str, str]
    sent: datetime


@dataclass(frozen=True, kw_only=True)
class History:
    """A course of events. `candidates`: how many people it is about when all of it is known."""

    name: str
    connection: Connection
    deliveries: tuple[Delivery, ...]
    candidates: int = 1


@cache
def sample(name: str) -> dict[str, Any]:
    """One of the vendored samples, as JSON. Copy it before you change it."""
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return found


class Told:
    """The deliveries of one course, as they are made; the time goes on by itself."""

    def __init__(self, vendor: str, number: int) -> None:
        self.connection = connection(vendor, f"{vendor}-course")
        self.deliveries: list[Delivery] = []
        self.base = number * 1000
        self.now = BEGAN + timedelta(days=number)

    def later(self, **much: float) -> datetime:
        """Some time passes: a day, if it is not said how much."""
        self.now += timedelta(**much) if much else timedelta(days=1)
        return self.now

    def tell(self, payload: object) -> None:
        """A delivery of what is so now."""
        signed = deliver(self.connection, payload, self.now)
        self.deliveries.append(
            Delivery(
                vendor=self.connection.vendor,
                body=signed.body,
                headers=signed.headers,
                sent=self.now,
            )
        )

    def history(self, name: str, candidates: int = 1) -> History:
        """What was told so far."""
        return History(
            name=f"{self.connection.vendor}: {name}",
            connection=self.connection,
            deliveries=tuple(self.deliveries),
            candidates=candidates,
        )


def iso(at: datetime) -> str:
    """A time as these vendors write it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
