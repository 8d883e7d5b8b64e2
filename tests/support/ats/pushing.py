"""Pushes on in-memory stores, and servers on the loopback that take prospects as vendors say."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from rapport.adapters.ats.push import gateway_of
from rapport.adapters.http import Http
from rapport.ats import Connection
from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.event import Event, Trust
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.profile import Profile
from rapport.domain.statements import Register
from rapport.errors import ConflictError
from rapport.pushes import Echoes, Push
from rapport.pushing import Pusher
from tests.support.ats.desk import AtsDesk

EMAIL = "ana.berg@inbox.halden.example"


@dataclass
class FakePushes:
    """Pushes by connection, job and identifier; a write over another version is refused."""

    desk: AtsDesk
    rows: dict[tuple[str, str, Ref], Push] = field(default_factory=dict)

    def of(self, connection: str, job: str, refs: Iterable[Ref]) -> Push | None:
        self.desk.calls.touch("pushes.of")
        found = (self.rows.get((connection, job, ref)) for ref in refs)
        return next((push for push in found if push is not None), None)

    def into(self, connection: str, refs: Iterable[Ref]) -> list[Push]:
        self.desk.calls.touch("pushes.into")
        wanted = {*refs}
        return [p for (c, _, ref), p in self.rows.items() if c == connection and ref in wanted]

    def put(self, push: Push, event: Event | None = None) -> Push:
        self.desk.calls.touch("pushes.put")
        moved = replace(push, version=push.version + 1)
        places = [(push.connection, push.job, ref) for ref in push.refs]
        stored = [self.rows.get(place) for place in places]
        if any((each.version if each else 0) != push.version for each in stored):
            raise ConflictError(push.job)
        for ref in (*push.refs, *push.named):
            self.rows[push.connection, push.job, ref] = moved
        if event is not None:
            assert self.desk.log.put(event)
        return moved


Answering = Callable[[str, Mapping[str, Any]], tuple[int, Any]]


@dataclass
class Server:
    """What a vendor was asked, and how it answers: status and JSON, or None: it hangs up."""

    answer: Answering
    asked: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)
    # It does what it is asked and hangs up so many times before it says so.
    torn: int = 0
    url: str = ""

    @property
    def made(self) -> int:
        """How many candidates it has now."""
        return len([path for path, _, _ in self.asked if "notes" not in path])


@contextmanager
def serving(answer: Answering) -> Iterator[Server]:
    server = Server(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            server.asked.append((self.path, dict(self.headers), raw))
            if server.torn:
                server.torn -= 1
                self.close_connection = True
                return
            status, said = server.answer(self.path, json.loads(raw))
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=lambda: httpd.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def greenhouse(path: str, said: Mapping[str, Any]) -> tuple[int, Any]:
    """Candidate Ingestion API: one object is answered with one object."""
    if path != "/v1/partner/candidates" or not said.get("external_id"):
        return 404, {"errors": []}
    told = {"id": 17681532, "application_id": 59724, "external_id": said["external_id"]}
    return 200, told | {"profile_url": "https://app.greenhouse.io/people/17681532"}


def lever(path: str, said: Mapping[str, Any]) -> tuple[int, Any]:
    """An opportunity without its name, as Lever answers to writes."""
    if "perform_as=u-1" not in path:
        return 400, {"code": "BadRequestError", "message": "Missing perform_as parameter."}
    if "/notes" in path:
        return 201, {"data": {"noteId": "n-1"}}
    return 201, {"data": {"id": "opp-1", "name": "", "contact": "con-1", "emails": []}}


def ashby(path: str, said: Mapping[str, Any]) -> tuple[int, Any]:
    """Faults come with status 200."""
    if path == "/candidate.create" and said.get("name"):
        return 200, {"success": True, "results": {"id": "cand-1"}}
    if path == "/application.create" and said.get("jobId") == "job-1":
        return 200, {"success": True, "results": {"id": "app-1", "candidate": {"id": "cand-1"}}}
    if path == "/candidate.createNote" and said.get("note"):
        return 200, {"success": True, "results": {"id": "note-1"}}
    return 200, {"success": False, "errors": ["job_not_found"]}


def connection(vendor: str, url: str, **api: str) -> Connection:
    secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    base = {
        "greenhouse": {"push_url": url, "push_key": "k", "push_as": "team@works.example"},
        "lever": {"base_url": url, "key": "k", "push_as": "u-1"},
        "ashby": {"base_url": url, "key": "k"},
        "standard": {"push_url": url, "push_secret": secret},
    }[vendor]
    return Connection(name="works", vendor=vendor, api={"push": "prospects", **base, **api})


class PushDesk:
    """A person who agreed, and all that a push needs."""

    def __init__(self, *, agreed: bool = True) -> None:
        self.desk = AtsDesk()
        self.calls = self.desk.calls
        self.pushes = FakePushes(self.desk)
        self.address = self.desk.refs.ref(Namespace.EMAIL, EMAIL)
        self.phone = self.desk.refs.ref(Namespace.PHONE, "+4722334455")
        self.person = self._person()
        self.pusher = Pusher(
            pushes=self.pushes,
            book=self.desk.book,
            pseudonyms=self.desk.refs,
            gateway=lambda each: gateway_of(each, http=Http(), now=self.desk.clock),
            now=self.desk.clock,
        )
        echoes = Echoes(self.pushes, self.desk.refs, now=self.desk.clock)
        self.intake = replace(self.desk.intake, echo=echoes)
        if agreed:
            self.agree()

    def agree(self, topic: str = "talent-network", *, days: float | None = None) -> None:
        now = self.desk.clock()
        consent = Consent(
            status=ConsentStatus.GRANTED,
            at=now,
            statement="talent-network-1",
            statement_hash="h",
            event_id="c_1",
            expires_at=None if days is None else now + timedelta(days=days),
        )
        state = self.desk.book.address(self.address)
        self.desk.book.addresses[self.address] = replace(
            state, confirmed_at=now, consents={topic: consent}
        )

    def _person(self) -> Profile:
        at = self.desk.clock()
        said = {
            "email": EMAIL,
            "first_name": "Ana",
            "last_name": "Berg",
            "phone": "+4722334455",
            "linkedin": "https://www.linkedin.com/in/ana-berg",
        }
        registers = {
            n: Register(value=v, at=at, trust=Trust.VERIFIED, message_id="m")
            for n, v in said.items()
        }
        return Profile(root=self.address, members=(self.address, self.phone), attributes=registers)
