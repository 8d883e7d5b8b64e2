"""The console in a browser: the real files and the real API on in-memory stores, and a sign-in.

Two servers: ours, which serves `/console`, `/desk/v1` and `/content/v1`, and the issuer's, of
another origin, so that what the page's policy lets through is what it needs.
"""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.sync_api import Page

from functions.desk import handler
from functions.desk.console import Console, Setup
from local.exchange import Exchange
from rapport.domain.operators import ANY, Grant, Role
from rapport.operator_routes import CONSOLE_ROUTES, OPERATOR_ROUTES
from tests.inprocess.gateway import matched
from tests.support.content_door import ContentDoor
from tests.support.door_server import Asked, payload
from tests.support.operating import CLIENT, ISSUER, Office
from tests.support.synth import REPO
from tests.support.web import serving

WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
AXE = REPO / "node_modules/axe-core/axe.min.js"
ROUTES = {key: "desk" for route in (*OPERATOR_ROUTES, *CONSOLE_ROUTES) for key in route.keys}


@dataclass(kw_only=True)
class SignInPage:
    """An issuer that lets in whoever comes, as `subject`; PKCE and redirects are checked."""

    subject: str = "operator"
    base: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    refreshed: int = 0

    def reply(self, exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        asked = dict(parse_qsl(query))
        if path == "/oauth2/authorize":
            code = f"code-{len(self.codes)}"
            self.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            self._lead(exchange, f"{asked['redirect_uri']}?{back}")
        elif path == "/logout":
            self._lead(exchange, asked["logout_uri"])
        else:
            form = dict(parse_qsl(b"".join(exchange.request_body()).decode()))
            status, told = self._token(form) if path == "/oauth2/token" else (200, {})
            kind, origin = "application/json", exchange.headers.get("origin", "")
            headers = (("access-control-allow-origin", origin),)
            exchange.answer(status, json.dumps(told).encode(), kind, headers)

    def _token(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"])
            digest = sha256(form["code_verifier"].encode()).digest()
            challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
            assert asked["code_challenge"] == challenge
            assert asked["redirect_uri"] == form["redirect_uri"]
        elif form["refresh_token"] != f"refresh-{self.subject}":
            return 400, {"error": "invalid_grant"}
        else:
            self.refreshed += 1
        assert form["client_id"] == CLIENT
        token = f"token-{self.subject}-{len(self.tokens)}"
        self.tokens[token] = self.subject
        refresh = f"refresh-{self.subject}"
        return 200, {"access_token": token, "refresh_token": refresh, "expires_in": 1800}

    @staticmethod
    def _lead(exchange: Exchange, to: str) -> None:
        exchange.answer(302, b"", "text/plain", (("location", to),))


@dataclass(kw_only=True)
class ConsoleDoor:
    """The console of `office`; `url` is ours. `calls`: what the page asked of the API, in order."""

    office: Office
    issuer: SignInPage = field(default_factory=SignInPage)
    content: ContentDoor = field(default_factory=ContentDoor)
    url: str = ""
    calls: list[str] = field(default_factory=list)
    one_at_a_time: Lock = field(default_factory=Lock)

    def reply(self, exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        if path.startswith("/content/"):
            self.content.reply(exchange)
            return
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        asked = Asked(
            method=exchange.command,
            path=path,
            query=query,
            headers=headers,
            body=b"".join(exchange.request_body()),
        )
        key, _, parameters = matched(ROUTES, asked.method, path)
        event = payload(asked, key, parameters, request_id=f"req-{len(self.calls)}")
        if path.startswith("/desk/"):
            self.calls.append(key)
            who = self.issuer.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
            if who is None:
                exchange.answer(401, b'{"message":"Unauthorized"}', "application/json", ())
                return
            claims = self.office.claims(who)
            event["requestContext"]["authorizer"] = {"jwt": {"claims": claims}}
            event["headers"]["authorization"] = "Bearer a.b.c"
        # A copy of a function answers one request at a time.
        with self.one_at_a_time:
            answer = handler.lambda_handler(event, None)
        told = {name.lower(): str(value) for name, value in _headers(answer).items()}
        kind = told.pop("content-type", "text/plain")
        exchange.answer(answer["statusCode"], body_of(answer), kind, tuple(told.items()))

    def enter(self, page: Page, path: str = "", *roles: Role) -> None:
        """Sign in with those roles for everything (all of them: none named), and go to a page."""
        grants = tuple(Grant(role=role, brand=ANY) for role in roles or Role)
        self.office.hire(self.issuer.subject, *grants)
        page.goto(f"{self.url}/console{path}")
        page.get_by_role("button", name="Sign in").or_(
            page.get_by_role("button", name="Logg inn")
        ).click()
        page.locator("#sections a").first.wait_for(state="attached")


def body_of(answer: Mapping[str, Any]) -> bytes:
    """The body as the gateway lets it out."""
    said: str = answer["body"]
    return b64decode(said) if answer.get("isBase64Encoded") else said.encode()


def _headers(answer: Mapping[str, Any]) -> dict[str, Any]:
    several = {name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()}
    return {**(answer.get("headers") or {}), **several}


@contextmanager
def console(office: Office, patch: pytest.MonkeyPatch) -> Iterator[ConsoleDoor]:
    """The console of an office, until the end of the block."""
    door = ConsoleDoor(office=office)
    patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    patch.setenv("POWERTOOLS_SERVICE_NAME", "desk")
    patch.setattr(handler, "_door", lambda: office.door)
    with serving(door.issuer.reply) as issuing, serving(door.reply) as port:
        door.issuer.base = f"http://127.0.0.1:{issuing}"
        door.url = f"http://127.0.0.1:{port}"
        setup = Setup(issuer=ISSUER, client=CLIENT, sign_in=door.issuer.base)
        files = Console(setup=setup)
        patch.setattr(handler, "_console", lambda: files)
        yield door


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page, as `rule: place`; by WCAG 2.2 AA and good practice."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document)")
    return [
        f"{each['id']}: {node['target']}" for each in found["violations"] for node in each["nodes"]
    ]
