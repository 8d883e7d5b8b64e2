"""What sending needs beside the ports of `rapport.ports`: counts, SES's standing, the unsettled."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from rapport.domain.address import SendRecord
from rapport.domain.pace import Pace, Slowdown
from rapport.domain.person import Account
from rapport.domain.policy import Ramp


class Refusal(StrEnum):
    """Why SES did not take a mail.

    `throttled`: too fast. `quota`: the day's mails are used up. `paused`: it takes none of this
    account now. `unreachable`: no byte of the mail left. `other`: the mail itself, or its sender.
    """

    THROTTLED = "throttled"
    QUOTA = "quota"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    OTHER = "other"


class Counts(Protocol):
    """How many mails left on a UTC day."""

    def used(self, domain: str, day: str) -> int:
        """Marketing mails of a sending domain on a day (`2026-11-23`)."""
        ...

    def take(self, domain: str, day: str, *, most: int) -> bool:
        """Count one more unless there were `most` already; whether it was counted."""
        ...


class Accounts(Protocol):
    """SES's word on this account; may be minutes old."""

    def account(self) -> Account:
        """Quota and standing; an empty `Account` when SES does not say. Never raises."""
        ...

    def told(self, why: Refusal, code: str) -> None:
        """Remember what SES has just answered to a mail, for as long as its word is kept."""
        ...


class Turns(Protocol):
    """The turns of all workers, one after the other."""

    def take(self, pace: Pace, now: datetime) -> timedelta | None:
        """Take the next turn: how long until it comes; None when it is too far off. Never raises.

        When nobody can tell, it is now.
        """
        ...


class Slowdowns(Protocol):
    """At what part of the full pace mails leave; one word for all workers. Never raises."""

    def last(self) -> Slowdown | None:
        """The last slowdown, up to a second old; None when there was none, or nobody can tell."""
        ...

    def put(self, slowed: Slowdown, *, after: Slowdown | None) -> None:
        """Let a slowdown follow another, unless somebody else was faster."""
        ...


class Unsettled(Protocol):
    """Mails that were claimed and of which nothing final is known."""

    def due(self, before: datetime, *, limit: int) -> Sequence[SendRecord]:
        """Those claimed before a time, as they stand now, the oldest first."""
        ...

    def settled(self, records: Sequence[SendRecord]) -> None:
        """Look for them no more; harmless to repeat."""
        ...


def day_of(now: datetime) -> str:
    """The UTC day that a mail counts for: `2026-11-23`."""
    return now.astimezone(UTC).date().isoformat()


def ramp_cap(ramp: Ramp, now: datetime) -> int | None:
    """How many marketing mails may leave on this UTC day; None when the domain is warmed up.

    Before `started` the first day's number holds.
    """
    if not ramp.started:
        return None
    days = max((now.astimezone(UTC).date() - date.fromisoformat(ramp.started)).days, 0)
    cap = ramp.first_day
    for _ in range(days):
        if cap >= ramp.full:
            return None
        cap = max(int(cap * ramp.factor), cap + 1)
    return None if cap >= ramp.full else cap
