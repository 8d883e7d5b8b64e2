"""Vendors on the loopback: their APIs as their documentation shows them, and what goes wrong there.

`rows` are objects as a vendor's API has them, by kind; a test may change them while a run is under
way. `faults` are taken in order, one per request: None answers as usual. A vendor is strict where
its documentation is: Greenhouse refuses a cursor in company, Ashby a key that it does not know.
"""

import json
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one request."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    # The connection is cut in the middle of the answer.
    torn: bool = False
    # Answered so much later.
    slow_s: float = 0


def busy(after: str) -> Fault:
    return Fault(status=429, headers={"Retry-After": after}, body={"message": "slow down"})


TORN = Fault(torn=True)


@dataclass(kw_only=True)
class Said:
    """An answer: status, what stands in it as JSON, headers."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Vendor(ABC):
    """Base of all: pages over `rows`, `size` at a time, by cursors that a test may expire."""

    rows: dict[str, list[Row]]
    size: int = 2
    faults: list[Fault | None] = field(default_factory=list)
    # Method, path and query of every request.
    asked: list[tuple[str, str]] = field(default_factory=list)
    # Called after every page that was served.
    meanwhile: Callable[[], None] | None = None
    expired: set[str] = field(default_factory=set)
    base: str = ""

    @abstractmethod
    def answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Said:
        """What the vendor says to one request."""

    def sliced(self, found: list[Row], at: int) -> tuple[list[Row], str]:
        """A page, and the cursor of the next one."""
        page = found[at : at + self.size]
        more = at + self.size < len(found)
        if self.meanwhile:
            self.meanwhile()
        return page, str(at + self.size) if more else ""


def basic(key: str) -> str:
    return f"Basic {b64encode(f'{key}:'.encode()).decode()}"


@dataclass
class Greenhouse(Vendor):
    """Harvest v3, strict: a cursor comes alone, a token lives as long as the test wants."""

    tokens: int = 0
    revoked: set[str] = field(default_factory=set)

    def answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Said:
        parts = urlsplit(url)
        if parts.path == "/token":
            client = f"Basic {b64encode(b'id:secret').decode()}"
            if headers.get("authorization") != client or b"client_credentials" not in body:
                return Said(status=400, body={"error": "invalid_client"})
            self.tokens += 1
            token = {"access_token": f"t{self.tokens}", "expires_in": 3600}
            return Said(body={**token, "token_type": "Bearer"})
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if bearer != f"t{self.tokens}" or bearer in self.revoked:
            return Said(status=401, body={"message": "Unauthorized"})
        kind, query = parts.path.removeprefix("/v3/"), parse_qs(parts.query)
        found = self.rows[kind]
        if "ids" in query:
            return Said(body=[row for row in found if str(row["id"]) in query["ids"]])
        since, at = "", 0
        if "cursor" in query:
            if len(query) > 1 or query["cursor"][0] in self.expired:
                return Said(status=422, body={"message": "Invalid cursor"})
            at, since = int(query["cursor"][0].split("~")[0]), query["cursor"][0].split("~")[1]
        elif "updated_at" in query:
            operator, since = query["updated_at"][0].split("|")
            assert operator == "gte"
        key = "last_activity_at" if kind == "applications" else "updated_at"
        page, following = self.sliced([r for r in found if r[key] >= since], at)
        link = f'<{self.base}/v3/{kind}?cursor={following}~{since}>; rel="next"'
        return Said(body=page, headers={"Link": link} if following else {})


@dataclass
class Ashby(Vendor):
    """RPC over POST; what goes wrong is told with 200."""

    key: str = "key"
    changed: dict[str, set[str]] = field(default_factory=dict)

    def answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Said:
        if headers.get("authorization") != basic(self.key):
            return Said(status=401, body="Unauthorized")
        name, call = urlsplit(url).path.strip("/").split(".")
        asked = json.loads(body)
        kind = f"{name}s"
        if call == "info":
            ident = asked.get("applicationId", asked.get("id"))
            found = [row for row in self.rows[kind] if row["id"] == ident]
            if not found:
                return Said(body={"success": False, "errorInfo": {"code": f"{name}_not_found"}})
            return Said(body={"success": True, "results": found[0]})
        assert asked["limit"] <= 100
        token = asked.get("syncToken", "")
        if {token, asked.get("cursor", "")} & self.expired:
            return Said(body={"success": False, "errors": ["sync_token_expired"]})
        changed = self.changed.get(kind, set())
        found = [row for row in self.rows[kind] if not token or row["id"] in changed]
        page, following = self.sliced(found, int(asked.get("cursor", "0").split("~")[0]))
        told: Row = {"success": True, "results": page, "moreDataAvailable": bool(following)}
        told |= {"nextCursor": f"{following}~"} if following else {"syncToken": f"s-{kind}"}
        return Said(body=told)


@dataclass
class Lever(Vendor):
    """Offsets that expire, times in milliseconds."""

    key: str = "key"

    def answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Said:
        if headers.get("authorization") != basic(self.key):
            return Said(status=401, body={"code": "Unauthorized"})
        parts = urlsplit(url)
        path, query = parts.path.removeprefix("/v1/"), parse_qs(parts.query)
        if path == "archive_reasons":
            return Said(body={"data": self.rows["archive_reasons"], "hasNext": False})
        for kind in ("opportunities", "postings"):
            if path.startswith(f"{kind}/") and path != "opportunities/deleted":
                found = [r for r in self.rows[kind] if r["id"] == path.split("/")[1]]
                if not found:
                    return Said(status=404, body={"code": "ResourceNotFound"})
                return Said(body={"data": found[0]})
        assert int(query["limit"][0]) <= 100
        offset = query.get("offset", ["0"])[0]
        if offset in self.expired:
            return Said(status=400, body={"code": "BadRequest", "message": "Invalid offset token"})
        found = self.rows[path]
        for name, key in (("updated_at_start", "updatedAt"), ("deleted_at_start", "deletedAt")):
            if name in query:
                found = [row for row in found if row[key] >= int(query[name][0])]
        if "contact_id" in query:
            found = [row for row in found if row["contact"]["id"] in query["contact_id"]]
        page, following = self.sliced(found, int(offset))
        told: Row = {"data": page, "hasNext": bool(following)}
        return Said(body=told | ({"next": following} if following else {}))


@contextmanager
def served(vendor: Vendor) -> Iterator[str]:
    """The address of a vendor that answers on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its own name)
            pass

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            vendor.asked.append((self.command, self.path))
            fault = vendor.faults.pop(0) if vendor.faults else None
            if fault and fault.slow_s:
                time.sleep(fault.slow_s)
            if fault and fault.status:
                said = Said(status=fault.status, headers=fault.headers, body=fault.body)
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                said = vendor.answer(self.command, self.path, headers, body)
            raw = json.dumps(said.body).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            if fault and fault.torn:
                self.wfile.write(raw[: len(raw) // 2])
                self.close_connection = True
                return
            self.wfile.write(raw)

        do_GET = do_POST = _any  # noqa: N815  (http.server calls them so)

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Who asked has gone: that is what some tests want."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    vendor.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield vendor.base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
