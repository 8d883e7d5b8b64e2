"""Engagement: what an act of a candidate is worth, and when the interest that it shows has run out.

Interest is counted in hours. An act adds the hours of its kind, up to so many a day, and interest
runs out by itself, one hour in an hour. So one instant says it all: when nothing will be left. It
is kept; the score at any time is what then is left until it, and nothing is written because time
passes.

| event | hours | counted a day |
|---|---|---|
| page, screen | 1 | 10 |
| Mail Opened | 1 | 1 |
| track (of a name of the site's own) | 1 | 5 |
| Job Searched, Content Viewed | 4 | 5 |
| Job Viewed | 6 | 10 |
| Application Step Completed | 12 | 6 |
| Mail Clicked | 12 | 2 |
| Application Started | 72 | 2 |
| Mail Replied, Referral Made, Address Confirmed | 120 | 1 |
| Job Alert Created, Event Registered | 168 | 1 |
| Application Submitted | 240 | 2 |
| Talent Network Joined, Event Attended | 240 | 1 |

All else is worth nothing: what machines do, and what was done to the candidate (mails, decisions).
An open shows that somebody is there, and in no field of work any interest.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from rapport.domain import names
from rapport.domain.event import Event
from rapport.domain.statements import section, text_of

# Nobody's interest lasts longer, whatever they did.
LONGEST = timedelta(days=180)
_HOUR = timedelta(hours=1)
# How mails fared, as SES tells it.
_REPORTS = frozenset(
    {
        *("Bounce", "Click", "Complaint", "Delivery", "DeliveryDelay", "Open", "Reject"),
        *("Rendering Failure", "Send"),
    }
)


class Worth(NamedTuple):
    """Hours of interest that an act shows, and how many of a day count."""

    hours: int
    daily: int


WORTH: Mapping[str, Worth] = {
    "page": Worth(1, 10),
    "screen": Worth(1, 10),
    "track": Worth(1, 5),
    names.MAIL_OPENED: Worth(1, 1),
    names.JOB_SEARCHED: Worth(4, 5),
    names.CONTENT_VIEWED: Worth(4, 5),
    names.JOB_VIEWED: Worth(6, 10),
    names.APPLICATION_STEP_COMPLETED: Worth(12, 6),
    names.MAIL_CLICKED: Worth(12, 2),
    names.APPLICATION_STARTED: Worth(72, 2),
    names.MAIL_REPLIED: Worth(120, 1),
    names.REFERRAL_MADE: Worth(120, 1),
    names.ADDRESS_CONFIRMED: Worth(120, 1),
    names.JOB_ALERT_CREATED: Worth(168, 1),
    names.EVENT_REGISTERED: Worth(168, 1),
    names.APPLICATION_SUBMITTED: Worth(240, 2),
    names.TALENT_NETWORK_JOINED: Worth(240, 1),
    names.EVENT_ATTENDED: Worth(240, 1),
}


def runs_out(days: Mapping[str, Mapping[str, int]]) -> datetime | None:
    """When interest has run out: of how many events of each kind there were per UTC day.

    None when there never was any. A day is `2026-11-23`; what happened on it counts from its start.
    """
    zero: datetime | None = None
    for day, counts in sorted(days.items()):
        hours = sum(w.hours * min(counts.get(kind, 0), w.daily) for kind, w in WORTH.items())
        if hours:
            start = datetime.fromisoformat(day).replace(tzinfo=UTC)
            zero = min(max(zero or start, start) + hours * _HOUR, start + LONGEST)
    return zero


def score(zero_at: datetime | None, now: datetime) -> int:
    """The whole hours of interest that are left; 0 when it has run out or never was."""
    return 0 if zero_at is None else max(0, (zero_at - now) // _HOUR)


def reported_as(event: Event) -> str:
    """The name that a report on a mail counts under: each kind of report is told apart."""
    kind = text_of(section(event.body, "properties"), "kind")
    return f"{names.MAIL_REPORTED} ({kind})" if kind in _REPORTS else names.MAIL_REPORTED


def reports_of(totals: Mapping[str, int]) -> dict[str, int]:
    """How the mails to a person fared: kind of report → how many."""
    named = {f"{names.MAIL_REPORTED} ({kind})": kind for kind in sorted(_REPORTS)}
    return {kind: totals[name] for name, kind in named.items() if name in totals}
