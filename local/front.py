"""A plain port in front of the HTTP API.

The emulator serves an API below `/_aws/execute-api/{id}/$default/`; people, SDKs and links in mails
want an ordinary address. Requests and answers pass unchanged. `GET /_front/counts` says how many
requests came by, per method and first two parts of the path; every other path is the API's.
"""

import threading
from collections import Counter
from contextlib import ExitStack
from http import HTTPStatus

from local.exchange import NO_ANSWER, Exchange, pass_back, pass_on

COUNTS = "/_front/counts"
PARTS_SHOWN = 3


class Counts:
    """How many requests came by, safe to use from every connection's thread."""

    def __init__(self) -> None:
        """Nothing counted."""
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()

    def count(self, method: str, path: str) -> None:
        """Count one request; tokens further down the path are not kept."""
        route = "/".join(path.split("?", 1)[0].split("/")[:PARTS_SHOWN])
        if route.startswith("/u/"):
            route = "/u"
        with self._lock:
            self._requests[f"{method} {route}"] += 1

    def snapshot(self) -> dict[str, int]:
        """Route → number of requests."""
        with self._lock:
            return dict(self._requests)


class Front:
    """Passes every request on to one API."""

    def __init__(self, *, emulator_port: int, api_id: str) -> None:
        """Nothing is contacted before the first request."""
        self._port = emulator_port
        self._prefix = f"/_aws/execute-api/{api_id}/$default"
        self._counts = Counts()

    def reply(self, exchange: Exchange) -> None:
        """Answer for the counts, pass on everything else."""
        if exchange.path == COUNTS:
            exchange.answer_json(self._counts.snapshot())
            return
        self._counts.count(exchange.command, exchange.path)
        target = self._prefix + exchange.path
        with ExitStack() as stack:
            try:
                asked = pass_on(exchange, self._port, target, exchange.request_body())
                response = stack.enter_context(asked)
            except NO_ANSWER as error:
                # The body may be half read: this connection cannot be used again.
                exchange.close_connection = True
                exchange.answer_json(
                    {"success": False, "code": "emulator_unreachable", "message": str(error)},
                    HTTPStatus.BAD_GATEWAY,
                )
                return
            pass_back(exchange, response)
