"""A gateway event as one request, whichever gateway made it.

Payload 2.0 and 1.0 of the HTTP API and the event of the REST API differ in the names of fields, in
the case of headers and in how what came twice is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

# More is no query of an SDK; the gateway takes some 10 KB.
MAX_PARAMETERS = 500


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. `path` is the whole one, that of the stage included; `base` is the stage's.

    Names of headers are in lower case. `body` is as the gateway gave it, `flagged` if as base64.
    """

    method: str
    path: str
    base: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    flagged: bool
    source_ip: str
    domain: str
    request_id: str


def read_http(event: Mapping[str, Any]) -> Request:
    """The request that a gateway event stands for."""
    context = event["requestContext"]
    modern = "http" in context
    caller = context["http"] if modern else {**context.get("identity", {}), **_first_line(event)}
    path = event["rawPath"] if modern else context.get("path") or event["path"]
    return Request(
        method=caller["method"],
        path=path,
        base=_base(path, context.get("stage") or ""),
        query=_pairs(event.get("rawQueryString") or "") if modern else _parameters(event),
        headers=_headers(event),
        body=event.get("body") or "",
        flagged=bool(event.get("isBase64Encoded")),
        source_ip=caller.get("sourceIp") or "",
        domain=context.get("domainName") or "",
        request_id=context.get("requestId") or "",
    )


def _first_line(event: Mapping[str, Any]) -> dict[str, str]:
    return {"method": event["httpMethod"]}


def _base(path: str, stage: str) -> str:
    """`/prod`, when the gateway has its stage in paths."""
    return f"/{stage}" if stage and path.startswith(f"/{stage}/") else ""


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    """One value per header; what came twice is joined by commas, as payload 2.0 does."""
    single = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    multiple = (event.get("multiValueHeaders") or {}).items()
    return single | {name.lower(): ",".join(values) for name, values in multiple if values}


def _parameters(event: Mapping[str, Any]) -> dict[str, str]:
    """The last of each, as everywhere here."""
    single = event.get("queryStringParameters") or {}
    multiple = (event.get("multiValueQueryStringParameters") or {}).items()
    return single | {name: values[-1] for name, values in multiple if values}


def _pairs(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        return {}
