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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

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
from rapport.domain.jobs import (
    Application,
    application_of,
    applications_from_json,
    applications_to_json,
    merge_applications,
)
from rapport.domain.statements import (
    Register,
    interest_of,
    is_bot,
    merge_registers,
    registers_from_json,
    registers_of,
    registers_to_json,
)

NOBODY = ""
KIOSK_OVER = 2
KIOSK_WINDOW = timedelta(minutes=30)
MAX_INTERESTS = 16
BOT_SUFFIX = " (bot)"
MARK_BYTES = 3
# Among more messages of one partition, copies are not told from one another any more: what a month
# remembers of its messages stays small, and one endless cookie is not read again and again.
MAX_SEARCHED = 10_000


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Integers over (type × UTC day), first and last time, attributes, interests, applications."""

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    registers: Mapping[str, Register] = field(default_factory=dict)
    interests: Mapping[str, int] = field(default_factory=dict)
    interests_overflow: bool = False
    applications: Mapping[str, Application] = field(default_factory=dict)
    applications_overflow: bool = False


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The fold of a log partition: its strong identifiers, and tallies by (month, owner).

    `marks`: of each month's messages, 24 bits of the id. A message whose mark is not there was
    never counted; one whose mark is may have been, which only the log can tell.
    """

    ref: Ref
    strongs: tuple[Ref, ...] = ()
    tallies: Mapping[tuple[str, str], Tally] = field(default_factory=dict)
    marks: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def may_have(self, event: Event) -> bool:
        """Whether a message of that id may be counted already; a month of no marks may hold any."""
        months = {month for month, _ in self.tallies}
        return bool(months - self.marks.keys()) or any(
            mark_of(event) in marks for marks in self.marks.values()
        )

    @property
    def counted(self) -> int:
        """How many events there are in it."""
        kinds = [days for tally in self.tallies.values() for days in tally.counts.values()]
        return sum(sum(days.values()) for days in kinds)

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


def mark_of(event: Event) -> int:
    """24 bits of a message's id: what a partition remembers of it."""
    digest = sha256(f"{event.source}\x00{event.message_id}".encode()).digest()
    return int.from_bytes(digest[:MARK_BYTES], "big")


def once(events: Iterable[Event]) -> list[Event]:
    """In order of time, one event per message: a verified copy, the one received first, the
    one of the smallest key.

    Copies of a message mostly share a log key, and the log keeps the first. One whose timestamp was
    altered, or was stamped anew around a full hour, has a key of its own; it counts for itself
    among more than `MAX_SEARCHED` messages, where no browser's history is any more.
    """
    rows = list(events)
    kept = _standing_for(rows, lambda e: (e.partition, e.source, e.message_id))
    if len(kept) > MAX_SEARCHED:
        kept = _standing_for(rows, lambda e: e.key)
    return sorted(kept, key=lambda e: (e.at, e.key))


def _standing_for(rows: Iterable[Event], what: Callable[[Event], object]) -> list[Event]:
    kept: dict[object, Event] = {}
    for event in rows:
        other = kept.get(what(event))
        if other is None or _standing(event) < _standing(other):
            kept[what(event)] = event
    return list(kept.values())


def _standing(event: Event) -> tuple[bool, datetime, LogKey]:
    """Which of the copies of a message stands for it: the smallest."""
    return (event.trust is not Trust.VERIFIED, event.received_at, event.key)


def fold_partition(ref: Ref, rows: Iterable[Event]) -> Partition:
    """The partition as a pure function of its rows: any order, any repeats."""
    events = list(rows)
    tallies: dict[tuple[str, str], Tally] = {}
    marks: dict[str, set[int]] = {}
    counted = owned(events)
    for event, owner in counted:
        month = month_of(event.at)
        tallies[month, owner] = add(tallies.get((month, owner), Tally()), event)
        if len(counted) <= MAX_SEARCHED:
            marks.setdefault(month, set()).add(mark_of(event))
    return Partition(
        ref=ref,
        strongs=_strongs(events),
        tallies=tallies,
        marks={month: frozenset(seen) for month, seen in marks.items()},
    )


def owned(rows: Iterable[Event]) -> list[tuple[Event, str]]:
    """A partition's events in order of time, each once, with the owner it is counted under.

    A copy that is not counted still says who used the browser: browsers add a user id to a message
    that they send again.
    """
    events = sorted(rows, key=lambda e: (e.at, e.key))
    strongs = _strongs(events)
    logins = [(e.at, e.owner) for e in events if e.owner is not None]
    return [(event, _owner(event, strongs, logins)) for event in once(events)]


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
    day, kind = day_of(event.at)[-2:], counted_as(event)
    days = dict(tally.counts.get(kind, {}))
    days[day] = days.get(day, 0) + 1
    interests, overflow = dict(tally.interests), tally.interests_overflow
    category = interest_of(event)
    if category:
        interests[category] = interests.get(category, 0) + 1
        interests, overflow = capped(interests, overflow=overflow)
    applications, more = tally.applications, tally.applications_overflow
    applied = application_of(event)
    if applied is not None:
        applications, more = merge_applications(applications, dict([applied]), overflow=more)
    return Tally(
        counts={**tally.counts, kind: days},
        first=event.at if tally.first is None else min(tally.first, event.at),
        last=event.at if tally.last is None else max(tally.last, event.at),
        registers=merge_registers(tally.registers, registers_of(event)),
        interests=interests,
        interests_overflow=overflow,
        applications=applications,
        applications_overflow=more,
    )


def counted_as(event: Event) -> str:
    """The name that an event counts under: its type; that of a machine is told apart."""
    return f"{event.type}{BOT_SUFFIX}" if is_bot(event) else event.type


def capped(interests: dict[str, int], *, overflow: bool) -> tuple[dict[str, int], bool]:
    """At most 16 categories, those smallest by hash: whoever stays was never evicted."""
    if len(interests) <= MAX_INTERESTS:
        return interests, overflow
    keep = sorted(interests, key=lambda c: sha256(c.encode()).digest())[:MAX_INTERESTS]
    return {c: interests[c] for c in keep}, True


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
    if tally.applications:
        raw["a"] = applications_to_json(tally.applications)
    if tally.applications_overflow:
        raw["p"] = True
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
        applications=applications_from_json(raw.get("a", {})),
        applications_overflow=bool(raw.get("p", False)),
    )
