"""Links of a mail: told where they come from, and, with consent, that they were followed.

Every link to the brand's own site gets UTM parameters, the same for everybody. If the mail's person
agreed to be noticed, each link leads through `/c/<token>/<number>`; where it leads from there is
kept with the mail, never in the link. Such a mail also has one link that nobody can see.

Links back to us (unsubscribe, preferences, confirm) stay as they are in any case: nothing may stand
between a person and their no. `data-block` says which block of content a link stands in; the
attribute is for this module alone and is taken out of what is sent.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from rapport.bundle import Brand
from rapport.domain.address import SendRecord
from rapport.domain.tokens import Purpose, issue
from rapport.outcomes import Link, Links
from rapport.ports import Mail

_HREF = re.compile(r"""(\shref\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_BLOCK = re.compile(r"""\sdata-block\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_IN_TEXT = re.compile(r"https?://[^\s<>\"']+")
# What ends a sentence is no part of the address before it.
_AFTER = ".,;:!?)]"
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_HIDDEN = (
    '<a href="{}" aria-hidden="true" tabindex="-1" rel="nofollow"'
    ' style="display:none;max-height:0;overflow:hidden;mso-hide:all"></a>'
)


@dataclass(frozen=True, kw_only=True)
class Linker:
    """Leads the links of a mail. `ring` gives the keys of their tokens."""

    ring: Callable[[], Mapping[str, bytes]]
    public_url: str
    links: Links

    def linked(self, mail: Mail, record: SendRecord, brand: Brand) -> Mail:
        """The mail as it is submitted; where its links lead is kept when this returns."""
        base = ""
        if record.tracked:
            token = issue(self.ring(), Purpose.CLICK, record.send_key)
            base = f"{self.public_url}/c/{token}/"
        way = Way(own=self.public_url, site=brand.site_url, campaign=record.program, base=base)
        html, text = lead_html(mail.html, way), lead_text(mail.text, way)
        if base:
            html = _with_hidden(html, way.number(Link(url=brand.site_url, trap=True)))
            self.links.keep(record.send_key, tuple(way.found))
        return replace(mail, html=html, text=text, tracking=record.tracked)


@dataclass(kw_only=True)
class Way:
    """Where links lead: `base` is what a number follows, empty for links that lead on directly.

    `found` fills with the links by their numbers.
    """

    own: str
    site: str
    campaign: str
    base: str
    found: list[Link] = field(default_factory=list)

    def of(self, url: str, block: str | None) -> str:
        """The address that stands in the mail. `block` None: as it was where the link stood first.

        The address itself for whatever is no link of the web, and for links back to us.
        """
        parts = _parts(url)
        if parts is None or url.startswith(f"{self.own}/"):
            return url
        target = self._told(url, block or "")
        if not self.base:
            return target
        if block is None:
            known = next((link for link in self.found if _same(link.url, target)), None)
            return self.number(known or Link(url=target))
        return self.number(Link(url=target, block=block))

    def number(self, link: Link) -> str:
        """The address of a link by its number."""
        if link not in self.found:
            self.found.append(link)
        return f"{self.base}{self.found.index(link)}"

    def _told(self, url: str, block: str) -> str:
        """The address, telling the brand's own site where its visitor comes from."""
        parts, site = urlsplit(url), urlsplit(self.site)
        if parts.hostname != site.hostname:
            return url
        told = {"source": "rapport", "medium": "email", "campaign": self.campaign, "content": block}
        query = parse_qsl(parts.query, keep_blank_values=True)
        names = {name for name, _ in query}
        more = [(f"utm_{name}", value) for name, value in told.items() if value]
        added = urlencode([(name, value) for name, value in more if name not in names])
        whole = "&".join(part for part in (parts.query, added) if part)
        return urlunsplit(parts._replace(query=whole))


def lead_html(html: str, way: Way) -> str:
    """The HTML with its links led; everything else is left as it is, byte for byte."""
    reader = _Reader(html, way)
    reader.feed(html)
    reader.close()
    pieces, done = [], 0
    for start, end, tag in reader.changed:
        pieces += [html[done:start], tag]
        done = end
    return "".join((*pieces, html[done:]))


def lead_text(text: str, way: Way) -> str:
    """The text with its links led, each as the same link of the HTML."""

    def led(found: re.Match[str]) -> str:
        url = found[0].rstrip(_AFTER)
        return way.of(url, None) + found[0][len(url) :]

    return _IN_TEXT.sub(led, text)


class _Reader(HTMLParser):
    """Finds the start tags to change, and which block each link stands in."""

    def __init__(self, html: str, way: Way) -> None:
        super().__init__(convert_charrefs=False)
        self.changed: list[tuple[int, int, str]] = []
        self._way = way
        self._open: list[tuple[str, str]] = []
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._change(tag, attrs)
        if tag not in _VOID:
            self._open.append((tag, self._block(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._change(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def _block(self, attrs: list[tuple[str, str | None]]) -> str:
        told = dict(attrs).get("data-block")
        return told or (self._open[-1][1] if self._open else "")

    def _change(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        block = self._block(attrs)
        led = _BLOCK.sub("", raw) if "data-block" in dict(attrs) else raw
        if tag in {"a", "area"}:
            led = _HREF.sub(lambda found: self._led(found, block), led, count=1)
        if led != raw:
            line, column = self.getpos()
            start = self._lines[line - 1] + column
            self.changed.append((start, start + len(raw), led))

    def _led(self, found: re.Match[str], block: str) -> str:
        url = unescape(found[2].strip("\"'"))
        led = self._way.of(url, block)
        return found[0] if led == url else f'{found[1]}"{escape(led)}"'


def _with_hidden(html: str, url: str) -> str:
    hidden = _HIDDEN.format(escape(url))
    ends = [found.start() for found in _BODY_END.finditer(html)]
    at = ends[-1] if ends else len(html)
    return html[:at] + hidden + html[at:]


def _parts(url: str) -> tuple[str, ...] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return tuple(parts) if parts.scheme in {"http", "https"} and parts.hostname else None


def _same(led: str, url: str) -> bool:
    """Whether two addresses are one but for the block that they were told to come from."""

    def bare(each: str) -> str:
        return re.sub(r"[?&]utm_content=[^&#]*", "", each)

    return bare(led) == bare(url)
