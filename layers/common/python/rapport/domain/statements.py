"""Statements: what one event says of its person, and which of two sayings holds.

An attribute is a register: the most trusted statement wins, then the latest. Only messages that are
about the person state any; a page's properties describe the page.

What an employer asks beyond the attributes of `rapport.domain.attributes` is a trait of its own,
`trait.<name>`: what stands in `properties.traits` of whatever was filled in on a form of ours (that
is, came from there or from a server, and has `properties.form`), and in `traits.custom` of a
server's identify call. A browser states none: a stranger could fill somebody's room for traits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from rapport.domain import names
from rapport.domain.attributes import (
    ATTRIBUTES,
    FROM_AN_ATS,
    LIVED,
    TOLD_BY_TRAITS,
    TRAIT_NAME,
    TRAIT_PREFIX,
    WANTED_AT,
    WISHES,
    kept,
)
from rapport.domain.event import FORMS, IMPORTED, Event, Json, Trust, from_millis, millis
from rapport.domain.resumes import signature

MAX_ATTRIBUTE_CHARS = 256
MAX_CATEGORY_CHARS = 64
_MAX_INT_BITS = 64
# The end of the year 9999.
_LAST_MS = 253_402_300_799_999

# Of a résumé only its signature is kept.
_RESUME = "resume_text"
# What shows interest in a field of work. The steps of a form say nothing that its start did not.
_SHOW_INTEREST = frozenset(
    {
        names.JOB_VIEWED,
        names.JOB_SEARCHED,
        names.CONTENT_VIEWED,
        names.APPLICATION_STARTED,
        names.APPLICATION_SUBMITTED,
        names.TALENT_NETWORK_JOINED,
        names.JOB_ALERT_CREATED,
        names.EVENT_REGISTERED,
    }
)
# Whose category the person chose for themselves …
_CHOSE_A_CATEGORY = frozenset(
    {names.TALENT_NETWORK_JOINED, names.JOB_ALERT_CREATED, names.ADDRESS_CONFIRMED}
)
# … and whose properties besides describe the person.
_ABOUT_THE_PERSON = _CHOSE_A_CATEGORY | {
    names.APPLICATION_STARTED,
    names.APPLICATION_STEP_COMPLETED,
    names.APPLICATION_SUBMITTED,
    names.EVENT_REGISTERED,
    names.EVENT_ATTENDED,
}
# Of applicant tracking systems: their traits are the whole of what they have of it, so what is told
# and empty takes the place of what was known.
_OF_AN_ATS = frozenset(
    {
        names.CANDIDATE_RECORDED,
        names.APPLICATION_RECEIVED,
        names.APPLICATION_UPDATED,
        names.APPLICATION_STAGE_CHANGED,
        names.APPLICATION_REJECTED,
        names.APPLICATION_WITHDRAWN,
        names.CANDIDATE_HIRED,
        names.HIRE_UNDONE,
        names.APPLICATION_REOPENED,
        names.RECRUITING_NOTED,
    }
)
_TRUST_RANK = {Trust.ASSERTED: 0, Trust.VERIFIED: 1}


@dataclass(frozen=True, kw_only=True)
class Register:
    """One attribute's winning value: most trusted, then latest, then largest message id.

    An empty value was taken back: nobody knows it.
    """

    trust: Trust
    at: datetime
    message_id: str
    value: str

    @property
    def stamp(self) -> tuple[int, datetime, str, str]:
        """The total order in which registers win."""
        return (_TRUST_RANK[self.trust], self.at, self.message_id, self.value)


def is_bot(event: Event) -> bool:
    """Whether the door found signs of a machine behind it."""
    return bool(event.body.get("bot"))


def interest_of(event: Event) -> str:
    """The job category that an event shows interest in, or an empty string."""
    if event.type not in _SHOW_INTEREST or is_bot(event):
        return ""
    return _category(section(event.body, "properties"))


def registers_of(event: Event) -> dict[str, Register]:
    """The attributes that an event states of its person.

    Only messages that are about the person may: identify, forms that they filled in, and a
    confirmed address. A page view's properties describe the page. The category of a form that asks
    for one is the person's; that of a job applied for is the job's.
    """
    # What an employer's table says of somebody never displaces what a system of record says, nor
    # what they said themselves later.
    trust = Trust.ASSERTED if event.source.startswith(IMPORTED) else event.trust
    return {
        name: Register(trust=trust, at=event.at, message_id=event.message_id, value=value)
        for name, value in _statements(event).items()
    }


def _statements(event: Event) -> dict[str, str]:
    if event.type in _OF_AN_ATS:
        return _told_by_an_ats(event)
    context = section(event.body, "context")
    properties = section(event.body, "properties")
    told: dict[str, str] = {}
    if event.type == "identify":
        traits = [section(event.body, "traits"), section(context, "traits")]
        told = {name: _found(traits, spellings) for name, spellings in TOLD_BY_TRAITS.items()}
        told["resume_signature"] = _resume(traits)
        lived = [*traits, *(section(place, "address") for place in traits)]
        told |= {name: _found(lived, spellings) for name, spellings in LIVED.items()}
        told |= _wishes(traits)
        if event.trust is Trust.VERIFIED:
            told |= _traits(*(section(place, "custom") for place in traits))
        places = [*traits, context]
    elif event.type in _ABOUT_THE_PERSON:
        places = [properties, context]
    elif event.type == names.REFERRAL_MADE and is_of_a_form(event):
        # The properties are about a job and another; who recommends it stands beside them.
        told = _traits(section(properties, "traits"))
        places = [section(context, "traits"), context]
    else:
        return {}
    stated = {name: _found(places, spellings) for name, spellings in ATTRIBUTES.items()}
    asked = event.type in _ABOUT_THE_PERSON and is_of_a_form(event)
    if asked or event.type in _CHOSE_A_CATEGORY:
        told = _wishes([properties])
        told |= {name: _found([properties], spelt) for name, spelt in WANTED_AT.items()}
        if asked:
            told |= _traits(section(properties, "traits"))
    if event.type in _CHOSE_A_CATEGORY:
        stated["job_category"] = _category(properties) or stated["job_category"]
    elif event.type in _ABOUT_THE_PERSON and not asked:
        del stated["job_category"]
    return {name: value for name, value in {**stated, **told}.items() if value}


def _told_by_an_ats(event: Event) -> dict[str, str]:
    """What an ATS has of somebody; empty where it says that it has nothing."""
    if event.trust is not Trust.VERIFIED:
        return {}
    traits = section(event.body, "traits")
    told: dict[str, str] = {}
    for trait, name in FROM_AN_ATS.items():
        if trait in traits:
            value = traits[trait]
            texts = value if isinstance(value, list) else [value]
            told[name] = next((text for each in texts if (text := text_of({"": each}, ""))), "")
    return told


def _found(places: Sequence[Mapping[str, Json]], spellings: tuple[str, ...]) -> str:
    """The first place's text under the first spelling that it has."""
    return next((text for place in places for s in spellings if (text := text_of(place, s))), "")


def _wishes(places: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    """Wishes as text: `yes` or `no` for a choice, commas between the entries of a list."""
    plain = [{name: _as_text(value) for name, value in place.items()} for place in places]
    return {name: _found(plain, spellings) for name, spellings in WISHES.items()}


def _as_text(value: Json) -> Json:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(text for each in value if (text := text_of({"": each}, "")))
    return whole(value)


def is_of_a_form(event: Event) -> bool:
    """Whether it was filled in on a form of the employer's, so that its answers have types.

    Anybody can send what looks like one with the key that stands on every page.
    """
    believed = event.source.startswith(FORMS) or event.trust is Trust.VERIFIED
    return believed and bool(text_of(section(event.body, "properties"), "form"))


def _traits(*places: Mapping[str, Json]) -> dict[str, str]:
    """Traits of the employer's own, by the name that they have on the profile."""
    told: dict[str, str] = {}
    for place in places:
        for name, value in place.items():
            if TRAIT_NAME.fullmatch(name) and (text := text_of({"": _as_text(value)}, "")):
                told.setdefault(f"{TRAIT_PREFIX}{name}", text)
    return {name: told[name] for name in kept(told)}


def _resume(places: Sequence[Mapping[str, Json]]) -> str:
    texts = (text for place in places if isinstance(text := place.get(_RESUME), str))
    return signature(next(texts, ""))


def section(body: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    """An object inside a message; an empty one when anything else stands there."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def text_of(place: Mapping[str, Json], name: str) -> str:
    """Text, or a number of at most 64 bits as text; empty for everything else that may be sent."""
    value = place.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int) and value.bit_length() > _MAX_INT_BITS:
        return ""
    # Half a surrogate pair is legal in JSON and cannot be stored.
    return str(value).encode(errors="replace").decode().strip()[:MAX_ATTRIBUTE_CHARS]


def moment_in(place: Mapping[str, Json], name: str) -> datetime | None:
    """A moment that is told in ms since 1970; None for everything else that may stand there."""
    value = whole(place.get(name))
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LAST_MS
    return from_millis(cast("int", value)) if usable else None


def clock_of(event: Event) -> datetime:
    """When it happened by the clock of the ATS that told it; by ours if it has none."""
    return moment_in(section(event.body, "properties"), "clock") or event.at


def whole(value: Json) -> Json:
    """JSON has one kind of number, and some write whole ones as 2.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _category(properties: Mapping[str, Json]) -> str:
    return text_of(properties, "category").lower()[:MAX_CATEGORY_CHARS]


def merge_registers(
    mine: Mapping[str, Register], theirs: Mapping[str, Register]
) -> dict[str, Register]:
    """Per attribute the register with the greater stamp."""
    merged = dict(mine)
    for name, register in theirs.items():
        if name not in merged or register.stamp > merged[name].stamp:
            merged[name] = register
    return {name: merged[name] for name in kept(merged)}


def registers_to_json(registers: Mapping[str, Register]) -> list[Json]:
    """Attributes by the statement that won them: `[trust, at, message id, {name: value}]`.

    One message usually states several attributes, and a row is paid by the kilobyte.
    """
    by_statement: dict[tuple[str, int, str], dict[str, Json]] = {}
    for name, r in registers.items():
        source = (r.trust.value[0], millis(r.at), r.message_id)
        by_statement.setdefault(source, {})[name] = r.value
    return [[*source, values] for source, values in sorted(by_statement.items())]


def registers_from_json(raw: Json) -> dict[str, Register]:
    """The inverse of `registers_to_json`."""
    trusts = {trust.value[0]: trust for trust in Trust}
    return {
        name: Register(trust=trusts[t], at=from_millis(at), message_id=message_id, value=value)
        for t, at, message_id, values in cast("list[tuple[str, int, str, dict[str, str]]]", raw)
        for name, value in values.items()
    }
