"""Lever's Postings API: a bare array, page by page. An unknown site answers an object."""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from rapport.domain.event import Json
from rapport.domain.jobs import Job
from rapport.feeds import reading

WHAT: Final = "list of postings of Lever"
PAGE: Final = 100


def address(name: str, base: str = "") -> str:
    """Where the postings of a site answer; `base` is that of the EU where the site is there."""
    return f"{base or 'https://api.lever.co'}/v0/postings/{name}?mode=json&skip=0&limit={PAGE}"


def parse(raw: bytes, *, url: str, seen: datetime) -> reading.Page:
    """One page; a full one has another behind it."""
    found = reading.entries(reading.decoded(raw, WHAT), "", WHAT)
    jobs = tuple(_job(each, f"[{place}]", seen) for place, each in enumerate(found))
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    limit = asked.get("limit", "")
    if not limit.isdigit() or len(found) < int(limit):
        return reading.Page(jobs=jobs)
    asked["skip"] = str(int(asked.get("skip") or 0) + len(found))
    return reading.Page(jobs=jobs, more=parts._replace(query=urlencode(asked)).geturl())


def _job(raw: dict[str, Json], place: str, seen: datetime) -> Job:
    kinds = raw.get("categories")
    location = reading.text(reading.of(kinds, "location"))
    team = reading.text(reading.of(kinds, "team"))
    department = reading.first(reading.of(kinds, "department"), team)
    opened_at, dated = reading.opening(reading.moment(raw.get("createdAt")), seen=seen)
    pay = raw.get("salaryRange")
    return Job(
        id=reading.needed(raw, "id", place),
        # Lever's word for the title.
        title=reading.needed(raw, "text", place),
        category=department.lower(),
        department=department,
        location=location,
        places=reading.places(location, *reading.many(reading.of(kinds, "allLocations"))),
        url=reading.link(reading.needed(raw, "hostedUrl", place)),
        apply_url=reading.link(raw.get("applyUrl")),
        opened_at=opened_at,
        dated=dated,
        city=reading.city(location),
        country=reading.country(raw.get("country")),
        remote=reading.remote(raw.get("workplaceType"), location),
        employment=reading.employment(reading.of(kinds, "commitment")),
        pay_min=reading.amount(reading.of(pay, "min")),
        pay_max=reading.amount(reading.of(pay, "max")),
        currency=reading.currency(reading.of(pay, "currency")),
        period=reading.period(_interval(reading.of(pay, "interval"))),
        seniority=reading.text(reading.of(kinds, "level")),
        description=_description(raw),
    )


def _interval(raw: Json) -> str:
    """`per-year-salary` without the hyphens."""
    return reading.text(raw).replace("-", " ")


def _description(raw: dict[str, Json]) -> str:
    """The requirements stand in lists of their own, and nowhere in `descriptionPlain`."""
    parts = [raw.get("descriptionPlain") or raw.get("description")]
    for each in reading.many(raw.get("lists")):
        parts += [reading.of(each, "text"), reading.of(each, "content")]
    parts.append(raw.get("additionalPlain") or raw.get("additional"))
    return reading.plain_text("<br>".join(part for part in parts if isinstance(part, str)))
