"""Canonical events as JSON: what anybody may send to Rapport, and what Rapport sends to others.

A structured CloudEvents 1.0 envelope. `type` is `crm.ats.` and a kind, `id` the same for every
telling of one event, `time` when it happened; `data` has what `rapport.domain.ats` has, with its
names: `candidate`, `application`, `jobs`, `stage`, `from_stage`, `source`, `actor`, `notes`.

A key that is left out says nothing; one that is there and empty (null, "", []) says that there is
none. Times name their zone. Ids are text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta

from rapport.adapters.ats import reading
from rapport.adapters.ats.reading import Node
from rapport.domain.ats import (
    Actor,
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Kind,
    Source,
    Stage,
    Told,
)
from rapport.domain.event import Json
from rapport.errors import PoisonError

PREFIX = "crm.ats."
CONTENT_TYPE = "application/cloudevents+json"
_KINDS: Mapping[str, Kind] = {f"{PREFIX}{kind.value}": kind for kind in Kind}
# What may be sent.
TYPES = tuple(name for name, kind in _KINDS.items() if kind is not Kind.UNKNOWN)
# What names an entity stands in it, whether or not it says anything.
_NAMES = frozenset({"id", "contact", "also", "merged_into"})
_ENTITIES = ("candidate", "application")
_WHOLE = ("jobs", "stage", "from_stage", "source", "actor")
_HAPPENED = ("applied_at", "rejected_at", "hired_at")
_PLACE = re.compile(r"at `(\$[^`]*)`")
# Envelope, data, entity, list, item, map: no deeper.
_DEEPEST = 8


@dataclass(frozen=True, kw_only=True)
class Data:
    """What an event is about; each kind of event needs the id of its own subject."""

    candidate: AtsCandidate | None = None
    application: AtsApplication | None = None
    jobs: tuple[AtsJob, ...] = ()
    stage: Stage | None = None
    from_stage: Stage | None = None
    source: Source | None = None
    actor: Actor | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A structured CloudEvents 1.0 event; attributes that are not listed are passed over."""

    specversion: Literal["1.0"]
    id: Annotated[str, Meta(min_length=1, max_length=256)]
    type: Annotated[str, Meta(pattern=r"^crm\.ats\.[a-z_.]+$")]
    source: Annotated[str, Meta(min_length=1, max_length=1024)]
    time: Annotated[datetime, Meta(tz=True)] | None = None
    subject: str | None = None
    datacontenttype: str | None = None
    data: Data = Data()


def schema() -> dict[str, Json]:
    """The JSON Schema of an envelope, with every type there is."""
    form: dict[str, Any] = msgspec.json.schema(Envelope)
    properties = form["$defs"]["Envelope"]["properties"]
    properties["type"] = {"enum": list(TYPES)}
    for name, described in form["$defs"].items():
        if name != Envelope.__name__ and "properties" in described:
            # Null says that there is none, wherever it stands.
            nullable = {"type": "null"}
            known = described["properties"]
            known.update({key: {"anyOf": [one, nullable]} for key, one in known.items()})
    return form


def decode(payload: Node, *, custom: Iterable[str] = ()) -> AtsEvent:
    """The canonical event of an envelope. PoisonError, which names the place, for any other JSON.

    `custom` are the slugs of custom fields to keep. A type that is not known gives UNKNOWN.
    """
    name = reading.event_name(payload.get("type"))
    kind = _KINDS.get(name, Kind.UNKNOWN)
    if kind is Kind.UNKNOWN:
        ident = reading.text(payload.get("id"))
        return AtsEvent(kind=kind, vendor_event=name, vendor_event_id=ident)
    bare = cast("dict[str, Json]", _bare(dict(payload), _DEEPEST))
    try:
        envelope = msgspec.convert(bare, Envelope)
    except msgspec.ValidationError as error:
        # Its own words may hold a value: only the place is told.
        found = _PLACE.search(str(error))
        message = f"not of the published form at {found[1] if found else '$'}"
        raise PoisonError(message) from None
    data = cast("Data", _in_utc(envelope.data))
    if data.candidate is not None:
        kept = {slug: said for slug, said in data.candidate.custom.items() if slug in set(custom)}
        data = replace(data, candidate=replace(data.candidate, custom=kept))
    _check(kind, data)
    clock, told = envelope.time, Told.VENDOR_EVENT
    if clock is None:
        clock, told = reading.latest(bare, *_HAPPENED), Told.ENTITY_UPDATED
    return AtsEvent(
        kind=kind,
        vendor_event=name,
        vendor_event_id=envelope.id,
        clock=_utc(clock) if clock else None,
        told=told if clock else Told.RECEIVED,
        candidate=data.candidate,
        application=data.application,
        jobs=data.jobs,
        stage=data.stage,
        from_stage=data.from_stage,
        source=data.source,
        actor=data.actor,
        present=_present(reading.part(payload, "data")),
        needs_refetch=envelope.time is None and kind is not Kind.PING,
        notes=data.notes,
    )


def encode(event: AtsEvent, *, source: str, ident: str) -> bytes:
    """An event as an envelope, of what it really carries; `source` says who sends it."""
    data: dict[str, Any] = {}
    for name in _ENTITIES:
        entity = getattr(event, name)
        if entity is not None:
            said = msgspec.to_builtins(entity)
            carried = {key for key in said if key in _NAMES and said[key]}
            carried |= {key for key in said if event.says(f"/{name}/{key}")}
            data[name] = {key: value for key, value in said.items() if key in carried}
    for name in _WHOLE:
        value = getattr(event, name)
        if value or event.says(f"/{name}"):
            data[name] = _told(msgspec.to_builtins(value))
    if event.notes:
        data["notes"] = dict(event.notes)
    subject = event.application or event.candidate or next(iter(event.jobs), None)
    attributes = {
        "specversion": "1.0",
        "id": ident,
        "type": f"{PREFIX}{event.kind.value}",
        "source": source,
        "subject": subject.id if subject and subject.id else None,
        "time": msgspec.to_builtins(event.clock) if event.clock else None,
        "datacontenttype": "application/json",
    }
    told = {key: value for key, value in attributes.items() if value is not None}
    return msgspec.json.encode({**told, "data": data})


def _told(value: Any) -> Any:
    """A whole entity without what it does not know."""
    if isinstance(value, list | tuple):
        return [_told(item) for item in value]
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item not in (None, "", [])}
    return value


def _bare(value: Json, deepest: int) -> Json:
    """A value without nulls, which say that there is none, as the defaults do; texts made clean."""
    if isinstance(value, str):
        return reading.text(value)
    if not deepest:
        return None
    if isinstance(value, dict):
        there = ((key, item) for key, item in value.items() if item is not None)
        return {reading.text(key): _bare(item, deepest - 1) for key, item in there}
    if isinstance(value, list):
        return [_bare(item, deepest - 1) for item in value]
    return value


def _utc(at: datetime) -> datetime:
    try:
        if at.tzinfo is not None:
            return at.astimezone(UTC)
        message = "not of the published form: a time without a zone"
    except OverflowError:
        message = "not of the published form: a time beyond all calendars"
    raise PoisonError(message)


def _in_utc(value: object) -> object:
    """An entity with all its times in UTC. PoisonError for a time that names no zone."""
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, tuple):
        return tuple(_in_utc(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {each.name: _in_utc(getattr(value, each.name)) for each in fields(value)}
        return replace(value, **changed)
    return value


def _check(kind: Kind, data: Data) -> None:
    """That it says whom it is about."""
    family = kind.value.partition(".")[0]
    if family == "candidate":
        reading.wanted(data.candidate.id if data.candidate else "", "data.candidate.id")
    if kind is Kind.CANDIDATE_MERGED and data.candidate:
        reading.wanted(data.candidate.merged_into, "data.candidate.merged_into")
    if family in {"application", "offer", "interview"}:
        reading.wanted(data.application.id if data.application else "", "data.application.id")
    if family == "job":
        reading.wanted(data.jobs[0].id if data.jobs else "", "data.jobs[0].id")
    if family == "job_post":
        reading.wanted(data.jobs[0].post if data.jobs else "", "data.jobs[0].post")


def _present(data: Node) -> frozenset[str]:
    """The pointers of what is there, be it empty."""
    known = {"candidate": fields(AtsCandidate), "application": fields(AtsApplication)}
    inner = {
        f"/{name}/{each.name}"
        for name in _ENTITIES
        for each in known[name]
        if each.name in reading.part(data, name) and each.name not in _NAMES
    }
    return frozenset(inner | {f"/{name}" for name in _WHOLE if name in data})
