"""JSON as bytes of a row, deflated where that makes it smaller: a write is paid by the kilobyte."""

import json
import zlib

# Below it, deflating saves no write unit that the row would otherwise cost.
_DEFLATED_FROM = 256
# With what zlib begins, and JSON never does.
_DEFLATED = b"\x78"


def dumps(value: object) -> str:
    """Canonical JSON: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def packed(text: str) -> bytes:
    """JSON text as it is stored."""
    plain = text.encode()
    if len(plain) < _DEFLATED_FROM:
        return plain
    return min(plain, zlib.compress(plain, 9), key=len)


def unpacked(stored: bytes) -> str:
    """The inverse of `packed`."""
    return (zlib.decompress(stored) if stored.startswith(_DEFLATED) else stored).decode()
