"""The public door on a free port of 127.0.0.1: the gateway as the stack sets it up, and behind it
the functions' own handlers, called with the events that the HTTP API makes (payload format 2.0).

A `Door` is anything that answers a request; a fault is a door in front of another
(`tests.support.faults`).
"""

import json
import socket
import struct
import time
import urllib.parse
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Lock, Thread
from typing import Any

from local.exchange import Exchange, Server
from tests.inprocess.gateway import matched

# What the HTTP API passes on as text; everything else, and all that is compressed, is base64.
TEXTUAL = ("text/", "application/json", "application/javascript", "application/xml")
# A socket that lingers for no time is not closed but reset.
_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request. Header names are in lower case, as the HTTP API has them."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    source_ip: str = "198.51.100.23"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


# None: no answer at all, the connection is reset.
Door = Callable[[Asked], Reply | None]
Handler = Callable[[dict[str, Any], object], dict[str, Any]]


class Gateway:
    """The HTTP API: routes, preflights and the headers of CORS by the stack's own values.

    A function has one copy, which answers one request at a time. `answers` are what the functions
    said, in order.
    """

    def __init__(
        self,
        *,
        routes: Mapping[str, str],
        cors: Mapping[str, Any],
        handlers: Mapping[str, Handler],
    ) -> None:
        self._routes = routes
        self._cors = cors
        self._handlers = handlers
        self._numbers = count(1)
        self._one_at_a_time = Lock()
        self.answers: list[tuple[Asked, int]] = []

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "OPTIONS":
            return Reply(status=204, headers=self._preflight(asked))
        try:
            key, function, parameters = matched(self._routes, asked.method, asked.path)
        except AssertionError:
            return own_error(404, "Not Found")
        with self._one_at_a_time:
            event = payload(asked, key, parameters, request_id=f"req-{next(self._numbers)}")
            told = self._handlers[function](event, None)
            self.answers.append((asked, told["statusCode"]))
        body = told.get("body") or ""
        flagged = told.get("isBase64Encoded", False)
        said = {name.lower(): str(value) for name, value in (told.get("headers") or {}).items()}
        return Reply(
            status=told["statusCode"],
            headers=said | self.cors(asked),
            body=b64decode(body) if flagged else body.encode(),
        )

    def cors(self, asked: Asked) -> dict[str, str]:
        """What the gateway adds to every answer that a page of another origin may read."""
        if "origin" not in asked.headers:
            return {}
        exposed = ",".join(self._cors["ExposeHeaders"])
        return {
            "access-control-allow-origin": self._cors["AllowOrigins"][0],
            "access-control-expose-headers": exposed,
        }

    def _preflight(self, asked: Asked) -> dict[str, str]:
        """Nothing is allowed when one thing of what is asked for is not."""
        names = asked.headers.get("access-control-request-headers", "").split(",")
        wanted = {name.strip().lower() for name in names} - {""}
        method = asked.headers.get("access-control-request-method")
        if method not in self._cors["AllowMethods"] or wanted - set(self._cors["AllowHeaders"]):
            return {}
        return {
            "access-control-allow-origin": self._cors["AllowOrigins"][0],
            "access-control-allow-methods": ",".join(self._cors["AllowMethods"]),
            "access-control-allow-headers": ",".join(self._cors["AllowHeaders"]),
            "access-control-max-age": str(self._cors["MaxAge"]),
        }


def payload(
    asked: Asked, route_key: str, parameters: Mapping[str, str], *, request_id: str
) -> dict[str, Any]:
    """The event that the HTTP API makes of a request."""
    kind = asked.headers.get("content-type", "")
    text = _text(asked.body) if "content-encoding" not in asked.headers else None
    textual = kind.startswith(TEXTUAL) and text is not None
    named = {name: value for name, value in asked.headers.items() if name != "cookie"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": asked.path,
        "rawQueryString": asked.query,
        "headers": named,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "door",
            "domainName": named.get("host", ""),
            "domainPrefix": "door",
            "http": {
                "method": asked.method,
                "path": asked.path,
                "protocol": "HTTP/1.1",
                "sourceIp": asked.source_ip,
                "userAgent": named.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "timeEpoch": time.time_ns() // 1_000_000,
        },
        "isBase64Encoded": bool(asked.body) and not textual,
    }
    if "cookie" in asked.headers:
        event["cookies"] = [each.strip() for each in asked.headers["cookie"].split(";")]
    if asked.body:
        event["body"] = text if textual else b64encode(asked.body).decode()
    if asked.query:
        pairs = urllib.parse.parse_qs(asked.query, keep_blank_values=True)
        event["queryStringParameters"] = {name: ",".join(values) for name, values in pairs.items()}
    if parameters:
        event["pathParameters"] = dict(parameters)
    return event


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def own_error(status: int, message: str) -> Reply:
    """An error that the gateway itself answers: no code, as on AWS."""
    body = json.dumps({"message": message}).encode()
    return Reply(status=status, headers={"content-type": "application/json"}, body=body)


@contextmanager
def opened(doors: Sequence[Door]) -> Iterator[list[str]]:
    """Each door on a port of its own, until the end; their addresses, in order."""
    servers = [Server(0, _replying(door)) for door in doors]
    threads = [Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield [f"http://127.0.0.1:{server.server_address[1]}" for server in servers]
    finally:
        # Each takes until its next look around to see that it is to stop.
        with ThreadPoolExecutor(max_workers=len(servers)) as pool:
            list(pool.map(Server.shutdown, servers))
        for server, thread in zip(servers, threads, strict=True):
            thread.join()
            server.server_close()


def _replying(door: Door) -> Callable[[Exchange], None]:
    def reply(exchange: Exchange) -> None:
        address = urllib.parse.urlsplit(exchange.path)
        headers: dict[str, str] = {}
        for name, value in exchange.headers.items():
            place = name.lower()
            headers[place] = f"{headers[place]},{value}" if place in headers else value
        body = b"".join(exchange.request_body())
        asked = Asked(
            method=exchange.command,
            path=address.path,
            query=address.query,
            headers=headers,
            body=body,
        )
        found = door(asked)
        if found is None:
            _reset(exchange)
        else:
            _answer(exchange, found)

    return reply


def _answer(exchange: Exchange, reply: Reply) -> None:
    exchange.send_response_only(reply.status)
    for name, value in reply.headers.items():
        exchange.send_header(name, value)
    if reply.status != 204:
        exchange.send_header("content-length", str(len(reply.body)))
    exchange.end_headers()
    if exchange.command != "HEAD" and reply.status not in {204, 304}:
        exchange.wfile.write(reply.body)


def _reset(exchange: Exchange) -> None:
    exchange.close_connection = True
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    exchange.connection.close()
