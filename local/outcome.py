"""What must have come of the demo day, what has, and whether anything fell short."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.report import Summary
from local.day import Day
from local.figures import ACCEPTED, REPEATED

SETTLING_SECONDS = 20.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Counts of one day, as expected or as found; mails and holds are by reason."""

    accepted: int
    repeated: int
    profiles: int
    identifiers: int
    mails: Mapping[str, int]
    holds: Mapping[str, int]
    mails_by_address: Mapping[str, int]


def expected(day: Day) -> Outcome:
    """What this day must come to, from who came by and what was sent.

    Everybody on the allow-list is asked to confirm once, however often they join; whoever confirms
    is welcomed once; whoever leaves an application is reminded once, with the same request in the
    mail. Held: who is not on the list, each further sign-up while a confirmation is open, who joins
    again on the day of unsubscribing, and the reminder of an application that was sent.
    """
    mailed = [visitor for visitor in day.visitors if visitor.may_get_mail]
    confirmed = [visitor for visitor in mailed if visitor.confirms]
    reminded = [visitor for visitor in day.visitors if visitor.is_reminded]
    outside = [v for v in day.visitors if v.joins and not v.may_get_mail]
    holds = {
        "test_mode": sum(visitor.joins for visitor in outside),
        "confirmation_recent": sum(v.joins - 1 + v.unsubscribes for v in mailed),
        "application_submitted": sum(visitor.submits for visitor in day.visitors),
    }
    return Outcome(
        accepted=day.sent,
        repeated=day.repeated,
        profiles=sum(bool(v.email) or v.known_to_server for v in day.visitors),
        identifiers=sum(bool(v.email) + v.known_to_server for v in day.visitors),
        mails={"confirmation": len(mailed) + len(reminded), "consented": len(confirmed)},
        holds={reason: count for reason, count in holds.items() if count},
        mails_by_address={v.email: 1 + (v in confirmed) for v in (*mailed, *reminded)},
    )


def settled(look: Callable[[], Outcome], wanted: Outcome) -> Outcome:
    """Look until what was expected is there, or for as long as the last hop may take."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while shortfalls(wanted, got := look()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return got


def found(
    *, counters: Mapping[str, int], summary: Summary, mails: Sequence[Mapping[str, Any]]
) -> Outcome:
    """The outcome that the stack's own figures and the mailbox show."""
    return Outcome(
        accepted=counters.get(ACCEPTED, 0),
        repeated=counters.get(REPEATED, 0),
        profiles=summary["profiles"],
        identifiers=summary["identifiers"],
        mails=summary["mails"],
        holds=summary["holds"],
        mails_by_address=dict(Counter(address for mail in mails for address in mail["to"])),
    )


def shortfalls(wanted: Outcome, got: Outcome) -> list[str]:
    """Where the two differ, each in a sentence; empty if the day went as it must.

    More repeats than we made are no fault: an SDK that waits too long for an answer, as on a busy
    machine, sends again by itself.
    """
    told: list[str] = []
    for name in ("accepted", "profiles", "identifiers"):
        have, want = getattr(got, name), getattr(wanted, name)
        if have != want:
            told.append(f"{_NAMES[name]}: {have}, expected {want}")
    if got.repeated < wanted.repeated:
        told.append(f"{_NAMES['repeated']}: {got.repeated}, expected {wanted.repeated} or more")
    for name in ("mails", "holds", "mails_by_address"):
        have, want = getattr(got, name), getattr(wanted, name)
        told += [
            f"{_NAMES[name]} {key}: {have.get(key, 0)}, expected {want.get(key, 0)}"
            for key in sorted(have.keys() | want.keys())
            if have.get(key, 0) != want.get(key, 0)
        ]
    return told


_NAMES = {
    "accepted": "events accepted",
    "repeated": "repeats refused",
    "profiles": "profiles",
    "identifiers": "identifiers of people",
    "mails": "mails for the reason",
    "holds": "holds for the reason",
    "mails_by_address": "mails to",
}
