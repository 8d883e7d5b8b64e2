"""Greenhouse's Job Board API, and job files in its shape.

    {"jobs": [{"id": 101, "title": "Nurse", "absolute_url": "https://…",
               "location": {"name": "Halden"}, "departments": [{"name": "Nursing"}],
               "first_published": "2026-11-20T09:00:00Z", "updated_at": "…", "content": "&lt;p…",
               "metadata": [{"name": "status", "value": "closed"}]}], "meta": {"total": 1}}

The first department is the job's category. A job whose metadata say `closed` is closed. `METADATA`
lists what else is read there, under which names; what a job does not tell is not known of it, and
stands in nobody's way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rapport.domain.event import Json
from rapport.domain.jobs import Job
from rapport.feeds import reading

WHAT: Final = "job-board feed of Greenhouse"
# What metadata may tell, by the names that employers give it: plain words, in any case.
METADATA: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("status",),
    "employment": ("employment type", "employment", "time type", "contract type"),
    "shift": ("shift", "working hours", "hours"),
    "remote": ("remote", "workplace type", "workplace", "work model"),
    "pay_min": ("pay min", "salary min", "pay from"),
    "pay_max": ("pay max", "salary max", "pay to"),
    "currency": ("currency", "pay currency", "salary currency"),
    "period": ("pay period", "salary period"),
    "languages": ("languages", "language requirements", "required languages"),
    "licences": ("licences", "licenses", "required licences", "required licenses"),
    "seniority": ("seniority", "experience level", "level"),
    "closes_at": ("closing date", "closes at", "application deadline", "deadline"),
    "country": ("country", "country code"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng"),
}
_NAMES: Final = {name: key for key, names in METADATA.items() for name in names}
_CENTS: Final = 100


def address(name: str, base: str = "") -> str:
    """Where the board of that token answers."""
    return f"{base or 'https://boards-api.greenhouse.io'}/v1/boards/{name}/jobs?content=true"


def parse(raw: bytes, *, url: str, seen: datetime) -> reading.Page:
    """The whole board; it comes in one answer."""
    board = reading.decoded(raw, WHAT)
    found = reading.entries(board, "jobs", WHAT)
    total = reading.of(board, "meta", "total")
    jobs = [_job(posting, f"jobs[{place}]", seen) for place, posting in enumerate(found)]
    return reading.Page(
        jobs=tuple(jobs),
        total=total if isinstance(total, int) and not isinstance(total, bool) else None,
    )


def _job(raw: dict[str, Json], place: str, seen: datetime) -> Job:
    known = _metadata(raw)
    location = reading.first(reading.of(raw, "location", "name"), raw.get("location"))
    offices = reading.many(raw.get("offices"))
    department = reading.first(*(_name(each) for each in reading.many(raw.get("departments"))))
    updated = reading.moment(raw.get("updated_at"))
    opened_at, dated = reading.opening(
        reading.moment(raw.get("first_published")), seen=updated or seen
    )
    pay_min, pay_max, currency = _pay(raw, known)
    return Job(
        id=reading.needed(raw, "id", place),
        title=reading.needed(raw, "title", place),
        category=department.lower(),
        department=department,
        location=location,
        places=reading.places(location, *(_name(office) for office in offices)),
        url=reading.link(reading.needed(raw, "absolute_url", place)),
        internal=reading.first(raw.get("requisition_id"), raw.get("internal_job_id")),
        language=reading.text(raw.get("language")),
        opened_at=opened_at,
        dated=dated,
        updated_at=updated,
        open=reading.text(known.get("status")).lower() != "closed",
        closes_at=reading.moment(known.get("closes_at") or raw.get("application_deadline")),
        city=reading.city(location),
        country=reading.country(known.get("country")),
        latitude=reading.latitude(known.get("latitude")),
        longitude=reading.longitude(known.get("longitude")),
        remote=reading.remote(known.get("remote"), location),
        employment=", ".join(reading.listed(known.get("employment"))),
        shift=", ".join(reading.listed(known.get("shift"))),
        pay_min=pay_min,
        pay_max=pay_max,
        currency=currency,
        period=reading.period(known.get("period")),
        languages=reading.listed(known.get("languages")),
        licences=reading.listed(known.get("licences")),
        seniority=", ".join(reading.listed(known.get("seniority"))),
        # Markup whose own entities are thus escaped twice.
        description=reading.plain_text(raw.get("content"), escaped=True),
    )


def _metadata(raw: dict[str, Json]) -> dict[str, Json]:
    told = {
        reading.text(reading.of(each, "name")).lower(): reading.of(each, "value")
        for each in reading.many(raw.get("metadata"))
    }
    return {_NAMES[name]: value for name, value in told.items() if name in _NAMES}


def _pay(raw: dict[str, Json], known: dict[str, Json]) -> tuple[int | None, int | None, str]:
    """From the metadata, else from the first of the ranges, which are in cents."""
    least, most = reading.amount(known.get("pay_min")), reading.amount(known.get("pay_max"))
    if least is not None or most is not None:
        return least, most, reading.text(known.get("currency")).upper()
    ranges = reading.many(raw.get("pay_input_ranges"))
    if not ranges:
        return None, None, reading.text(known.get("currency")).upper()
    cents = [reading.amount(reading.of(ranges[0], name)) for name in ("min_cents", "max_cents")]
    least, most = [None if each is None else each // _CENTS for each in cents]
    return least, most, reading.currency(reading.of(ranges[0], "currency_type"))


def _name(raw: Json) -> Json:
    return reading.of(raw, "name")
