"""Touches: what brought a candidate, as the first and the last of their events to say so tell it.

A source is what the site's link said (`context.campaign`, or the `utm_` parameters of the page's
address), else the site that the visitor came from. A page reached from another one of the same
site tells none, and a machine's visits do not count.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from rapport.domain.event import Event, Json, from_millis, millis
from rapport.domain.statements import is_bot, section, text_of

# In bytes, for a view is paid by its size. What a link says of itself is short.
_SOURCE, _MEDIUM, _CAMPAIGN, _HOST, _PATH = 40, 24, 40, 48, 64
_UNQUOTED = str.maketrans("", "", '"\\')


class Touch(NamedTuple):
    """One event that told a source. Touches are ordered by time, then by message id."""

    at: datetime
    message_id: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    path: str = ""


_NOTHING = Touch(from_millis(0), "")


def touch_of(event: Event) -> Touch | None:
    """The touch that an event is, if it tells a source."""
    if is_bot(event):
        return None
    context = section(event.body, "context")
    page = section(context, "page")
    if not page and event.type == "page":
        page = section(event.body, "properties")
    address = text_of(page, "url")
    campaign = _campaign(section(context, "campaign"), text_of(page, "search"), address)
    referrer = _host(text_of(page, "referrer"))
    if _bare(referrer) == _bare(_host(address)):
        referrer = ""
    if not campaign["source"] and not referrer:
        return None
    return Touch(
        at=event.at,
        message_id=event.message_id,
        source=_cut(campaign["source"].lower(), _SOURCE),
        medium=_cut(campaign["medium"].lower(), _MEDIUM),
        campaign=_cut(campaign["campaign"], _CAMPAIGN),
        referrer=_cut(referrer, _HOST),
        path=_cut(text_of(page, "path") or _split(address)[1], _PATH),
    )


def _campaign(told: Mapping[str, Json], search: str, address: str) -> dict[str, str]:
    """Source, medium and campaign; SDKs call the last one `name`."""
    if text_of(told, "source"):
        spellings = {"source": "source", "medium": "medium", "campaign": "name"}
        return {name: text_of(told, spelling) for name, spelling in spellings.items()}
    query = search.lstrip("?") or _split(address)[2]
    asked = parse_qs(query, max_num_fields=None, encoding="utf-8", errors="replace")
    return {name: asked.get(f"utm_{name}", [""])[0] for name in ("source", "medium", "campaign")}


def _split(address: str) -> tuple[str, str, str]:
    """Host, path and query of an address; empty for what is none."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return ("", "", "")
    return (host or "", parts.path, parts.query)


def _host(address: str) -> str:
    return _split(address)[0]


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _cut(text: str, longest: int) -> str:
    """At most so many bytes of plain text, none of which JSON has to escape."""
    plain = "".join(c for c in text.translate(_UNQUOTED) if c.isprintable()).strip()
    return plain.encode()[:longest].decode(errors="ignore")


def first_and_last(touches: Iterable[Touch]) -> tuple[Touch, ...]:
    """The first and the last of touches; one if they are the same, none if there are none."""
    found = sorted(touches)
    return tuple(sorted({found[0], found[-1]})) if found else ()


def touches_to_json(touches: tuple[Touch, ...]) -> list[Json]:
    """Each as `[at, message id, source, …]`, times in ms; null for a word as in the first one.

    What is missing at the end is empty, or as in the first one.
    """
    raw: list[Json] = []
    for n, touch in enumerate(touches):
        before = touches[0] if n else _NOTHING
        words = [None if a == b else a for a, b in zip(touch[2:], before[2:], strict=True)]
        while words and words[-1] is None:
            words.pop()
        raw.append([millis(touch.at), touch.message_id, *words])
    return raw


def touches_from_json(raw: Json) -> tuple[Touch, ...]:
    """The inverse of `touches_to_json`."""
    found: list[Touch] = []
    for at, message_id, *told in cast("list[tuple[int, str, *tuple[str | None, ...]]]", raw):
        before = found[0] if found else _NOTHING
        words = [b if a is None else a for a, b in zip_longest(told, before[2:])]
        found.append(Touch(from_millis(at), message_id, *words))
    return tuple(found)
