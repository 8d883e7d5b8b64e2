"""What the tracking door needs beside the log: its keys, a limit, a place for what it refuses.

Ports as in `rapport.ports`, with the same promise about RetryableError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from rapport.domain.event import Json, Trust
from rapport.domain.rate import Rate

# What a key may deliver when `sources.yaml` does not say: more than the gateway lets through in
# single messages, so that it only stops floods of batches. A batch of the largest size fits.
ORDINARY_RATE = Rate(per_second=1000, burst=10_000)


@dataclass(frozen=True, kw_only=True)
class WriteKey:
    """A key of the tracking door. `trust` is what an event delivered with it is worth.

    `origins`: from which pages a browser may deliver with it; empty: from any. `consent`: whether
    the site has to ask its visitors before they are recognised. `rate`: messages a second.
    """

    key: str
    source: str
    brand: str
    trust: Trust
    enabled: bool = True
    origins: tuple[str, ...] = ()
    consent: Literal["assumed", "required"] = "assumed"
    rate: Rate = ORDINARY_RATE


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What one request delivered that was not stored, with all that a replay needs.

    `source` and `reason` are in clear, of letters, digits, `-` and `_`; `content` is not. `good`:
    nothing is known to be wrong with it, and it has no other place.
    """

    at: datetime
    source: str
    reason: str
    count: int
    content: Mapping[str, Json]
    good: bool = False


class Quarantine(Protocol):
    """Where refused messages wait for a person to look at them."""

    def keep(self, refused: Refused) -> bool:
        """Keep it, sealed; False when more than this minute's share would be kept."""
        ...


class Allowance(Protocol):
    """How many messages may still come, counted by scope across all workers."""

    def take(self, scope: str, tokens: int, limit: Rate, now: datetime) -> timedelta | None:
        """Take tokens: None to go on, else how long to wait. Never raises RetryableError."""
        ...
