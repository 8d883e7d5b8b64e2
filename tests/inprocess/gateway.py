"""Requests as the HTTP API hands them to a function, by the routes of the template."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def matched(routes: Mapping[str, str], method: str, path: str) -> tuple[str, str, dict[str, str]]:
    """The route key, the function behind it, and the parameters in the path.

    As a gateway ranks them: a path to its end before one that ends in a greedy parameter.
    """
    for key in sorted(routes, key=lambda each: "+}" in each):
        verb, _, template = key.partition(" ")
        found = _pattern(template).fullmatch(path) if verb == method else None
        if found is not None:
            return key, routes[key], found.groupdict()
    message = f"no route for {method} {path}"
    raise AssertionError(message)


def _pattern(template: str) -> re.Pattern[str]:
    """`/u/{token}` takes one part of a path, `/{path+}` all the rest of it."""
    parts = re.split(r"\{(\w+\+?)\}", template)
    return re.compile(
        "".join(
            re.escape(part)
            if place % 2 == 0
            else f"(?P<{part.rstrip('+')}>{'.+' if part.endswith('+') else '[^/]+'})"
            for place, part in enumerate(parts)
        ),
        re.DOTALL,
    )


def request(
    routes: Mapping[str, str],
    method: str,
    url: str,
    *,
    body: str = "",
    headers: Mapping[str, str] | None = None,
    claims: Mapping[str, str] | None = None,
) -> tuple[str, dict[str, Any]]:
    """The function that a request reaches, and the event it gets (payload format 2.0).

    A body whose type is not textual travels as base64, on AWS as here. `claims`: of the token,
    where the gateway has looked at one.
    """
    found = urlsplit(url)
    key, function, path_parameters = matched(routes, method, found.path)
    named = {name.lower(): value for name, value in (headers or {}).items()}
    textual = named.get("content-type", "").startswith(("application/json", "text/"))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": found.path,
        "rawQueryString": found.query,
        "headers": named,
        "requestContext": {
            "http": {
                "method": method,
                "path": found.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "198.51.100.23",
                "userAgent": "a browser",
            },
            "requestId": "req-1",
            "routeKey": key,
            "stage": "$default",
        },
        "isBase64Encoded": bool(body) and not textual,
    }
    if claims:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    if body:
        event["body"] = body if textual else b64encode(body.encode()).decode()
    if found.query:
        event["queryStringParameters"] = dict(parse_qsl(found.query))
    if path_parameters:
        event["pathParameters"] = path_parameters
    return function, event
