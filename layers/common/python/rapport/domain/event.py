"""The event: one thing that happened, immutable, as every room of Rapport sees it.

Key of an event in the log
    partition  the cookie's ref if the message has an anonymousId, else the best strong ref
    sort       `<original time, cut to the hour>#<source>#<message id>`
Both are functions of the message alone, so that a repeated delivery lands on its first copy. The
cookie stands first because browsers add a userId to a message that they send again.

Times: `original_at` is the client's clock, `sent_at` the client's clock when the request left,
`received_at` ours, `at` the corrected time that everything is ordered and folded by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeAlias, cast

from rapport.domain.identifiers import Ref, is_strong

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

# A message waits on a device for hours or days. When its own clock says that it waited longer than
# this, or was sent that long before it happened, one of its two times is made up: a difference from
# it would be too. How wrong the clock is does not matter: one that starts in 1970 is corrected.
LONGEST_WAIT = timedelta(days=366)
NO_HOUR = "0000-00-00T00"
# The source of what Rapport itself writes down; no key that is given out has it.
ENGINE = "engine"
# Begins the source of what an employer imported, before the id of the import.
IMPORTED = "import-"
# Begins the source of what is filled in on a form of ours, before the form's key.
FORMS = "form-"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Trust(StrEnum):
    """How far an event may be believed; it comes from the key that delivered it."""

    ASSERTED = "asserted"
    VERIFIED = "verified"


class Origin(StrEnum):
    """Why an event or fact exists. Only live ones may start anything."""

    LIVE = "live"
    IMPORT = "import"
    BACKFILL = "backfill"
    MERGE = "merge"
    REBUILD = "rebuild"
    RULES = "rules"


class LogKey(NamedTuple):
    """Where an event stands in the log: partition and sort key."""

    pk: str
    sk: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """One stored event. `home` is the identifier that it hangs on and whose key seals it.

    `owner` is the strong identifier whose it is, if any. It is no part of the row: whoever opens
    rows reads it from the body.
    """

    partition: Ref
    home: Ref
    type: str
    source: str
    message_id: str
    trust: Trust
    origin: Origin
    original_at: datetime | None
    sent_at: datetime | None
    received_at: datetime
    at: datetime
    body: Mapping[str, Json]
    schema_version: int = 1
    owner: Ref | None = field(default=None, compare=False)

    @cached_property
    def key(self) -> LogKey:
        """The event's place in the log."""
        hour = NO_HOUR if self.original_at is None else hour_of(self.original_at)
        return LogKey(pk=self.partition, sk=f"{hour}#{self.source}#{self.message_id}")


def named_by_home(event: Event) -> Ref | None:
    """The owner of an event of which nothing but its home is known."""
    return event.home if is_strong(event.home) else None


def hour_of(moment: datetime) -> str:
    """`2026-11-23T01` in UTC: fixed width, sorts as time."""
    return moment.astimezone(UTC).isoformat(timespec="hours")[:13]


def day_of(moment: datetime) -> str:
    """`2026-11-23` in UTC."""
    return moment.astimezone(UTC).date().isoformat()


def month_of(moment: datetime) -> str:
    """`2026-11` in UTC."""
    return moment.astimezone(UTC).date().isoformat()[:7]


def millis(moment: datetime) -> int:
    """Whole milliseconds since 1970, exact (no float on the way)."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_millis(value: int) -> datetime:
    """The inverse of `millis`."""
    return _EPOCH + timedelta(milliseconds=value)


def moment_of(raw: Json) -> datetime | None:
    """What was stored as milliseconds, if anything was."""
    return None if raw is None else from_millis(cast("int", raw))


def corrected_time(
    *,
    original_at: datetime | None,
    sent_at: datetime | None,
    received_at: datetime,
    tolerance: timedelta,
) -> datetime:
    """When it happened by our clock: `received − (sent − original)`, never after `received`.

    A missing `sent_at`, or one within the tolerance, leaves the client's time as it is: some SDKs
    do not refresh `sent_at` when they try again, and a correction would then move the event. So
    does one that is further from `original_at` than `LONGEST_WAIT`, either way.
    """
    if original_at is None:
        return received_at
    if sent_at is not None and abs(received_at - sent_at) > tolerance:
        waited = sent_at - original_at
        if abs(waited) <= LONGEST_WAIT:
            return received_at - max(waited, timedelta(0))
    return min(original_at, received_at)
