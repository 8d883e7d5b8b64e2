"""A call told by the address of an image, for mails and pages without a script.

`?writeKey=…&anonymousId=…&properties.job_id=…`: dots in a name make objects. The answer is always
the image; whoever shows it can do nothing about a problem.
"""

from collections.abc import Mapping
from typing import Any

from functions.track.http import Request
from rapport.domain.event import Json
from rapport.domain.wire import MAX_DEPTH
from rapport.headers import SAFE

# One transparent dot.
GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def told(request: Request, call: str) -> Json:
    """The message that a query tells.

    Each time that an image is fetched is an event of its own, so one without a `messageId` is named
    by its request.
    """
    message: dict[str, Json] = {"messageId": request.request_id}
    for name, value in request.query.items():
        _put(message, name.split(".", MAX_DEPTH), value)
    return {**message, "type": call}


def image() -> dict[str, Any]:
    """The gateway's answer."""
    return {
        "statusCode": 200,
        "headers": {
            **SAFE,
            "content-type": "image/gif",
            "cross-origin-resource-policy": "cross-origin",
        },
        "body": GIF,
        "isBase64Encoded": True,
    }


def _put(message: dict[str, Json], names: list[str], value: str) -> None:
    """Put a value in its place; an object wins over a text of the same name."""
    *outer, last = names
    for name in outer:
        inner = message.get(name)
        if not isinstance(inner, dict):
            inner = message[name] = {}
        message = inner
    if not isinstance(message.get(last), Mapping):
        message[last] = value
