"""What a telling changes of an application: its row as it shall be, and what is news for the log.

Pure: what was read goes in, a plan comes out. Whoever writes it writes all of it or nothing, so a
telling that is judged again after a lost race finds what the other one left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rapport.ats import HIRED, RECEIVED, REJECTED, WITHDRAWN, Refetch
from rapport.ats_body import Place, of_application
from rapport.ats_rows import (
    MAX_TAKEN,
    Known,
    KnownApplication,
    KnownCandidate,
)
from rapport.ats_telling import NOTED, TO_STATUS, Telling, moved_to
from rapport.domain import names
from rapport.domain.ats import Kind, Speaks
from rapport.domain.event import Event, Origin, millis
from rapport.domain.identifiers import Ref
from rapport.domain.series import (
    Move,
    Point,
    Points,
    add,
    beginnings,
    begins,
    moves,
    shown,
    starts_run,
    told,
    value_before,
)

_APPLICATIONS = "applications"
# A transaction has room for 100 rows. What is left is told with what comes next.
_AT_ONCE = 20
_DRIFT: Mapping[str, Kind] = {
    names.APPLICATION_RECEIVED: Kind.APPLICATION_CREATED,
    names.APPLICATION_STAGE_CHANGED: Kind.APPLICATION_STAGE_CHANGED,
    names.APPLICATION_REJECTED: Kind.APPLICATION_REJECTED,
    names.APPLICATION_WITHDRAWN: Kind.APPLICATION_WITHDRAWN,
    names.CANDIDATE_HIRED: Kind.APPLICATION_HIRED,
    names.HIRE_UNDONE: Kind.APPLICATION_UNHIRED,
    names.APPLICATION_REOPENED: Kind.APPLICATION_REOPENED,
    names.APPLICATION_DELETED: Kind.APPLICATION_DELETED,
}
_SPOKEN: Mapping[str, str] = {
    names.APPLICATION_RECEIVED: RECEIVED,
    names.APPLICATION_REJECTED: REJECTED,
    names.APPLICATION_WITHDRAWN: WITHDRAWN,
    names.CANDIDATE_HIRED: HIRED,
}
_K = TypeVar("_K", KnownApplication, KnownCandidate)


@dataclass(kw_only=True)
class Plan:
    """What is to be done about one telling. `spoken`: the moves that the ATS writes mail about."""

    rows: dict[Ref, Known] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    spoken: list[Event] = field(default_factory=list)
    refetches: list[Refetch] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    # Why somebody is to be forgotten, of whom.
    forget: dict[Ref, str] = field(default_factory=dict)
    # Who goes on as somebody else: nobody is to be forgotten for having been deleted as them.
    merged: set[Ref] = field(default_factory=set)
    # Of these it was asked.
    spared: set[Ref] = field(default_factory=set)
    unmapped: set[str] = field(default_factory=set)


def judge_application(
    telling: Telling, ref: Ref, known: KnownApplication | None, plan: Plan
) -> None:
    """What an event of an application changes."""
    before = known or KnownApplication(ref=ref, home=telling.candidate or ref)
    owner = telling.candidate or before.candidate
    comes = telling.event.kind is Kind.APPLICATION_CREATED or (
        telling.pulled and telling.event.kind not in TO_STATUS
    )
    received = before.received or (comes and owner is not None)
    _ask(telling, plan, stub=not received)
    points = telling.stage_point, telling.status_point
    told_before = telling.mark in before.taken or (
        received == before.received and _shows_nothing_new(telling, before, points)
    )
    if told_before:
        return
    after = replace(
        before,
        candidate=owner,
        received=received,
        stage=_with(before.stage, points[0]),
        status=_with(before.status, points[1]),
    )
    if owner is None:
        # Nobody's news yet: it is told when somebody says whose application it is.
        _update(telling, ref, before.home or ref, after.stage, plan)
    else:
        after = _news(telling, owner, before, after, plan)
    plan.rows[ref] = taken(telling, after)


def _news(
    telling: Telling, owner: Ref, before: KnownApplication, after: KnownApplication, plan: Plan
) -> KnownApplication:
    """Tell what was not told yet, and the delivery itself if that is nothing of its own time."""
    ref, count = after.ref, len(plan.events)
    if after.received and not before.received:
        _receive(telling, ref, owner, plan)
    staged, stood = moves(after.stage)[:_AT_ONCE], moves(after.status)[:_AT_ONCE]
    for move in staged:
        _tell(telling, ref, owner, move, plan, staged=True, way=after.stage)
    for move in stood:
        _tell(telling, ref, owner, move, plan, staged=False, way=after.stage)
    if telling.deletes and not before.deleted:
        _delete(telling, ref, owner, plan)
    stage, status = told(after.stage, staged), told(after.status, stood)
    if all(row.original_at != telling.event.clock for row in plan.events[count:]):
        _update(telling, ref, owner, stage, plan)
    began = beginnings(stage)[:_AT_ONCE]
    for move in began:
        if move.point != telling.stage_point:
            _show(telling, ref, owner, move, plan)
    deleted = before.deleted or telling.deletes
    return replace(after, stage=shown(stage, began), status=status, deleted=deleted)


def _ask(telling: Telling, plan: Plan, *, stub: bool) -> None:
    """Have it read from the API, if what is known of it is not all."""
    if not telling.pulled and (stub or telling.event.needs_refetch):
        told = telling.event.application
        ident = "" if told is None else told.id
        name = telling.connection.name
        plan.refetches.append(Refetch(connection=name, kind=_APPLICATIONS, id=ident))


def _shows_nothing_new(
    telling: Telling, before: KnownApplication, points: tuple[Point | None, Point | None]
) -> bool:
    """Whether a page of the API shows what the last one showed, and nothing was told between."""
    if not telling.pulled or before.shown != telling.shown:
        return False
    return not (_begins(before.stage, points[0]) or _begins(before.status, points[1]))


def _receive(telling: Telling, ref: Ref, owner: Ref, plan: Plan) -> None:
    applied = telling.event.application.applied_at if telling.event.application else None
    at = None if applied is None else min(applied, telling.received_at)
    said = {"speaks": telling.connection.speaker(RECEIVED).value}
    properties = {**of_application(telling.event, ref, _place(telling, plan)), **said}
    row = telling.row(
        names.APPLICATION_RECEIVED, (ref, RECEIVED), owner=owner, properties=properties
    )
    if at is not None:
        # What began long ago is old news, whenever it is found.
        row = replace(row, at=min(at, row.at))
    _put(telling, row, plan)


def _delete(telling: Telling, ref: Ref, owner: Ref, plan: Plan) -> None:
    properties = of_application(telling.event, ref, _place(telling, plan))
    row = telling.row(
        names.APPLICATION_DELETED, (ref, "deleted"), owner=owner, properties=properties
    )
    _put(telling, row, plan)


def _tell(
    telling: Telling,
    ref: Ref,
    owner: Ref,
    move: Move,
    plan: Plan,
    *,
    staged: bool,
    way: Points,
) -> None:
    """A move that nobody told yet: this delivery's own, or one that it brought to light."""
    value, at = move.point.value, move.point.at
    kind = names.APPLICATION_STAGE_CHANGED if staged else moved_to(value, move.before)
    is_own = move.point == (telling.stage_point if staged else telling.status_point)
    if staged:
        place = _place(telling, plan) if is_own else _bare(telling, value)
        place = _from(telling, place, move.before, is_own=is_own)
        transition = place.stage
    else:
        place = _own_place(telling, way, plan) if is_own else Place()
        transition = _SPOKEN.get(kind, value)
    source = telling.event if is_own else replace(telling.event, stage=None, source=None)
    properties = of_application(source, ref, place)
    if staged and not is_own:
        properties.pop("status", None)
    elif not staged:
        properties["status"] = value
    properties["speaks"] = telling.connection.speaker(transition).value
    row = telling.row(
        kind,
        (ref, "stage" if staged else "status", value, str(millis(at))),
        owner=owner,
        properties=properties,
        at=None if is_own else at,
    )
    _put(telling, row, plan)


def _show(telling: Telling, ref: Ref, owner: Ref, move: Move, plan: Plan) -> None:
    """That a stay in a stage began earlier than the log shows, or again: no news, but history."""
    place = _from(telling, _bare(telling, move.point.value), move.before, is_own=False)
    bare = replace(telling.event, application=None, stage=None, source=None)
    ident = (ref, "since", move.point.value, str(millis(move.point.at)))
    plan.events.append(
        telling.row(
            names.APPLICATION_UPDATED,
            ident,
            owner=owner,
            properties=of_application(bare, ref, place),
            at=move.point.at,
        )
    )


def _put(telling: Telling, row: Event, plan: Plan) -> None:
    plan.events.append(row)
    said = row.body["properties"]
    speaks = said.get("speaks") if isinstance(said, dict) else None
    about_mail = row.type == names.APPLICATION_STAGE_CHANGED or row.type in _SPOKEN
    if about_mail and speaks != Speaks.RAPPORT and telling.origin is Origin.LIVE:
        plan.spoken.append(row)
    if telling.pulled and telling.origin is Origin.LIVE and row.type in _DRIFT:
        plan.drift.append(_DRIFT[row.type].value)


def _update(telling: Telling, ref: Ref, owner: Ref, stage: Points, plan: Plan) -> None:
    """The delivery itself, when no news is of its own time."""
    noted = NOTED.get(telling.event.kind)
    place = _own_place(telling, stage, plan)
    properties = of_application(telling.event, ref, place)
    if noted:
        properties |= {"what": noted, "status": telling.event.notes.get("status", "")}
    elif point_of := telling.status_point:
        properties["status"] = point_of.value
    kind = names.RECRUITING_NOTED if noted else names.APPLICATION_UPDATED
    plan.events.append(telling.row(kind, (telling.mark,), owner=owner, properties=properties))


def _with(points: Points, new: Point | None) -> Points:
    return points if new is None else add(points, new)


def _begins(points: Points, new: Point | None) -> bool:
    return new is not None and begins(points, new)


def _place(telling: Telling, plan: Plan) -> Place:
    """Where the event says that the application is."""
    stage = telling.event.stage
    if stage is None or not stage.id:
        return Place()
    place = _bare(telling, stage.id)
    if not place.stage:
        plan.unmapped.add(stage.id)
    return replace(place, name=stage.name)


def _own_place(telling: Telling, way: Points, plan: Plan) -> Place:
    """The same, and where it came from if it came there just then."""
    place, point = _place(telling, plan), telling.stage_point
    if point is None or not starts_run(way, point):
        return place
    return _from(telling, place, value_before(way, point), is_own=True)


def _bare(telling: Telling, ident: str) -> Place:
    return Place(id=ident, stage=telling.connection.stages.get(ident, ""))


def _from(telling: Telling, place: Place, before: str, *, is_own: bool) -> Place:
    """Where it came from: as the vendor says, else as its history tells."""
    vendor = telling.event.from_stage
    if is_own and vendor is not None and vendor.id:
        return replace(place, before=vendor.id, before_name=vendor.name, source="vendor")
    return replace(place, before=before, source="derived" if before else "unknown")


def taken(telling: Telling, after: _K) -> _K:
    """The row, which knows from now on that it was told this."""
    marks = (*after.taken, telling.mark)[-MAX_TAKEN:]
    shown = telling.shown if telling.pulled else after.shown
    return replace(after, taken=marks, shown=shown)
