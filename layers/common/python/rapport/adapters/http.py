"""Calls of other people's HTTP services: one request, one answer, no retries of its own.

Whoever calls decides what a status means and when to ask again. TLS is asked for everywhere but on
the loopback, so that a key never travels in the clear. A redirect is followed on the same host
alone, for a key must not be shown to another one; every other answer is handed back as it is.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from rapport.domain.event import Json
from rapport.errors import MisconfiguredError, RetryableError

CONNECT_S = 3.05
READ_S = 20.0
# For one answer in all, however slowly its bytes drip.
WHOLE_S = 60.0
MAX_BYTES = 32 * 1024 * 1024
REDIRECTS = 3
_CHUNK = 64 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})


class TooLargeError(RetryableError):
    """The answer was larger than whoever asked wants to hold."""


class NotJsonError(RetryableError):
    """The answer is not what its service speaks: a page of a proxy, or cut off."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; header names are in lower case, several of one name joined by `, `."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Json:
        """The body as JSON; NotJsonError when it is none."""
        try:
            found: Json = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            msg = f"HTTP {self.status} without JSON: {type(error).__name__}"
            raise NotJsonError(msg) from None
        return found


class Http:
    """Requests over one pool of connections.

    RetryableError for a service that is out of reach, torn off or too slow; TooLargeError past
    `most` bytes (after decompression); MisconfiguredError for an address that must not be called.
    """

    def __init__(
        self,
        *,
        read_s: float = READ_S,
        whole_s: float = WHOLE_S,
        most: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_s = read_s
        self._whole_s = whole_s
        self._most = most
        self._clock = clock

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET, following redirects on the same host."""
        for _ in range(REDIRECTS):
            answer = self._asked("GET", url, headers or {}, None)
            target = _moved_to(url, answer)
            if not target:
                return answer
            url = target
        msg = "redirected again and again"
        raise RetryableError(msg)

    def post(self, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """POST; a redirect is handed back."""
        return self._asked("POST", url, headers or {}, body)

    def close(self) -> None:
        """Let go of the connections; the next request makes new ones."""
        self._pool.clear()

    @cached_property
    def _pool(self) -> Any:
        import urllib3

        return urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=CONNECT_S, read=self._read_s)
        )

    def _asked(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        from urllib3.exceptions import HTTPError

        _check(url)
        until = self._clock() + self._whole_s
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers={"Accept-Encoding": "gzip", "User-Agent": "rapport", **headers},
                redirect=False,
                preload_content=False,
            )
            try:
                content = self._read(answer, until)
            except BaseException:
                # What was not read to its end is no connection to ask again on.
                answer.close()
                raise
            answer.release_conn()
        except (HTTPError, OSError) as error:
            # Its own text may name the address with what stands in its query.
            raise RetryableError(type(error).__name__) from None
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status, headers=told, body=content)

    def _read(self, answer: Any, until: float) -> bytes:
        content = bytearray()
        while chunk := answer.read(_CHUNK, decode_content=True):
            content += chunk
            if len(content) > self._most:
                msg = f"the answer is larger than {self._most} bytes"
                raise TooLargeError(msg)
            if self._clock() > until:
                msg = f"the answer took longer than {self._whole_s:g} s"
                raise RetryableError(msg)
        return bytes(content)


def _moved_to(url: str, answer: Answer) -> str:
    """Where it is on the same host; empty for any other answer, and for what is no address."""
    if answer.status not in _MOVED:
        return ""
    try:
        target = urljoin(url, answer.headers.get("location", ""))
        return target if target != url and _host(target) == _host(url) else ""
    except ValueError:
        return ""


def _host(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def _check(url: str) -> None:
    """MisconfiguredError for what is neither https nor on the loopback."""
    with suppress(ValueError):
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host and (parts.scheme == "https" or (parts.scheme == "http" and _loopback(host))):
            return
    msg = "only https addresses are called"
    raise MisconfiguredError(msg)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
