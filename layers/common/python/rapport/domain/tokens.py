"""Links that candidates are sent, and pages that they open: opaque, bound to one purpose.

A token is `v1.<key id>.<payload>.<mac>`, each part base64url without padding; the payload is a
send key, never an address. Any change of a single character is refused. Tokens carry no expiry:
an unsubscribe link must work for years. Keys rotate by adding one; old ones go on verifying.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256

VERSION = "v1"
MAC_BYTES = 16
_PARTS = 4


class Purpose(StrEnum):
    """What a token may be used for; one made for another purpose does not verify."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    CLICK = "click"
    REPLY = "reply"
    FORM = "form"
    DOOR = "door"


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes | None:
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if _b64(raw) == text else None


def _mac(key: bytes, purpose: Purpose, kid: str, payload: str) -> bytes:
    return hmac.new(key, f"{VERSION}\x00{purpose}\x00{kid}\x00{payload}".encode(), sha256).digest()[
        :MAC_BYTES
    ]


def issue(ring: Mapping[str, bytes], purpose: Purpose, send_key: str) -> str:
    """A token over a send key (64 hex characters), made with the newest key of the ring."""
    kid = max(ring)
    payload = _b64(bytes.fromhex(send_key))
    return f"{VERSION}.{kid}.{payload}.{_b64(_mac(ring[kid], purpose, kid, payload))}"


def verify(ring: Mapping[str, bytes], purpose: Purpose, token: str) -> str | None:
    """The send key in a token, or None for whatever else was handed in."""
    parts = token.split(".")
    if len(parts) != _PARTS or not token.isascii() or parts[0] != VERSION or parts[1] not in ring:
        return None
    _, kid, payload, mac = parts
    given = _unb64(mac)
    raw = _unb64(payload)
    if given is None or raw is None:
        return None
    if not hmac.compare_digest(given, _mac(ring[kid], purpose, kid, payload)):
        return None
    return raw.hex()
