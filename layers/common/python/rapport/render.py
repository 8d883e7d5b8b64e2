"""Liquid, fenced in: templates are written by people, filled with what strangers typed.

* HTML is autoescaped and no filter can undo it: filters and tags are an allow-list, `safe` is not
  on it, and nothing loads other templates or files. Only `block.html` is HTML already: it was
  cleaned when it was published.
* Loops, output and nesting are bounded, so a template bomb ends at once.
* A variable that is missing raises, unless the template says what to write instead (`default`) or
  asks first (`if`). There is no half mail.
* A link from data goes through `href`, which takes absolute http(s) addresses only; escaping alone
  would let `javascript:` pass.
* Whatever becomes a header goes through `header_text`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rapport.bundle import Template
from rapport.errors import PoisonError

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment

MAX_OUTPUT_BYTES = 200_000
MAX_LOOP_STEPS = 1_000
MAX_NESTING = 20
MAX_ASSIGNED = 10_000
MAX_HEADER_CHARS = 200
FILTERS = frozenset(
    {
        *("append", "capitalize", "default", "downcase", "escape", "first", "join", "last"),
        *(
            "newline_to_br",
            "prepend",
            "size",
            "strip",
            "truncate",
            "truncatewords",
            "upcase",
            "url_encode",
        ),
    }
)
TAGS = frozenset(
    {
        *("assign", "case", "comment", "for", "if", "unless"),
        # What the parser itself is made of: plain text, outputs, and what it cannot read.
        *("content", "illegal", "output"),
    }
)
_KEPT = 64
_URL = re.compile(r"https?://[!-~]+")
_SCHEMES = ("http", "https")
_GAPS = re.compile(r"\n{3,}")
_UNSEEN = {
    # Bidirectional controls can make a header read as something that it is not.
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *(0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF),
}


class RenderError(PoisonError):
    """The content could not be put together; the message names the place, never the data."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a template came to."""

    subject: str
    html: str
    text: str


def render(template: Template, data: Mapping[str, object]) -> Content:
    """Fill all parts of a mail; RenderError when one of them cannot be whole.

    `data["block"]` is a published block, if there is one; its `html` goes out as it is.
    """
    subject = header_text(_fill(template.subject, data, html=False))
    text = _GAPS.sub("\n\n", _fill(template.text, data, html=False)).strip() + "\n"
    if not subject:
        msg = f"the subject of {template.name} came out empty"
        raise RenderError(msg)
    html = _fill(template.html, _with_markup(data), html=True)
    return Content(subject=subject, html=html, text=text)


def written(subject: str, text: str, data: Mapping[str, object]) -> dict[str, object]:
    """What somebody wrote for many: one line, and paragraphs. RenderError as `render`.

    It is plain text, whoever's data is in it: a template escapes it like any other.
    """
    said = _fill(text, data, html=False)
    paragraphs = (" ".join(part.splitlines()) for part in re.split(r"\n\s*\n", said))
    return {
        "subject": header_text(_fill(subject, data, html=False)),
        "paragraphs": [part.strip() for part in paragraphs if part.strip()],
    }


def _with_markup(data: Mapping[str, object]) -> Mapping[str, object]:
    from markupsafe import Markup

    block = data.get("block")
    if not isinstance(block, Mapping):
        return data
    return {**data, "block": {**block, "html": Markup(block["html"])}}  # noqa: S704  (cleaned when published)


def header_text(value: str) -> str:
    """A value as it may stand in a header: one line, nothing invisible, at most 200 characters.

    `=?` is broken up, because older mail libraries decode an encoded word with a line break in it
    into a header of its own.
    """
    seen = "".join(" " if _control(c) else c for c in unicodedata.normalize("NFC", value))
    return " ".join(seen.replace("=?", "= ?").split())[:MAX_HEADER_CHARS].rstrip()


def _control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or ord(char) in _UNSEEN


def href(value: object) -> str:
    """An absolute http(s) address, as it is; RenderError for everything else."""
    text = str(value)
    try:
        parts = urlsplit(text) if _URL.fullmatch(text) and "\\" not in text else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in _SCHEMES or not parts.hostname or "@" in parts.netloc:
        msg = "a link is no absolute http(s) address"
        raise RenderError(msg)
    return text


@dataclass(frozen=True, kw_only=True)
class Uses:
    """What a template refers to: dotted paths from outside, filters, tags."""

    paths: frozenset[str]
    filters: frozenset[str]
    tags: frozenset[str]


def uses(source: str) -> Uses:
    """What a Liquid source refers to; RenderError when it does not parse."""
    found = _parsed(source, html=False).analyze()
    return Uses(
        paths=frozenset(
            ".".join(str(segment) for segment in variable.segments if isinstance(segment, str))
            for variables in found.globals.values()
            for variable in variables
        ),
        filters=frozenset(found.filters),
        tags=frozenset(found.tags),
    )


def _fill(source: str, data: Mapping[str, object], *, html: bool) -> str:
    from liquid.exceptions import LiquidError

    try:
        return _parsed(source, html=html).render(**data)
    except LiquidError as error:
        raise RenderError(_where(error)) from None


@lru_cache(maxsize=_KEPT)
def _parsed(source: str, *, html: bool) -> "BoundTemplate":
    from liquid.exceptions import LiquidError

    try:
        return _environment(html=html).from_string(source)
    except LiquidError as error:
        raise RenderError(_where(error)) from None


def _where(error: Exception) -> str:
    # The first line says what is wrong; the others quote the template around it.
    return " ".join(str(error).splitlines()[0].split()) if str(error) else type(error).__name__


@cache
def _environment(*, html: bool) -> "Environment":
    # Liquid is imported by the first mail, not by every cold start.
    from liquid import Environment, FalsyStrictUndefined

    class Fenced(Environment):
        loop_iteration_limit = MAX_LOOP_STEPS
        output_stream_limit = MAX_OUTPUT_BYTES
        context_depth_limit = MAX_NESTING
        local_namespace_limit = MAX_ASSIGNED

    fenced = Fenced(autoescape=html, undefined=FalsyStrictUndefined)
    fenced.filters = {name: f for name, f in fenced.filters.items() if name in FILTERS}
    fenced.filters["href"] = href
    fenced.tags = {name: tag for name, tag in fenced.tags.items() if name in TAGS}
    return fenced
