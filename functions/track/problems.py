"""Why a whole request is refused: the closed list of answers other than success.

Some SDKs retry for ever when an error lacks `code`, so every answer carries one. A single message
that is refused has the codes of `rapport.domain.wire.Refusal`.
"""

import json
from dataclasses import dataclass
from typing import Any

from rapport.domain.wire import Refusal
from rapport.events import CALLS

BATCH = "batch"
# What Lambda itself takes as a request without compression.
MAX_DECOMPRESSED_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Problem:
    """HTTP status, code for programs, message for people."""

    status: int
    code: str
    message: str


NOT_FOUND = Problem(
    status=404,
    code="not_found",
    message=f"POST to /v1/ and one of {', '.join((BATCH, *CALLS))}.",
)
BAD_ENCODING = Problem(
    status=400,
    code="invalid_encoding",
    message="The body must be UTF-8, plain or compressed as one gzip stream.",
)
TOO_LARGE = Problem(
    status=400,
    code="body_too_large",
    message=f"The body must unpack to at most {MAX_DECOMPRESSED_BYTES} bytes.",
)
BAD_JSON = Problem(
    status=400, code="invalid_json", message="The body must be exactly one JSON object."
)
TOO_DEEP = Problem(status=400, code=Refusal.TOO_DEEP.value, message=Refusal.TOO_DEEP.meaning)
NO_BATCH = Problem(
    status=400, code="invalid_batch", message="A batch needs its messages as an array in batch."
)
BAD_AUTHORIZATION = Problem(
    status=401,
    code="unsupported_authorization",
    message="Give the write key as the user name of Basic authorization, or in the body.",
)
NO_KEY = Problem(status=401, code="missing_write_key", message="No write key was given.")
UNKNOWN_KEY = Problem(
    status=401, code="unknown_write_key", message="The write key is not known or was revoked."
)
KEYS_DISAGREE = Problem(
    status=401,
    code="write_keys_disagree",
    message="The write keys of the Authorization header and of the body differ.",
)
UNAVAILABLE = Problem(
    status=503, code="unavailable", message="The events could not be stored now; send them again."
)
INTERNAL = Problem(
    status=500, code="internal", message="The request met a fault of ours, which was logged."
)


def answer(problem: Problem | None) -> dict[str, Any]:
    """The gateway's answer. SDKs test for exactly 200 and a JSON object."""
    body: dict[str, bool | str] = {"success": problem is None}
    if problem is not None:
        body |= {"code": problem.code, "message": problem.message}
    return {
        "statusCode": 200 if problem is None else problem.status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body, separators=(",", ":")),
    }
