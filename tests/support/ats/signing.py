"""Deliveries signed as each vendor signs them, by the recipe that the vendor publishes.

`connection(vendor)` is a connection with a current and a previous secret; `deliver` gives the
headers and the bytes of one delivery, signed with the current one. To sign with another secret,
`dataclasses.replace` the connection's `secrets`. Header names are lower-case, as adapters get them.

Lever signs inside the body: `deliver` writes `token`, `triggeredAt` and `signature` into it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from rapport.ats import Connection

NOTHING: Mapping[str, str] = MappingProxyType({})
# Connection, raw body, now, what other headers the delivery has → all its headers.
Signer: TypeAlias = Callable[[Connection, bytes, datetime, Mapping[str, str]], dict[str, str]]
# SmartRecruiters signs with every key that is still valid.
SMARTRECRUITERS_KEYS = 16
SMARTRECRUITERS_SIGNED = ("event-id", "event-name", "event-version", "link")


@dataclass(frozen=True, kw_only=True)
class Signed:
    """One delivery as it comes: lower-case header names, and the bytes."""

    headers: Mapping[str, str]
    body: bytes


def connection(vendor: str, name: str = "", *, generation: int = 2) -> Connection:
    """A connection of that vendor; `generation` counts up when a secret is rotated."""
    name = name or f"{vendor}-main"
    secrets = tuple(_secret(vendor, name, each) for each in (generation, generation - 1))
    return Connection(name=name, vendor=vendor, secrets=secrets)


def deliver(
    to: Connection, payload: object, now: datetime, headers: Mapping[str, str] = NOTHING
) -> Signed:
    """A delivery of a payload: JSON of it, or its bytes as they are, signed with what `to` has."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    if to.vendor == "lever":
        raw = lever_body(to, raw, now)
    return Signed(headers=SIGNERS[to.vendor](to, raw, now, headers), body=raw)


def greenhouse(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`Signature: sha256 <hex>`, with a space."""
    told = {"greenhouse-event-id": _ident(raw, now), "content-type": "application/json"}
    return {**told, **headers, "signature": f"sha256 {_hex(to, raw)}"}


def ashby(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`Ashby-Signature: sha256=<hex>`, with an equals sign."""
    del now
    told = {"content-type": "application/json"}
    return {**told, **headers, "ashby-signature": f"sha256={_hex(to, raw)}"}


def lever(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """No header at all: see `lever_body`."""
    del to, raw, now
    return {"content-type": "application/json", **headers}


def lever_body(to: Connection, raw: bytes, now: datetime, *, token: str = "") -> bytes:
    """The body with `token`, `triggeredAt` (ms) and the signature over these two."""
    body = json.loads(raw)
    at = int(now.timestamp() * 1000)
    token = token or _ident(raw, now)
    key = (*to.event_secrets.get(body.get("event", ""), ()), *to.secrets)[0]
    signature = _mac(key.encode(), f"{token}{at}".encode()).hex()
    return json.dumps({**body, "triggeredAt": at, "token": token, "signature": signature}).encode()


def standard(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`webhook-signature: v1,<base64>` over `id.timestamp.body`."""
    told = {
        "webhook-id": f"msg_{_ident(raw, now)}",
        "webhook-timestamp": _seconds(now),
        "content-type": "application/json",
        **headers,
    }
    key = base64.b64decode(to.secrets[0].removeprefix("whsec_"))
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + raw
    return {**told, "webhook-signature": f"v1,{base64.b64encode(_mac(key, signed)).decode()}"}


def smartrecruiters(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`v1=<hex>;v1=<hex>`, one for each of up to 16 keys; a header that is missing counts as ""."""
    told = {"smartrecruiters-timestamp": _seconds(now), **headers}
    parts = [told["smartrecruiters-timestamp"].encode(), raw]
    parts += [told.get(name, "").encode() for name in SMARTRECRUITERS_SIGNED]
    signed = b".".join(parts)
    keys = to.secrets[:SMARTRECRUITERS_KEYS]
    each = (f"v1={_mac(key.encode(), signed).hex()}" for key in keys)
    return {**told, "smartrecruiters-signature": ";".join(each)}


def teamtailor(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`TT-Signature`: base64 of `t=<s>,v2=<hex>` over `<s>.<body>`."""
    at = _seconds(now)
    told = f"t={at},v2={_hex(to, at.encode() + b'.' + raw)}"
    return {**headers, "tt-signature": base64.b64encode(told.encode()).decode()}


def kombo(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`X-Kombo-Signature`: base64url without padding."""
    del now
    return {**headers, "x-kombo-signature": _base64url(to, raw).rstrip("=")}


def merge(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`X-Merge-Webhook-Signature`: base64url."""
    del now
    return {**headers, "x-merge-webhook-signature": _base64url(to, raw)}


def huntflow(
    to: Connection, raw: bytes, now: datetime, headers: Mapping[str, str] = NOTHING
) -> dict[str, str]:
    """`X-Huntflow-Signature: <hex>`, and two headers that are not signed."""
    told = {"x-huntflow-delivery": _ident(raw, now), "x-huntflow-event": "APPLICANT"}
    return {**told, **headers, "x-huntflow-signature": _hex(to, raw)}


SIGNERS: Mapping[str, Signer] = MappingProxyType(
    {
        "greenhouse": greenhouse,
        "ashby": ashby,
        "lever": lever,
        "standard": standard,
        "smartrecruiters": smartrecruiters,
        "teamtailor": teamtailor,
        "kombo": kombo,
        "merge": merge,
        "huntflow": huntflow,
    }
)
# The header in which each has its signature; Lever's stands in the body.
SIGNATURE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "greenhouse": "signature",
        "ashby": "ashby-signature",
        "standard": "webhook-signature",
        "smartrecruiters": "smartrecruiters-signature",
        "teamtailor": "tt-signature",
        "kombo": "x-kombo-signature",
        "merge": "x-merge-webhook-signature",
        "huntflow": "x-huntflow-signature",
    }
)


def with_secrets(to: Connection, *secrets: str) -> Connection:
    """The same connection with other secrets, the current first."""
    return replace(to, secrets=secrets)


def _secret(vendor: str, name: str, generation: int) -> str:
    made = hashlib.sha256(f"{name} {generation}".encode()).digest()
    return f"whsec_{base64.b64encode(made).decode()}" if vendor == "standard" else made.hex()[:48]


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _hex(to: Connection, signed: bytes) -> str:
    return _mac(to.secrets[0].encode(), signed).hex()


def _base64url(to: Connection, raw: bytes) -> str:
    return base64.urlsafe_b64encode(_mac(to.secrets[0].encode(), raw)).decode()


def _seconds(now: datetime) -> str:
    return str(int(now.timestamp()))


def _ident(raw: bytes, now: datetime) -> str:
    """An id that is the same for the same delivery and for no other."""
    return hashlib.sha256(raw + now.isoformat().encode()).hexdigest()[:32]
