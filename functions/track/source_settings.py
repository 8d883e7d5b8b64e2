"""What browser SDKs load before they send anything: settings of the source that a key belongs to.

They name no destination, for there is none but this door, and switch off what the SDKs would tell
their makers. A key that cannot be checked now gets its settings all the same: they hold nothing
that the caller does not have, and without them a page would track nothing until it is left.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from functions.track.credentials import authorization_problem, outer_keys
from functions.track.delivery import PresentedKey
from functions.track.dialects import Goal, Way
from functions.track.http import Request
from functions.track.keys import WriteKeys
from functions.track.problems import (
    BAD_HOST,
    KEY_IN_URL,
    KEYS_DISAGREE,
    NO_KEY,
    UNKNOWN_KEY,
    Problem,
    answer,
)
from rapport.domain.event import Json, Trust
from rapport.errors import RetryableError
from rapport.headers import SAFE

SEGMENT, CUSTOMER_IO = "Segment.io", "Customer.io Data Pipelines"
# Customer.io's SDK finds its own settings below this part of a path.
CUSTOMER_IO_PREFIX = "customerio"
# As long as a key that was revoked may still open the door.
KEEP_SECONDS = 60
# Where nobody stands between us and the caller to say what he speaks.
_OWN_MACHINE = re.compile(r"(?:127\.0\.0\.1|\[::1\]|(?:.+\.)?localhost)(?::\d+)?", re.IGNORECASE)
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def settings_answer(request: Request, way: Way, keys: WriteKeys) -> dict[str, Any]:
    """The gateway's answer for an SDK that starts."""
    if way.goal is Goal.SOURCE_CONFIG and request.query.get("view") == "ad":
        # RudderStack's SDK looks whether something on the page keeps its requests back.
        return _told({})
    key = _key(request, way, keys)
    if isinstance(key, Problem):
        return answer(key)
    if way.goal is Goal.SOURCE_CONFIG:
        return _told(_source(key))
    host = request.headers.get("host") or request.domain
    if not _HOST.fullmatch(host):
        return answer(BAD_HOST)
    door: dict[str, Json] = {
        "apiKey": key,
        "apiHost": f"{host}{quote(way.prefix)}/v1",
        "protocol": _protocol(request, host),
    }
    # Both ask for the same path, and a second name would make either load parts from its maker.
    theirs = CUSTOMER_IO_PREFIX in way.prefix.split("/")
    return _told(_integrations(door, CUSTOMER_IO if theirs else SEGMENT))


def _key(request: Request, way: Way, keys: WriteKeys) -> str | Problem:
    presented = outer_keys(request)
    if way.goal is Goal.SETTINGS:
        presented = (*presented, PresentedKey(value=way.parts[0], place="query"))
    problem = authorization_problem(request)
    if problem is not None:
        return problem
    values = {key.value for key in presented}
    if len(values) != 1:
        return KEYS_DISAGREE if values else NO_KEY
    [value] = values
    try:
        key = keys.write_key(value)
    except RetryableError:
        return value
    if key is None or not key.enabled:
        return UNKNOWN_KEY
    in_url = any(each.place == "query" for each in presented)
    return KEY_IN_URL if in_url and key.trust is Trust.VERIFIED else value


def _integrations(door: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    """For `@segment/analytics-next`, or for Customer.io's SDK, which is made of it."""
    return {
        "integrations": {name: dict(door)},
        # Without a word of ours the SDK reports on itself to its maker.
        "metrics": {"sampleRate": 0, "host": door["apiHost"]},
        "remotePlugins": [],
    }


def _source(key: str) -> Mapping[str, Json]:
    """For `@rudderstack/analytics-js`."""
    quiet: dict[str, Json] = {"enabled": False}
    return {
        "source": {
            "id": key,
            "name": key,
            "writeKey": key,
            "workspaceId": "rapport",
            "enabled": True,
            "config": {"statsCollection": {"errors": quiet, "metrics": quiet}},
            "destinations": [],
        },
    }


def _protocol(request: Request, host: str) -> str:
    """What the caller's side of the gateway speaks; of several gateways, the outermost."""
    said = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    if said in {"http", "https"}:
        return said
    return "http" if _OWN_MACHINE.fullmatch(host) else "https"


def _told(value: Mapping[str, Json]) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {
            **SAFE,
            "cache-control": f"private, max-age={KEEP_SECONDS}",
            "content-type": "application/json",
        },
        "body": json.dumps(value, separators=(",", ":")),
    }
