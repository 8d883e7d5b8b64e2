"""Identifiers of candidates: which exist, which are believable, and how keys name them.

An `Identifier` is a normalised value (`email`, `ana@inbox.halden.example`); a `Ref` is the same
identifier as it may stand in keys, logs and bus details: `<namespace>#<keyed hash>`.
Strong namespaces name a person, weak ones only a browser. Source of the blocked values: what
tracking SDKs are known to send when a variable was empty (PostHog and Segment publish such lists).
"""

import hashlib
import hmac
import re
import unicodedata
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

Ref = NewType("Ref", str)
PersonId = NewType("PersonId", str)

MAX_VALUE_BYTES = 512
REF_HASH_BYTES = 16


class Namespace(StrEnum):
    """Kinds of identifier, strongest first. The order is part of the log's key."""

    USER = "user"
    ATS = "ats"
    LINKEDIN = "linkedin"
    EMAIL = "email"
    PHONE = "phone"
    ANON = "anon"


STRONG: tuple[Namespace, ...] = (
    Namespace.USER,
    Namespace.ATS,
    Namespace.LINKEDIN,
    Namespace.EMAIL,
    Namespace.PHONE,
)
_RANK = {ns: rank for rank, ns in enumerate(Namespace)}

BLOCKED_VALUES = frozenset(
    {
        "",
        "-1",
        "0",
        "[]",
        "[object object]",
        "anonymous",
        "distinct_id",
        "distinctid",
        "email",
        "false",
        "guest",
        "id",
        "nan",
        "none",
        "not_authenticated",
        "null",
        "true",
        "undefined",
        "unknown",
        "user",
        "{}",
    }
)
_ONLY_ZEROS_AND_DASHES = re.compile(r"[0\-\s]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>[a-z0-9.-]{3,253})")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """One normalised identifier value. Build it with `identifier()`, which may refuse."""

    ns: Namespace
    value: str


def identifier(ns: Namespace, raw: object) -> Identifier | None:
    """The identifier that `raw` names, or None for garbage, which must never become a node."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return None
    text = str(raw)
    if len(text) > MAX_VALUE_BYTES:
        # Before it is normalised, which takes time by the square of a row of combining marks.
        return None
    value = unicodedata.normalize("NFC", text).strip()
    bare = value.strip("\"'").strip().lower()
    if bare in BLOCKED_VALUES or _ONLY_ZEROS_AND_DASHES.fullmatch(bare):
        return None
    if len(value.encode()) > MAX_VALUE_BYTES or _CONTROL.search(value):
        return None
    if ns is Namespace.EMAIL:
        address = normalise_email(value)
        return None if address is None else Identifier(ns=ns, value=address)
    return Identifier(ns=ns, value=value)


def normalise_email(raw: str) -> str | None:
    """Lower-case local part, IDNA domain; None when it is no address that SES could serve.

    Dots and plus tags stay: `a.b@` and `ab@` are two people on most domains. SES refuses
    non-ASCII local parts, so they are refused here.
    """
    local, at, domain = raw.strip().rpartition("@")
    if not at:
        return None
    try:
        host = unicodedata.normalize("NFKC", domain).lower().encode("idna").decode("ascii")
    except UnicodeError:
        return None
    address = f"{local.lower()}@{host}"
    match = _EMAIL.fullmatch(address)
    labels = host.split(".")
    plausible = (
        match is not None
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not (local.startswith(".") or local.endswith(".") or ".." in local)
    )
    return address if plausible else None


def ref(pepper: bytes, who: Identifier) -> Ref:
    """`<namespace>#<22 characters>`: HMAC-SHA256 of the identifier, cut to 128 bits."""
    return keyed_ref(pepper, who.ns, who.value)


def keyed_ref(pepper: bytes, ns: Namespace, value: str) -> Ref:
    """Like `ref`, for a value that is already normalised."""
    return Ref(f"{ns}#{keyed_digest(pepper, ns, value)}")


def keyed_digest(pepper: bytes, purpose: str, value: str) -> str:
    """22 characters that stand for a value: HMAC-SHA256 by purpose, cut to 128 bits."""
    digest = hmac.digest(pepper, f"{purpose}\x00{value}".encode(), "sha256")
    return urlsafe_b64encode(digest[:REF_HASH_BYTES]).rstrip(b"=").decode()


def namespace_of(reference: Ref) -> Namespace:
    """The namespace a ref belongs to."""
    return Namespace(reference.partition("#")[0])


def is_strong(reference: Ref) -> bool:
    """Whether the ref names a person rather than a browser."""
    return namespace_of(reference) in STRONG


def rank(reference: Ref) -> int:
    """0 for the namespace that names a person best; cookies come last."""
    return _RANK[namespace_of(reference)]


def person_id(root: Ref) -> PersonId:
    """The public id of the person rooted at an identifier; stable as long as the root is."""
    digest = hashlib.sha256(f"person\x00{root}".encode()).digest()
    return PersonId("p_" + urlsafe_b64encode(digest[:12]).decode())
