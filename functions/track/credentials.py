"""The write keys that a request presents, and where.

Basic authorization (the user name, with or without a colon), Bearer, `X-Write-Key` as Jitsu's
`id:secret` of which the id is the key, `writeKey` in the body or in the query.
"""

import re
from base64 import b64decode

from functions.track.delivery import PresentedKey
from functions.track.http import Request
from functions.track.problems import BAD_AUTHORIZATION, OAUTH, Problem
from rapport.domain.event import Json

# An access token of OAuth, header and claims in base64. A write key does not look like it.
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_MASKED = "***"


def outer_keys(request: Request) -> tuple[PresentedKey, ...]:
    """The keys that stand around the body."""
    found = []
    user = _authorized(request)
    if isinstance(user, str) and user:
        found.append(PresentedKey(value=user, place="header"))
    named = request.headers.get("x-write-key", "").strip().partition(":")[0]
    if named:
        found.append(PresentedKey(value=named, place="header"))
    if request.query.get("writeKey"):
        found.append(PresentedKey(value=request.query["writeKey"], place="query"))
    return tuple(found)


def body_keys(value: Json) -> tuple[PresentedKey, ...]:
    """The key in a body. Jitsu hides the part behind the colon, or all of a key without one."""
    if not isinstance(value, str):
        return ()
    name = value.removesuffix(f":{_MASKED}")
    return () if name in {"", _MASKED} else (PresentedKey(value=name, place="body"),)


def authorization_problem(request: Request) -> Problem | None:
    """What is wrong with the Authorization header, whatever other keys there are."""
    found = _authorized(request)
    return found if isinstance(found, Problem) else None


def _authorized(request: Request) -> str | Problem | None:
    header = request.headers.get("authorization", "").strip()
    if not header:
        return None
    scheme, _, credentials = header.partition(" ")
    match scheme.lower():
        case "basic":
            return _user(credentials.strip())
        case "bearer":
            return OAUTH if _TOKEN.fullmatch(credentials.strip()) else credentials.strip()
    return BAD_AUTHORIZATION


def _user(credentials: str) -> str | Problem:
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[0]
    except ValueError:
        return BAD_AUTHORIZATION
