"""A site with the tracker in its pages, and the API that the tracker talks to: two origins.

The API notes every request and answers as the gateway does, or as a test has told it to.
"""

import json
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Condition
from typing import Any

from local.exchange import Exchange
from local.layout import REPO

TRACKER = REPO / "functions" / "track" / "documents" / "rapport.js"
KEY = "wk_browser"
# What the gateway adds to every answer.
CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "retry-after,x-ratelimit-reset"),
)
PREFLIGHT = (
    *CORS,
    ("Access-Control-Allow-Methods", "GET,POST,OPTIONS"),
    ("Access-Control-Allow-Headers", "content-type"),
)
# A socket that lingers for no time is not closed but reset.
_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What becomes of one request, after `delay` seconds; `lost`: it is taken, and no answer."""

    status: int = HTTPStatus.OK
    retry_after: str = ""
    delay: float = 0
    lost: bool = False

    @property
    def stored(self) -> bool:
        return self.status == HTTPStatus.OK


@dataclass(frozen=True, kw_only=True)
class Post:
    """One delivery as it came: when, its headers in lower case, its body, and its answer."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: bytes
    answer: Answer

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.document["batch"])


@dataclass(kw_only=True)
class Api:
    """`posts` are all deliveries, `preflights` the paths that a browser asked about before."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)
    preflights: list[str] = field(default_factory=list)
    set_cookie: str = ""
    _answers: deque[Answer] = field(default_factory=deque)
    _changed: Condition = field(default_factory=Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def then(self, *answers: Answer) -> None:
        """How the next deliveries are answered; those after them are stored."""
        self._answers.extend(answers)

    def reply(self, exchange: Exchange) -> None:
        match exchange.command, exchange.route:
            case "OPTIONS", path:
                self.preflights.append(path)
                exchange.answer(HTTPStatus.NO_CONTENT, b"", "text/plain", PREFLIGHT)
            case "GET", "/rapport.js":
                exchange.answer(HTTPStatus.OK, TRACKER.read_bytes(), "text/javascript")
            case "POST", _:
                self._take(exchange)
            case _:
                exchange.answer(HTTPStatus.NOT_FOUND, b"{}", "application/json", CORS)

    def _take(self, exchange: Exchange) -> None:
        body = b"".join(exchange.request_body())
        with self._changed:
            answer = self._answers.popleft() if self._answers else Answer()
            self.posts.append(
                Post(
                    at=time.monotonic(),
                    path=exchange.path,
                    headers={name.lower(): value for name, value in exchange.headers.items()},
                    body=body,
                    answer=answer,
                )
            )
            self._changed.notify_all()
        time.sleep(answer.delay)
        if answer.lost:
            exchange.close_connection = True
            exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            exchange.connection.close()
            return
        retry = (("Retry-After", answer.retry_after),) if answer.retry_after else ()
        cookie = (("Set-Cookie", self.set_cookie),) if self.set_cookie else ()
        success = json.dumps({"success": answer.stored}).encode()
        exchange.answer(answer.status, success, "application/json", (*CORS, *retry, *cookie))

    def wait_for(self, holds: Callable[[], object], seconds: float = 20) -> None:
        """Wait until something holds of what has come; an AssertionError if it never does."""
        with self._changed:
            came = self._changed.wait_for(holds, timeout=seconds)
        assert came, [(m["type"], m.get("event")) for post in self.posts for m in post.messages]

    @property
    def stored(self) -> list[dict[str, Any]]:
        """Each message that was stored, once, oldest first; all its copies have to be the same."""
        first: dict[str, dict[str, Any]] = {}
        for post in self.posts:
            for message in post.messages:
                assert first.setdefault(message["messageId"], message) == message
        kept = {m["messageId"] for p in self.posts if p.answer.stored for m in p.messages}
        messages = [message for message_id, message in first.items() if message_id in kept]
        return sorted(messages, key=lambda message: str(message["timestamp"]))

    def named(self, event: str) -> list[dict[str, Any]]:
        """The stored `track` messages of one event, or all `page` or `identify` messages."""
        return [m for m in self.stored if event == (m.get("event") or m["type"])]

    def wait_for_events(self, *events: str, seconds: float = 20) -> None:
        """Wait until each of these events is stored."""
        self.wait_for(lambda: all(self.named(event) for event in events), seconds)


@dataclass(kw_only=True)
class Site:
    """Pages with the tracker in their heads. `html` may be set per path."""

    api_url: str
    port: int = 0
    attributes: str = ""
    html: dict[str, str] = field(default_factory=dict)

    def reply(self, exchange: Exchange) -> None:
        page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Page {exchange.route}</title>
<script defer src="{self.api_url}/rapport.js" data-key="{KEY}" {self.attributes}></script>
</head><body>{self.html.get(exchange.route, "")}</body></html>"""
        exchange.answer(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8")

    def at(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"
