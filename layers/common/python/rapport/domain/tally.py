"""Tallies: what the events of one log partition add up to, per owner and month.

A `Partition` is the fold of one log partition (one cookie, or one strong identifier that was
tracked without a cookie). It is kept in pieces, one `Tally` per (month, owner), so that a write
stays small however long the history grows. The owner of an event is

1. the strong identifier that the event itself names;
2. else, with one strong identifier in the partition: that one, before its login as well as after;
3. else, with two: the latest login at or before the event, failing that the first one after it;
4. else, with more than two (a kiosk): the latest login within 30 minutes before the event, and
   failing that nobody: the event stays with the cookie.

Cases 1 and 2 need no look at the log: tallies of `NOBODY` are given to the only owner on reading.
From the second strong identifier on, a partition is folded again from its rows.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from rapport.domain import names
from rapport.domain.event import (
    Event,
    Json,
    LogKey,
    Trust,
    day_of,
    from_millis,
    millis,
    month_of,
)
from rapport.domain.identifiers import Ref, is_strong

NOBODY = ""
KIOSK_OVER = 2
KIOSK_WINDOW = timedelta(minutes=30)
MAX_INTERESTS = 16
MAX_ATTRIBUTE_CHARS = 256
MAX_CATEGORY_CHARS = 64
_MAX_INT_BITS = 64

# Where each attribute of a person may stand in a message; the first place that has it is taken.
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "first_name": ("first_name", "firstName"),
    "last_name": ("last_name", "lastName"),
    "phone": ("phone",),
    "locale": ("locale",),
    "timezone": ("timezone",),
    "job_category": ("job_category", "jobCategory"),
}
_TRUST_RANK = {Trust.ASSERTED: 0, Trust.VERIFIED: 1}


@dataclass(frozen=True, kw_only=True)
class Register:
    """One attribute's winning value: most trusted, then latest, then largest message id."""

    trust: Trust
    at: datetime
    message_id: str
    value: str

    @property
    def stamp(self) -> tuple[int, datetime, str, str]:
        """The total order in which registers win."""
        return (_TRUST_RANK[self.trust], self.at, self.message_id, self.value)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Integers over (type × UTC day), first and last time, attributes and interests."""

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    registers: Mapping[str, Register] = field(default_factory=dict)
    interests: Mapping[str, int] = field(default_factory=dict)
    interests_overflow: bool = False


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The fold of a log partition: its strong identifiers, and tallies by (month, owner)."""

    ref: Ref
    strongs: tuple[Ref, ...] = ()
    tallies: Mapping[tuple[str, str], Tally] = field(default_factory=dict)

    def of(self, owner: Ref) -> list[Tally]:
        """The tallies that belong to a strong identifier, or to the cookie's own visitor."""
        wanted = self.labels(owner)
        return [tally for (_, who), tally in sorted(self.tallies.items()) if who in wanted]

    def labels(self, owner: Ref) -> frozenset[str]:
        """Under which owners its events stand: its own ref, and NOBODY if it keeps those."""
        own = {str(owner)} if is_strong(owner) else set()
        return frozenset(own | ({NOBODY} if owner == self.keeper else set()))

    @property
    def keeper(self) -> Ref:
        """Whose the events of NOBODY are: the only strong identifier's, else the cookie's own."""
        return self.strongs[0] if len(self.strongs) == 1 else self.ref


def once(events: Iterable[Event]) -> list[Event]:
    """In order of time, one event per log key: the copy received first, as the log keeps it."""
    kept: dict[LogKey, Event] = {}
    for event in events:
        other = kept.get(event.key)
        if other is None or event.received_at < other.received_at:
            kept[event.key] = event
    return sorted(kept.values(), key=lambda e: (e.at, e.key))


def fold_partition(ref: Ref, rows: Iterable[Event]) -> Partition:
    """The partition as a pure function of its rows: any order, any repeats."""
    events = once(rows)
    strongs = _strongs(events)
    tallies: dict[tuple[str, str], Tally] = {}
    for event, owner in owned(events):
        slot = (month_of(event.at), owner)
        tallies[slot] = add(tallies.get(slot, Tally()), event)
    return Partition(ref=ref, strongs=strongs, tallies=tallies)


def owned(rows: Iterable[Event]) -> list[tuple[Event, str]]:
    """A partition's events in order of time, each once, with the owner it is counted under."""
    events = once(rows)
    strongs = _strongs(events)
    logins = [(e.at, e.owner) for e in events if e.owner is not None]
    return [(event, _owner(event, strongs, logins)) for event in events]


def _strongs(events: Iterable[Event]) -> tuple[Ref, ...]:
    return tuple(sorted({e.owner for e in events if e.owner is not None}))


def _owner(event: Event, strongs: tuple[Ref, ...], logins: list[tuple[datetime, Ref]]) -> str:
    if event.owner is not None:
        return event.owner
    if len(strongs) < KIOSK_OVER:
        return NOBODY
    before = bisect_right(logins, event.at, key=lambda login: login[0])
    if len(strongs) > KIOSK_OVER:
        near = before > 0 and event.at - logins[before - 1][0] <= KIOSK_WINDOW
        return logins[before - 1][1] if near else NOBODY
    return logins[before - 1][1] if before > 0 else logins[0][1]


def add(tally: Tally, event: Event) -> Tally:
    """The tally with one more event in it."""
    day = day_of(event.at)[-2:]
    days = dict(tally.counts.get(event.type, {}))
    days[day] = days.get(day, 0) + 1
    interests, overflow = dict(tally.interests), tally.interests_overflow
    category = interest_of(event)
    if category:
        interests[category] = interests.get(category, 0) + 1
        interests, overflow = capped(interests, overflow=overflow)
    return Tally(
        counts={**tally.counts, event.type: days},
        first=event.at if tally.first is None else min(tally.first, event.at),
        last=event.at if tally.last is None else max(tally.last, event.at),
        registers=merge_registers(tally.registers, registers_of(event)),
        interests=interests,
        interests_overflow=overflow,
    )


def capped(interests: dict[str, int], *, overflow: bool) -> tuple[dict[str, int], bool]:
    """At most 16 categories, those smallest by hash: whoever stays was never evicted."""
    if len(interests) <= MAX_INTERESTS:
        return interests, overflow
    keep = sorted(interests, key=lambda c: sha256(c.encode()).digest())[:MAX_INTERESTS]
    return {c: interests[c] for c in keep}, True


def interest_of(event: Event) -> str:
    """The job category that an event shows interest in, or an empty string."""
    if event.type not in {names.JOB_VIEWED, names.CONTENT_VIEWED, names.TALENT_NETWORK_JOINED}:
        return ""
    return _category(_object(event.body, "properties"))


def registers_of(event: Event) -> dict[str, Register]:
    """The attributes that an event states of its person.

    Only messages that are about the person may: identify, joining the talent network, and a
    confirmed address. A page view's properties describe the page.
    """
    return {
        name: Register(trust=event.trust, at=event.at, message_id=event.message_id, value=value)
        for name, value in _statements(event).items()
    }


def _statements(event: Event) -> dict[str, str]:
    context = _object(event.body, "context")
    properties = _object(event.body, "properties")
    if event.type == "identify":
        places = [_object(event.body, "traits"), _object(context, "traits"), context]
    elif event.type in {names.TALENT_NETWORK_JOINED, names.ADDRESS_CONFIRMED}:
        places = [properties, context]
    else:
        return {}
    stated = {
        name: next((text for place in places for s in spellings if (text := _text(place, s))), "")
        for name, spellings in ATTRIBUTES.items()
    }
    if event.type != "identify":
        stated["job_category"] = _category(properties) or stated["job_category"]
    return {name: value for name, value in stated.items() if value}


def _object(body: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _text(place: Mapping[str, Json], name: str) -> str:
    """Text, or a number of at most 64 bits as text; empty for everything else that may be sent."""
    value = place.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int) and value.bit_length() > _MAX_INT_BITS:
        return ""
    # Half a surrogate pair is legal in JSON and cannot be stored.
    return str(value).encode(errors="replace").decode().strip()[:MAX_ATTRIBUTE_CHARS]


def _category(properties: Mapping[str, Json]) -> str:
    return _text(properties, "category").lower()[:MAX_CATEGORY_CHARS]


def merge_registers(
    mine: Mapping[str, Register], theirs: Mapping[str, Register]
) -> dict[str, Register]:
    """Per attribute the register with the greater stamp."""
    merged = dict(mine)
    for name, register in theirs.items():
        if name not in merged or register.stamp > merged[name].stamp:
            merged[name] = register
    return merged


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


def tally_to_json(tally: Tally) -> dict[str, Json]:
    """A tally as compact JSON; times in ms. Dumped with sorted keys, equal tallies are equal."""
    raw: dict[str, Json] = {
        "c": {kind: dict(days) for kind, days in tally.counts.items()},
        "f": None if tally.first is None else millis(tally.first),
        "l": None if tally.last is None else millis(tally.last),
    }
    if tally.registers:
        raw["r"] = registers_to_json(tally.registers)
    if tally.interests:
        raw["i"] = dict(tally.interests)
    if tally.interests_overflow:
        raw["o"] = True
    return raw


def tally_from_json(raw: Mapping[str, Json]) -> Tally:
    """The inverse of `tally_to_json`."""
    return Tally(
        counts=cast("dict[str, dict[str, int]]", raw["c"]),
        first=None if raw["f"] is None else from_millis(cast("int", raw["f"])),
        last=None if raw["l"] is None else from_millis(cast("int", raw["l"])),
        registers=registers_from_json(raw.get("r", [])),
        interests=cast("dict[str, int]", raw.get("i", {})),
        interests_overflow=bool(raw.get("o", False)),
    )
