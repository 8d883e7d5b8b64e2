"""One HTTP request passed on byte for byte: used by the API front and by the SES recorder."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.layout import HOST

CHUNK = 64 * 1024
PATIENCE_SECONDS = 60
# These describe one connection, not the message; each side of a relay has its own.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding"})


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer; keep-alive, no delay before small packets, no log line each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Head and body of a small answer leave in one packet.
    wbufsize = -1
    server: "Server"

    def _reply(self) -> None:
        self.server.reply(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _reply  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the interesting requests are shown elsewhere."""

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.split("?", 1)[0]

    def request_body(self) -> Iterator[bytes]:
        """The body as it arrives, whether it has a length or comes in chunks."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            yield from self._chunks()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0 and (part := self.rfile.read1(min(CHUNK, left))):
            left -= len(part)
            yield part

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            """A trailer; nothing here has use for one."""

    def answer(
        self, status: int, body: bytes, content_type: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Answer with a whole body; HEAD gets the head alone."""
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value: object, status: int = HTTPStatus.OK) -> None:
        """Answer with JSON that is never cached."""
        body = json.dumps(value, ensure_ascii=False).encode()
        self.answer(status, body, "application/json", (("Cache-Control", "no-store"),))


class Server(ThreadingHTTPServer):
    """A thread per connection on 127.0.0.1, with room for a burst of connections.

    `reply` answers one request of any method; it is called from many threads at once.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, reply: Callable[[Exchange], None]) -> None:
        """Bind at once, OSError if the port is taken; `serve_forever` answers."""
        self.reply = reply
        super().__init__((HOST, port), Exchange)

    def handle_error(self, request: object, client_address: object) -> None:
        """One line for the log: mostly a client that went away in the middle."""
        print(f"{client_address}: {sys.exception()!r}", file=sys.stderr, flush=True)


@contextmanager
def pass_on(
    exchange: Exchange, port: int, path: str, body: Iterator[bytes] | bytes
) -> Iterator[HTTPResponse]:
    """Send the request to a server on this machine; yields its answer, unread.

    Each request has a connection of its own: a kept one may die under a POST, and asking again
    could make one click two. Raises OSError or HTTPException when nobody answers.
    """
    connection = HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    try:
        connection.putrequest(exchange.command, path, skip_host=True, skip_accept_encoding=True)
        for name, value in exchange.headers.items():
            if name.lower() not in HOP_BY_HOP:
                connection.putheader(name, value)
        chunked = "Transfer-Encoding" in exchange.headers
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        connection.putheader("Connection", "close")
        connection.endheaders(body, encode_chunked=chunked)
        yield connection.getresponse()
    finally:
        connection.close()


def pass_back(exchange: Exchange, response: HTTPResponse) -> None:
    """Give an unread answer to whoever asked: status, headers in order, body as it comes."""
    exchange.send_response_only(response.status, response.reason)
    for name, value in response.getheaders():
        if name.lower() not in HOP_BY_HOP:
            exchange.send_header(name, value)
    bodiless = exchange.command == "HEAD" or response.status in {204, 304}
    chunked = not bodiless and response.getheader("Content-Length") is None
    if chunked:
        exchange.send_header("Transfer-Encoding", "chunked")
    exchange.end_headers()
    while not bodiless and (part := response.read1(CHUNK)):
        exchange.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        exchange.wfile.flush()
    if chunked:
        exchange.wfile.write(b"0\r\n\r\n")


NO_ANSWER = (OSError, HTTPException)
