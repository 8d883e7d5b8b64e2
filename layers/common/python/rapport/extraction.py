"""Extraction: what one event says of who its person is, read from its body.

Where identifiers stand
    userId                  a user id
    traits, context.traits  of every call; a group's traits describe the group
    properties              of events of the vocabulary that a visitor does; those of other events,
                            of pages and of referrals are about something or somebody else
    context.externalIds     `{"type": "ats:<vendor>:<instance>", "id": …}`
in the fields `FIELDS`, each with one value or a list of them. An alias names two user ids and
nothing else; a previous id that is the message's own cookie is no user id. Whom an ATS deleted or
anonymised is named by the id alone. An event of the engine names its home; all else names nobody.

How far it may be believed is the trust of the key that delivered it, never its words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from rapport.domain import names
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import (
    STRONG,
    Identifier,
    Namespace,
    Ref,
    cleaned,
    identifier,
    is_strong,
    namespace_of,
    rank,
)
from rapport.domain.observation import BECAME, MAX_STRONG, Decree, Observation, Ruling
from rapport.domain.roles import role_of
from rapport.domain.statements import section, text_of
from rapport.events import ENGINE_SOURCE
from rapport.ports import Pseudonyms
from rapport.vocabulary import TRACKED

FIELDS: Mapping[Namespace, tuple[str, ...]] = {
    Namespace.ATS: ("ats",),
    Namespace.LINKEDIN: ("linkedin", "linkedin_url", "linkedinUrl"),
    Namespace.EMAIL: ("email", "emails"),
    Namespace.PHONE: ("phone", "phones"),
}
# Who names more of a kind in one event describes no person; the first of them are looked at.
MAX_READ = 64
# Events of these names are done by the visitor whom their properties describe.
OF_A_VISITOR = frozenset(cls.event for cls in TRACKED) - {names.REFERRAL_MADE}
# Whose traits describe no person, or one who is to be forgotten.
_OF_OTHERS = frozenset({"group", names.CANDIDATE_DELETED, names.CANDIDATE_ANONYMIZED})
# By which somebody asks to be known: after an erasure nothing else that is told of them counts.
_RETURNS = frozenset({names.TALENT_NETWORK_JOINED, names.JOB_ALERT_CREATED, names.EVENT_REGISTERED})
# Longer than any way to write a number.
_MAX_PHONE_CHARS = 64
_REGION_CHARS = 2
_ATS_COLONS = 2
_OF_PEOPLE = ("", "user", "users")
_IN_CLEAR = ("", "none")
_EXTERNAL = {ns.value: ns for ns in (Namespace.EMAIL, Namespace.PHONE, Namespace.LINKEDIN)}
# How many letters of a user id's ref stand for it in the tag of an id that became it.
_TAG_CHARS = 4
_NAMES = (("first_name", "firstName"), ("last_name", "lastName"), ("name",))
_STRONG_REF = re.compile(rf"({'|'.join(STRONG)})#[A-Za-z0-9_-]{{22}}")
# Per ruling, on how many identifiers it may be said.
_ABOUT: Mapping[Ruling, tuple[int, ...]] = {
    Ruling.APART: (2,),
    Ruling.TOGETHER: (2,),
    Ruling.BLOCKED: (1,),
    Ruling.NONE: (1, 2),
}


def observe(event: Event, refs: Pseudonyms) -> Observation:
    """What the event says: a function of its row and body alone, total on every body."""
    if event.source == ENGINE_SOURCE:
        return _of_the_engine(event, refs)
    named = {refs.ref(who.ns, who.value): who for who in identifiers_of(event)}
    # A home that the body does not name: whoever made the event knew whose it is.
    known = {*named, event.home} if is_strong(event.home) else {*named}
    best = sorted(known, key=lambda ref: (rank(ref), ref != event.home, ref))[:MAX_STRONG]
    name = _name(event) if best else ""
    mailboxes = [ref for ref in best if namespace_of(ref) is Namespace.EMAIL]
    tags = {ref: _tags(named.get(ref), refs) for ref in mailboxes}
    alias = None
    if told := _alias(event):
        alias = (refs.ref(told[0].ns, told[0].value), refs.ref(told[1].ns, told[1].value))
        tags[alias[0]] = frozenset({_became(alias[1])})
    return Observation(
        key=event.key,
        at=event.at,
        verified=event.trust is Trust.VERIFIED,
        strong=tuple(sorted(best, key=lambda ref: (rank(ref), ref))),
        owner=best[0] if best else None,
        names=frozenset({name} if name else ()),
        tags=tags,
        alias=alias,
        returns=event.type in _RETURNS and event.origin is Origin.LIVE,
    )


def owner_of(refs: Pseudonyms) -> Callable[[Event], Ref | None]:
    """Tells whose an event is: the owner that `observe` finds, with less to read."""

    def owner(event: Event) -> Ref | None:
        if namespace_of(event.home) is Namespace.USER:
            return event.home
        return observe(event, refs).owner

    return owner


def phone(raw: object, region: str = "") -> Identifier | None:
    """The number that people wrote; None for none, and for one whose country nobody tells.

    `region` (`NO`) is where a number without a country code is dialled. That is a guess, so such a
    number must exist in the country's plan; of one with its country code the length will do.
    """
    text = cleaned(raw)
    if text is None or len(text) > _MAX_PHONE_CHARS:
        return None
    # It takes a tenth of a second to load: whoever meets no number shall not wait for it.
    import phonenumbers

    for country, exists in ((None, False), (region.upper() or None, True)):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        length = phonenumbers.is_possible_number_with_reason(number)
        if length != phonenumbers.ValidationResult.IS_POSSIBLE:
            return None
        if exists and not phonenumbers.is_valid_number(number):
            return None
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        extension = f";ext={number.extension}" if number.extension else ""
        return identifier(Namespace.PHONE, f"{written}{extension}")
    return None


def identifiers_of(event: Event) -> Iterator[Identifier]:
    """Every believable strong identifier of the body, at most `MAX_READ` of a field looked at."""
    user = identifier(Namespace.USER, event.body.get("userId"))
    if user is not None:
        yield user
    if alias := _alias(event):
        yield alias[0]
    if event.type == "alias":
        return
    context = section(event.body, "context")
    places = _places(event)
    for ns, fields in FIELDS.items():
        values = (value for place in places for field in fields for value in _each(place, field))
        for raw in islice(values, MAX_READ):
            found = _read(ns, raw, places, context)
            if found is not None:
                yield found
    for outside in islice(_each(context, "externalIds"), MAX_READ):
        found = _external(outside, places, context)
        if found is not None:
            yield found


def _places(event: Event) -> list[Mapping[str, Json]]:
    """The objects of a body that describe the person, best first."""
    return [
        {} if event.type in _OF_OTHERS else section(event.body, "traits"),
        section(section(event.body, "context"), "traits"),
        section(event.body, "properties") if event.type in OF_A_VISITOR else {},
    ]


def _each(place: Mapping[str, Json], field: str) -> Iterable[Json]:
    value = place.get(field)
    return value if isinstance(value, list) else (value,)


def _read(
    ns: Namespace, raw: Json, places: Iterable[Mapping[str, Json]], context: Mapping[str, Json]
) -> Identifier | None:
    if raw is None or raw == "":
        return None
    if ns is Namespace.PHONE:
        return phone(raw, _region(places, context))
    if ns is Namespace.ATS and isinstance(raw, dict):
        raw = ":".join(cleaned(raw.get(part)) or "" for part in ("vendor", "instance", "id"))
    return identifier(ns, raw)


def _external(
    raw: Json, places: Iterable[Mapping[str, Json]], context: Mapping[str, Json]
) -> Identifier | None:
    """An entry of `externalIds`, if it is one of a person and in clear."""
    if not isinstance(raw, dict):
        return None
    kind, of_a_person = text_of(raw, "type").lower(), text_of(raw, "collection").lower()
    if of_a_person not in _OF_PEOPLE or text_of(raw, "encoding").lower() not in _IN_CLEAR:
        return None
    if kind.startswith("ats:") and kind.count(":") == _ATS_COLONS:
        return identifier(Namespace.ATS, f"{kind.removeprefix('ats:')}:{cleaned(raw.get('id'))}")
    ns = _EXTERNAL.get(kind)
    return None if ns is None else _read(ns, raw.get("id"), places, context)


def _region(places: Iterable[Mapping[str, Json]], context: Mapping[str, Json]) -> str:
    """The country that a person dials in: that of their address, else of their browser."""
    told = [text_of(where, "country") for p in places for where in (p, section(p, "address"))]
    language, _, country = text_of(context, "locale").replace("_", "-").rpartition("-")
    told.append(country if language else "")
    return next((t.upper() for t in told if len(t) == _REGION_CHARS and t.isascii()), "")


def _alias(event: Event) -> tuple[Identifier, Identifier] | None:
    """The two user ids that an alias declares to be one: the previous, and what it became."""
    if event.type != "alias":
        return None
    body = event.body
    previous = identifier(Namespace.USER, body.get("previousId"))
    user = identifier(Namespace.USER, body.get("userId"))
    cookie = identifier(Namespace.ANON, body.get("anonymousId"))
    if previous is None or user is None or previous == user:
        return None
    return None if cookie is not None and cookie.value == previous.value else (previous, user)


def _became(user: Ref) -> str:
    """The tag of an id that became a user id. With two of them it was not one person's."""
    return f"{BECAME}{user.partition('#')[2][:_TAG_CHARS]}"


def _tags(address: Identifier | None, refs: Pseudonyms) -> frozenset[str]:
    """What kind of mailbox an address is, and of which domain, so that rules can block either."""
    if address is None:
        return frozenset()
    role = role_of(address.value)
    tags = {domain_tag(address.value.rpartition("@")[2], refs)}
    return frozenset(tags | ({f"role:{role}"} if role else set()))


def domain_tag(domain: str, refs: Pseudonyms) -> str:
    """The tag of all addresses of a normalised domain."""
    return f"domain:{refs.digest('domain', domain)}"


def _name(event: Event) -> str:
    """The full name that the person goes by; as much of it as the first place tells."""
    traits, of_context, properties = _places(event)
    for place in (traits, of_context, {**properties, "name": None}):
        first, last, whole = (
            next((name for field in fields if (name := _clean(place, field))), "")
            for fields in _NAMES
        )
        told = f"{first} {last}".strip() if last or not whole else whole
        if told:
            return told
    return ""


def _clean(place: Mapping[str, Json], field: str) -> str:
    return " ".join((cleaned(text_of(place, field)) or "").split())


def _of_the_engine(event: Event, refs: Pseudonyms) -> Observation:
    """What the engine wrote hangs on its home. It knows it, and has no proof of it, but for one."""
    strong = (event.home,) if is_strong(event.home) else ()
    properties = section(event.body, "properties")
    proved = None
    if event.type == names.ADDRESS_CONFIRMED:
        proved = identifier(Namespace.EMAIL, properties.get("email"))
    ref = None if proved is None else refs.ref(proved.ns, proved.value)
    return Observation(
        key=event.key,
        at=event.at,
        verified=False,
        strong=strong,
        owner=event.home if strong else None,
        tags={} if ref is None else {ref: _tags(proved, refs)},
        proves=frozenset(() if ref is None else {ref}),
        decrees=_decrees(event, properties) if event.type == names.IDENTITY_DECREED else (),
        returns=proved is not None,
    )


def _decrees(event: Event, properties: Mapping[str, Json]) -> tuple[Decree, ...]:
    """The words of an operator; of one that is not in its form nothing is taken."""
    said = text_of(properties, "ruling")
    if said not in {ruling.value for ruling in Ruling}:
        return ()
    ruling = Ruling(said)
    found = {nodes for raw in _each(properties, "about") if (nodes := _nodes(raw))}
    return tuple(
        Decree(nodes=nodes, ruling=ruling, at=event.at, id=event.message_id)
        for nodes in sorted(found)
        if len(nodes) in _ABOUT[ruling]
    )


def _nodes(raw: Json) -> tuple[Ref, ...]:
    """The strong refs of a list, sorted, each once; empty if anything else stands there."""
    listed = raw if isinstance(raw, list) else []
    nodes = {Ref(each) for each in listed if isinstance(each, str) and _STRONG_REF.fullmatch(each)}
    return tuple(sorted(nodes)) if len(nodes) == len(listed) else ()
