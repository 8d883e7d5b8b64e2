"""A server on a free port that remembers what it was asked: what stands behind ours in tests."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.exchange import Exchange, Server

Serve = Callable[[Callable[[Exchange], None]], int]


@contextmanager
def serving(reply: Callable[[Exchange], None]) -> Iterator[int]:
    """The port of a server that answers so until the end of the block."""
    server = Server(0, reply)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(kw_only=True)
class Request:
    """One request as a server got it."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next(value for each, value in self.headers if each.lower() == name.lower())

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(kw_only=True)
class Recorded:
    """A server that remembers what it was asked and answers as it is told."""

    status: int = 200
    body: bytes = b'{"success":true}'
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reply(self, exchange: Exchange) -> None:
        self.requests.append(
            Request(
                method=exchange.command,
                path=exchange.path,
                headers=list(exchange.headers.items()),
                body=b"".join(exchange.request_body()),
            )
        )
        exchange.answer(self.status, self.body, self.content_type, self.headers)

    def events(self) -> list[dict[str, Any]]:
        """Every tracked message, in the order of arrival."""
        return [message for request in self.requests for message in request.json()["batch"]]
