"""Where a list goes on: a place in it, signed, and good for one operator, route and question alone.

A cursor is `<key id>.<place>.<mac>`, base64url without padding. Whatever else comes is no cursor.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

from functions.desk.answers import UNFIT, ProblemError

MAX_CURSOR_CHARS = 600
_PARTS = 3


def sealed(ring: Mapping[str, bytes], bound: str, place: str) -> str:
    """A cursor to a place in what `bound` names."""
    kid = max(ring)
    told = _b64(place.encode())
    return f"{kid}.{told}.{_mac(ring[kid], bound, told)}"


def opened(ring: Mapping[str, bytes], bound: str, cursor: str) -> str:
    """The place that a cursor names, empty for no cursor; ProblemError for one that is not ours."""
    if not cursor:
        return ""
    parts = cursor.split(".")
    fits = len(cursor) <= MAX_CURSOR_CHARS and cursor.isascii() and len(parts) == _PARTS
    if not fits or parts[0] not in ring:
        raise ProblemError(UNFIT, "The cursor is not one of this list.")
    kid, told, mac = parts
    if not hmac.compare_digest(mac, _mac(ring[kid], bound, told)):
        raise ProblemError(UNFIT, "The cursor is not one of this list.")
    return urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode()


def _mac(key: bytes, bound: str, told: str) -> str:
    return _b64(hmac.new(key, f"cursor\x00{bound}\x00{told}".encode(), sha256).digest())


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
