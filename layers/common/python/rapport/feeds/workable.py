"""Workable's widget: the whole board in one answer, days without times, and often no job at all."""

from datetime import datetime
from typing import Final

from rapport.domain.event import Json
from rapport.domain.jobs import Job
from rapport.feeds import reading

WHAT: Final = "widget of Workable"


def address(name: str, base: str = "") -> str:
    """Where the widget of an account answers."""
    root = base or "https://apply.workable.com"
    return f"{root}/api/v1/widget/accounts/{name}?details=true"


def parse(raw: bytes, *, url: str, seen: datetime) -> reading.Page:
    """The whole board."""
    found = reading.entries(reading.decoded(raw, WHAT), "jobs", WHAT)
    jobs = (_job(each, f"jobs[{place}]", seen) for place, each in enumerate(found))
    return reading.Page(jobs=tuple(jobs))


def _job(raw: dict[str, Json], place: str, seen: datetime) -> Job:
    wheres: list[Json] = [
        each
        for each in reading.many(raw.get("locations"))
        if reading.of(each, "hidden") is not True
    ]
    told = [_place(each) for each in (raw, *wheres)]
    location = next((each for each in told if each), "")
    department = reading.first(raw.get("department"), raw.get("function"))
    opened_at, dated = reading.opening(
        reading.moment(raw.get("published_on")), reading.moment(raw.get("created_at")), seen=seen
    )
    at = wheres[0] if wheres else None
    return Job(
        # There is no other id.
        id=reading.needed(raw, "shortcode", place),
        title=reading.needed(raw, "title", place),
        category=department.lower(),
        department=department,
        location=location,
        places=reading.places(*told),
        url=reading.link(reading.first(raw.get("url"), raw.get("shortlink"))),
        apply_url=reading.link(raw.get("application_url")),
        internal=reading.text(raw.get("code")),
        opened_at=opened_at,
        dated=dated,
        city=reading.first(raw.get("city"), reading.of(at, "city")),
        country=reading.country(reading.of(at, "countryCode") or raw.get("country")),
        remote=reading.remote(raw.get("telecommuting"), location),
        employment=reading.employment(raw.get("employment_type")),
        seniority=reading.text(raw.get("experience")),
        description=reading.plain_text(raw.get("description")),
    )


def _place(raw: Json) -> str:
    parts = (reading.text(reading.of(raw, name)) for name in ("city", "country"))
    return ", ".join(part for part in parts if part)
