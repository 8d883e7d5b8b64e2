"""Why a whole request is refused: the closed list of answers other than success.

Some SDKs retry for ever when an error lacks `code`, so every answer carries one. A single message
that is refused has the codes of `rapport.domain.wire.Refusal`.
"""

import json
from dataclasses import dataclass
from typing import Any

from rapport.domain.limits import MAX_REQUEST_BYTES, MAX_UNPACKED_BYTES
from rapport.domain.wire import Refusal
from rapport.events import CALLS
from rapport.headers import SAFE
from rapport.routes import BATCH


@dataclass(frozen=True, kw_only=True)
class Problem:
    """HTTP status, code for programs, message for people.

    `retry_after`: seconds after which the same may be sent again. `allow`: the methods that the
    path takes.
    """

    status: int
    code: str
    message: str
    retry_after: int | None = None
    allow: tuple[str, ...] = ()


NOT_FOUND = Problem(
    status=404,
    code="not_found",
    message=f"POST to /v1/ and one of {', '.join((BATCH, *CALLS))}.",
)
NO_SUCH_SCHEMA = Problem(
    status=404, code="unknown_schema", message="There is no such schema; /schemas lists them."
)
NOT_ALLOWED = Problem(
    status=405, code="method_not_allowed", message="The path takes the methods in Allow only."
)
BAD_HOST = Problem(
    status=400, code="invalid_host", message="The Host header must be a host name and a port."
)
BAD_ENCODING = Problem(
    status=400,
    code="invalid_encoding",
    message="The body must be UTF-8, plain or compressed as one gzip stream.",
)
TOO_LARGE = Problem(
    status=400,
    code="body_too_large",
    message=(
        f"The body must be at most {MAX_REQUEST_BYTES} bytes, and {MAX_UNPACKED_BYTES} unpacked,"
        " with the batch's context in every message and values of a reasonable number."
    ),
)
BAD_JSON = Problem(
    status=400, code="invalid_json", message="The body must be exactly one JSON object."
)
NO_BATCH = Problem(
    status=400, code="invalid_batch", message="A batch needs its messages as an array in batch."
)
TOO_MANY = Problem(status=400, code=Refusal.TOO_MANY.value, message=Refusal.TOO_MANY.meaning)
BAD_AUTHORIZATION = Problem(
    status=401,
    code="unsupported_authorization",
    message="Give the write key as the user name of Basic, as Bearer, or in the body.",
)
OAUTH = Problem(
    status=401,
    code="oauth_not_supported",
    message="Access tokens are not taken; give the write key itself.",
)
NO_KEY = Problem(status=401, code="missing_write_key", message="No write key was given.")
UNKNOWN_KEY = Problem(
    status=401, code="unknown_write_key", message="The write key is not known or was revoked."
)
KEYS_DISAGREE = Problem(
    status=401,
    code="write_keys_disagree",
    message="The write keys of header, body and query differ.",
)
KEY_IN_URL = Problem(
    status=401,
    code="secret_key_in_url",
    message="A secret key must not stand in a URL, which is kept on its way; make a new one.",
)
KEY_IN_BROWSER = Problem(
    status=403,
    code="secret_key_in_browser",
    message="A secret key must not be used by a page; make a new one, and give pages their own.",
)
FOREIGN_ORIGIN = Problem(
    status=403,
    code="origin_not_allowed",
    message="The write key is not for pages of this origin.",
)
RATE_LIMITED = Problem(
    status=429, code="rate_limited", message="Too many events; send them again after Retry-After."
)
UNAVAILABLE = Problem(
    status=503,
    code="unavailable",
    message="The events could not be stored now; send them again.",
    retry_after=5,
)
INTERNAL = Problem(
    status=500, code="internal", message="The request met a fault of ours, which was logged."
)


def answer(problem: Problem | None) -> dict[str, Any]:
    """The gateway's answer. SDKs test for exactly 200 and a JSON object."""
    body: dict[str, bool | str] = {"success": problem is None}
    headers = {**SAFE, "content-type": "application/json"}
    if problem is not None:
        body |= {"code": problem.code, "message": problem.message}
        headers |= _guidance(problem)
    return {
        "statusCode": 200 if problem is None else problem.status,
        "headers": headers,
        "body": json.dumps(body, separators=(",", ":")),
    }


def _guidance(problem: Problem) -> dict[str, str]:
    """What a program may do about it, as headers."""
    found = {"allow": ", ".join(problem.allow)} if problem.allow else {}
    if problem.retry_after is not None:
        found["retry-after"] = str(problem.retry_after)
        if problem.status == RATE_LIMITED.status:
            found["x-ratelimit-reset"] = str(problem.retry_after)
    return found
