"""What all feeds are read with: total readers of values that others wrote."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, cast
from urllib.parse import urlsplit

import msgspec

from rapport.domain.event import Json, from_millis
from rapport.domain.jobs import Job, Remote
from rapport.domain.titles import telling, words
from rapport.errors import RapportError

MAX_TERMS: Final = 16
MAX_DESCRIPTION: Final = 4_000
MAX_TEXT: Final = 300
MAX_LIST: Final = 32
_LONGEST_MILLIS = 253_402_300_799_000
_PERIODS: Final = ("hour", "day", "week", "month", "year")
_LATITUDES, _LONGITUDES = 90.0, 180.0
_SILENT = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:/p|/div|/li|/h\d|/tr|/ul|/ol|br)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_BLANK = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DATE_ONLY = len("2026-11-23")


class FeedError(RapportError):
    """A feed is not what its kind should be; the message names the place, in one line."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """The jobs of one answer of a board. `more` is the address of the next, empty on the last.

    `total` is how many jobs the board says to have in all, None when it does not say.
    """

    jobs: tuple[Job, ...]
    more: str = ""
    total: int | None = None


def decoded(raw: bytes, what: str) -> Json:
    """A JSON text; a byte order mark before it is no fault."""
    try:
        found: Json = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        msg = f"This is no {what}: {_one_line(wrong)}."
        raise FeedError(msg) from None
    return found


def entries(raw: Json, key: str, what: str) -> list[dict[str, Json]]:
    """The postings in `raw[key]`, without a key in `raw` itself; FeedError when they are none."""
    found = raw.get(key) if key and isinstance(raw, dict) else None if key else raw
    if not isinstance(found, list):
        place = f"`{key}`" if key else "it"
        msg = f"This is no {what}: {place} is no list."
        raise FeedError(msg)
    for place_of, each in enumerate(found):
        if not isinstance(each, dict):
            msg = f"This is no {what}: {key}[{place_of}] is no object."
            raise FeedError(msg)
    return cast("list[dict[str, Json]]", found)


def needed(raw: dict[str, Json], name: str, place: str) -> str:
    """A text or number without which a posting is none."""
    found = text(raw.get(name))
    if not found:
        msg = f"{place} has no {name}."
        raise FeedError(msg)
    return found


def of(raw: Json, *path: str) -> Json:
    """What stands behind a path of names; None where it ends."""
    for name in path:
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def many(raw: Json) -> list[Json]:
    """A list; what is alone where others write a list is a list of one."""
    return raw if isinstance(raw, list) else [] if raw is None else [raw]


def text(raw: Json, most: int = MAX_TEXT) -> str:
    """A line of text; numbers too, nothing for anything else."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        return ""
    # Half a surrogate pair is legal in JSON and cannot be stored.
    said = str(raw).encode(errors="replace").decode()
    return " ".join(said.split())[:most].strip()


def first(*values: Json) -> str:
    """The first of several that says something."""
    return next((found for value in values if (found := text(value))), "")


def listed(raw: Json) -> tuple[str, ...]:
    """The entries of a list, or of a text with commas."""
    parts: Sequence[Json] = raw if isinstance(raw, list) else list(text(raw).split(","))
    return tuple(found for part in parts[:MAX_LIST] if (found := text(part)))


def places(*values: Json) -> tuple[str, ...]:
    """Places as people read them, each once."""
    return tuple(dict.fromkeys(found for value in values if (found := text(value))))[:MAX_LIST]


def plain_text(raw: Json, *, escaped: bool = False) -> str:
    """What HTML reads like, a line per block; `escaped`: its tags are written as entities."""
    if not isinstance(raw, str):
        return ""
    # A bound before the work: what is cut off is beyond the description's end anyway.
    said = raw[: 16 * MAX_DESCRIPTION].encode(errors="replace").decode()
    said = html.unescape(said) if escaped else said
    if "<" in said:
        said = _TAG.sub(" ", _BREAK.sub("\n", _SILENT.sub(" ", said)))
    said = html.unescape(said).replace("\x00", " ")
    lines = _LINES.sub("\n", _BLANK.sub(" ", said)).strip()
    if len(lines) <= MAX_DESCRIPTION:
        return lines
    return lines[: MAX_DESCRIPTION - 1].rsplit(None, 1)[0] + "…"


def link(raw: Json) -> str:
    """A web address, empty for anything else: it stands in mails."""
    found = text(raw, 2_000)
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    return found if parts.scheme in {"http", "https"} and parts.hostname else ""


def amount(raw: Json) -> int | None:
    """A whole amount of money, from a number or from a text like `75,000.00`."""
    digits = re.sub(r"[\s,'’]", "", text(raw)).partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits) else None


def currency(raw: Json) -> str:
    """An ISO 4217 code."""
    code = text(raw).upper()
    return code if len(code) == len("NOK") and code.isascii() and code.isalpha() else ""


def period(raw: Json) -> str:
    """What pay is for: `1 YEAR`, `per-hour-wage`, `HOURLY`, `daily` and so on."""
    said = words(text(raw).replace("daily", "day").replace("DAILY", "day"))
    return next((each for word in said for each in _PERIODS if word.startswith(each)), "")


def latitude(raw: Json) -> float | None:
    """Degrees."""
    return _degrees(raw, _LATITUDES)


def longitude(raw: Json) -> float | None:
    """Degrees."""
    return _degrees(raw, _LONGITUDES)


def _degrees(raw: Json, most: float) -> float | None:
    try:
        found = float(text(raw))
    except ValueError:
        return None
    return found if -most <= found <= most else None


def country(raw: Json) -> str:
    """An ISO 3166 alpha-2 code; a country by its name is not guessed at."""
    code = text(raw).upper()
    return code if len(code) == len("NO") and code.isascii() and code.isalpha() else ""


def city(location: str) -> str:
    """The town of a place as people write it."""
    return location.partition(",")[0].strip()


def moment(raw: Json, *, whole_day: bool = False) -> datetime | None:
    """A time as ISO 8601, as mail writes it, or in ms since 1970; without a zone it is UTC.

    A day is its beginning, or (`whole_day`) its end.
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        return from_millis(raw) if 0 < raw < _LONGEST_MILLIS else None
    said = text(raw)
    for reader in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = reader(said)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
            day = timedelta(days=whole_day and len(said) == _DATE_ONLY)
            return found.astimezone(UTC) + day
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def remote(said: Json, location: str = "") -> Remote:
    """`Hybrid`, `Remote`, `Yes`, true …; a job whose place is `Remote` is remote."""
    heard = set(words(str(said).replace("_", " ") if isinstance(said, (str, bool)) else ""))
    if "hybrid" in heard:
        return Remote.HYBRID
    meant = heard & {"remote", "yes", "true", "fully", "telecommute"}
    return Remote.YES if meant or "remote" in words(location) else Remote.NO


def employment(raw: Json) -> str:
    """`FULL_TIME`, `FullTime` and `Full time` are `full-time`; other words stay."""
    kinds = (_CAMEL.sub("-", each).replace("_", "-") for each in listed(raw))
    return ", ".join("-".join(each.lower().split()) for each in kinds)


def opening(*values: datetime | None, seen: datetime) -> tuple[datetime, bool]:
    """When a job opened, by the first that is told, and whether one was; else it was just seen."""
    told = next((value for value in values if value is not None), None)
    return (seen, False) if told is None else (told, True)


def together(jobs: Iterable[Job]) -> list[Job]:
    """Each job once: the same id told again adds its places."""
    found: dict[str, Job] = {}
    for job in jobs:
        known = found.get(job.id)
        if known is not None and (more := places(*known.places, *job.places)) != known.places:
            found[job.id] = replace(known, places=more)
        found.setdefault(job.id, job)
    return list(found.values())


def with_terms(jobs: Sequence[Job]) -> list[Job]:
    """The jobs with the words that their description has often and few others have."""
    counted = [Counter(telling(job.description)) for job in jobs]
    common = Counter(word for counts in counted for word in counts)
    return [
        replace(job, terms=_terms(counts, common))
        for job, counts in zip(jobs, counted, strict=True)
    ]


def _terms(counts: Mapping[str, int], common: Mapping[str, int]) -> tuple[str, ...]:
    ranked = sorted(counts, key=lambda word: (-counts[word] / common[word], word))
    return tuple(ranked[:MAX_TERMS])


def _one_line(wrong: Exception) -> str:
    return " ".join(str(wrong).split())[:200].rstrip(".")
