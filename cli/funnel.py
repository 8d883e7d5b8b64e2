"""`rapport funnel PROGRAM`: of all intents to mail somebody, what became of each; it sums up.

Every intent stands in exactly one place: it is held now, was dropped for a reason, is underway, or
left. What left was accepted by SES, or nobody can tell, and so on: each step divides the one before
it without a rest. What is counted is read from the rows themselves, so nothing can drift.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from cli import output
from cli.errors import CommandError
from cli.store import Stores
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Outcome
from rapport.domain.event import Json
from rapport.domain.fate import NOTHING_KNOWN, Fate, Said
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.domain.reasons import Reason
from rapport.errors import BehindError
from rapport.outcomes import Intended
from rapport.profiles import person_of

DAYS = 30
# An application counts as come out of a mail that was clicked so long before.
COUNTS_FOR = timedelta(days=30)
_LEFT: Mapping[SendState, str] = {
    SendState.ACCEPTED: "accepted",
    SendState.UNCERTAIN: "nobody can tell",
    SendState.LOST: "given up: nobody can tell",
}
# What became of an accepted mail: the first of these that is known.
_ARRIVED: tuple[tuple[Said, str], ...] = (
    (Said.HARD_BOUNCED, "bounced for good"),
    (Said.REJECTED, "rejected"),
    (Said.DELIVERED, "delivered"),
    (Said.SOFT_BOUNCED, "not taken for now"),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One number of the funnel: part of `of`, as `name`, for a reason."""

    of: str
    name: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """The counts by step; `intended` in all. Each step's parts add up to it."""

    program: str
    since: date
    intended: int = 0
    counts: Mapping[Step, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """How many came to a step."""
        if name == "intended":
            return self.intended
        return sum(count for step, count in self.counts.items() if step.name == name)


def funnel(
    program: str,
    since: date,
    intents: Iterable[tuple[Intended, SendRecord | None, Fate]],
    applied: Callable[[SendRecord, datetime], bool],
) -> Funnel:
    """Where every intent stands. `applied`: whether a person applied soon after a click."""
    counts: Counter[Step] = Counter()
    total = 0
    for intended, record, fate in intents:
        total += 1
        mine = record if record is not None and record.intent == intended.intent else None
        counts.update(_steps(intended, mine, fate, applied))
    return Funnel(program=program, since=since, intended=total, counts=counts)


def _steps(
    intended: Intended,
    record: SendRecord | None,
    fate: Fate,
    applied: Callable[[SendRecord, datetime], bool],
) -> Iterable[Step]:
    if record is None or record.state not in _LEFT:
        yield _not_sent(intended, record)
        return
    yield Step(of="intended", name="sent")
    left = _LEFT[record.state]
    yield Step(of="sent", name=left)
    if record.state is not SendState.ACCEPTED:
        return
    arrived = next((name for said, name in _ARRIVED if said in fate.at), "no word yet")
    yield Step(of="accepted", name=arrived)
    if arrived != "delivered":
        return
    clicked = fate.at.get(Said.CLICKED)
    yield Step(of="delivered", name="not clicked" if clicked is None else "clicked by a person")
    if clicked is not None:
        came = applied(record, clicked)
        yield Step(of="clicked by a person", name="applied" if came else "not applied")


def _not_sent(intended: Intended, record: SendRecord | None) -> Step:
    if record is not None and record.state is SendState.FAILED:
        return Step(of="intended", name="dropped", detail=Reason.REJECTED.value)
    match Outcome(intended.outcome):
        case Outcome.HOLD:
            return Step(of="intended", name="held now", detail=intended.reason)
        case Outcome.DROP:
            return Step(of="intended", name="dropped", detail=intended.reason)
        case Outcome.SEND:
            return Step(of="intended", name="underway")


def read(stores: Stores, program: str, *, since: str, now: datetime) -> Funnel:
    """The funnel of a program from a UTC day (`2026-11-23`; empty: 30 days ago) until now."""
    first = _day(since) if since else (now - timedelta(days=DAYS)).astimezone(UTC).date()
    last = now.astimezone(UTC).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [row for day in days for row in stores.fates.intended(program, day.isoformat())]
    latest = _latest(rows)
    keys = [row.send_key for row in latest if row.send_key]
    records = {key: stores.book.send(key) for key in keys}
    fates = stores.fates.fates([key for key, record in records.items() if record is not None])
    intents = [
        (row, records.get(row.send_key), fates.get(row.send_key, NOTHING_KNOWN)) for row in latest
    ]

    def applied(record: SendRecord, clicked: datetime) -> bool:
        profile = _profile(stores, record.person)
        return profile is not None and has_applied(profile, clicked)

    return funnel(program, first, intents, applied)


def has_applied(profile: Profile, clicked: datetime) -> bool:
    """Whether somebody sent an application within 30 days after a click."""
    sent = (application.submitted for application in profile.applications.values())
    return any(at is not None and clicked <= at <= clicked + COUNTS_FOR for at in sent)


def _latest(rows: Iterable[Intended]) -> Sequence[Intended]:
    """What was decided last on each intent: one that was held stands on several days."""
    found: dict[str, Intended] = {}
    for row in sorted(rows, key=lambda row: row.at):
        found[row.intent] = row
    return [*found.values()]


def _profile(stores: Stores, person: PersonId) -> Profile | None:
    try:
        found = person_of(stores.people, stores.clusters, person)
    except BehindError:
        return None
    return None if found is None else found.profile


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{text} is no day; write it as 2026-11-23."
        raise CommandError(msg) from None


_ORDER = ("intended", "sent", "accepted", "delivered", "clicked by a person")


def parts(told: Funnel) -> list[tuple[Step, int]]:
    """The numbers in order: step by step, the greatest first."""
    return sorted(
        told.counts.items(),
        key=lambda each: (_ORDER.index(each[0].of), -each[1], each[0].name, each[0].detail),
    )


def to_json(told: Funnel) -> dict[str, Json]:
    """For programs."""
    return {
        "program": told.program,
        "since": told.since.isoformat(),
        "intended": told.intended,
        "steps": [
            {"of": step.of, "name": step.name, "reason": step.detail, "count": count}
            for step, count in parts(told)
        ],
    }


def show(told: Funnel) -> None:
    """For people: each step, what it came to, and what share of it."""
    output.heading(f"{told.program} since {told.since.isoformat()}: {told.intended} intended")
    if not told.intended:
        output.line("No playbook of that name wanted to mail anybody; give its `program`.")
        return
    lines = []
    for step, count in parts(told):
        share = f"{100 * count / told.of(step.of):.1f} %"
        reason = Reason(step.detail).meaning if step.detail else ""  # type: ignore[call-arg]
        lines.append((f"of {step.of}", step.name, f"{count}", share, reason))
    output.rows(("", "became", "mails", "share", "why"), lines)
