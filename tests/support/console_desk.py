"""The console on recorded answers: plans are saved as the real API saves them, the rest is told.

Every request and answer is compared with `docs/openapi-desk.yaml`, so a page that asks for what is
not there, or that was tried on what never comes, fails its test.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from playwright.sync_api import Page

from functions.desk.console import Console, Setup
from local.exchange import Exchange
from rapport.bundle import Bundle
from rapport.campaigns import Campaign
from rapport.domain.operators import ALLOWED, Role
from rapport.editing import EditError, Remove, Save, edited
from rapport.forms import Form
from rapport.saving import thing_of, version_of
from rapport.segments import Segment
from tests.support.console import body_of
from tests.support.content_door import ContentDoor
from tests.support.described import done_by, of_answer, of_request, operation_of
from tests.support.mailroom import shipped
from tests.support.web import serving

ME = "operator"
KINDS: Mapping[str, Any] = {"segments": Segment, "forms": Form, "campaigns": Campaign}
STANDING = {
    "state": "draft",
    "why": "",
    "fingerprint": "9b1f0c6a2d3e4f50" * 4,
    "lacking": "",
    "changed": False,
    "approved": False,
    "approvals": [],
    "asked": None,
    "yours_to_approve": False,
    "launched_by": "",
    "launched_by_name": "",
    "launched_at": None,
    "begins": None,
    "audience": 0,
    "frozen": False,
    "put": 0,
    "spent": 0,
    "most": None,
    "counts": {},
}
_JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One call of the page."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    if_match: str


# What answers a call: a body, or (status, body), or a function that gives either.
Told = Callable[[Asked], Any]


@dataclass(kw_only=True)
class RecordedDesk:
    """`told`: by `POST /campaigns/{campaign}/launch` what is answered. `asked` grows."""

    roles: tuple[Role, ...] = tuple(Role)
    bundle: Bundle = field(default_factory=shipped, repr=False)
    told: dict[str, Any] = field(default_factory=dict)
    standing: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    content: ContentDoor = field(default_factory=ContentDoor, repr=False)
    files: Console = field(
        default_factory=lambda: Console(setup=Setup(issuer="", client="c")), repr=False
    )
    puts: Callable[[Exchange], object] = lambda exchange: exchange.answer(
        404, b"", "text/plain", ()
    )
    url: str = ""

    def reply(self, exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        if path.startswith("/content/"):
            self.content.reply(exchange)
        elif path.startswith("/desk/v1/"):
            self._desk(exchange, path.removeprefix("/desk/v1"), query)
        elif exchange.command == "PUT":
            self.puts(exchange)
        else:
            headers = {name.lower(): value for name, value in exchange.headers.items()}
            answer = self.files.answer({"rawPath": path, "headers": headers})
            told = dict(answer["headers"])
            kind = told.pop("content-type")
            exchange.answer(answer["statusCode"], body_of(answer), kind, (*told.items(),))

    def _desk(self, exchange: Exchange, path: str, query: str) -> None:
        raw = b"".join(exchange.request_body())
        asked = Asked(
            method=exchange.command,
            path=path,
            query=dict(parse_qsl(query)),
            body=json.loads(raw) if raw else None,
            if_match=exchange.headers.get("if-match", "").strip('"'),
        )
        self.asked.append(asked)
        key, operation = operation_of(asked.method, asked.path)
        if operation is None:
            self.wrong.append(f"{key} is not described")
            exchange.answer(404, b"{}", _JSON, ())
            return
        self.wrong += of_request(key, operation, asked.query, asked.body)
        status, body, tag = self._answer(key, asked)
        self.wrong += [] if status >= 400 else of_answer(key, operation, status, body)
        kind = _JSON if not isinstance(body, str) else "text/csv"
        text = body if isinstance(body, str) else json.dumps(body)
        exchange.answer(status, text.encode(), kind, (("etag", f'"{tag}"'),) if tag else ())

    def _answer(self, key: str, asked: Asked) -> tuple[int, Any, str]:
        told = self.told.get(key)
        if callable(told):
            told = told(asked)
        if isinstance(told, tuple):
            return (*told, "")
        if told is not None:
            tag = (
                ""
                if asked.method != "GET"
                else told.get("_tag", "")
                if isinstance(told, dict)
                else ""
            )
            body = (
                {k: v for k, v in told.items() if k != "_tag"} if isinstance(told, dict) else told
            )
            return 201 if key == "POST /uploads" else done_by(key), body, tag
        return self._of_plans(key, asked)

    def _of_plans(self, key: str, asked: Asked) -> tuple[int, Any, str]:
        if key == "GET /me":
            actions = sorted({action.value for role in self.roles for action in ALLOWED[role]})
            grants = [f"{role.value}:*" for role in self.roles]
            me = {"subject": ME, "name": "Kari Holm", "grants": grants, "actions": actions}
            return 200, {**me, "brands": ["*"]}, ""
        if key == "GET /bundle":
            return 200, self._bundle(), ""
        if key == "GET /sending":
            return 200, {"stopped": None, "modes": {}, "first_days": {}}, "s-0"
        _, kind, *rest = asked.path.split("/")
        if kind not in KINDS or len(rest) > 1:
            return 404, {"code": "not_found", "title": "", "status": 404, "type": ""}, ""
        if not rest:
            items = [self._json(kind, each, whole=False) for each in getattr(self.bundle, kind)]
            return 200, {"items": items, "next": None}, ""
        return self._one(kind, rest[0], asked)

    def _one(self, kind: Any, key: str, asked: Asked) -> tuple[int, Any, str]:
        found = thing_of(self.bundle, kind, key)
        if asked.method == "GET" and found is None:
            return 404, {"code": "not_found", "title": "", "status": 404, "type": ""}, ""
        if asked.method != "GET":
            if asked.if_match and (found is None or version_of(found) != asked.if_match):
                return 412, {"code": "changed", "title": "", "status": 412, "type": ""}, ""
            try:
                self._change(kind, key, asked)
            except EditError as error:
                told = {"code": "unfit", "title": "", "status": 422, "type": ""}
                return 422, {**told, "detail": str(error)}, ""
            if asked.method == "DELETE":
                return 200, {"key": key, "removed": True}, ""
            found = thing_of(self.bundle, kind, key)
        assert found is not None
        return 200, self._json(kind, found, whole=True), version_of(found)

    def _change(self, kind: Any, key: str, asked: Asked) -> None:
        if asked.method == "DELETE":
            self.bundle = edited(self.bundle, Remove(kind=kind, key=key))
            return
        told = {"key": key, "brand": self.bundle.brand.key, **asked.body}
        self.bundle = edited(self.bundle, Save(what=msgspec.convert(told, KINDS[kind])), by=ME)

    def _json(self, kind: str, thing: Any, *, whole: bool) -> dict[str, Any]:
        body, version = msgspec.json.decode(msgspec.json.encode(thing)), version_of(thing)
        if kind == "segments":
            return {**body, "version": version}
        if kind == "forms":
            url = f"{self.url}/f/{thing.key}"
            embed = f'<script async src="{url}/embed.js"></script>'
            return {**body, "version": version, "url": url, "embed": embed}
        named = {"campaign": thing.key, "name": thing.name, "brand": thing.brand}
        told = {**STANDING, **named, **self.standing.get(thing.key, {})}
        return {**told, "version": version, "content": body} if whole else told

    def _bundle(self) -> dict[str, Any]:
        live = self.bundle
        return {
            "hash": "0" * 64,
            "brand": live.brand.key,
            "languages": [*live.brand.languages],
            "topics": sorted({each.topic for each in live.statements}),
            "statements": [{"id": e.id, "topic": e.topic, "text": e.text} for e in live.statements],
            "templates": sorted({each.name for each in live.templates}),
            "blocks": [each.key for each in live.blocks],
            "approve_over": live.policy.approve_over,
            "since": None,
        }

    def enter(self, page: Page, path: str) -> None:
        """Go to a page, signed in."""
        session = json.dumps({"access": "a", "refresh": "r", "ends": 9e15})
        keep = f"sessionStorage.setItem('rapport.session', {json.dumps(session)})"
        # Not in the frames of mails, which have no storage.
        page.add_init_script(f"if (self === top) {keep}")
        page.goto(f"{self.url}/console{path}")
        page.locator("main[aria-busy=false] h1").wait_for()

    def of_plans(self, key: str) -> Any:
        """What a list of plans holds now: `GET /campaigns`."""
        method, _, path = key.partition(" ")
        _, body, _ = self._of_plans(
            key, Asked(method=method, path=path, query={}, body=None, if_match="")
        )
        return body

    def rename(self, campaign: str, name: str) -> None:
        """Somebody else gives a campaign another name."""
        found = self.bundle.campaign(campaign)
        assert found is not None
        self.bundle = edited(self.bundle, Save(what=msgspec.structs.replace(found, name=name)))

    def calls(self, method: str, path: str = "") -> list[Asked]:
        """What the page asked, by method and beginning of the path."""
        return [e for e in self.asked if e.method == method and e.path.startswith(path)]


@contextmanager
def recorded(desk: RecordedDesk) -> Iterator[RecordedDesk]:
    """The console on a port until the end of the block; what is not as described fails."""
    with serving(desk.reply) as port:
        desk.url = f"http://127.0.0.1:{port}"
        yield desk
    assert not desk.wrong, desk.wrong
