"""What a visitor's word and a browser's signals make of a message before it is stored.

The word is read where SDKs put it, never taken from the trust of a key:
    Segment       context.consent.categoryPreferences  {"Analytics": true}
    RudderStack   context.consentManagement            {"allowedConsentIds", "deniedConsentIds"}
Signals: the headers `Sec-GPC` and `DNT` of the visitor's browser, or what its page noted of them in
`context.gpc` and `context.dnt`. A site that asked and was told yes outranks both.

Who may not be recognised for longer than a day is not: the cookie's value is replaced before it
becomes a ref, by one that the message's own day goes into, so that repeats land on themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

from rapport.domain.event import Json

CATEGORY = "analytics"
# Prefixes that are shared by many people: what is left of an address.
_IPV4_BITS, _IPV6_BITS = 24, 48
_YES = (True, 1, "1")

# What else in a context tells a browser or device from all others, for longer than a day.
_LASTING = frozenset({"clientIds", "externalId", "externalIds"})
_LASTING_OF_DEVICE = frozenset({"advertisingId", "id"})

Word = Literal["granted", "denied", ""]


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What was told: two signals, and the word on analytics if one was given."""

    gpc: bool = False
    dnt: bool = False
    analytics: Word = ""

    def only_a_day(self, *, required: bool) -> bool:
        """Whether the visitor may be recognised for a day and no longer.

        `required`: the site has to ask first.
        """
        if self.analytics:
            return self.analytics == "denied"
        return required or self.gpc or self.dnt

    def to_json(self) -> dict[str, Json]:
        """Only what was told."""
        told: dict[str, Json] = {}
        if self.gpc:
            told["gpc"] = True
        if self.dnt:
            told["dnt"] = True
        if self.analytics:
            told["analytics"] = self.analytics
        return told


def privacy_of(context: Json, *, gpc: bool, dnt: bool) -> Privacy:
    """What a message's context tells; `gpc` and `dnt` are what the request's headers told."""
    said = context if isinstance(context, dict) else {}
    return Privacy(
        gpc=gpc or said.get("gpc") in _YES,
        dnt=dnt or said.get("dnt") in _YES,
        analytics=_word(said),
    )


def _word(context: Mapping[str, Json]) -> Word:
    """The word on analytics; of two that contradict each other, no."""
    words = {_of_categories(context.get("consent")), _of_ids(context.get("consentManagement"))}
    if "denied" in words:
        return "denied"
    return "granted" if "granted" in words else ""


def _of_categories(consent: Json) -> Word:
    categories = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if not isinstance(categories, dict):
        return ""
    said = [value for name, value in categories.items() if name.lower() == CATEGORY]
    if any(value is False for value in said):
        return "denied"
    return "granted" if any(value is True for value in said) else ""


def _of_ids(management: Json) -> Word:
    if not isinstance(management, dict):
        return ""
    if _names_it(management.get("deniedConsentIds")):
        return "denied"
    return "granted" if _names_it(management.get("allowedConsentIds")) else ""


def _names_it(ids: Json) -> bool:
    """Some consent managers give a list of ids, some an object by id."""
    named = ids if isinstance(ids, list | dict) else []
    return any(isinstance(each, str) and each.lower() == CATEGORY for each in named)


@lru_cache(maxsize=1024)
def network(address: str) -> str:
    """What may be kept of an IP address: its /24, or its /48 (`203.0.113.0`); empty for none."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, IPv4Address):
        return str(IPv4Address(int(parsed) >> (32 - _IPV4_BITS) << (32 - _IPV4_BITS)))
    return str(IPv6Address(int(parsed) >> (128 - _IPV6_BITS) << (128 - _IPV6_BITS)))


def with_network(body: Mapping[str, Json], caller: str) -> Mapping[str, Json]:
    """The body with the person's network instead of an IP address.

    It is the caller's if the call comes from the person's own device (`context.direct`), else the
    one that the sender names. What is no address is left out.
    """
    context = body.get("context")
    if not isinstance(context, dict):
        return body
    told = context.get("ip")
    if context.get("direct") is True and caller:
        told = caller
    if told is None:
        return body
    kept = network(told) if isinstance(told, str) else ""
    rest = {name: value for name, value in context.items() if name != "ip"}
    return {**body, "context": {**rest, "ip": kept} if kept else rest}


def renamed(body: Mapping[str, Json], name: str) -> dict[str, Json]:
    """The body with another cookie in it, wherever the old one stands, and no other lasting id."""
    old = body.get("anonymousId")
    found = {key: _renamed(value, old, name) for key, value in body.items()}
    context = found.get("context")
    if isinstance(context, dict):
        context = _without(context, _LASTING)
        device = context.get("device")
        if isinstance(device, dict):
            context["device"] = _without(device, _LASTING_OF_DEVICE)
        found["context"] = context
    return {**found, "anonymousId": name}


def _without(value: Mapping[str, Json], names: frozenset[str]) -> dict[str, Json]:
    return {name: each for name, each in value.items() if name not in names}


def _renamed(value: Json, old: Json, name: str) -> Json:
    if isinstance(value, dict):
        return {key: _renamed(each, old, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, old, name) for each in value]
    return name if isinstance(value, str) and value == old else value
