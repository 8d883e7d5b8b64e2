"""Requests as the HTTP API hands them to a function (payload format 2.0)."""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapport.domain.event import Json
from tests.support.redaction import know

SDK_REQUESTS = Path(__file__).parent / "sdk"
RECORDED_KEY = "wk_test_123"
RECORDED = (
    "segment-analytics-python/basic-001",
    "segment-analytics-python/gzip-002",
    "segment-analytics-node/basic-001",
)


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


def recorded(name: str) -> dict[str, Any]:
    """A recorded request of an SDK, byte for byte, as the gateway would pass it on."""
    request = json.loads((SDK_REQUESTS / f"{name}.json").read_text())
    event = posted(request["path"], body=request["body_verbatim"], headers=dict(request["headers"]))
    if request["body_raw_b64"] is not None:
        event |= {"body": request["body_raw_b64"], "isBase64Encoded": True}
    return event
