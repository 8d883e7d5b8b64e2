"""What must have come of the demo day, what has, and whether anything fell short."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.report import Summary
from local.afternoon import LEFT_FOR_MESSAGES
from local.day import Day
from local.figures import ACCEPTED, REPEATED
from local.policy import PROGRAMS
from local.visitors import HIRED, REJECTED, Visitor
from rapport.domain import names

HELD, DROPPED = "held now", "dropped"

SETTLING_SECONDS = 30.0
POLL_SECONDS = 0.5
WELCOME, NURTURE, ALERT, ONE_TO_ONE, GO_ON, REMINDER, ARRIVED, INTERVIEW = PROGRAMS

# (program, what became of a mail, the reason if it waits or was not sent)
Step = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Counts of one day, as expected or as found.

    `steps`: of every program what its mails became; what is `intended` is the sum of what waits,
    was not sent and left. `heard`: what came back, by the event's name.
    """

    accepted: int
    repeated: int
    profiles: int
    identifiers: int
    steps: Mapping[Step, int]
    heard: Mapping[str, int]
    mails_by_address: Mapping[str, int]

    def of(self, name: str, program: str = "") -> int:
        """How many mails came to a step, of one program or of all."""
        return sum(
            count
            for (whose, step, _), count in self.steps.items()
            if step == name and program in {"", whose}
        )

    def reasons(self, name: str) -> Mapping[str, int]:
        """How many came to a step for which reason, all programs together."""
        found: Counter[str] = Counter()
        for (_, step, reason), count in self.steps.items():
            if step == name:
                found[reason] += count
        return found


def expected(day: Day) -> Outcome:
    """What this day must come to, from who came by and what was sent.

    Everybody on the allow-list is asked to confirm once, however often they join; whoever confirms
    is welcomed once, and hears of the work here soon after, unless it is night where they live,
    they asked for a pause or have left. Whoever leaves an application is reminded once. Whoever
    answers is no longer mailed by a clock. Of an application the ATS says itself that it arrived;
    of an interview Rapport tells. Whoever was hired is written to by nobody any more.
    """
    everybody = day.visitors
    steps: Counter[Step] = Counter()
    sent: Counter[str] = Counter()
    for visitor in everybody:
        for program in _reach(visitor):
            sent[visitor.email] += 1
            _left(steps, program, clicked=program == ALERT)
        steps.update(_stopped(visitor))
    for (program, name, _), count in [*steps.items()]:
        if name in {DROPPED, HELD, "sent"}:
            steps[program, "intended", ""] += count
    answers = sum(visitor.answers for visitor in everybody)
    heard = {
        names.MAIL_CLICKED: sum(bool(visitor.wants_alerts) for visitor in everybody),
        names.MAIL_REPLIED: answers,
        names.TASK_OPENED: answers,
        names.AUTO_REPLY_RECEIVED: sum(visitor.is_away for visitor in everybody),
        names.PREFERENCES_CHANGED: sum(visitor.is_paused for visitor in everybody),
        names.UNSUBSCRIBED: sum(visitor.unsubscribes for visitor in everybody),
        # A delivery that comes twice tells once, a forged one nothing.
        names.APPLICATION_RECEIVED: sum(bool(visitor.ats) for visitor in everybody),
        names.APPLICATION_STAGE_CHANGED: sum(visitor.ats == HIRED for visitor in everybody),
        names.CANDIDATE_HIRED: sum(visitor.ats == HIRED for visitor in everybody),
        names.APPLICATION_REJECTED: sum(visitor.ats == REJECTED for visitor in everybody),
    }
    return Outcome(
        accepted=day.sent,
        repeated=day.repeated,
        profiles=sum(bool(v.email) or v.known_to_server for v in everybody),
        identifiers=sum(bool(v.email) + v.known_to_server + bool(v.ats) for v in everybody),
        steps=+steps,
        heard=heard,
        mails_by_address=sent,
    )


def _reach(visitor: Visitor) -> Iterator[str]:
    """The programs of the mails that reach somebody, the request to confirm among them."""
    if visitor.is_reminded:
        yield REMINDER
    if visitor.may_get_mail:
        yield WELCOME
    if not visitor.confirms or visitor.is_asleep:
        return
    yield WELCOME
    if visitor.is_nurtured:
        yield NURTURE
    if visitor.wants_alerts:
        yield ALERT
    for _ in range(min(visitor.messages, LEFT_FOR_MESSAGES)):
        yield ONE_TO_ONE
    if visitor.ats == HIRED:
        yield INTERVIEW


def _stopped(visitor: Visitor) -> Counter[Step]:
    """What somebody is not sent, or not yet, and why."""
    again = max(visitor.joins - 1, 0) + visitor.unsubscribes
    outside = bool(visitor.joins) and not visitor.may_get_mail
    return Counter(
        {
            (WELCOME, DROPPED, "test_mode"): visitor.joins if outside else 0,
            (WELCOME, DROPPED, "confirmation_recent"): 0 if outside else again,
            (WELCOME, HELD, "quiet_hours"): int(visitor.is_asleep),
            (NURTURE, HELD, "quiet_hours"): int(visitor.is_asleep),
            (NURTURE, HELD, "paused_by_candidate"): int(visitor.is_paused),
            (NURTURE, DROPPED, "consent_withdrawn"): int(visitor.unsubscribes),
            (NURTURE, DROPPED, "replied"): int(visitor.answers),
            (GO_ON, DROPPED, "replied"): int(visitor.answers),
            (ONE_TO_ONE, DROPPED, "frequency"): max(visitor.messages - LEFT_FOR_MESSAGES, 0),
            (REMINDER, DROPPED, "application_submitted"): int(visitor.submits),
            (ARRIVED, DROPPED, "ats_speaks"): int(bool(visitor.ats)),
            (ONE_TO_ONE, DROPPED, "halted"): int(visitor.ats == HIRED),
        }
    )


def _left(steps: Counter[Step], program: str, *, clicked: bool = False) -> None:
    """A mail left, SES took it and it was delivered; a person clicked in it or not."""
    for name in ("sent", "accepted", "delivered"):
        steps[program, name, ""] += 1
    steps[program, "clicked by a person" if clicked else "not clicked", ""] += 1
    if clicked:
        steps[program, "not applied", ""] += 1


def settled(look: Callable[[], Outcome], wanted: Outcome) -> Outcome:
    """Look until what was expected is there, or for as long as the last hop may take."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while shortfalls(wanted, got := look()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return got


def found(
    *,
    counters: Mapping[str, int],
    summary: Summary,
    mails: Sequence[Mapping[str, Any]],
    steps: Mapping[Step, int],
    heard: Mapping[str, int],
) -> Outcome:
    """The outcome that the stack's own figures and the mailbox show."""
    # What is passed on to the employer is no mail to a candidate.
    to_candidates = [mail for mail in mails if mail["tags"].get("class") != "forward"]
    return Outcome(
        accepted=counters.get(ACCEPTED, 0),
        repeated=counters.get(REPEATED, 0),
        profiles=summary["profiles"],
        identifiers=summary["identifiers"],
        steps={step: count for step, count in steps.items() if count},
        heard=heard,
        mails_by_address=dict(Counter(who for mail in to_candidates for who in mail["to"])),
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
    for name in ("steps", "heard", "mails_by_address"):
        have, want = getattr(got, name), getattr(wanted, name)
        told += [
            f"{_NAMES[name]} {_spoken(key)}: {have.get(key, 0)}, expected {want.get(key, 0)}"
            for key in sorted(have.keys() | want.keys())
            if have.get(key, 0) != want.get(key, 0)
        ]
    return told


def _spoken(key: str | Step) -> str:
    return key if isinstance(key, str) else " ".join(part for part in key if part)


_NAMES = {
    "accepted": "events accepted",
    "repeated": "repeats refused",
    "profiles": "profiles",
    "identifiers": "identifiers of people",
    "steps": "mails of",
    "heard": "events",
    "mails_by_address": "mails to",
}
