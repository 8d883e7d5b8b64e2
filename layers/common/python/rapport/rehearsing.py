"""What a campaign would come to: everybody judged as `send` would at their turn, none mailed.

The audience is written down by pages, and each page is judged by itself, so that many are judged at
once and one that fails is judged again. Nothing is kept of anybody but a count, for two days. What
bounds all together, the day's ramp and SES's quota, is asked of the counts and not of anybody: each
person alone would fit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, TypeAlias

from rapport.campaigns import Campaign
from rapport.domain.decide import decide, refused
from rapport.domain.decision import Decision, Intent, Outcome
from rapport.domain.event import Json, from_millis, millis
from rapport.domain.identifiers import PersonId
from rapport.domain.person import Account
from rapport.domain.policy import Policy
from rapport.domain.reasons import Reason
from rapport.launching import turn
from rapport.mailing.compose import Composer, filled
from rapport.mailing.snapshot import Reader
from rapport.ports import Mail
from rapport.render import RenderError
from rapport.sending import ramp_cap
from rapport.zones import zone_of

# Who could not be mailed for so long is not followed any further.
_MOST = timedelta(days=366)
# How many mails have room on a UTC day, None: all; and why no more.
Room: TypeAlias = Callable[[date], tuple[int | None, Reason]]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many may be mailed at their turn, wait (until when the last, in ms), or never are.

    `days`: of the first, how many by the UTC day of their turn, as in `2026-11-23`.
    """

    now: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    until: Mapping[str, int] = field(default_factory=dict)
    never: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """All of them."""
        return self.now + sum(self.held.values()) + sum(self.never.values())


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What `send` would decide on somebody at their turn, and the mail that it would be."""

    decision: Decision
    due: datetime
    mail: Mail | None


def counted(people: Iterable[Judged]) -> Tally:
    """The counts of what they came to."""
    held, never, days = Counter[str](), Counter[str](), Counter[str]()
    until: dict[str, int] = {}
    for each in people:
        decision, reason = each.decision, each.decision.reason.value
        if decision.outcome is Outcome.SEND:
            days[each.due.astimezone(UTC).date().isoformat()] += 1
        elif decision.until is not None:
            held[reason] += 1
            until[reason] = max(until.get(reason, 0), millis(decision.until))
        else:
            never[reason] += 1
    return Tally(now=days.total(), held=dict(held), until=until, never=dict(never), days=dict(days))


def together(tallies: Iterable[Tally]) -> Tally:
    """The counts of several pages."""
    held, never, days = Counter[str](), Counter[str](), Counter[str]()
    until: dict[str, int] = {}
    for each in tallies:
        held.update(each.held)
        never.update(each.never)
        days.update(each.days)
        for reason, opens in each.until.items():
            until[reason] = max(until.get(reason, 0), opens)
    return Tally(now=days.total(), held=dict(held), until=until, never=dict(never), days=dict(days))


def bounded(tally: Tally, *, room: int | None, until: datetime) -> Tally:
    """The counts if the campaign may send only so many; None: all. The last ones wait."""
    days, left = dict[str, int](), tally.now if room is None else max(room, 0)
    for day, count in sorted(tally.days.items()):
        days[day] = min(count, left)
        left -= days[day]
    over = tally.now - sum(days.values())
    return _waiting(tally, days, {Reason.CAMPAIGN_SPENT: over}, {Reason.CAMPAIGN_SPENT: until})


def paced(tally: Tally, room: Room) -> Tally:
    """The counts if of each day's people only as many leave as have room; the others wait.

    Whoever waits from a day before goes first. `until` is the day on which the last of them goes.
    """
    days = {date.fromisoformat(day): count for day, count in tally.days.items()}
    over: Counter[Reason] = Counter()
    until: dict[Reason, datetime] = {}
    kept: dict[str, int] = {}
    day, waiting, first = min(days, default=date.min), Counter[Reason](), min(days, default=None)
    while first is not None and (waiting or day <= max(days)) and day - first < _MOST:
        left, reason = room(day)
        coming = days.get(day, 0)
        places = waiting.total() + coming if left is None else left
        for earlier in [*waiting]:
            gone = min(waiting[earlier], places)
            waiting[earlier] -= gone
            places -= gone
            if gone:
                until[earlier] = datetime.combine(day, time(), UTC)
        kept[day.isoformat()] = min(coming, places)
        late = coming - kept[day.isoformat()]
        waiting = +(waiting + Counter({reason: late}))
        over[reason] += late
        day += timedelta(days=1)
    for reason in waiting:
        until[reason] = datetime.combine(day, time(), UTC)
    return _waiting(tally, kept, over, until)


def _waiting(
    tally: Tally,
    days: Mapping[str, int],
    over: Mapping[Reason, int],
    until: Mapping[Reason, datetime],
) -> Tally:
    """The counts with those that wait for room taken out of the days of their turns."""
    held, opens = Counter(tally.held), dict(tally.until)
    for reason, count in over.items():
        if count:
            held[reason.value] += count
            opens[reason.value] = max(opens.get(reason.value, 0), millis(until[reason]))
    left = {day: count for day, count in days.items() if count}
    return replace(tally, now=sum(left.values()), held=dict(held), until=opens, days=left)


def rooms(policy: Policy, account: Account, *, used: int, now: datetime) -> Room:
    """The room of each day: the ramp, and SES's quota without what is kept for other mail.

    `used` is how many marketing mails of the sending domain left today.
    """
    today = now.astimezone(UTC).date()

    def room(day: date) -> tuple[int | None, Reason]:
        gone, taken = (used, account.quota_used) if day == today else (0, 0)
        cap = ramp_cap(policy.ramp, datetime.combine(day, time(), UTC))
        left = None if cap is None else max(cap - gone, 0)
        if account.quota is None:
            return left, Reason.RAMP
        quota = max(int(account.quota * (1 - policy.quota_reserve)) - taken, 0)
        return (quota, Reason.QUOTA) if left is None or quota < left else (left, Reason.RAMP)

    return room


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """Somebody wants to know. `cursor` leads to the people that come next; `pages` are written.

    `listed`: the audience is written down whole.
    """

    campaign: str
    run: str
    by: str
    at: datetime
    fingerprint: str
    version: int = 1
    cursor: str = ""
    pages: int = 0
    people: int = 0
    listed: bool = False


class Rehearsals(Protocol):
    """What campaigns would come to. Reads are strongly consistent."""

    def last(self, campaign: str) -> Rehearsal | None:
        """The last one that somebody asked for."""
        ...

    def save(self, rehearsal: Rehearsal, page: Sequence[PersonId] = ()) -> bool:
        """Store it, with the page that it counts last, unless another version is stored.

        Version 1 takes the place of whatever stands there.
        """
        ...

    def page(self, campaign: str, run: str, page: int) -> Sequence[PersonId]:
        """Whom to judge; nobody if the page is gone."""
        ...

    def judged(self, campaign: str, run: str, page: int, tally: Tally) -> None:
        """Keep what they came to; harmless to repeat."""
        ...

    def tallies(self, campaign: str, run: str) -> Sequence[Tally | None]:
        """What each page came to; None for one that is not judged yet."""
        ...


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The answer, as far as it is known. `complete`: everybody was judged."""

    tally: Tally
    people: int
    complete: bool
    at: datetime
    fingerprint: str

    def to_json(self) -> dict[str, Json]:
        """For programs; times as in ISO 8601."""
        return {
            "people": self.people,
            "now": self.tally.now,
            "held": {
                reason: {
                    "count": count,
                    "until": from_millis(self.tally.until[reason]).isoformat(),
                }
                for reason, count in sorted(self.tally.held.items())
            },
            "never": dict(sorted(self.tally.never.items())),
            "complete": self.complete,
            "at": self.at.isoformat(),
        }


def judged(
    reader: Reader, composer: Composer, intent: Intent, campaign: Campaign, *, begins: datetime
) -> Judged:
    """What `send` would decide on an intent at its reader's turn; nothing is stored.

    The person, their addresses and what was published are as they are now.
    """
    snapshot = reader.snapshot(intent)
    due = turn(begins, campaign.local_hour, zone_of(snapshot.profile, snapshot.bundle))
    fact = replace(intent.fact, occurred_at=due, received_at=due)
    case = replace(
        snapshot.case,
        intent=replace(intent, fact=fact, decided_at=due),
        account=replace(snapshot.case.account, quota=None, ramp_cap=None),
    )
    decision = decide(case, now=due)
    if decision.outcome is not Outcome.SEND:
        return Judged(decision=decision, due=due, mail=None)
    try:
        decision = filled(decision, snapshot.bundle, snapshot.picked)
        mail = composer.compose(decision, snapshot.bundle, snapshot.profile, picked=snapshot.picked)
    except RenderError as error:
        detail = f"The content was not whole: {error}."
        reason = Reason.RENDER_FAILED
        decision = refused(decision, reason=reason, gate="render", detail=detail)
        return Judged(decision=decision, due=due, mail=None)
    return Judged(decision=decision, due=due, mail=mail)
