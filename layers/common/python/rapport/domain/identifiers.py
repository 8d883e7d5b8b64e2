"""Identifiers of candidates: which exist, which are believable, and how keys name them.

An `Identifier` is a normalised value (`email`, `ana@inbox.halden.example`); a `Ref` is the same
identifier as it may stand in keys, logs and bus details: `<namespace>#<keyed hash>`.

Values, normalised
    user      as it came                             `7`, `Ana.Berg`
    ats       `<vendor>:<instance>:<id>`             `greenhouse:halden:4711`
    linkedin  `in/<name>`, lower case                `in/ana-berg`
    email     lower case, domain in IDNA             `ana@inbox.halden.example`
    phone     E.164, the extension kept              `+4722334455;ext=12`
    anon      as it came
Letters that only look alike are different letters: what cannot be seen is removed, all else stays.

Strong namespaces name a person, weak ones only a browser. Source of the blocked values: what
tracking SDKs are known to send when a variable was empty (PostHog and Segment publish such lists).
"""

import hashlib
import hmac
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NewType
from urllib.parse import unquote, urlsplit

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
# Half a surrogate pair is legal in JSON and cannot be stored.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Soft hyphens, zero-width characters, marks of direction: they come along when text is pasted.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# No identifier has more, and turning a number of thousands of digits into text takes long.
_MAX_INT_BITS = 512
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>[a-z0-9.-]{3,253})")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ATS = re.compile(r"([a-z0-9][a-z0-9._-]{0,63}):([a-z0-9][a-z0-9._-]{0,63}):(\S{1,128})")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}(;ext=[0-9]{1,11})?")
_ONE_DIGIT = re.compile(r"\+?([0-9])\1*")
# Typed into a field that wants a number and nothing else.
_KEYBOARD = ("123456789", "987654321")
_LINKEDIN_HOST = re.compile(r"([a-z]{1,3}\.)?linkedin\.com")
_PUB_STEPS = 5
_LINKEDIN_NAME = re.compile(r"[^\s/?#%@]{2,200}")
# Pages of LinkedIn's own, and what templates put there.
_LINKEDIN_NOBODY = frozenset({"edit", "me", "profile", "unavailable", "username", "yourname"})
# One mailbox under several names.
_SAME_DOMAIN = {
    "googlemail.com": "gmail.com",
    "mac.com": "icloud.com",
    "me.com": "icloud.com",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
}
_DOTS_ARE_NOTHING = frozenset({"gmail.com", "proton.me"})


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """One normalised identifier value. Build it with `identifier()`, which may refuse."""

    ns: Namespace
    value: str


def identifier(ns: Namespace, raw: object) -> Identifier | None:
    """The identifier that `raw` names, or None for garbage, which must never become a node.

    A phone number must be in its normal form already; `rapport.extraction` reads those that people
    write.
    """
    value = cleaned(raw)
    if value is None:
        return None
    normal = _NORMAL[ns](value) if ns in _NORMAL else value
    return None if normal is None else Identifier(ns=ns, value=normal)


def cleaned(raw: object) -> str | None:
    """Text, or a whole number as text, without what cannot be seen; None for garbage."""
    text = _text(raw)
    if text is None:
        return None
    value = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).strip()
    if is_blocked(value) or _CONTROL.search(value) or len(value.encode()) > MAX_VALUE_BYTES:
        return None
    return value


def is_blocked(value: str) -> bool:
    """Whether a value is what senders put where they have none."""
    bare = value.strip("\"'").strip().lower()
    return bare in BLOCKED_VALUES or _ONLY_ZEROS_AND_DASHES.fullmatch(bare) is not None


def _text(raw: object) -> str | None:
    """Text, or a number as text, that is short enough to be looked at."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return None
    if isinstance(raw, int) and raw.bit_length() > _MAX_INT_BITS:
        return None
    text = str(raw)
    # Before it is normalised, which takes time by the square of a row of combining marks.
    return text if len(text) <= MAX_VALUE_BYTES else None


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


def folded_email(address: str) -> str:
    """The mailbox that a normalised address probably is; to suggest with, never to link by.

    Plus tags are dropped everywhere, dots where the provider ignores them; names of one provider
    are one.
    """
    local, _, domain = address.rpartition("@")
    domain = _SAME_DOMAIN.get(domain, domain)
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if domain in _DOTS_ARE_NOTHING else local}@{domain}"


def _ats(value: str) -> str | None:
    vendor, _, rest = value.partition(":")
    instance, _, own = rest.partition(":")
    normal = f"{vendor.strip().lower()}:{instance.strip().lower()}:{own.strip()}"
    return normal if _ATS.fullmatch(normal) and not is_blocked(own) else None


def _phone(value: str) -> str | None:
    number = value.partition(";")[0]
    made_up = _ONE_DIGIT.fullmatch(number[3:]) or any(row in number for row in _KEYBOARD)
    return value if _PHONE.fullmatch(value) and not made_up else None


def _linkedin(value: str) -> str | None:
    """`in/<name>` of the address of a person's page, however it is written."""
    try:
        url = urlsplit(value if "://" in value else f"https://{value.lstrip('/')}")
        host = url.hostname or ""
    except ValueError:
        return None
    at_home = _LINKEDIN_HOST.fullmatch(host) is not None
    path = url.path if at_home else f"{host}{url.path}"
    steps = [step for step in path.split("/") if step]
    if steps[:1] == ["mwlite"]:
        del steps[0]
    kind = steps[0].lower() if steps else ""
    if kind == "pub" and at_home and len(steps) == _PUB_STEPS:
        _, name, *rest = steps
        return _linkedin_name(f"{name}-{''.join(reversed(rest))}")
    return _linkedin_name(steps[1]) if kind == "in" and len(steps) > 1 else None


def _linkedin_name(written: str) -> str | None:
    name = (cleaned(unquote(written)) or "").lower()
    fits = _LINKEDIN_NAME.fullmatch(name) is not None
    return f"in/{name}" if fits and name not in _LINKEDIN_NOBODY else None


_NORMAL: Mapping[Namespace, Callable[[str], str | None]] = {
    Namespace.ATS: _ats,
    Namespace.LINKEDIN: _linkedin,
    Namespace.EMAIL: normalise_email,
    Namespace.PHONE: _phone,
}


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


@lru_cache(maxsize=4096)
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
