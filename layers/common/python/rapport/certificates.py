"""The certificate of an erasure: what was taken away, what stays and why, what was looked for.

It is signed with a key of the vault, so that whoever shows one later can be believed. It names the
person by ids alone and holds no word of theirs.
"""

import hmac
import json
from collections.abc import Mapping
from typing import cast

from rapport.domain.event import Json
from rapport.ports import KeyRings

RING = "certificates"
_SIGNATURE = "signature"


def signed(said: Mapping[str, Json], rings: KeyRings) -> dict[str, Json]:
    """What is said, with a signature under the newest key."""
    keys = rings.ring(RING)
    kid = max(keys)
    return {**said, _SIGNATURE: {"key": kid, "hmac_sha256": _mac(said, keys[kid])}}


def is_genuine(shown: Mapping[str, Json], rings: KeyRings) -> bool:
    """Whether a certificate was signed here and nobody changed it since."""
    signature = shown.get(_SIGNATURE)
    if not isinstance(signature, dict):
        return False
    key = rings.ring(RING).get(str(signature.get("key", "")))
    said = {name: value for name, value in shown.items() if name != _SIGNATURE}
    mac = str(signature.get("hmac_sha256", ""))
    return key is not None and hmac.compare_digest(mac.encode(), _mac(said, key).encode())


def is_clean(shown: Mapping[str, Json]) -> bool:
    """Whether nothing of the person was found at the end, and nothing was still being written."""
    return not shown["restless"] and not any(
        cast("dict[str, Json]", each)["hits"] for each in _stores(shown)
    )


def _stores(shown: Mapping[str, Json]) -> list[Json]:
    return cast("list[Json]", shown["stores"])


def _mac(said: Mapping[str, Json], key: bytes) -> str:
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.digest(key, text.encode(), "sha256").hex()
