"""SmartRecruiters' Posting API, page by page. Its robots.txt shuts out whoever has no key."""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from rapport.domain.event import Json
from rapport.domain.jobs import Job
from rapport.feeds import reading

WHAT: Final = "list of postings of SmartRecruiters"
PAGE: Final = 100
# The customer's own key, which makes asking a right and not a guest's favour.
KEY_HEADER: Final = "X-SmartToken"


def address(name: str, base: str = "") -> str:
    """Where the postings of a company answer."""
    root = base or "https://api.smartrecruiters.com"
    return f"{root}/v1/companies/{name}/postings?limit={PAGE}&offset=0"


def parse(raw: bytes, *, url: str, seen: datetime) -> reading.Page:
    """One page; the answer says how many postings there are in all."""
    board = reading.decoded(raw, WHAT)
    found = reading.entries(board, "content", WHAT)
    total = reading.of(board, "totalFound")
    if not isinstance(total, int) or isinstance(total, bool):
        msg = f"This is no {WHAT}: it does not say how many there are (`totalFound`)."
        raise reading.FeedError(msg)
    jobs = tuple(_job(each, f"content[{place}]", seen) for place, each in enumerate(found))
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    offset = asked.get("offset", "")
    behind = (int(offset) if offset.isdigit() else 0) + len(found)
    if not found or behind >= total:
        return reading.Page(jobs=jobs, total=total)
    asked["offset"] = str(behind)
    more = parts._replace(query=urlencode(asked)).geturl()
    return reading.Page(jobs=jobs, more=more, total=total)


def _job(raw: dict[str, Json], place: str, seen: datetime) -> Job:
    ident, where = reading.needed(raw, "id", place), raw.get("location")
    company = reading.text(reading.of(raw, "company", "identifier"))
    town, nation = reading.text(reading.of(where, "city")), reading.of(where, "country")
    location = ", ".join(part for part in (town, reading.text(nation).upper()) if part)
    department = _label(raw, "department") or _label(raw, "function")
    opened_at, dated = reading.opening(reading.moment(raw.get("releasedDate")), seen=seen)
    hybrid = "hybrid" if reading.of(where, "hybrid") is True else None
    page = f"https://jobs.smartrecruiters.com/{quote(company)}/{quote(ident)}"
    return Job(
        id=ident,
        title=reading.needed(raw, "name", place),
        category=department.lower(),
        department=department,
        location=location,
        places=reading.places(location),
        url=reading.link(raw.get("postingUrl")) or (page if company else ""),
        apply_url=reading.link(raw.get("applyUrl")),
        internal=reading.text(raw.get("refNumber")),
        language=reading.text(reading.of(raw, "language", "code")),
        opened_at=opened_at,
        dated=dated,
        city=town,
        country=reading.country(nation),
        latitude=reading.latitude(reading.of(where, "latitude")),
        longitude=reading.longitude(reading.of(where, "longitude")),
        remote=reading.remote(hybrid or reading.of(where, "remote"), location),
        employment=reading.employment(_label(raw, "typeOfEmployment")),
        seniority=_label(raw, "experienceLevel"),
    )


def _label(raw: dict[str, Json], name: str) -> str:
    return reading.text(reading.of(raw, name, "label"))
