"""Tallies: what the events of one log partition add up to, per month and label.

A `Partition` is the fold of one log partition (one cookie, or one strong identifier that was
tracked without a cookie). It is kept in pieces, one `Tally` per (month, label), so that a write
stays small however long the history grows. Labels tell who used the browser (`labels`), not whose
the events are: that follows on reading, from which identifiers are one person by then.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from rapport.domain import copies, names
from rapport.domain.alert_rows import asked_from_json, asked_to_json
from rapport.domain.alerts import NOTHING_ASKED, AlertWords, alert_words
from rapport.domain.capping import capped, united
from rapport.domain.consents import Word, merge_words, words_from_json, words_of, words_to_json
from rapport.domain.copies import mark_of, once
from rapport.domain.engagement import reported_as
from rapport.domain.event import Event, Json, day_of, millis, moment_of, month_of
from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.jobs import (
    Application,
    application_of,
    applications_from_json,
    applications_to_json,
)
from rapport.domain.labels import Login, label_of, left, named_in, taken
from rapport.domain.memberships import joined_words, memberships_of
from rapport.domain.presence import is_of_a_person
from rapport.domain.recency import days_from_text, days_to_text
from rapport.domain.recruiting import (
    NOTHING,
    Recruiting,
    recruiting_from_json,
    recruiting_of,
    recruiting_to_json,
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
from rapport.domain.touch import (
    Touch,
    first_and_last,
    touch_of,
    touches_from_json,
    touches_to_json,
)

BOT_SUFFIX = " (bot)"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Integers over (type × UTC day), first and last time, attributes, interests, applications.

    `first` and `last` tell when they did something themselves.
    `touches`: the first and the last event that told a source. `consents`: the last word on each
    topic, `lists` on each static list, `alerts` on each job alert. `recruiting`: what applicant
    tracking systems told. `shown`: the last time at all, if that is later: of a browser's event
    that others did, or of a copy that is not counted.
    """

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    registers: Mapping[str, Register] = field(default_factory=dict)
    interests: Mapping[str, int] = field(default_factory=dict)
    interests_overflow: bool = False
    applications: Mapping[str, Application] = field(default_factory=dict)
    applications_overflow: bool = False
    touches: tuple[Touch, ...] = ()
    consents: Mapping[str, Word] = field(default_factory=dict)
    lists: Mapping[str, Word] = field(default_factory=dict)
    lists_overflow: bool = False
    recruiting: Recruiting = NOTHING
    alerts: AlertWords = NOTHING_ASKED
    shown: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The fold of a log partition: its strong identifiers, and tallies by (month, label).

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
        mark = mark_of(event)
        return bool(months - self.marks.keys()) or any(mark in seen for seen in self.marks.values())

    @property
    def counted(self) -> int:
        """How many events there are in it."""
        kinds = [days for tally in self.tallies.values() for days in tally.counts.values()]
        return sum(sum(days.values()) for days in kinds)

    @property
    def last_login(self) -> Login | None:
        """The last time that somebody showed who they are."""
        logins = [
            Login(at, Ref(label))
            for (_, label), tally in self.tallies.items()
            for at in (tally.last, tally.shown)
            if at is not None and named_in(label) == label
        ]
        return max(logins, default=None)

    @property
    def last_unnamed(self) -> datetime | None:
        """When the last event was that names nobody."""
        tallies = [t for (_, label), t in self.tallies.items() if named_in(label) != label]
        times = [at for tally in tallies for at in (tally.last, tally.shown)]
        return max((at for at in times if at is not None), default=None)

    @property
    def labels(self) -> frozenset[str]:
        """Under which labels anything is counted."""
        return frozenset(label for _, label in self.tallies)

    def share(self, labels: Collection[str]) -> list[tuple[str, Tally]]:
        """Month and tally of what is counted under these labels; see `takes` and `keeps`."""
        slots = sorted(self.tallies.items())
        return [(month, tally) for (month, label), tally in slots if label in labels]


def takes(members: Collection[Ref], partition: Partition) -> frozenset[str]:
    """The labels whose events belong to the person of these identifiers."""
    return taken(members, partition.strongs)


def keeps(roots: Mapping[Ref, Ref], partition: Partition) -> frozenset[str]:
    """The labels whose events stay the cookie's own; `roots` names each strong one's person."""
    return left(roots, partition.strongs)


def fold_partition(ref: Ref, rows: Iterable[Event]) -> Partition:
    """The partition as a pure function of its rows: any order, any repeats."""
    events = list(rows)
    tallies: dict[tuple[str, str], Tally] = {}
    marks: dict[str, set[int]] = {}
    counted = owned(events)
    for event, label in counted:
        slot = (month_of(event.at), label)
        tallies[slot] = add(tallies.get(slot, Tally()), event)
        marks.setdefault(slot[0], set()).add(mark_of(event))
    stands = {event.key for event, _ in counted}
    for event in events:
        if event.owner is not None and event.key not in stands:
            slot = (month_of(event.at), event.owner)
            tally = tallies.get(slot, Tally())
            tallies[slot] = replace(tally, shown=_beyond(tally.last, tally.shown, event.at))
            marks.setdefault(slot[0], set()).add(mark_of(event))
    if len(counted) > copies.MAX_SEARCHED:
        marks = {}
    return Partition(
        ref=ref,
        strongs=tuple(sorted({login.who for login in logins_of(events)})),
        tallies=tallies,
        marks={month: frozenset(seen) for month, seen in marks.items()},
    )


def owned(rows: Iterable[Event]) -> list[tuple[Event, str]]:
    """A partition's events in order of time, each once, with the label it is counted under.

    A copy that is not counted still says who used the browser: browsers add a user id to a message
    that they send again.
    """
    events = list(rows)
    logins = logins_of(events)
    strongs = len({login.who for login in logins})
    return [(e, label_of(e, strongs=strongs, logins=logins)) for e in once(events)]


def logins_of(events: Iterable[Event]) -> list[Login]:
    """Each time that an event names who it is of, in order."""
    return sorted(Login(e.at, e.owner) for e in events if e.owner is not None)


def add(tally: Tally, event: Event) -> Tally:
    """The tally with one more event in it."""
    day, kind = day_of(event.at)[-2:], counted_as(event)
    days = dict(tally.counts.get(kind, {}))
    days[day] = days.get(day, 0) + 1
    interests, overflow = tally.interests, tally.interests_overflow
    category = interest_of(event)
    if category:
        counted = {**interests, category: interests.get(category, 0) + 1}
        interests, overflow = capped(counted, overflow=overflow)
    applications, more = tally.applications, tally.applications_overflow
    applied = application_of(event)
    if applied is not None:
        applications, more = united(applications, dict([applied]), overflow=more)
    lists, unlisted = tally.lists, tally.lists_overflow
    member = memberships_of(event)
    if member:
        lists, unlisted = joined_words(lists, member, overflow=unlisted)
    touch = touch_of(event)
    times = [t for t in (tally.first, tally.last) if t is not None]
    if is_of_a_person(event):
        times.append(event.at)
    last = max(times, default=None)
    # Nobody's label but that of a browser's event follows from others.
    labelled = None if is_strong(event.partition) else event.at
    return Tally(
        counts={**tally.counts, kind: days},
        first=min(times, default=None),
        last=last,
        registers=merge_registers(tally.registers, registers_of(event)),
        interests=interests,
        interests_overflow=overflow,
        applications=applications,
        applications_overflow=more,
        touches=tally.touches if touch is None else first_and_last([*tally.touches, touch]),
        consents=merge_words(tally.consents, words_of(event)),
        lists=lists,
        lists_overflow=unlisted,
        recruiting=tally.recruiting | recruiting_of(event),
        alerts=tally.alerts | alert_words(event),
        shown=_beyond(last, tally.shown, labelled),
    )


def _beyond(last: datetime | None, *times: datetime | None) -> datetime | None:
    """The latest of some times, if it is later than `last`."""
    latest = max((at for at in (last, *times) if at is not None), default=None)
    return None if latest == last else latest


def counted_as(event: Event) -> str:
    """The name that an event counts under: its type; a machine's and reports are told apart."""
    if event.type == names.MAIL_REPORTED:
        return reported_as(event)
    return f"{event.type}{BOT_SUFFIX}" if is_bot(event) else event.type


def tally_to_json(tally: Tally) -> dict[str, Json]:
    """A tally as compact JSON; times in ms. Dumped with sorted keys, equal tallies are equal."""
    raw: dict[str, Json] = {
        "c": {kind: days_to_text(days) for kind, days in tally.counts.items()},
        "f": None if tally.first is None else millis(tally.first),
        "l": None if tally.last is None else millis(tally.last),
    }
    seldom: dict[str, Json] = {
        "r": registers_to_json(tally.registers),
        "i": dict(tally.interests),
        "o": tally.interests_overflow,
        "a": applications_to_json(tally.applications),
        "p": tally.applications_overflow,
        "t": touches_to_json(tally.touches),
        "k": words_to_json(tally.consents),
        "g": words_to_json(tally.lists),
        "h": tally.lists_overflow,
        "u": recruiting_to_json(tally.recruiting),
        "j": asked_to_json(tally.alerts),
        "s": None if tally.shown is None else millis(tally.shown),
    }
    return raw | {name: value for name, value in seldom.items() if value}


def tally_from_json(raw: Mapping[str, Json]) -> Tally:
    """The inverse of `tally_to_json`."""
    return Tally(
        counts={k: days_from_text(t) for k, t in cast("dict[str, str]", raw["c"]).items()},
        first=moment_of(raw["f"]),
        last=moment_of(raw["l"]),
        registers=registers_from_json(raw.get("r", [])),
        interests=cast("dict[str, int]", raw.get("i", {})),
        interests_overflow=bool(raw.get("o", False)),
        applications=applications_from_json(raw.get("a", {})),
        applications_overflow=bool(raw.get("p", False)),
        touches=touches_from_json(raw.get("t", [])),
        consents=words_from_json(raw.get("k", {})),
        lists=words_from_json(raw.get("g", {})),
        lists_overflow=bool(raw.get("h", False)),
        recruiting=recruiting_from_json(raw.get("u")),
        alerts=asked_from_json(raw.get("j")),
        shown=moment_of(raw.get("s")),
    )
