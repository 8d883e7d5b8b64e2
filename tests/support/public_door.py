"""The functions of the public door behind a gateway of their own, on in-memory stores.

The gateway is that of `tests.support.door_server`, by the routes of the table; the handlers are the
real ones. `Wsgi` is the same door for programs that speak to an application in this process.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest

from functions.ats import handler as ats
from functions.content import handler as content
from functions.content.flow import Content
from functions.content.jobs import Jobs
from functions.engage import door_routes, form_routes
from functions.engage import handler as engage
from functions.track import handler as track
from rapport.domain.event import Trust
from rapport.door import WriteKey
from rapport.routes import REST, ROUTES
from tests.support.ats.door import Hall
from tests.support.ats.signing import connection
from tests.support.door import Door
from tests.support.door_server import Asked, Gateway, Handler, Reply
from tests.support.editions import FakeEditions
from tests.support.mailroom import Mailroom

BROWSER_KEY = "wk_public_door"
SERVER_KEY = "sk_public_door"
# Whom the gateway lets read is no function's business; its own values are tested with the stack.
CORS = {
    "AllowOrigins": ["*"],
    "AllowMethods": ["GET", "OPTIONS", "POST"],
    "AllowHeaders": ["authorization", "content-type"],
    "ExposeHeaders": ["retry-after"],
    "MaxAge": 7200,
}
PAUSE = timedelta(minutes=1)
_STRUCTURAL = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}


class PublicDoor:
    """`room` and `door` are the stores behind it; `seen` counts the answers by status.

    `said` are the headers of the functions' own answers, before the gateway adds its own.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.room = Mailroom()
        self.door = Door()
        self.hall = Hall()
        self.hall.knows(connection("greenhouse"))
        for key, trust in ((BROWSER_KEY, Trust.ASSERTED), (SERVER_KEY, Trust.VERIFIED)):
            self.door.knows(WriteKey(key=key, source="site", brand="halden", trust=trust))
        self.seen: dict[int, int] = {}
        self.said: deque[Mapping[str, str]] = deque(maxlen=100)
        patch.setattr(track, "_track", lambda: self.door.track)
        patch.setattr(engage, "_flow", lambda: self.room.engage)
        patch.setattr(engage, "_clicks", lambda: self.room.clicks)
        patch.setattr(form_routes, "_signup", lambda: self.room.signup)
        patch.setattr(door_routes, "_door", lambda: self.room.door)
        patch.setattr(content, "_content", self._content)
        patch.setattr(content, "_jobs", lambda: Jobs(store=self.room.book, now=self.room.clock))
        patch.setattr(ats, "_door", lambda: self.hall.door)
        patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
        patch.setenv("POWERTOOLS_SERVICE_NAME", "door")
        self._gateway = Gateway(
            routes={key: route.function for route in (*ROUTES, *REST) for key in route.keys},
            cors=CORS,
            handlers={
                "track": self._listening(track.lambda_handler),
                "engage": self._listening(engage.lambda_handler),
                "content": self._listening(content.lambda_handler),
                "ats": self._listening(ats.lambda_handler),
            },
        )

    def _content(self) -> Content:
        room = self.room
        return Content(
            bundles=room.bundles, live=lambda: room.live, editions=FakeEditions(), now=room.clock
        )

    def _listening(self, handler: Handler) -> Handler:
        def listen(event: dict[str, Any], context: object) -> dict[str, Any]:
            told = handler(event, context)
            self.said.append(told.get("headers") or {})
            return told

        return listen

    def ask(self, asked: Asked) -> Reply:
        """One request. A function that raises is what the gateway answers 500 for."""
        # Enough for any allowance to fill up again: what is asked here is not how much.
        self.door.clock.moment += PAUSE
        reply = self._gateway(asked)
        self.seen[reply.status] = self.seen.get(reply.status, 0) + 1
        return reply

    def wsgi(
        self, environ: Mapping[str, Any], start: Callable[[str, list[tuple[str, str]]], object]
    ) -> Iterable[bytes]:
        """The door as an application."""
        named = {
            _STRUCTURAL.get(name, name.removeprefix("HTTP_").replace("_", "-").lower()): value
            for name, value in environ.items()
            if isinstance(value, str) and (name.startswith("HTTP_") or name in _STRUCTURAL)
        }
        # The tool does not unpack what it gets.
        named.pop("accept-encoding", None)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        reply = self.ask(
            Asked(
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace") or "/",
                query=environ.get("QUERY_STRING", ""),
                headers={name: value for name, value in named.items() if value},
                body=environ["wsgi.input"].read(length) if length else b"",
            )
        )
        start(f"{reply.status} {HTTPStatus(reply.status).phrase}", [*reply.headers.items()])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]
