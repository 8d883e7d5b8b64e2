"""Cursors: where the next page of a list begins, signed, so that nobody leads us elsewhere.

A cursor is `<key id>.<base64url of MAC and place>`, and bound to what is listed: altered, of
another list, of somebody else, or of the same list after it was changed, it is refused.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from rapport.errors import RapportError

MAX_CURSOR_CHARS = 600
_MAC_BYTES = 16


class CursorError(RapportError):
    """Not a cursor of this list; ask for the first page again."""


def cursor_to(place: str, ring: Mapping[str, bytes], what: str) -> str:
    """The cursor that leads behind a place in what `what` names, made with the newest key."""
    kid = max(ring)
    payload = place.encode()
    text = urlsafe_b64encode(_mac(ring[kid], kid, what, payload) + payload).rstrip(b"=").decode()
    return f"{kid}.{text}"


def place_of(cursor: str, ring: Mapping[str, bytes], what: str) -> str:
    """Where a cursor leads; empty for the empty one. CursorError for any that is not ours."""
    if not cursor:
        return ""
    kid, _, text = cursor.partition(".")
    raw = _raw(text) if len(cursor) <= MAX_CURSOR_CHARS and cursor.isascii() else b""
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if kid not in ring or not hmac.compare_digest(mac, _mac(ring[kid], kid, what, payload)):
        msg = "That is no cursor of this list and order as they are now; begin with the first page."
        raise CursorError(msg)
    return payload.decode()


def _raw(text: str) -> bytes:
    """What is written so; nothing for text that has another spelling of the same."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return raw if urlsafe_b64encode(raw).rstrip(b"=").decode() == text else b""


def _mac(key: bytes, kid: str, what: str, payload: bytes) -> bytes:
    told = f"cursor\x00{kid}\x00{what}\x00".encode()
    return hmac.digest(key, told + payload, hashlib.sha256)[:_MAC_BYTES]
