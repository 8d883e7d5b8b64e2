"""What a decision has to know of a person beyond the profile: their wishes, and where they live."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ZoneSource(StrEnum):
    """Where a time zone was taken from, the best first."""

    STATED = "stated"
    BROWSER = "browser"
    PLACE = "place"
    PHONE = "phone"
    COUNTRY = "country"
    EMPLOYER = "employer"


@dataclass(frozen=True, kw_only=True)
class Zone:
    """Time zones that the person may live in (IANA names), and how that is known.

    More than one where only a country with several zones is known: a time is awake when it is awake
    in all of them. `sure` is False for what is a guess, which narrows the hours of sending.
    """

    names: tuple[str, ...]
    source: ZoneSource
    sure: bool


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the owner of an address asked for on the preference page; all empty: nothing.

    `per_year`: at most so many marketing mails in 365 days (0 is not allowed: that is "none", a
    withdrawal). `paused_until`: no marketing mail before. `topics_off`: topics without mail.
    `language`: an RFC 5646 tag. When a person has several addresses the strictest wish holds.
    """

    per_year: int | None = None
    paused_until: datetime | None = None
    topics_off: frozenset[str] = frozenset()
    language: str = ""
    changed_at: datetime | None = None


NOTHING_WISHED = Wishes()


@dataclass(frozen=True, kw_only=True)
class Account:
    """How SES and the sending domain stand. None: not known, and then not asked.

    `paused`: why SES takes no mail now, or an empty string. `quota`: mails that SES takes in 24
    hours, `quota_used` of them used, `per_second`: in a second. `ramp_cap`, `ramp_used`: marketing
    mails of this UTC day.
    """

    paused: str = ""
    quota: int | None = None
    quota_used: int = 0
    per_second: float | None = None
    ramp_cap: int | None = None
    ramp_used: int = 0


UNKNOWN_ACCOUNT = Account()


@dataclass(frozen=True, kw_only=True)
class Rival:
    """Another mail that waits for the same person: its program, how much it matters, when due."""

    program: str
    priority: int
    due: datetime


@dataclass(frozen=True, kw_only=True)
class JobMatch:
    """One job of a slate: its `job_ref`, the score (0…1) and the reasons to show, best first."""

    job: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Slate:
    """The jobs that fit a person, best first; `vetoed` counts the others by veto."""

    jobs: tuple[JobMatch, ...]
    vetoed: tuple[tuple[str, int], ...] = ()
    looking: bool = False
