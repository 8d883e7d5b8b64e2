"""A row of an exported file → the canonical event that it is, or why it cannot be one.

A column that is there and empty says that there is none; flags, times and statuses that are empty
say nothing. A word that the mapping does not know is never guessed at: the row is kept aside.
"""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Contact,
    Kind,
    Reason,
    Source,
    Stage,
    Status,
    Told,
)
from rapport.filedrop.mapping import (
    APPLICATIONS,
    CANDIDATES,
    CLOCK,
    FLAGS,
    IDS,
    JOBS,
    LISTS,
    MOMENTS,
    STATUS,
    FileMapping,
)
from rapport.filedrop.tables import Cell, Row

_KINDS = {
    CANDIDATES: Kind.CANDIDATE_UPDATED,
    APPLICATIONS: Kind.APPLICATION_UPDATED,
    JOBS: Kind.JOB_UPDATED,
}
_YES = frozenset({"true", "yes", "y", "1", "x"})
_NO = frozenset({"false", "no", "n", "0"})
# The status by which a file says that a job is over.
CLOSED = "closed"


class BadRowError(Exception):
    """The row says something that cannot be read; the reason is a word of `a-z_`."""


def id_of(row: Row, mapping: FileMapping) -> str:
    """What the row is about, as the vendor names it; empty when that cannot be read."""
    return _one(row.cells.get(mapping.id))


def event_of(row: Row, mapping: FileMapping, *, dropped_at: datetime) -> AtsEvent:
    """The event of a row that is not `bad`; BadRowError when its values cannot be read."""
    ident = id_of(row, mapping)
    if not ident:
        reason = "no_id"
        raise BadRowError(reason)
    if any(not _one(row.cells.get(column)) for column in mapping.required):
        reason = "required"
        raise BadRowError(reason)
    said = _said(row, mapping)
    said[IDS[mapping.kind]] = ident
    if mapping.kind == APPLICATIONS and not said.get("candidate.id"):
        reason = "no_candidate"
        raise BadRowError(reason)
    clock = said.get(CLOCK)
    return _event(said, mapping, clock if isinstance(clock, datetime) else None, dropped_at)


def archived(ident: str, *, dropped_at: datetime) -> AtsEvent:
    """An application that two files in a row do not have any more: it ended, nobody knows how."""
    return AtsEvent(
        kind=Kind.APPLICATION_UPDATED,
        vendor_event="file.applications.missing",
        clock=dropped_at,
        application=AtsApplication(id=ident, status=Status.ARCHIVED),
        present=frozenset({"/application/status"}),
    )


# What a cell says, once it is read.
_Value = str | bool | datetime | tuple[str, ...]


def _said(row: Row, mapping: FileMapping) -> dict[str, _Value]:
    """Field → what its columns say; fields that say nothing are left out."""
    said: dict[str, _Value] = {}
    for column, name in mapping.columns.items():
        if column not in row.cells:
            continue
        cell = row.cells[column]
        if name in LISTS:
            before = said.get(name, ())
            values = _several(cell, mapping.separator)
            said[name] = (*before, *values) if isinstance(before, tuple) else values
            continue
        text = _worded(_one(cell), mapping.values.get(name, {}))
        value = _read(name, text, mapping)
        if value is not None:
            said[name] = value
    return said


def _read(name: str, text: str, mapping: FileMapping) -> _Value | None:
    if name not in FLAGS and name not in MOMENTS and name != STATUS:
        return text
    if not text:
        return None
    if name in MOMENTS:
        return _moment(text, mapping)
    if name == STATUS:
        return _status(text)
    word = text.casefold()
    if word not in _YES | _NO:
        reason = "value"
        raise BadRowError(reason)
    return word in _YES


def _status(text: str) -> str:
    word = text.casefold()
    if word not in {*Status}:
        reason = "value"
        raise BadRowError(reason)
    return word


def _worded(text: str, words: dict[str, str]) -> str:
    """A word of the file in ours, whatever its case."""
    folded = {theirs.strip().casefold(): ours for theirs, ours in words.items()}
    return folded.get(text.casefold(), text)


def _moment(text: str, mapping: FileMapping) -> datetime:
    for form in mapping.dates or ("",):
        try:
            at = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
            if at.tzinfo is None:
                at = at.replace(tzinfo=ZoneInfo(mapping.zone))
            return at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    reason = "date"
    raise BadRowError(reason)


def _one(cell: Cell) -> str:
    return cell if isinstance(cell, str) else (cell or ("",))[0]


def _several(cell: Cell, separator: str) -> tuple[str, ...]:
    if isinstance(cell, str):
        cell = tuple(cell.split(separator)) if separator else (cell,)
    return tuple(dict.fromkeys(each.strip() for each in cell or () if each.strip()))


def _event(
    said: dict[str, _Value], mapping: FileMapping, clock: datetime | None, dropped_at: datetime
) -> AtsEvent:
    jobs = _job(said) if any(name.startswith("job.") for name in said) else None
    stage = Stage(id=_text(said, "stage.id") or _text(said, "stage.name"))
    source = _text(said, "source.name")
    closed = mapping.kind == JOBS and _text(said, "job.status").casefold() == CLOSED
    return AtsEvent(
        kind=Kind.JOB_CLOSED if closed else _KINDS[mapping.kind],
        vendor_event=f"file.{mapping.kind}",
        clock=clock or dropped_at,
        told=Told.ENTITY_UPDATED if clock else Told.RECEIVED,
        candidate=None if mapping.kind == JOBS else _candidate(said),
        application=_application(said) if mapping.kind == APPLICATIONS else None,
        jobs=() if jobs is None else (jobs,),
        stage=replace(stage, name=_text(said, "stage.name")) if stage.id else None,
        source=Source(name=source) if source else None,
        present=_present(tuple(said)),
    )


@cache
def _present(fields: tuple[str, ...]) -> frozenset[str]:
    """The pointers of what is said; a stage and the job of an application stand for themselves.

    One set for all rows that say the same fields: there may be hundreds of thousands of rows.
    """
    whole = {"stage": "/stage", "job": "/jobs", "source": "/source"}
    return frozenset(
        whole.get(name.partition(".")[0], f"/{name.replace('.', '/')}")
        for name in fields
        if name != CLOCK
    )


def _candidate(said: dict[str, _Value]) -> AtsCandidate:
    return AtsCandidate(
        id=_text(said, "candidate.id"),
        external=_text(said, "candidate.external"),
        first=_text(said, "candidate.first"),
        last=_text(said, "candidate.last"),
        full=_text(said, "candidate.full"),
        headline=_text(said, "candidate.headline"),
        emails=_contacts(said, "candidate.emails"),
        phones=_contacts(said, "candidate.phones"),
        links=_list(said, "candidate.links"),
        location=_text(said, "candidate.location"),
        country=_text(said, "candidate.country"),
        tags=_list(said, "candidate.tags"),
        private=_flag(said, "candidate.private"),
        can_email=_flag(said, "candidate.can_email"),
    )


def _application(said: dict[str, _Value]) -> AtsApplication:
    status, reason = _text(said, STATUS), _text(said, "application.reason")
    return AtsApplication(
        id=_text(said, "application.id"),
        status=Status(status) if status else None,
        prospect=_flag(said, "application.prospect"),
        applied_at=_time(said, "application.applied_at"),
        rejected_at=_time(said, "application.rejected_at"),
        hired_at=_time(said, "application.hired_at"),
        reason=Reason(text=reason) if reason else None,
    )


def _job(said: dict[str, _Value]) -> AtsJob:
    return AtsJob(
        id=_text(said, "job.id"),
        post=_text(said, "job.post"),
        requisition=_text(said, "job.requisition"),
        url=_text(said, "job.url"),
        title=_text(said, "job.title"),
        status=_text(said, "job.status"),
        confidential=_flag(said, "job.confidential"),
        locations=_list(said, "job.locations"),
        departments=_list(said, "job.departments"),
        opened_at=_time(said, "job.opened_at"),
        closed_at=_time(said, "job.closed_at"),
    )


def _contacts(said: dict[str, _Value], name: str) -> tuple[Contact, ...]:
    values = _list(said, name)
    return tuple(Contact(value=each, primary=n == 0) for n, each in enumerate(values))


def _text(said: dict[str, _Value], name: str) -> str:
    value = said.get(name, "")
    return value if isinstance(value, str) else ""


def _list(said: dict[str, _Value], name: str) -> tuple[str, ...]:
    value = said.get(name, ())
    return value if isinstance(value, tuple) else ()


def _flag(said: dict[str, _Value], name: str) -> bool | None:
    value = said.get(name)
    return value if isinstance(value, bool) else None


def _time(said: dict[str, _Value], name: str) -> datetime | None:
    value = said.get(name)
    return value if isinstance(value, datetime) else None
