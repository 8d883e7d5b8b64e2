"""Requests as the HTTP API hands them to a function (payload format 2.0), and as others do."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from functions.track.delivery import Broken, Delivery
from functions.track.dialects import Goal, way_to
from functions.track.http import read_http
from functions.track.problems import NOT_FOUND, Problem
from functions.track.request import read_delivery
from rapport.domain.event import Json
from tests.support.redaction import know

SDK_REQUESTS = Path(__file__).parent / "sdk"
RECORDED_KEY = "wk_test_123"
RECORDED = (
    "segment-analytics-python/basic-001",
    "segment-analytics-python/gzip-002",
    "segment-analytics-node/basic-001",
)
# Every request that an SDK made but preflights, which the gateway answers.
EVERY_RECORDED = tuple(
    f"{path.parent.name}/{path.stem}"
    for path in sorted(SDK_REQUESTS.glob("*/*.json"))
    if json.loads(path.read_text())["method"] == "POST"
)


def read_request(event: Mapping[str, Any]) -> Delivery | Broken | Problem:
    """The delivery that a gateway event carries, or what is wrong with it."""
    request = read_http(event)
    way = way_to(request.method, request.path, base=request.base)
    if isinstance(way, Problem):
        return way
    return read_delivery(request, way) if way.goal in {Goal.CALL, Goal.PIXEL} else NOT_FOUND


def basic(key: str, *, colon: bool = True) -> str:
    """An Authorization header that carries a write key."""
    return "Basic " + b64encode((key + ":" * colon).encode()).decode()


def posted(
    path: str,
    document: Json = None,
    *,
    body: str | bytes | None = None,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    compressed: bool = False,
) -> dict[str, Any]:
    """A POST of a JSON document or of a raw body; bytes come base64, as from the gateway."""
    know(document)
    payload = json.dumps(document) if body is None else body
    if compressed:
        payload = gzip.compress(payload.encode() if isinstance(payload, str) else payload)
    named = {name.lower(): value for name, value in (headers or {}).items()}
    if key is not None:
        named["authorization"] = basic(key)
    flagged = isinstance(payload, bytes)
    return {
        "version": "2.0",
        "routeKey": f"POST {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **named},
        "requestContext": {
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "198.51.100.23",
                "userAgent": "a browser",
            },
            "requestId": "req-1",
            "stage": "$default",
        },
        "body": b64encode(payload).decode() if isinstance(payload, bytes) else payload,
        "isBase64Encoded": flagged,
    }


def asked(
    path: str, *, method: str = "GET", query: str = "", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A request without a body."""
    event = posted(path, body="", headers=headers) | {"rawQueryString": query}
    event["requestContext"]["http"]["method"] = method
    return event


def recording(name: str) -> dict[str, Any]:
    """What was recorded of a request and its answer."""
    found: dict[str, Any] = json.loads((SDK_REQUESTS / f"{name}.json").read_text())
    return found


def recorded(name: str) -> dict[str, Any]:
    """A recorded request of an SDK, byte for byte, as the gateway would pass it on."""
    request = recording(name)
    know(request["body_json"])
    # Of two browsers only the meaning was kept.
    body = request["body_verbatim"] or json.dumps(request["body_json"], ensure_ascii=False)
    event = posted(request["path"], body=body, headers=dict(request["headers"]))
    event["rawQueryString"] = request["query"]
    if request["body_raw_b64"] is not None:
        event |= {"body": request["body_raw_b64"], "isBase64Encoded": True}
    return event


def payload_1(event: Mapping[str, Any]) -> dict[str, Any]:
    """The same request as the HTTP API tells it in payload format 1.0."""
    return {**as_rest(event), "version": "1.0"}


def as_rest(event: Mapping[str, Any]) -> dict[str, Any]:
    """The same request as the REST API tells it: names as they were sent, nothing is left out."""
    http = event["requestContext"]["http"]
    headers = {name.title(): value for name, value in event["headers"].items()}
    query = parse_qs(event["rawQueryString"], keep_blank_values=True)
    return {
        "resource": "/{proxy+}",
        "path": event["rawPath"],
        "httpMethod": http["method"],
        "headers": headers or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "queryStringParameters": {name: each[-1] for name, each in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "requestContext": {
            "httpMethod": http["method"],
            "identity": {"sourceIp": http["sourceIp"], "userAgent": http["userAgent"]},
            "path": event["rawPath"],
            "requestId": event["requestContext"]["requestId"],
            "stage": event["requestContext"]["stage"],
        },
        "body": event["body"] or None,
        "isBase64Encoded": event["isBase64Encoded"],
    }


# Each makes of an event in payload format 2.0 the one of its gateway.
SHAPES: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "HTTP API, payload 2.0": dict,
    "HTTP API, payload 1.0": payload_1,
    "REST API": as_rest,
}
