"""A job as its rows have it, and back."""

import json
from collections.abc import Mapping
from typing import Any

from rapport.adapters.dynamo.models import JobRow, PostingRow
from rapport.domain.closing import Known
from rapport.domain.event import from_millis, millis
from rapport.domain.jobs import Job, Remote

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
