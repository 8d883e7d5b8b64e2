"""How far a campaign has come: what may be done with it at each point, and by whom. Pure.

    draft ─▶ waiting ─▶ running ─▶ done          cancelled and done are where it ends; of what is
               │  ▲        │  ▲      │           done, mails may still wait in queues and holds, so
               ▼  │        ▼  │      ▼           that it can be paused and cancelled like the rest
              paused ◀────────┴── paused ─▶ cancelled

What may go out is named by one fingerprint (`agreed`). A campaign that is other than that stands
still by itself until somebody agrees to what it is now: to an audience over the bound, or to one of
everybody, somebody who never changed it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from rapport.domain.decision import digest

_ID_CHARS = 32


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


GOING = frozenset({State.WAITING, State.RUNNING, State.DONE})


class MoveError(ValueError):
    """A step that cannot be taken from here; the message says the mend."""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Somebody's word that what has this fingerprint may go out."""

    by: str
    at: datetime
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One campaign's way. `version` counts what was stored of it; 0: nothing was.

    `agreed` is the fingerprint of what may go out. `changers` are those who changed it beside its
    authors. `begins` is the first instant at which anybody may get it, `after` the last person of
    the audience that was written down, `pages` how many rows that took, `frozen` whether it is
    whole. `asked`: who last asked for a second person's word, and to what. `chunk` and `within` say
    up to where intents were put: all chunks up to that one, and of it so many people. `why` says
    what paused it, `paused` since when, `before` where it goes on.
    """

    campaign: str
    version: int = 0
    state: State = State.DRAFT
    agreed: str = ""
    approvals: tuple[Approval, ...] = ()
    asked: Approval | None = None
    changers: tuple[str, ...] = ()
    by: str = ""
    at: datetime | None = None
    begins: datetime | None = None
    everybody: bool = False
    after: str = ""
    pages: int = 0
    frozen: bool = False
    audience: int = 0
    chunk: str = ""
    within: int = 0
    put: int = 0
    why: str = ""
    paused: datetime | None = None
    before: State = State.DRAFT

    @property
    def id(self) -> str:
        """The event that every intent of it names: a campaign is launched once."""
        return f"launch_{digest('launch', self.campaign)[:_ID_CHARS]}"

    @property
    def going(self) -> bool:
        """Whether its mails may leave."""
        return self.state in GOING

    def approved(self, fingerprint: str) -> bool:
        """Whether a second person agreed to exactly this."""
        return any(each.fingerprint == fingerprint for each in self.approvals)

    def waits(self, fingerprint: str) -> bool:
        """Whether a second person's word to exactly this was asked for, and nobody gave it."""
        over = self.state in {State.DONE, State.CANCELLED}
        asked = self.asked is not None and self.asked.fingerprint == fingerprint
        return asked and not over and not self.approved(fingerprint)


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A campaign as one of its mails is judged by it.

    `fingerprint` is of what it is now; empty: something that it names is not published, as
    `lacking` says. `spent` mails of `most` have left; None: as many as there are people.
    """

    launch: Launch
    fingerprint: str
    lacking: str = ""
    spent: int = 0
    most: int | None = None

    @property
    def changed(self) -> bool:
        """Whether it is other than what was agreed to."""
        return self.fingerprint != self.launch.agreed

    @property
    def used_up(self) -> bool:
        """Whether as many mails have left as may."""
        return self.most is not None and self.spent >= self.most


def changed(launch: Launch, by: str) -> Launch:
    """Somebody changed the campaign: from now on they cannot approve it."""
    if by in launch.changers:
        return launch
    return _next(launch, changers=tuple(sorted({*launch.changers, by})))


def approve(
    launch: Launch, fingerprint: str, by: str, *, authors: Collection[str], now: datetime
) -> Launch:
    """A second person agrees; the same launch if somebody did to exactly this. MoveError."""
    if launch.state is State.CANCELLED:
        raise MoveError(_over(launch))
    if by in {*authors, *launch.changers}:
        msg = f"{by} wrote or changed the campaign; somebody else has to approve it."
        raise MoveError(msg)
    if launch.approved(fingerprint) and launch.agreed in {"", fingerprint}:
        return launch
    given = Approval(by=by, at=now, fingerprint=fingerprint)
    # What was launched before it was changed goes on as what it is now.
    agreed = fingerprint if launch.at is not None else launch.agreed
    return _next(launch, approvals=(*launch.approvals, given), agreed=agreed)


def ask(launch: Launch, fingerprint: str, by: str, *, now: datetime) -> Launch:
    """Ask for a second person's word; the same launch if it was asked for, or given. MoveError."""
    if launch.state is State.CANCELLED:
        raise MoveError(_over(launch))
    if launch.waits(fingerprint) or launch.approved(fingerprint):
        return launch
    return _next(launch, asked=Approval(by=by, at=now, fingerprint=fingerprint))


def begin(
    launch: Launch,
    fingerprint: str,
    by: str,
    *,
    begins: datetime,
    everybody: bool,
    needs_approval: bool,
    now: datetime,
) -> Launch:
    """Launch it; the audience is written down after that. MoveError if it cannot be."""
    if launch.state is not State.DRAFT:
        msg = f"The campaign was launched already and is {launch.state}; copy it to send it again."
        raise MoveError(msg)
    if needs_approval and not launch.approved(fingerprint):
        raise MoveError(unapproved(launch.campaign))
    return _next(
        launch,
        state=State.WAITING,
        agreed=fingerprint,
        by=by,
        at=now,
        begins=begins,
        everybody=everybody,
    )


def unapproved(campaign: str) -> str:
    """What somebody is told whose campaign nobody else has agreed to."""
    return (
        "So large an audience wants a second person's word, to the campaign as it is now:"
        f" `rapport campaign {campaign} approve`."
    )


def page_added(launch: Launch, *, people: int, after: str, whole: bool) -> Launch:
    """A page of the audience was written down, up to the person `after`."""
    return _next(
        launch,
        pages=launch.pages + (1 if people else 0),
        audience=launch.audience + people,
        after=after,
        frozen=whole,
    )


def put_on(launch: Launch, *, chunk: str, within: int, people: int) -> Launch:
    """Intents were put up to there."""
    return _next(launch, state=State.RUNNING, chunk=chunk, within=within, put=launch.put + people)


def finish(launch: Launch) -> Launch:
    """All intents were put."""
    return launch if launch.state is State.DONE else _next(launch, state=State.DONE)


def pause(launch: Launch, why: str, *, now: datetime) -> Launch:
    """Let nothing more leave; harmless to repeat. MoveError for what is not on its way."""
    if launch.state is State.PAUSED:
        return launch
    if not launch.going:
        raise MoveError(_over(launch) if launch.state is State.CANCELLED else _unlaunched(launch))
    return _next(launch, state=State.PAUSED, before=launch.state, why=why, paused=now)


def resume(launch: Launch, fingerprint: str, *, needs_approval: bool) -> Launch:
    """Go on with the campaign as it is now. MoveError without an approval that it needs."""
    if launch.state is State.CANCELLED:
        raise MoveError(_over(launch))
    if launch.state is State.DRAFT:
        raise MoveError(_unlaunched(launch))
    if fingerprint != launch.agreed and needs_approval and not launch.approved(fingerprint):
        raise MoveError(unapproved(launch.campaign))
    paused = launch.state is State.PAUSED
    if not paused and fingerprint == launch.agreed:
        return launch
    state = launch.before if paused else launch.state
    return _next(launch, state=state, before=State.DRAFT, why="", paused=None, agreed=fingerprint)


def cancel(launch: Launch) -> Launch:
    """End it for good: what has not left is dropped. Harmless to repeat."""
    if launch.state is State.CANCELLED:
        return launch
    return _next(launch, state=State.CANCELLED, before=State.DRAFT, why="")


def _next(launch: Launch, **told: object) -> Launch:
    return replace(launch, version=launch.version + 1, **told)  # type: ignore[arg-type]


def _over(launch: Launch) -> str:
    return f"The campaign {launch.campaign} was cancelled; copy it to send it after all."


def _unlaunched(launch: Launch) -> str:
    return f"The campaign {launch.campaign} was not launched: `rapport campaign … launch`."
