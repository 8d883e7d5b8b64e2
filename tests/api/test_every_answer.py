"""What holds for every answer of the public door: both functions, every path, good and bad."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from rapport.domain.tokens import Purpose, issue
from rapport.errors import RetryableError
from rapport.routes import REST, ROUTES, Route
from tests.support.door_server import Asked, Reply
from tests.support.gateway import basic
from tests.support.public_door import BROWSER_KEY, PublicDoor

KEY = basic(BROWSER_KEY)
JSON = {"authorization": KEY, "content-type": "application/json"}
PAGE_VIEW = json.dumps({"type": "page", "anonymousId": "visitor-0001", "messageId": "m-1"}).encode()
EXAMPLES = {
    "/v1/{call}": "/v1/page",
    "/api/s/{call}": "/api/s/page",
    "/api/s/s2s/{call}": "/api/s/s2s/page",
    "/v1/projects/{key}/settings": f"/v1/projects/{BROWSER_KEY}/settings",
    "/pixel/v1/{call}": "/pixel/v1/page",
    "/schemas/{name}": "/schemas/job-viewed",
    "/content/v1/blocks/{key}": "/content/v1/blocks/how-we-hire",
    "/jobs/v1/{id}": "/jobs/v1/4105",
    "/schemas/{name}/{version}": "/schemas/job-viewed/1",
    "/webhooks/{connection}": "/webhooks/greenhouse-main",
    "/c/{token}/{number}": f"/c/{issue({'k1': b'x' * 32}, Purpose.CLICK, '0' * 64)}/0",
    "/u/{token}": f"/u/{issue({'k1': b'x' * 32}, Purpose.UNSUBSCRIBE, '0' * 64)}",
}
# What every answer says, whatever else it says.
ALWAYS = {
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
TELLING = (
    "traceback",
    'file "',
    "error:",
    "exception",
    "boto",
    "powertools",
    "lambda",
    "/var/task",
)
# Whoever stands before us may be asked for them; a function has nothing to say of itself.
NEVER = ("server", "x-powered-by", "set-cookie")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> PublicDoor:
    return PublicDoor(monkeypatch)


def example(route: Route) -> str:
    return EXAMPLES.get(route.path, route.path)


def ask(door: PublicDoor, method: str, path: str, **more: Any) -> Reply:
    headers: Mapping[str, str] = more.pop("headers", JSON)
    body = PAGE_VIEW if method in {"POST", "PUT", "PATCH"} else b""
    return door.ask(Asked(method=method, path=path, headers=headers, **{"body": body, **more}))


def is_safe(reply: Reply) -> None:
    """The whole table of headers, for one answer."""
    assert {name: reply.headers.get(name) for name in ALWAYS} == ALWAYS
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not set(NEVER) & set(reply.headers)
    kept = reply.headers["cache-control"]
    assert kept == "no-store" or kept.startswith(("public, max-age=", "private, max-age="))
    if reply.status >= 400:
        assert kept == "no-store"
        text = reply.body.decode().lower()
        assert [word for word in TELLING if word in text] == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", [*ROUTES, *REST], ids=lambda route: str(route.path))
def test_every_route_and_every_other_method_on_it_answers_with_the_safe_headers(
    door: PublicDoor, route: Route, method: str
) -> None:
    reply = ask(door, method, example(route))
    is_safe(reply)
    assert reply.status < 500
    if method == "HEAD":
        assert reply.body == b""
    if route not in REST and method not in route.methods:
        # Behind a prefix, a path of one kind may be one of another: POST /pixel/v1/page.
        assert reply.status == 405 or (method, route.path) == ("POST", "/pixel/v1/{call}")
    if reply.status == 405:
        assert set(reply.headers["allow"].split(", ")) >= {*route.methods}


@pytest.mark.parametrize("trouble", [RetryableError("a table"), ValueError("a word of a body")])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.path))
def test_no_trouble_of_ours_is_told_in_an_answer(
    door: PublicDoor, route: Route, trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise trouble

    for flow in (type(door.door.track), type(door.room.engage), type(door.hall.door)):
        for name in ("receive", "request", "confirm", "centre", "choose", "unsubscribe"):
            if hasattr(flow, name):
                monkeypatch.setattr(flow, name, fails)
    for method in route.methods:
        reply = ask(door, method, example(route))
        is_safe(reply)
        assert b"a word of a body" not in reply.body
        if reply.status == 503:
            assert int(reply.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//v1/page", 200),
        ("/v1/page/", 200),
        ("/v1//page", 200),
        ("/prod/v1/page", 200),
        ("/a/b/c/v1/p", 200),
        ("/v1/../v1/page", 200),
        ("/%2e%2e/v1/page", 200),
        ("/v1/%70age", 404),
        ("/v1/page%00", 404),
        ("/v1/page\n", 404),
        ("/V1/PAGE", 404),
        ("/v1/page;x=1", 404),
        ("/v1/", 404),
        ("/v1", 404),
        ("/", 404),
        ("/etc/passwd", 404),
        ("/functions/track/handler.py", 404),
        ("/schemas/../functions/track/handler.py", 404),
        ("/.env", 404),
        ("/" + "a" * 10_000, 404),
        ("/" + "a/" * 5_000, 404),
        ("/\u202e\u0000\ud800", 404),
    ],
)
def test_an_odd_path_is_a_call_behind_a_prefix_or_nothing(
    door: PublicDoor, path: str, status: int
) -> None:
    reply = ask(door, "POST", path)
    assert reply.status == status
    is_safe(reply)


ODD_QUERIES = (
    "q=" + "x" * 8_192,
    "&".join(f"k{n}=v" for n in range(2_000)),
    "writeKey=%ff%fe&writeKey",
    "=&&&=%",
    "t=" + "%00" * 2_000,
)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.path))
def test_an_odd_query_faults_nowhere(door: PublicDoor, route: Route) -> None:
    for query in ODD_QUERIES:
        for method in route.methods:
            reply = ask(door, method, example(route), query=query)
            assert reply.status < 500, query[:40]
            is_safe(reply)


@pytest.mark.parametrize(
    "name", ["x-http-method-override", "x-http-method", "x-method-override", "x-original-url"]
)
def test_no_header_makes_another_request_of_it(door: PublicDoor, name: str) -> None:
    value = "/v1/page" if name == "x-original-url" else "POST"
    reply = ask(door, "GET", "/v1/page", headers={**JSON, name: value})
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert not door.door.events


ODD_HEADERS: tuple[dict[str, str], ...] = (
    {"origin": "null"},
    {"x-forwarded-for": "203.0.113.9, 10.0.0.1, " * 100},
    {"sec-gpc": "1,1", "dnt": "yes"},
    {"accept-language": "x" * 10_000},
    {"content-type": ""},
    {"content-type": "multipart/form-data"},
    {"content-encoding": "br, gzip"},
    {"cookie": "a=" + "b" * 4_000},
    {"authorization": KEY + "," + KEY},
    {"authorization": "Basic " + "A" * 10_000},
    {"host": "evil.example\r\nx: y"},
    {"if-none-match": '"' * 5_000},
)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.path))
def test_an_odd_header_faults_nowhere(door: PublicDoor, route: Route) -> None:
    for headers in ODD_HEADERS:
        for method in route.methods:
            reply = ask(door, method, example(route), headers={**JSON, **headers})
            assert reply.status < 500, list(headers)
            is_safe(reply)


@pytest.mark.parametrize("route", [*ROUTES, *REST], ids=lambda route: str(route.path))
def test_no_function_says_a_word_of_cors_for_the_gateway_does(
    door: PublicDoor, route: Route
) -> None:
    origin = {**JSON, "origin": "https://jobs.halden.example"}
    for method in METHODS:
        ask(door, method, example(route), headers=origin)
    said = {name.lower() for headers in door.said for name in headers}
    assert said
    assert not {name for name in said if name.startswith("access-control-")}
