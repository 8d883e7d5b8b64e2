"""What a campaign would come to if it went out now: everybody judged as `send` would, none mailed.

The audience is written down by pages, and each page is judged by itself, so that many are judged at
once and one that fails is judged again. Nothing is kept of anybody but a count, for two days.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rapport.domain.decide import decide, refused
from rapport.domain.decision import Decision, Intent, Outcome
from rapport.domain.event import Json, from_millis
from rapport.domain.identifiers import PersonId
from rapport.domain.reasons import Reason
from rapport.mailing.compose import Composer, filled
from rapport.mailing.snapshot import Reader
from rapport.ports import Mail
from rapport.render import RenderError


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many may be mailed now, wait (and until when the last of them, in ms), or never are."""

    now: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    until: Mapping[str, int] = field(default_factory=dict)
    never: Mapping[str, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """All of them."""
        return self.now + sum(self.held.values()) + sum(self.never.values())


def counted(decisions: Iterable[Decision]) -> Tally:
    """The counts of decisions."""
    now, held, never = 0, Counter[str](), Counter[str]()
    until: dict[str, int] = {}
    for decision in decisions:
        reason = decision.reason.value
        if decision.outcome is Outcome.SEND:
            now += 1
        elif decision.until is not None:
            held[reason] += 1
            opens = int(decision.until.timestamp() * 1000)
            until[reason] = max(until.get(reason, 0), opens)
        else:
            never[reason] += 1
    return Tally(now=now, held=dict(held), until=until, never=dict(never))


def together(tallies: Iterable[Tally]) -> Tally:
    """The counts of several pages."""
    now, held, never = 0, Counter[str](), Counter[str]()
    until: dict[str, int] = {}
    for each in tallies:
        now += each.now
        held.update(each.held)
        never.update(each.never)
        for reason, opens in each.until.items():
            until[reason] = max(until.get(reason, 0), opens)
    return Tally(now=now, held=dict(held), until=until, never=dict(never))


def bounded(tally: Tally, *, room: int | None, reason: Reason, until: datetime) -> Tally:
    """The counts if of those who may be mailed now only so many can be. None: all."""
    over = 0 if room is None else tally.now - max(room, 0)
    if over <= 0:
        return tally
    held = Counter(tally.held)
    held[reason.value] += over
    opens = max(tally.until.get(reason.value, 0), int(until.timestamp() * 1000))
    return Tally(
        now=tally.now - over,
        held=dict(held),
        until={**tally.until, reason.value: opens},
        never=tally.never,
    )


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
    reader: Reader, composer: Composer, intent: Intent, *, now: datetime
) -> tuple[Decision, Mail | None]:
    """What `send` would decide on an intent, and the mail that it would be; nothing is stored."""
    snapshot = reader.snapshot(intent)
    decision = decide(snapshot.case, now=now)
    if decision.outcome is not Outcome.SEND:
        return decision, None
    try:
        decision = filled(decision, snapshot.bundle, snapshot.picked)
        mail = composer.compose(decision, snapshot.bundle, snapshot.profile, picked=snapshot.picked)
    except RenderError as error:
        detail = f"The content was not whole: {error}."
        reason = Reason.RENDER_FAILED
        return refused(decision, reason=reason, gate="render", detail=detail), None
    return decision, mail
