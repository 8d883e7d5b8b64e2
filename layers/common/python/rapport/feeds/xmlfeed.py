"""XML feeds as job sites take them (Indeed's form): `<source>` with a `<job>` for each.

Always the whole feed. No document type, so no entity but XML's own five: a feed cannot unpack
itself beyond its size, nor have other files read.
"""

from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from rapport.domain.event import Json
from rapport.domain.jobs import Job
from rapport.feeds import reading

WHAT: Final = "XML feed of jobs"
_ROOTS = frozenset({"source", "jobs", "feed"})


def parse(raw: bytes, *, url: str, seen: datetime) -> reading.Page:
    """The whole feed. A reference that stands there again adds its places."""
    root = tree(raw, WHAT)
    found = [each for each in root.iter() if name(each) == "job"]
    if not found and name(root) not in _ROOTS:
        # A page that says that something went wrong is XML often enough.
        msg = f"This is no {WHAT}: its root is <{name(root)[:40]}>."
        raise reading.FeedError(msg)
    jobs = (_job(each, f"job {place}", seen) for place, each in enumerate(found))
    return reading.Page(jobs=tuple(jobs))


def tree(raw: bytes, what: str) -> Element:
    """The root of a document; FeedError, with line and column, for what is none or is a bomb."""
    try:
        found: Element = fromstring(raw, forbid_dtd=True)
    except ParseError as wrong:
        msg = f"This is no {what}: {str(wrong)[:200]}."
        raise reading.FeedError(msg) from None
    except (DefusedXmlException, ValueError, LookupError) as wrong:
        msg = f"This is no {what} that is read: {type(wrong).__name__}."
        raise reading.FeedError(msg) from None
    return found


def name(element: Element) -> str:
    """Its name, in lower case and without a namespace."""
    # Of a comment the name is a function.
    return str(element.tag).rpartition("}")[2].lower()


def _job(element: Element, place: str, seen: datetime) -> Job:
    raw: dict[str, Json] = {name(each): "".join(each.itertext()) for each in element}
    town, nation = reading.text(raw.get("city")), reading.text(raw.get("country"))
    parts = (town, reading.text(raw.get("state")), nation)
    location = ", ".join(part for part in parts if part) or reading.text(raw.get("location"))
    department = reading.first(raw.get("department"), raw.get("category"))
    opened_at, dated = reading.opening(reading.moment(raw.get("date")), seen=seen)
    work = reading.first(raw.get("remotetype"), raw.get("remote"))
    return Job(
        id=reading.needed(raw, "referencenumber", place),
        title=reading.needed(raw, "title", place),
        category=department.lower(),
        department=department,
        location=location,
        places=reading.places(location),
        url=reading.link(reading.needed(raw, "url", place)),
        apply_url=reading.link(raw.get("applyurl")),
        internal=reading.first(raw.get("requisitionid"), raw.get("sourcename")),
        language=reading.text(raw.get("language")),
        opened_at=opened_at,
        dated=dated,
        updated_at=reading.moment(raw.get("lastactivitydate")),
        closes_at=reading.moment(raw.get("expirationdate"), whole_day=True),
        city=town or reading.city(location),
        country=reading.country(nation),
        remote=reading.remote(work, location),
        employment=reading.employment(raw.get("jobtype")),
        seniority=reading.text(raw.get("experience")),
        description=reading.plain_text(raw.get("description")),
    )
