"""`/c/{token}/{n}`: from a link of a mail to where it leads, and that it was followed.

Where it leads stands with the mail, so nobody can make a link of ours lead anywhere else. Whatever
is no link of ours, and any link of a mail to somebody who was erased, leads to the brand's site.
A reader never waits or fails because of what we want to know: noticing comes second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.address import SendRecord
from rapport.domain.tokens import Purpose, verify
from rapport.domain.verdict import Act
from rapport.errors import ErasedError, RetryableError
from rapport.outcomes import Links
from rapport.ports import Book, Log
from rapport.signs import Noticing, Seen

# What browsers and mail programs say when they fetch what nobody asked for yet.
_AHEAD = ("prefetch", "prerender", "preview")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request for a link. `ahead`: nobody followed it yet, or only its headers are wanted."""

    token: str
    number: str
    agent: str
    ip: str
    ahead: bool


@dataclass(frozen=True, kw_only=True)
class Clicks:
    """The flow. `site` is the brand's site, `ring` gives the keys of the tokens."""

    book: Book
    log: Log
    links: Links
    noticing: Noticing
    ring: Callable[[], Mapping[str, bytes]]
    site: Callable[[], str]
    now: Callable[[], datetime]

    def follow(self, visit: Visit) -> tuple[str, bool]:
        """Where the link leads, and whether it was noticed that it was followed."""
        record = self._record(visit.token)
        found = () if record is None else self.links.links(record.send_key)
        number = _number(visit.number, len(found))
        if record is None or number is None or self._is_erased(record):
            return self.site(), False
        noticed = False if visit.ahead else self._notice(record, number, visit)
        return found[number].url, noticed

    def _record(self, token: str) -> SendRecord | None:
        send_key = verify(self.ring(), Purpose.CLICK, token)
        return None if send_key is None else self.book.send(send_key)

    def _is_erased(self, record: SendRecord) -> bool:
        try:
            return self.log.get(record.decision) is None
        except ErasedError:
            return True

    def _notice(self, record: SendRecord, number: int, visit: Visit) -> bool:
        seen = Seen(act=Act.CLICK, at=self.now(), agent=visit.agent, ip=visit.ip, link=number)
        try:
            return self.noticing.notice(record, seen)
        except RetryableError:
            return False


def is_ahead(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is no click: only the headers are wanted, or it is fetched in advance."""
    purposes = (headers.get(name, "") for name in ("purpose", "sec-purpose", "x-purpose", "x-moz"))
    said = " ".join(purposes).lower()
    return method != "GET" or any(word in said for word in _AHEAD)


def _number(text: str, links: int) -> int | None:
    """The number of a link; None for what is none. As written by us: no signs, no zeros before."""
    if not (text.isascii() and text.isdecimal() and str(int(text[:6])) == text):
        return None
    return int(text) if int(text) < links else None
