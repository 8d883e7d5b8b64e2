"""`rapport jobs FEED`: the open requisitions of a job board, in the shape Greenhouse serves it.

    {"jobs": [{"id": 101, "title": "Nurse", "absolute_url": "https://…",
               "location": {"name": "Halden"}, "departments": [{"name": "Nursing"}],
               "first_published": "2026-11-20T09:00:00Z", "updated_at": "…", "content": "<p>…",
               "metadata": [{"name": "status", "value": "closed"}]}]}

The feed is the truth: jobs that it no longer has are removed. The first department is the job's
category. `first_published` says when it opened, `updated_at` where that is missing. A job whose
metadata say `closed` is stored as closed. `METADATA` lists what else is read there, under which
names; what a job does not tell is not known of it, and stands in nobody's way. Of the description
the words are kept that tell it apart from the others.
"""

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from cli.config import Config
from cli.errors import CommandError
from cli.store import use
from rapport.domain.jobs import Job, Remote
from rapport.domain.titles import telling, words

SECONDS_TO_ANSWER: Final = 20
MAX_TERMS: Final = 16
# What metadata may tell besides, by the names that employers give it: plain words, in any case.
METADATA: Final[Mapping[str, tuple[str, ...]]] = {
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
_TAG = re.compile(r"<[^>]*>")
_PERIODS: Final = ("hour", "day", "week", "month", "year")
_LATITUDES, _LONGITUDES = 90.0, 180.0


class _Named(msgspec.Struct, frozen=True):
    name: str | None = None


class _Metadatum(msgspec.Struct, frozen=True):
    name: str = ""
    value: object = None


class _Posting(msgspec.Struct, frozen=True):
    id: int | str
    title: str
    absolute_url: str
    location: _Named = _Named()
    departments: tuple[_Named, ...] = ()
    first_published: datetime | None = None
    updated_at: datetime | None = None
    metadata: tuple[_Metadatum, ...] | None = None
    content: str = ""


class _Feed(msgspec.Struct, frozen=True):
    jobs: tuple[_Posting, ...]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What became of a feed: its jobs, and how many stored ones it no longer had."""

    jobs: tuple[Job, ...]
    gone: int


def load(config: Config, feed: str | Path) -> Loaded:
    """Make the deployment's jobs those of a feed: a file, or an http(s) address."""
    jobs = parse(read(str(feed)))
    use(config)
    from rapport.adapters.dynamo.config import DynamoConfig

    return Loaded(jobs=tuple(jobs), gone=DynamoConfig(config.tables["book"]).put_jobs(jobs))


def parse(feed: bytes) -> list[Job]:
    """The jobs of a feed; raises CommandError that names the place where the feed is ill-formed."""
    try:
        postings = msgspec.json.decode(feed, type=_Feed).jobs
    except msgspec.DecodeError as wrong:
        msg = f'This is no job-board feed: {wrong}. Expected: {{"jobs": [{{"id", "title", …}}]}}.'
        raise CommandError(msg) from None
    described = [Counter(telling(_text(posting.content))) for posting in postings]
    common = Counter(word for counts in described for word in counts)
    return [
        _job(posting, _terms(counts, common))
        for posting, counts in zip(postings, described, strict=True)
    ]


def _text(content: str) -> str:
    """Words of a description; Greenhouse serves it as escaped HTML."""
    return html.unescape(_TAG.sub(" ", html.unescape(content)))


def _terms(counts: Mapping[str, int], common: Mapping[str, int]) -> tuple[str, ...]:
    """The words that a description has often and few others have."""
    ranked = sorted(counts, key=lambda word: (-counts[word] / common[word], word))
    return tuple(ranked[:MAX_TERMS])


def _job(posting: _Posting, terms: tuple[str, ...]) -> Job:
    opened = posting.first_published or posting.updated_at
    if opened is None:
        msg = f"Job {posting.id} has neither first_published nor updated_at; add one of them."
        raise CommandError(msg)
    if opened.tzinfo is None:
        opened = opened.replace(tzinfo=UTC)
    told = {m.name.strip().lower(): m.value for m in posting.metadata or ()}
    known = {_NAMES[name]: value for name, value in told.items() if name in _NAMES}
    location = (posting.location.name or "").strip()
    category = next((d.name for d in posting.departments if d.name), "")
    return Job(
        id=str(posting.id),
        title=posting.title.strip(),
        category=category.strip().lower(),
        location=location,
        url=posting.absolute_url,
        opened_at=opened.astimezone(UTC),
        open=str(told.get("status")).lower() != "closed",
        closes_at=_moment(known.get("closes_at")),
        city=location.partition(",")[0].strip(),
        country=_country(known.get("country")),
        latitude=_degrees(known.get("latitude"), _LATITUDES),
        longitude=_degrees(known.get("longitude"), _LONGITUDES),
        remote=_remote(known.get("remote"), location),
        employment=_words(known.get("employment")),
        shift=_words(known.get("shift")),
        pay_min=_amount(known.get("pay_min")),
        pay_max=_amount(known.get("pay_max")),
        currency=_words(known.get("currency")).upper(),
        period=next((p for w in words(_words(known.get("period"))) for p in _period(w)), ""),
        languages=_listed(known.get("languages")),
        licences=_listed(known.get("licences")),
        seniority=_words(known.get("seniority")),
        terms=terms,
    )


def _words(value: object) -> str:
    return ", ".join(_listed(value))


def _listed(value: object) -> tuple[str, ...]:
    """The entries of a list, or of a text with commas; nothing for what is neither."""
    entries: Sequence[object] = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(text for entry in entries if (text := str(entry).strip()))


def _amount(value: object) -> int | None:
    digits = re.sub(r"[\s,'’]", "", str(value if value is not None else "")).partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _degrees(value: object, most: float) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if -most <= found <= most else None


def _country(value: object) -> str:
    code = str(value or "").strip().upper()
    return code if len(code) == len("NO") and code.isalpha() else ""


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _remote(value: object, location: str) -> Remote:
    """`Hybrid`, `Remote`, `Yes`, true …; a job whose place is `Remote` is remote."""
    said = set(words(str(value if value is not None else "")))
    if "hybrid" in said:
        return Remote.HYBRID
    remote = said & {"remote", "yes", "true", "fully"} or "remote" in words(location)
    return Remote.YES if remote else Remote.NO


def _period(word: str) -> list[str]:
    return [period for period in _PERIODS if word.startswith(period)]


def read(feed: str) -> bytes:
    """The bytes of a feed that is a file or an http(s) address."""
    if not feed.startswith(("http://", "https://")):
        try:
            return Path(feed).read_bytes()
        except OSError as missing:
            msg = f"{feed} cannot be read ({missing.strerror}); give a file or an http address."
            raise CommandError(msg) from None
    import requests

    try:
        answer = requests.get(feed, timeout=SECONDS_TO_ANSWER)
        answer.raise_for_status()
    except requests.RequestException as failed:
        msg = f"{feed} did not answer with a feed ({failed}); check the address of the job board."
        raise CommandError(msg) from None
    return answer.content
