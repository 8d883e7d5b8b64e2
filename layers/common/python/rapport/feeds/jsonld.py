"""`JobPosting` of schema.org, as career sites put it into their pages for search engines.

It stands in `<script type="application/ld+json">` as an object, an array or a `@graph`, alone or
within others. A site is one page with all of them, or a sitemap of pages with one each.
"""

import html
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final

from rapport.domain.event import Json
from rapport.domain.jobs import Job, Remote
from rapport.feeds import reading, xmlfeed

WHAT: Final = "page with jobs of schema.org"
MAX_DEPTH: Final = 8
_TYPE: Final = "JobPosting"
_KIND: Final = "application/ld+json"
_LONGEST_ID: Final = 64


class _Scripts(HTMLParser):
    """The texts of a page's JSON-LD scripts; `seen` any element at all."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.seen = False
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen = True
        kind = (dict(attrs).get("type") or "").split(";")[0].strip().lower()
        self._within = tag == "script" and kind == _KIND
        if self._within:
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._within = False

    def handle_data(self, data: str) -> None:
        if self._within:
            self.found[-1] += data


def parse(raw: bytes, *, url: str, seen: datetime) -> reading.Page:
    """The jobs of one page, or of a JSON-LD document that is not in a page."""
    jobs = [
        _job(each, f"JobPosting {place}", url, seen)
        for place, each in enumerate(p for block in _blocks(raw) for p in _postings(block))
    ]
    return reading.Page(jobs=tuple(jobs))


def sitemap(raw: bytes) -> list[str] | None:
    """The addresses in a sitemap; None for what is none."""
    head = raw[:2_000].lower()
    if b"<urlset" not in head and b"<sitemapindex" not in head:
        return None
    found = (
        reading.link(each.text)
        for each in xmlfeed.tree(raw, "sitemap").iter()
        if xmlfeed.name(each) == "loc"
    )
    return list(dict.fromkeys(address for address in found if address))


def _blocks(raw: bytes) -> Iterator[Json]:
    text = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in {b"{", b"["}:
        yield reading.decoded(text, WHAT)
        return
    page = _Scripts()
    try:
        page.feed(text.decode("utf-8", errors="replace"))
        page.close()
    except AssertionError as wrong:
        # What the parser says of some markup that is no markup at all.
        msg = f"This is no {WHAT}: {type(wrong).__name__}."
        raise reading.FeedError(msg) from None
    if not page.seen:
        msg = f"This is no {WHAT}: there is no element in it."
        raise reading.FeedError(msg)
    for each in page.found:
        # Other blocks are for other readers, and often broken.
        if _TYPE in each:
            yield reading.decoded(each.strip().encode(errors="replace"), WHAT)


def _postings(raw: Json, depth: int = 0) -> Iterator[dict[str, Json]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(raw, list):
        for each in raw:
            yield from _postings(each, depth + 1)
    elif isinstance(raw, dict):
        if _is_posting(raw.get("@type")):
            yield raw
            return
        for name in ("@graph", "itemListElement", "item", "mainEntity"):
            yield from _postings(raw.get(name), depth + 1)


def _is_posting(kind: Json) -> bool:
    return any(reading.text(each).rpartition("/")[2] == _TYPE for each in reading.many(kind))


def _job(raw: dict[str, Json], place: str, url: str, seen: datetime) -> Job:
    title = html.unescape(reading.first(raw.get("title"), raw.get("name")))
    if not title:
        msg = f"{place} has no title."
        raise reading.FeedError(msg)
    own = reading.link(raw.get("url")) or reading.link(raw.get("@id"))
    wheres = reading.many(raw.get("jobLocation"))
    told = reading.places(*(_place(each) for each in wheres))
    where = wheres[0] if wheres else None
    location = told[0] if told else _allowed(raw)
    opened_at, dated = reading.opening(reading.moment(raw.get("datePosted")), seen=seen)
    pay = raw.get("baseSalary")
    least, most = _pay(pay)
    telecommute = reading.text(raw.get("jobLocationType")).upper() == "TELECOMMUTE"
    town = reading.first(_address(where, "addressLocality"), reading.city(location))
    department = reading.first(_named(raw.get("occupationalCategory")), _named(raw.get("industry")))
    return Job(
        id=_ident(raw, title, location, own),
        title=title,
        category=department.lower(),
        department=department,
        location=location,
        places=told,
        url=own or reading.link(url),
        opened_at=opened_at,
        dated=dated,
        updated_at=reading.moment(raw.get("dateModified")),
        closes_at=reading.moment(raw.get("validThrough"), whole_day=True),
        city=town,
        country=reading.country(_named(_address(where, "addressCountry"))),
        latitude=reading.latitude(reading.of(where, "geo", "latitude")),
        longitude=reading.longitude(reading.of(where, "geo", "longitude")),
        remote=Remote.YES if telecommute else reading.remote(None, location),
        employment=reading.employment(raw.get("employmentType")),
        shift=reading.text(raw.get("workHours")),
        pay_min=least,
        pay_max=most,
        currency=reading.currency(reading.of(pay, "currency") or raw.get("salaryCurrency")),
        period=reading.period(reading.of(pay, "value", "unitText") or reading.of(pay, "unitText")),
        language=reading.text(_named(raw.get("inLanguage"))),
        description=reading.plain_text(raw.get("description")),
    )


def _ident(raw: dict[str, Json], title: str, location: str, own: str) -> str:
    """`identifier`, as a PropertyValue, a text or a number; else what its address comes to."""
    said = raw.get("identifier")
    found = reading.first(reading.of(said, "value"), reading.of(said, "name"), said)
    if found and len(found) <= _LONGEST_ID:
        return found
    told = found or own or f"{title} {location}"
    return f"ld_{sha256(told.encode(errors='replace')).hexdigest()[:24]}"


def _address(where: Json, name: str) -> Json:
    return reading.of(where, "address", name)


def _named(raw: Json) -> str:
    """A text, or the name of the thing that stands for it."""
    alone = reading.many(raw)[:1]
    raw = alone[0] if alone else None
    return reading.first(reading.of(raw, "name"), reading.of(raw, "codeValue"), raw)


def _place(raw: Json) -> str:
    if isinstance(raw, str):
        return reading.text(raw)
    address = reading.of(raw, "address")
    if isinstance(address, str):
        return reading.text(address)
    parts = (
        _named(reading.of(address, each))
        for each in ("addressLocality", "addressRegion", "addressCountry")
    )
    return ", ".join(part for part in parts if part) or reading.text(reading.of(raw, "name"))


def _allowed(raw: dict[str, Json]) -> str:
    """Of a job that is done from anywhere: from where it may be."""
    wheres = reading.many(raw.get("applicantLocationRequirements"))
    return ", ".join(reading.places(*(_named(each) for each in wheres)))


def _pay(raw: Json) -> tuple[int | None, int | None]:
    """A number, a text, or a MonetaryAmount with a value or a range."""
    if not isinstance(raw, dict):
        return reading.amount(raw), None
    value = raw.get("value")
    if not isinstance(value, dict):
        value = {"value": value, **raw} if value is None else {"value": value}
    one = reading.amount(value.get("value"))
    least, most = reading.amount(value.get("minValue")), reading.amount(value.get("maxValue"))
    return (one if least is None else least), most
