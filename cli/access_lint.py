"""Whether everybody can read a mail: what is looked at in its finished HTML.

After WCAG 2.2 as far as it concerns a mail, and what mail programs do to HTML: they cut off what is
long, invert colours in the dark, and read tables aloud unless told that these are layout.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from cli.brand_lint import MIN_CONTRAST, contrast

MAX_HTML_BYTES = 95_000
WARN_HTML_BYTES = 80_000
# By so much an address grows when it is rewritten to count clicks.
LINK_BYTES = 250
MIN_FONT_PX = 14.0
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_EMPTY_WORDS = frozenset(
    {
        *("click here", "click", "here", "link", "this link", "more", "read more", "learn more"),
        *("klikk her", "her", "lenke", "les mer", "mer"),
    }
)
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_PX = re.compile(r"([0-9.]+)px")
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)\s*\{((?:[^{}]*\{[^{}]*\})*)")
_RULE = re.compile(r"(background(?:-color)?|(?<![-\w])color)\s*:\s*([^;}!]+)")
_GROUND, _INK, _FONT = "#ffffff", "#000000", 16.0
_SCHEMES = {"http", "https"}


@dataclass(frozen=True)
class _Place:
    """Where the reader stands: the element, and what it has of those around it."""

    tag: str
    ground: str = _GROUND
    ink: str = _INK
    font: float = _FONT
    hidden: bool = False


@dataclass
class _Seen:
    """What a mail turned out to have."""

    headings: list[int] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    metas: dict[str, str] = field(default_factory=dict)
    title: str = ""
    styles: str = ""
    preheader: str = ""
    found: list[str] = field(default_factory=list)


def complaints(html: str) -> Iterator[str]:
    """Every complaint about the HTML of a mail, as a sentence."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    seen = reader.seen
    yield from dict.fromkeys(seen.found)
    if not seen.title.strip():
        yield "the html has no title."
    if seen.headings.count(1) != 1:
        yield f"the html has {seen.headings.count(1)} headings h1; it needs one."
    for before, after in zip(seen.headings, seen.headings[1:], strict=False):
        if after > before + 1:
            yield f"a heading h{after} follows h{before}; do not skip one."
    if not seen.preheader.strip():
        yield "there is no mj-preview, the words that inboxes show beside the subject."
    for name in ("color-scheme", "supported-color-schemes"):
        if seen.metas.get(name, "") != "light dark":
            yield f'the meta {name} must say "light dark".'
    yield from _of_links(seen.links)
    yield from _of_the_dark(seen.styles)
    size = weight(html)
    if size >= MAX_HTML_BYTES:
        yield (
            f"the html is {size} bytes long with its links counted; mail programs cut it off at"
            f" {MAX_HTML_BYTES}."
        )


def weight(html: str) -> int:
    """Bytes of the HTML once its links are those that count clicks."""
    return len(html.encode()) + LINK_BYTES * html.count("href=")


def _of_links(links: list[tuple[str, str]]) -> Iterator[str]:
    for target, words in links:
        said = " ".join(words.split()).casefold().rstrip(".!›→ ")
        if not said:
            yield "a link has no words."
        elif said in _EMPTY_WORDS:
            yield f"the link {words.strip()!r} does not say where it leads."
        try:
            parts = urlsplit(target)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme.lower() not in _SCHEMES or not parts.hostname:
            yield f"the link {said!r} leads to no absolute http(s) address."


def _of_the_dark(styles: str) -> Iterator[str]:
    dark = "".join(_DARK.findall(styles))
    if not dark:
        yield "there is no style for dark mode (prefers-color-scheme: dark)."
        return
    inks, grounds = set[str](), set[str]()
    for name, value in _RULE.findall(dark):
        for colour in _HEX.findall(value):
            (inks if name == "color" else grounds).add(_long(colour))
    for ink in sorted(inks):
        for ground in sorted(grounds):
            if (found := contrast(ink, ground)) < MIN_CONTRAST:
                yield f"in the dark {ink} on {ground} has a contrast of {found:.1f} to 1."


class _Reader(HTMLParser):
    """Walks through a mail, with what each element has of those around it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = _Seen()
        self._stack: list[_Place] = [_Place("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self._look(tag, told)
        if tag not in _VOID:
            self._stack.append(_inside(self._stack[-1], tag, told))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in {place.tag for place in self._stack}:
            while self._stack.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        here = self._stack[-1]
        tags = {place.tag for place in self._stack}
        if here.tag == "title":
            self.seen.title += data
        elif here.tag == "style":
            self.seen.styles += data
        elif "body" in tags and data.strip():
            if "a" in tags:
                target, words = self.seen.links[-1]
                self.seen.links[-1] = (target, words + data)
            if here.hidden:
                self.seen.preheader += data
            else:
                self._read(here, data)

    def _read(self, here: _Place, data: str) -> None:
        words = " ".join(data.split())[:24]
        if here.font < MIN_FONT_PX:
            self.seen.found.append(
                f"{words!r} is set in {here.font:g}px; {MIN_FONT_PX:g}px can be read."
            )
        found = contrast(here.ink, here.ground)
        if found < MIN_CONTRAST:
            self.seen.found.append(
                f"{words!r} is {here.ink} on {here.ground}, a contrast of {found:.1f} to 1."
            )

    def _image(self, told: dict[str, str]) -> None:
        if "alt" not in told:
            self.seen.found.append("an image has no alt; it may be empty for ornament.")
        if urlsplit(told.get("src", "")).scheme != "https":
            self.seen.found.append("an image is not at an https address.")
        if self.seen.links and told.get("alt"):
            target, words = self.seen.links[-1]
            self.seen.links[-1] = (target, words + told["alt"])

    def _look(self, tag: str, told: dict[str, str]) -> None:
        match tag:
            case "html":
                lacking = [name for name in ("lang", "dir") if not told.get(name, "").strip()]
                self.seen.found += [f"the html element has no {name}." for name in lacking]
            case "meta":
                self.seen.metas[told.get("name", "")] = told.get("content", "")
            case "table" if told.get("role") != "presentation":
                self.seen.found.append("a table of layout lacks role=presentation.")
            case "img":
                self._image(told)
            case "a":
                self.seen.links.append((told.get("href", ""), ""))
            case "script" | "form" | "iframe" | "object":
                self.seen.found.append(f"the html holds a {tag}.")
            case _ if re.fullmatch("h[1-6]", tag):
                self.seen.headings.append(int(tag[1]))
            case _:
                pass


def _inside(around: _Place, tag: str, told: dict[str, str]) -> _Place:
    style = {
        name.strip().lower(): value.strip()
        for name, _, value in (part.partition(":") for part in told.get("style", "").split(";"))
    }
    behind = style.get("background-color") or style.get("background") or told.get("bgcolor", "")
    ground, ink = _HEX.search(behind), _HEX.search(style.get("color", ""))
    size = _PX.fullmatch(style.get("font-size", ""))
    return _Place(
        tag,
        ground=_long(ground.group()) if ground else around.ground,
        ink=_long(ink.group()) if ink else around.ink,
        font=float(size.group(1)) if size else around.font,
        hidden=around.hidden or "display:none" in told.get("style", "").replace(" ", ""),
    )


def _long(colour: str) -> str:
    """`#abc` as `#aabbcc`."""
    short = len("#abc")
    return "#" + "".join(c * 2 for c in colour[1:]) if len(colour) == short else colour.lower()
