"""The gates of how much: one budget for a person, whichever program and address a mail is for.

What is counted stands in the ledgers of all the person's addresses; a mail never counts against
itself. Every rule names the earliest instant at which it allows a mail, and once it does it goes on
to: so the latest of these instants is exactly when all rules allow it. Mails of which a clock says
that they are yet to come count like all others.

Mails that the person asked for (job alerts) have windows of their own. They use up no window and no
year of the others, but they move the gap: whoever got an alert today is not written to tomorrow.
Whatever the person wished (`Wishes.per_year`) holds for both kinds together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from rapport.domain.address import LedgerEntry
from rapport.domain.event import Json, millis
from rapport.domain.gates import (
    REMIND_AGAIN_AFTER,
    Case,
    Found,
    Gates,
    Terms,
    day,
    span,
)
from rapport.domain.policy import Frequency, Window
from rapport.domain.reasons import Reason

YEAR = timedelta(days=365)
ASK_QUOTA_AGAIN = timedelta(hours=1)
# A rival may come to nothing: once its time has passed it is known which slots are left.
AFTER_A_RIVAL = timedelta(minutes=1)
_EVER = datetime.min.replace(tzinfo=UTC)
_AT = attrgetter("at")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule about one mail: from when on it allows it, and whether the person made it."""

    told: str
    allowed_at: datetime
    wished: bool = False


def rules(
    entries: Sequence[LedgerEntry],
    frequency: Frequency,
    *,
    asked: bool,
    per_year: int | None,
    now: datetime,
) -> tuple[Rule, ...]:
    """Every rule that bounds a marketing mail, `entries` being the other mails to the person.

    `asked`: the person asked for this mail. `per_year` is what they allow. A window of no mails
    never opens: it is put off by its length for ever.
    """
    counted = _counted(entries)
    alike = [entry.at for entry in counted if entry.asked is asked]
    windows = frequency.asked_windows
    gaps: list[Rule] = []
    if not asked:
        windows = (*frequency.windows, Window(most=frequency.yearly, within=YEAR))
        gap = frequency.min_gap
        if streak(counted) >= frequency.tired_after:
            gap *= frequency.tired_factor
        gaps = [_gap(counted, gap)]
    found = [*(_window(alike, window, now) for window in windows), *gaps]
    if per_year:
        window = Window(most=per_year, within=YEAR)
        wished = (_window([e.at for e in counted], window, now), _gap(counted, YEAR / per_year))
        found += [Rule(told=r.told, allowed_at=r.allowed_at, wished=True) for r in wished]
    return tuple(found)


def next_allowed(found: Iterable[Rule]) -> Rule:
    """The rule that allows the mail last; one that always did if there are none."""
    return max(
        found,
        key=lambda rule: (rule.allowed_at, rule.wished),
        default=Rule(told="no rule bounds it", allowed_at=_EVER),
    )


def streak(entries: Iterable[LedgerEntry]) -> int:
    """How many of the last counted mails in a row nobody showed a human sign for.

    Mails that were asked for are not among them, for whoever asked for alerts every week would be
    silent after months; an answer to one is a sign all the same.
    """
    length = 0
    for entry in _counted(entries):
        if entry.human:
            break
        length += not entry.asked
    return length


def _counted(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """The mails that use up the budget, the newest first."""
    return sorted((entry for entry in entries if entry.counted), key=_AT, reverse=True)


def _window(newest: Sequence[datetime], window: Window, now: datetime) -> Rule:
    """A rule over times, the newest first."""
    told = f"at most {_mails(window.most)} in {span(window.within)}"
    if window.most <= 0:
        return Rule(told=told, allowed_at=now + window.within)
    full = len(newest) >= window.most
    allowed_at = newest[window.most - 1] + window.within if full else _EVER
    return Rule(told=told, allowed_at=allowed_at)


def _gap(newest: Sequence[LedgerEntry], gap: timedelta) -> Rule:
    told = f"{span(gap)} between two mails"
    return Rule(told=told, allowed_at=newest[0].at + gap if newest else _EVER)


def _mails(count: int) -> str:
    return f"{count} mail{'' if count == 1 else 's'}"


def _silence(case: Case, terms: Terms, now: datetime) -> Found:
    """Who has gone silent gets what they asked for, and the question whether to go on, once."""
    most = terms.policy.frequency.silent_after
    entries = case.ledger
    length = streak(entries)
    numbers: dict[str, Json] = {"unanswered": length, "silent_after": most}
    detail = f"Of the last mails {length} in a row were not answered; {most} are too many."
    reason = None if length < most or terms.asked else Reason.GONE_SILENT
    if terms.asks_to_go_on:
        counted = [entry for entry in entries if entry.counted]
        asked = any(entry.program == terms.program for entry in counted[:length])
        reason = Reason.GONE_SILENT if asked else None
        reason = Reason.CONDITION_NOT_MET if length < most else reason
    return Found(detail=detail, reason=reason, numbers=numbers)


def _frequency(case: Case, terms: Terms, now: datetime) -> Found:
    entries = case.ledger
    last = next_allowed(
        rules(
            entries,
            terms.policy.frequency,
            asked=terms.asked,
            per_year=case.wishes.per_year,
            now=now,
        )
    )
    counted = [entry for entry in entries if entry.counted]
    numbers = _numbers(counted, last, now)
    year = sum(entry.at > now - YEAR for entry in counted)
    had = f"The candidate had {_mails(year)} within a year"
    had += f", the last on {day(counted[0].at)}" if counted else ""
    if last.allowed_at <= now:
        return Found(detail=f"{had}; every rule allows one more.", numbers=numbers)
    whose = "the candidate wants" if last.wished else "the rule is"
    return Found(
        detail=f"{had}; {whose} {last.told}.",
        reason=Reason.OWN_LIMIT if last.wished else Reason.FREQUENCY,
        numbers=numbers,
        until=last.allowed_at,
    )


def _numbers(counted: Sequence[LedgerEntry], last: Rule, now: datetime) -> Mapping[str, Json]:
    back = {days: now - timedelta(days=days) for days in (7, 30, 90, 365)}
    times = [entry.at for entry in counted]
    numbers: dict[str, Json] = {
        f"in_{days}_days": sum([at > since for at in times]) for days, since in back.items()
    }
    if last.allowed_at != _EVER:
        numbers["next_allowed_at"] = millis(last.allowed_at)
    return {**numbers, "unanswered": streak(counted)}


def _priority(case: Case, terms: Terms, now: datetime) -> Found:
    """Whether this mail would take the slot of one that matters more and is due soon."""
    reserve = terms.policy.frequency.reserve
    above = [
        r
        for r in case.rivals
        # What should have gone longer ago than a slot is kept for comes to nothing.
        if r.priority > terms.priority and now - reserve <= r.due <= now + reserve
    ]
    rival = max(above, key=lambda r: (r.priority, -r.due.timestamp()), default=None)
    if rival is None:
        return Found(detail="Nothing that matters more is due to the candidate soon.")
    due = max(rival.due, now)
    told = f"{rival.program} (priority {rival.priority}) is due on {day(rival.due)}"
    numbers: dict[str, Json] = {"priority": terms.priority, "rival": rival.priority}
    if _rival_allowed_at(case, terms, now) <= due:
        return Found(detail=f"{told}; both may go.", numbers=numbers)
    return Found(
        detail=f"{told}; this mail would take its place.",
        reason=Reason.OUTRANKED,
        numbers=numbers,
        # The longer it is overdue the less is to be expected of it: each wait is twice the last.
        until=due + max(AFTER_A_RIVAL, now - rival.due),
    )


def _rival_allowed_at(case: Case, terms: Terms, now: datetime) -> datetime:
    """From when on a rival is allowed if this mail leaves now.

    What a rival is for is not known: it is taken for a mail that nobody asked for.
    """
    other = LedgerEntry(at=now, program="", send_key="", asked=terms.asked)
    found = rules(
        (*case.ledger, other),
        terms.policy.frequency,
        asked=False,
        per_year=case.wishes.per_year,
        now=now,
    )
    return next_allowed(found).allowed_at


def _pause(case: Case, terms: Terms, now: datetime) -> Found:
    """Over all addresses of the person: whoever has two is not reminded twice as often."""
    last = max((e.at for e in case.ledger if e.program == terms.program), default=None)
    if last is None:
        return Found(detail="The candidate was not reminded of another application.")
    detail = f"The candidate was reminded of another application {span(now - last)} ago."
    recent = now - last < REMIND_AGAIN_AFTER
    return Found(detail=detail, reason=Reason.REMINDED_RECENTLY if recent else None)


def _ramp(case: Case, terms: Terms, now: datetime) -> Found:
    cap, used = case.account.ramp_cap, case.account.ramp_used
    if cap is None:
        return Found(detail="No ramp bounds the sending domain.")
    numbers: dict[str, Json] = {"used": used, "cap": cap}
    detail = f"The sending domain has sent {used} of the {cap} mails that it may today."
    if used < cap:
        return Found(detail=detail, numbers=numbers)
    midnight = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC)
    until = midnight + timedelta(days=1)
    return Found(detail=detail, reason=Reason.RAMP, numbers=numbers, until=until)


def _quota(case: Case, terms: Terms, now: datetime) -> Found:
    """For marketing, which leaves a part of the quota to what must go out."""
    return _of_quota(case, share=1 - terms.policy.quota_reserve, now=now)


def _whole_quota(case: Case, terms: Terms, now: datetime) -> Found:
    return _of_quota(case, share=1.0, now=now)


def _of_quota(case: Case, *, share: float, now: datetime) -> Found:
    quota, used = case.account.quota, case.account.quota_used
    if quota is None:
        return Found(detail="SES's quota is not known.")
    most = int(quota * share)
    numbers: dict[str, Json] = {"used": used, "most": most, "quota": quota}
    detail = f"SES took {used} mails in 24 hours; this kind of mail may go up to {most}."
    if used < most:
        return Found(detail=detail, numbers=numbers)
    return Found(detail=detail, reason=Reason.QUOTA, numbers=numbers, until=now + ASK_QUOTA_AGAIN)


FREQUENCY: Gates = (
    ("silence", _silence),
    ("frequency", _frequency),
    ("priority", _priority),
    ("ramp", _ramp),
    ("quota", _quota),
)
WHOLE_QUOTA: Gates = (("quota", _whole_quota),)


def pause(terms: Terms) -> Gates:
    """The gate that keeps reminders rare, however many applications were started."""
    return (("pause", _pause),) if terms.about_job else ()
