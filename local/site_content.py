"""The content door as the career site asks it: with an ETag, at most every few seconds.

While the door does not answer, what it said last is shown on. What was never read is not made up:
the page has to wait (`AwayError`).
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from local.pages import Brand, Content, Contents

PREFIX: Final = "/content/v1/"
KEPT_SECONDS: Final = 5.0
# A function that starts cold takes seconds; who has something to show does not wait so long.
PATIENCE_SECONDS: Final = 20.0
PATIENCE_WITH_A_COPY_SECONDS: Final = 3.0
# Anybody may ask for pages of any name.
MOST_KEPT: Final = 100
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_KEY_CHARS = 100
T = TypeVar("T")


class AwayError(Exception):
    """The door does not answer, and never told what was asked for."""


@dataclass(frozen=True, kw_only=True)
class _Copy:
    """What a path told, None: that there is no such thing; and until when it is not asked again."""

    told: object
    etag: str
    until: float


class Door:
    """Reads brand and texts of one deployment; safe to use from every connection's thread."""

    def __init__(self, api_url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is asked before the first page."""
        where = urlsplit(api_url)
        self._host, self._port = where.hostname or "", where.port
        self._clock = clock
        self._lock = threading.Lock()
        self._copies: OrderedDict[str, _Copy] = OrderedDict()

    def brand(self) -> Brand:
        """The employer, with colours and value proposition; AwayError if it was never told."""
        return self._known("brand", Brand)

    def stories(self) -> tuple[Content, ...]:
        """The texts that are listed now; AwayError if they were never told."""
        return self._known("blocks", Contents).blocks

    def story(self, key: str) -> Content | None:
        """A text by its key, listed or not; None if there is none, AwayError if nobody knows."""
        if not _KEY.fullmatch(key) or len(key) > _MAX_KEY_CHARS:
            return None
        return self._told(f"blocks/{key}", Content)

    def _known(self, path: str, kind: type[T]) -> T:
        found = self._told(path, kind)
        if found is None:
            raise AwayError(path)
        return found

    def _told(self, path: str, kind: type[T]) -> T | None:
        # One thread asks; the others wait for what it is told, and show that.
        with self._lock:
            known = self._copies.get(path)
            if known is None or known.until <= self._clock():
                known = self._asked(path, kind, known)
                self._copies[path] = known
                while len(self._copies) > MOST_KEPT:
                    self._copies.popitem(last=False)
        return known.told if isinstance(known.told, kind) else None

    def _asked(self, path: str, kind: type[T], known: _Copy | None) -> _Copy:
        """What the door tells now; while it tells nothing, what it told last."""
        patience = PATIENCE_SECONDS if known is None else PATIENCE_WITH_A_COPY_SECONDS
        connection = HTTPConnection(self._host, self._port, timeout=patience)
        asked = {"If-None-Match": known.etag} if known is not None and known.etag else {}
        try:
            connection.request("GET", PREFIX + path, headers=asked)
            answer = connection.getresponse()
            body, etag = answer.read(), answer.getheader("ETag") or ""
            if answer.status == HTTPStatus.OK:
                told = msgspec.json.decode(body, type=kind)
                return _Copy(told=told, etag=etag, until=self._clock() + KEPT_SECONDS)
        except (OSError, HTTPException, msgspec.MsgspecError) as error:
            return self._still(path, known, error)
        finally:
            connection.close()
        if answer.status == HTTPStatus.NOT_FOUND:
            return _Copy(told=None, etag="", until=self._clock() + KEPT_SECONDS)
        return self._still(path, known)

    def _still(self, path: str, known: _Copy | None, error: Exception | None = None) -> _Copy:
        """What was told last: it has not changed, or the door is away."""
        if known is None:
            raise AwayError(path) from error
        return replace(known, until=self._clock() + KEPT_SECONDS)
