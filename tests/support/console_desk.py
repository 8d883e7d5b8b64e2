"""The console on recorded answers: plans are saved as the real API saves them, the rest is told.

Every request and answer is compared with `docs/openapi-desk.yaml`, so a page that asks for what is
not there, or that was tried on what never comes, fails its test.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import yaml
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
from tests.support.content_door import ContentDoor
from tests.support.mailroom import shipped
from tests.support.synth import REPO
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
    puts: Callable[[Exchange], object] = lambda exchange: exchange.answer(404, b"", "text/plain", ())
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
            exchange.answer(answer["statusCode"], answer["body"].encode(), kind, (*told.items(),))

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
        key, operation = _operation(asked)
        if operation is None:
            self.wrong.append(f"{key} is not described")
            exchange.answer(404, b"{}", _JSON, ())
            return
        self.wrong += _of_request(key, operation, asked)
        status, body, tag = self._answer(key, asked)
        self.wrong += [] if status >= 400 else _of_answer(key, operation, status, body)
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
            tag = "" if asked.method != "GET" else told.get("_tag", "") if isinstance(told, dict) else ""
            body = {k: v for k, v in told.items() if k != "_tag"} if isinstance(told, dict) else told
            return 201 if key == "POST /uploads" else _done(key), body, tag
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

    def _one(self, kind: str, key: str, asked: Asked) -> tuple[int, Any, str]:
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
        return 200, self._json(kind, found, whole=True), version_of(found)

    def _change(self, kind: str, key: str, asked: Asked) -> None:
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
            "statements": [
                {"id": e.id, "topic": e.topic, "text": e.text} for e in live.statements
            ],
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


@cache
def _described() -> Any:
    return yaml.safe_load((REPO / "docs/openapi-desk.yaml").read_text(encoding="utf-8"))


def _operation(asked: Asked) -> tuple[str, Any]:
    """The route's key and its operation; of two that fit the one with fewer parameters."""
    paths = sorted(_described()["paths"].items(), key=lambda each: each[0].count("{"))
    for path, operations in paths:
        short = path.removeprefix("/desk/v1")
        pattern = re.sub(r"\{\w+\}", "[^/]+", short)
        if re.fullmatch(pattern, asked.path) and asked.method.lower() in operations:
            return f"{asked.method} {short}", operations[asked.method.lower()]
    return f"{asked.method} {asked.path}", None


def _done(key: str) -> int:
    method, _, path = key.partition(" ")
    return int(next(iter(_described()["paths"][f"/desk/v1{path}"][method.lower()]["responses"])))


def _of_request(key: str, operation: Any, asked: Asked) -> Iterator[str]:
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    yield from (f"{key}: no parameter {name}" for name in asked.query.keys() - known)
    body = operation.get("requestBody")
    if body is not None:
        yield from _unlike(asked.body, body["content"][_JSON]["schema"], f"{key} asks")


def _of_answer(key: str, operation: Any, status: int, body: Any) -> Iterator[str]:
    content = operation["responses"][str(status)]["content"]
    if _JSON in content:
        yield from _unlike(body, content[_JSON]["schema"], f"{key} tells")


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def _unlike(value: Any, schema: Any, place: str) -> Iterator[str]:
    """Where a document is not as its schema says; of JSON Schema what the description uses."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _unlike(value, _described()["components"]["schemas"][name], place)
        return
    if "oneOf" in schema:
        if all([*_unlike(value, each, place)] for each in schema["oneOf"]):
            yield f"{place}: none of several"
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{place}: {type(value).__name__} is not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value} is none of {schema['enum']}"
    if isinstance(value, dict):
        yield from _unlike_object(value, schema, place)
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _unlike(each, schema.get("items", {}), f"{place}[{number}]")


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


def _unlike_object(value: dict[str, Any], schema: Any, place: str) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    yield from (f"{place}: lacks {name}" for name in schema.get("required", ()) if name not in value)
    for name, each in value.items():
        if name in properties:
            yield from _unlike(each, properties[name], f"{place}.{name}")
        elif others is False:
            yield f"{place}: {name} is not described"
        elif isinstance(others, dict):
            yield from _unlike(each, others, f"{place}.{name}")
