"""The addresses that mail comes back to: `r+<tag>@…` for replies, `unsub+<tag>@…` to leave.

A tag is the send key and a MAC as one number in base 36. It stands before the `@`, where RFC 5321
allows 64 characters and where mail programs may change capitals, so the tokens of links (longer,
case-sensitive) do not fit. The MAC is short (40 bits) because it only tells slips and guesses
apart: a send key is 256 bits that nobody but the recipient of that mail has seen. No key id fits
in; all keys of the ring are tried.
"""

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256

from rapport.domain.tokens import Purpose

PREFIXES: Mapping[Purpose, str] = {Purpose.REPLY: "r", Purpose.UNSUBSCRIBE: "unsub"}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE = len(_DIGITS)
_KEY_BYTES = 32
_MAC_BYTES = 5
_TAG_CHARS = 58
_TAG = re.compile(rf"[0-9a-z]{{{_TAG_CHARS}}}")


def mailbox(ring: Mapping[str, bytes], purpose: Purpose, send_key: str, domain: str) -> str:
    """The address on `domain` that stands for one mail (64 hex characters) and purpose.

    KeyError for a purpose that has no address.
    """
    raw = bytes.fromhex(send_key)
    number = int.from_bytes(raw + _mac(ring[max(ring)], purpose, raw))
    return f"{PREFIXES[purpose]}+{_base36(number)}@{domain}"


def found_in(ring: Mapping[str, bytes], address: str, domain: str) -> tuple[Purpose, str] | None:
    """What an address on `domain` stands for: purpose and send key; None for any other address."""
    local, _, host = address.strip().lower().rpartition("@")
    prefix, plus, tag = local.partition("+")
    if not plus or host != domain.lower() or not _TAG.fullmatch(tag):
        return None
    number = int(tag, _BASE)
    if number.bit_length() > 8 * (_KEY_BYTES + _MAC_BYTES):
        return None
    raw = number.to_bytes(_KEY_BYTES + _MAC_BYTES)
    key, mac = raw[:_KEY_BYTES], raw[_KEY_BYTES:]
    for purpose, own in PREFIXES.items():
        if own == prefix:
            made = any(hmac.compare_digest(mac, _mac(k, purpose, key)) for k in ring.values())
            return (purpose, key.hex()) if made else None
    return None


def _mac(key: bytes, purpose: Purpose, raw: bytes) -> bytes:
    return hmac.new(key, b"mailbox\x00" + purpose.encode() + b"\x00" + raw, sha256).digest()[
        :_MAC_BYTES
    ]


def _base36(number: int) -> str:
    digits = []
    for _ in range(_TAG_CHARS):
        number, digit = divmod(number, _BASE)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
