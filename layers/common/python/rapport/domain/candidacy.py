"""Candidacies: applications as applicant tracking systems tell of them, folded from their events.

A `Candidacy` is what the events of one application add up to, in any order and with any repeats:
of every word the latest by the ATS's own clock, and the moves from stage to stage and from status
to status, of which the latest 16 and 8 are kept. `key` of a candidacy is the hash of its ref.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from rapport.domain import names
from rapport.domain.ats import Status
from rapport.domain.event import Event, Json, Trust, from_millis, millis
from rapport.domain.jobs import applied_at, job_ref
from rapport.domain.statements import clock_of, section, text_of

MAX_STAGES = 16
MAX_STATUSES = 8
# Where a fact says that an application went, if it is no stage of a connection.
RECEIVED, REJECTED, WITHDRAWN, HIRED = "received", "rejected", "withdrawn", "hired"
WENT: Mapping[str, str] = {
    names.APPLICATION_RECEIVED: RECEIVED,
    names.APPLICATION_REJECTED: REJECTED,
    names.APPLICATION_WITHDRAWN: WITHDRAWN,
    names.CANDIDATE_HIRED: HIRED,
}
# What a move to a status says by its mere name.
_STATUS: Mapping[str, Status] = {
    names.APPLICATION_RECEIVED: Status.ACTIVE,
    names.APPLICATION_REJECTED: Status.REJECTED,
    names.APPLICATION_WITHDRAWN: Status.WITHDRAWN,
    names.CANDIDATE_HIRED: Status.HIRED,
    names.HIRE_UNDONE: Status.ACTIVE,
    names.APPLICATION_REOPENED: Status.ACTIVE,
}
_STAGED = frozenset({names.APPLICATION_RECEIVED, names.APPLICATION_STAGE_CHANGED})
# Of whose properties a candidacy is folded. What is noted of an interview has a status of its own.
TELLING = frozenset({*_STATUS, *_STAGED, names.APPLICATION_UPDATED, names.APPLICATION_DELETED})
_STATUSES = frozenset(status.value for status in Status)
_NAME_CHARS = 80


class Move(NamedTuple):
    """It came to a stage: `stage` as playbooks know it, `id` and `name` as the ATS does.

    `source` says whether the ATS told where it came from (`vendor`), or its history (`derived`).
    Times are in ms.
    """

    at: int
    stage: str = ""
    id: str = ""
    name: str = ""
    from_id: str = ""
    from_name: str = ""
    source: str = ""

    @property
    def called(self) -> str:
        """The stage as people know it."""
        return self.name or self.stage or self.id


class Turn(NamedTuple):
    """It came to a status; `by` is `org`, `candidate`, `other` or empty."""

    at: int
    status: str = ""
    reason: str = ""
    by: str = ""


class About(NamedTuple):
    """What it is for: `job` as the career site calls it, `requisition` as the ATS does.

    A prospect is for a job that somebody else thought of, or for none.
    """

    at: int
    job: str = ""
    requisition: str = ""
    title: str = ""
    prospect: bool = False


class CameFrom(NamedTuple):
    """Where the ATS says that it came from."""

    at: int
    name: str = ""


_Word = TypeVar("_Word", bound=tuple[object, ...])


@dataclass(frozen=True, kw_only=True)
class Candidacy:
    """One application, or one prospect. `seen` is the latest stage told, `stands` the status."""

    about: About | None = None
    came_from: CameFrom | None = None
    applied_at: datetime | None = None
    moves: tuple[Move, ...] = ()
    turns: tuple[Turn, ...] = ()
    seen: Move | None = None
    stands: Turn | None = None
    deleted: bool = False

    def __or__(self, other: "Candidacy") -> "Candidacy":
        """Both together; the order does not matter."""
        applied = [at for at in (self.applied_at, other.applied_at) if at is not None]
        return Candidacy(
            about=_later(self.about, other.about),
            came_from=_later(self.came_from, other.came_from),
            applied_at=min(applied, default=None),
            moves=_latest(self.moves, other.moves, MAX_STAGES),
            turns=_latest(self.turns, other.turns, MAX_STATUSES),
            seen=_later(self.seen, other.seen),
            stands=_later(self.stands, other.stands),
            deleted=self.deleted or other.deleted,
        )

    @property
    def status(self) -> str:
        """How it stands; an empty string when nobody said so."""
        if self.deleted:
            return Status.DELETED.value
        return "" if self.stands is None else self.stands.status

    @property
    def stage(self) -> Move | None:
        """The stage that it is in, since when, and where it came from."""
        way = self.way
        return way[-1] if way else None

    @property
    def way(self) -> tuple[Move, ...]:
        """Its stages in order of time, each when it came there; repeats of one are one."""
        way: list[Move] = []
        told = (*self.moves, *((self.seen,) if self.seen else ()))
        # At one time, what it went to comes after what it was.
        for move in sorted(told, key=lambda m: (m.at, bool(m.from_id or m.from_name), m)):
            before = way[-1] if way else None
            if before is None or (move.stage, move.id) != (before.stage, before.id):
                way.append(move)
            elif move.at == before.at:
                # Of two tellings of one move the one that says more sorts last.
                way[-1] = move
        return tuple(way)

    @property
    def job(self) -> str:
        """The `job_ref` of what it is for."""
        return "" if self.about is None else self.about.job

    @property
    def applied_for(self) -> frozenset[str]:
        """The job by all its names, if somebody applied for it; a prospect did not."""
        if self.about is None or self.about.prospect:
            return frozenset()
        return frozenset({self.about.job, self.about.requisition} - {""})

    def still(self, went: str) -> bool:
        """Whether it is where a fact says that it went."""
        if went in {REJECTED, WITHDRAWN, HIRED}:
            return self.status == went
        if self.status not in {"", Status.ACTIVE}:
            return False
        return went in {RECEIVED, self.stage.stage if self.stage else ""}


def went_to(event: Event) -> str:
    """Where an application went by an event: a stage, `received`, `rejected` …; or empty."""
    return WENT.get(event.type) or _short(section(event.body, "properties"), "stage")


def candidacy_of(event: Event) -> tuple[str, Candidacy] | None:
    """The key of the candidacy that an event is about, and what it tells of it."""
    if event.type not in TELLING or event.trust is not Trust.VERIFIED:
        return None
    told = section(event.body, "properties")
    key = text_of(told, "application")
    if not key:
        return None
    at, turned = millis(clock_of(event)), _STATUS.get(event.type)
    seen, stands = _move(told, at), _turn(told, at, turned)
    return key, Candidacy(
        about=_about(told, at),
        came_from=CameFrom(at, name) if (name := _short(told, "came_from")) else None,
        applied_at=applied_at(event),
        # Who says where it came from tells of a move, even of one that was heard of before.
        moves=(seen,) if seen is not None and (event.type in _STAGED or seen.source) else (),
        turns=() if stands is None or turned is None else (stands,),
        # Where it came from is part of a move, and no word on where it is.
        seen=None if seen is None else Move(*seen[:4]),
        stands=stands,
        deleted=event.type == names.APPLICATION_DELETED,
    )


def _about(told: Mapping[str, Json], at: int) -> About | None:
    job, requisition = job_ref(told.get("job_id")), job_ref(told.get("requisition"))
    if not (job or requisition):
        return None
    return About(at, job, requisition, _short(told, "title"), told.get("prospect") is True)


def _move(told: Mapping[str, Json], at: int) -> Move | None:
    """The stage that an event tells. Some say where it went by a word that is no stage."""
    stage, ident, name = (_short(told, field) for field in ("stage", "stage_id", "stage_name"))
    if stage in WENT.values():
        stage = ""
    if not (stage or ident or name):
        return None
    came = [_short(told, field) for field in ("from_id", "from_name", "from_source")]
    return Move(at, stage, ident, name, *came)


def _turn(told: Mapping[str, Json], at: int, turned: Status | None) -> Turn | None:
    status = text_of(told, "status")
    if status not in _STATUSES:
        status = "" if turned is None else turned.value
    if not status:
        return None
    return Turn(at, status, _short(told, "reason"), _short(told, "reason_by"))


def _short(told: Mapping[str, Json], field: str) -> str:
    return text_of(told, field)[:_NAME_CHARS]


def _later(mine: _Word | None, theirs: _Word | None) -> _Word | None:
    return max((word for word in (mine, theirs) if word is not None), default=None)


def _latest(mine: tuple[_Word, ...], theirs: tuple[_Word, ...], most: int) -> tuple[_Word, ...]:
    return tuple(sorted({*mine, *theirs})[-most:])


def candidacy_to_json(candidacy: Candidacy) -> dict[str, Json]:
    """As compact JSON; what is not known is left out, and so are the empty ends of rows."""
    one: dict[str, tuple[Any, ...] | None] = {
        "j": candidacy.about,
        "f": candidacy.came_from,
        "n": candidacy.seen,
        "u": candidacy.stands,
    }
    raw: dict[str, Json] = {name: _row(word) for name, word in one.items() if word is not None}
    for name, several in (("s", candidacy.moves), ("t", candidacy.turns)):
        if several:
            raw[name] = [_row(word) for word in several]
    if candidacy.applied_at is not None:
        raw["a"] = millis(candidacy.applied_at)
    if candidacy.deleted:
        raw["d"] = True
    return raw


def candidacy_from_json(json: Json) -> Candidacy:
    """The inverse of `candidacy_to_json`."""
    raw = cast("dict[str, Any]", json)
    return Candidacy(
        about=About(*raw["j"]) if "j" in raw else None,
        came_from=CameFrom(*raw["f"]) if "f" in raw else None,
        applied_at=from_millis(raw["a"]) if "a" in raw else None,
        moves=tuple(Move(*row) for row in raw.get("s", ())),
        turns=tuple(Turn(*row) for row in raw.get("t", ())),
        seen=Move(*raw["n"]) if "n" in raw else None,
        stands=Turn(*raw["u"]) if "u" in raw else None,
        deleted=raw.get("d", False),
    )


def _row(word: tuple[Any, ...]) -> list[Json]:
    row = list(word)
    while len(row) > 1 and not row[-1]:
        row.pop()
    return row
