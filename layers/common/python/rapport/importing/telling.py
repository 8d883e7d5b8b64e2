"""The events of a row: who it is, the consent that it proves, the list that they are put on.

All of them have the origin `import`, so they start nothing. Their ids follow from the import and
from what the row says: a row that is applied again, or that stands in the file twice, is written
once.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from rapport import events
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json, Origin, Trust, millis
from rapport.domain.identifiers import Identifier, Namespace, Ref, namespace_of, rank
from rapport.importing.people import Candidate
from rapport.importing.ports import Import
from rapport.importing.proof import Agreed, Basis
from rapport.ports import Pseudonyms
from rapport.records import ID_CHARS, engine_event

# What brought them, as `rapport.domain.touch` reads it.
MEDIUM = "import"
_ID = "i_"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A candidate with their refs; `home` is the best of them."""

    who: Candidate
    refs: tuple[Ref, ...]

    @property
    def home(self) -> Ref:
        """The identifier that their events hang on."""
        return min(self.refs, key=lambda ref: (rank(ref), ref))

    @property
    def address(self) -> Ref | None:
        """Of the address that they can be mailed at."""
        return next((r for r in self.refs if namespace_of(r) is Namespace.EMAIL), None)


def named(who: Candidate, refs: Pseudonyms) -> Named:
    """A candidate, with the refs of their identifiers."""
    return Named(who=who, refs=tuple(refs.ref(each.ns, each.value) for each in who.names))


def told_event(known: Named, by: Import, basis: Basis, *, now: datetime) -> Event:
    """What the row says of the person."""
    who = known.who
    told_at = who.at or by.as_of or by.started_at
    return Event(
        partition=known.home,
        home=known.home,
        type="identify",
        source=by.source_name,
        message_id=_id("row", by, who.digest),
        trust=Trust.VERIFIED,
        origin=Origin.IMPORT,
        original_at=told_at,
        sent_at=None,
        received_at=now,
        at=min(told_at, now),
        body=_body(who, by, basis),
    )


def granted_event(known: Named, by: Import, word: Agreed, address: Ref, *, now: datetime) -> Event:
    """That they agreed, with all that proves it."""
    properties: dict[str, Json] = {
        "topic": word.topic,
        "statement": word.statement,
        "statement_hash": word.statement_hash,
        "language": word.language,
        "basis": Basis.CONSENT.value,
        "given_at": millis(word.given_at),
        "source": word.source,
        "evidence": word.evidence,
        "import": by.id,
        "row": known.who.number,
    }
    event = engine_event(
        events.ConsentGranted.event,
        subject=address,
        message_id=_id(f"yes {word.topic}", by, known.who.digest),
        cause_at=by.started_at,
        now=now,
        properties=properties,
    )
    return replace(event, origin=Origin.IMPORT)


def joined_event(home: Ref, by: Import, list_key: str, *, now: datetime) -> Event:
    """That they were put on a list."""
    event = engine_event(
        events.ListJoined.event,
        subject=home,
        message_id=_id("list", by, home, list_key),
        cause_at=by.started_at,
        now=now,
        properties={"list": list_key, "by": by.source_name},
    )
    return replace(event, origin=Origin.IMPORT)


def row_of(event: Event) -> Json:
    """The number of the row that an event was made of."""
    properties = event.body.get("properties")
    return properties.get("row") if isinstance(properties, dict) else None


def _id(kind: str, by: Import, *about: str) -> str:
    return f"{_ID}{digest(kind, by.id, *about)[:ID_CHARS]}"


def _body(who: Candidate, by: Import, basis: Basis) -> dict[str, Json]:
    of = {ns: [each.value for each in who.names if each.ns is ns] for ns in Namespace}
    traits: dict[str, Json] = dict(who.attributes)
    for name in (Namespace.EMAIL, Namespace.LINKEDIN, Namespace.PHONE):
        if of[name]:
            traits[name.value] = of[name][0]
    if len(of[Namespace.PHONE]) > 1:
        traits["phones"] = [*of[Namespace.PHONE]]
    if who.traits:
        traits["custom"] = dict(who.traits)
    body: dict[str, Json] = {
        "traits": traits,
        "context": {
            "campaign": {"source": by.source, "medium": MEDIUM},
            "externalIds": [_external(each) for each in who.names if each.ns is Namespace.ATS],
        },
        "properties": {
            "import": by.id,
            "row": who.number,
            "basis": basis.value,
        },
    }
    if of[Namespace.USER]:
        body["userId"] = of[Namespace.USER][0]
    return body


def _external(who: Identifier) -> dict[str, Json]:
    vendor, instance, ident = who.value.split(":", 2)
    return {"type": f"ats:{vendor}:{instance}", "id": ident}
