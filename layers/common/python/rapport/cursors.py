"""Cursors: where the next page of a list begins, signed, so that nobody leads us elsewhere.

A cursor is `<key id>.<base64url of MAC and place>`, and bound to what is listed: altered, of
another list, or of the same one after it was changed, it is refused.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from rapport.errors import RapportError

_MAC_BYTES = 16
# Whose last place it is: by what people are sorted, the partition, the person.
Place = tuple[int, int, str]


class CursorError(RapportError):
    """Not a cursor of this list; ask for the first page again."""


def cursor_to(place: Place, ring: Mapping[str, bytes], what: str) -> str:
    """The cursor that leads behind a place, made with the newest key."""
    kid = max(ring)
    payload = json.dumps([*place], separators=(",", ":")).encode()
    text = urlsafe_b64encode(_mac(ring[kid], kid, what, payload) + payload).rstrip(b"=").decode()
    return f"{kid}.{text}"


def place_of(cursor: str, ring: Mapping[str, bytes], what: str) -> Place | None:
    """Where a cursor leads; None for the empty one. CursorError for any that is not ours."""
    if not cursor:
        return None
    kid, _, text = cursor.partition(".")
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if kid not in ring or not hmac.compare_digest(mac, _mac(ring[kid], kid, what, payload)):
        msg = "That is no cursor of this list and order as they are now; begin with the first page."
        raise CursorError(msg)
    value, shard, person = json.loads(payload)
    return value, shard, person


def _mac(key: bytes, kid: str, what: str, payload: bytes) -> bytes:
    told = f"segment-cursor\x00{kid}\x00{what}\x00".encode()
    return hmac.digest(key, told + payload, hashlib.sha256)[:_MAC_BYTES]
