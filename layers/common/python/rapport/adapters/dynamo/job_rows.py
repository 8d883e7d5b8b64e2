"""A job as its rows have it, and back."""

import json
from collections.abc import Mapping
from typing import Any

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import JobRow, PostingRow, UntoldRow, VersionRow
from rapport.domain.closing import Change, Known, Step
from rapport.domain.event import from_millis, millis
from rapport.domain.jobs import Job, Remote, job_ref

_LISTS = frozenset({"languages", "licences", "terms", "places"})
_TIMES = ("closes_at", "updated_at", "closed_at")
_MORE = (
    *("city", "country", "latitude", "longitude", "remote", "employment", "shift", "pay_min"),
    *("pay_max", "currency", "period", "languages", "licences", "seniority", "terms", "internal"),
    *("department", "language", "places", "apply_url"),
)
DESCRIPTION = "description"


def told(job: Job, *, whole: bool) -> Mapping[str, Any]:
    """The attributes of a job's row; `whole`: with its description."""
    return {
        "job_id": job.id,
        "title": job.title,
        "category": job.category,
        "location": job.location,
        "url": job.url,
        "opened_at": millis(job.opened_at),
        "open": job.open,
        "source": job.source or None,
        "more": _more(job, whole=whole),
    }


def text_of(job: Job) -> str:
    """All of a job as JSON, for its versions."""
    return json.dumps(told(job, whole=True), ensure_ascii=False, separators=(",", ":"))


def job_of_text(text: str) -> Job:
    """The job of one of its versions."""
    return job_of(PostingRow("", "", **json.loads(text)))


def job_of(row: JobRow | PostingRow) -> Job:
    """The job of a row."""
    raw = json.loads(row.more) if row.more else {}
    lists = {name: tuple(raw[name]) for name in _LISTS & raw.keys()}
    if "remote" in raw:
        raw["remote"] = Remote(raw["remote"])
    times = {name: from_millis(raw[name]) for name in _TIMES if name in raw}
    return Job(
        id=row.job_id,
        title=row.title,
        category=row.category,
        location=row.location,
        url=row.url,
        opened_at=from_millis(int(row.opened_at)),
        open=row.open,
        source=row.source or "",
        **raw | lists | times,
    )


def known_of(row: JobRow | PostingRow) -> Known:
    """What a row knows of a job. One from before there were versions has none, and no mark."""
    missing = row.missing if isinstance(row, JobRow) else None
    return Known(
        job=job_of(row),
        mark=row.told or "",
        version=int(row.version or 0),
        missing=None if missing is None else from_millis(int(missing)),
    )


def version_row(step: Step) -> VersionRow:
    """One version of a job."""
    known = step.known
    place = keys.version_key(job_ref(known.job.id), known.version, step.event_id)
    change = None if step.change is None else step.change.value
    return VersionRow(
        *place,
        number=known.version,
        change=change,
        at=millis(step.at),
        job=text_of(known.job),
    )


def posting_row(known: Known) -> PostingRow:
    """A job by its ref."""
    place = keys.posting_key(job_ref(known.job.id))
    told_of = told(known.job, whole=True)
    return PostingRow(*place, **told_of, version=known.version, told=known.mark)


def list_row(known: Known) -> JobRow:
    """A job on the list of open ones."""
    missing = None if known.missing is None else millis(known.missing)
    return JobRow(
        *keys.job_key(known.job),
        **told(known.job, whole=False),
        version=known.version,
        told=known.mark,
        missing=missing,
    )


def untold_row(step: Step, change: Change) -> UntoldRow:
    """A fact that waits for the bus."""
    ref, version = job_ref(step.known.job.id), step.known.version
    return UntoldRow(
        *keys.untold_key(ref, version),
        ref=ref,
        change=change.value,
        version=version,
        event_id=step.event_id,
        at=millis(step.at),
    )


def _more(job: Job, *, whole: bool) -> str | None:
    """What else a feed told of a job, in JSON; None when that is nothing. Times in ms."""
    names = (*_MORE, DESCRIPTION) if whole else _MORE
    raw: dict[str, Any] = {
        name: value
        for name in names
        if (value := getattr(job, name)) not in (None, "", (), Remote.NO)
    }
    raw |= {name: millis(at) for name in _TIMES if (at := getattr(job, name)) is not None}
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":")) if raw else None
