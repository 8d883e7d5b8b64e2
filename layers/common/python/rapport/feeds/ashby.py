"""Ashby's public job board: the whole board in one answer. What is not listed is not shown."""

from datetime import datetime
from typing import Final

from rapport.domain.event import Json
from rapport.domain.jobs import Job
from rapport.feeds import reading

WHAT: Final = "job board of Ashby"


def address(name: str, base: str = "") -> str:
    """Where the board of that name answers."""
    root = base or "https://api.ashbyhq.com"
    return f"{root}/posting-api/job-board/{name}?includeCompensation=true"


def parse(raw: bytes, *, url: str, seen: datetime) -> reading.Page:
    """The whole board."""
    found = reading.entries(reading.decoded(raw, WHAT), "jobs", WHAT)
    return reading.Page(
        jobs=tuple(
            _job(each, f"jobs[{place}]", seen)
            for place, each in enumerate(found)
            if each.get("isListed") is not False
        )
    )


def _job(raw: dict[str, Json], place: str, seen: datetime) -> Job:
    location = reading.text(raw.get("location"))
    where = reading.of(raw, "address", "postalAddress")
    department = reading.first(raw.get("department"), raw.get("team"))
    others = (reading.of(each, "location") for each in reading.many(raw.get("secondaryLocations")))
    opened_at, dated = reading.opening(reading.moment(raw.get("publishedAt")), seen=seen)
    pay = _salary(raw)
    workplace = raw.get("workplaceType") or raw.get("isRemote")
    return Job(
        id=reading.needed(raw, "id", place),
        title=reading.needed(raw, "title", place),
        category=department.lower(),
        department=department,
        location=location,
        places=reading.places(location, *others),
        url=reading.link(reading.needed(raw, "jobUrl", place)),
        apply_url=reading.link(raw.get("applyUrl")),
        opened_at=opened_at,
        dated=dated,
        updated_at=reading.moment(raw.get("updatedAt")),
        city=reading.text(reading.of(where, "addressLocality")) or reading.city(location),
        country=reading.country(reading.of(where, "addressCountry")),
        remote=reading.remote(workplace, location),
        employment=reading.employment(raw.get("employmentType")),
        pay_min=reading.amount(reading.of(pay, "minValue")),
        pay_max=reading.amount(reading.of(pay, "maxValue")),
        currency=reading.currency(reading.of(pay, "currencyCode")),
        period=reading.period(reading.of(pay, "interval")),
        description=reading.plain_text(raw.get("descriptionHtml") or raw.get("descriptionPlain")),
    )


def _salary(raw: dict[str, Json]) -> Json:
    """The first component that is a salary; equity and bonuses are none."""
    parts = reading.many(reading.of(raw, "compensation", "summaryComponents"))
    for each in parts:
        if reading.text(reading.of(each, "compensationType")).lower() == "salary":
            return each
    return None
