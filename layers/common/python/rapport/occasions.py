"""The store of places at events, and the events that tell what became of them.

A place is taken in the very transaction in which the form is kept (`rapport.signing`), so nobody
has one without having signed up, and of many who come at once exactly as many have one as there
are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from rapport import events
from rapport.bundle import Bundle
from rapport.domain import names
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Ref
from rapport.domain.occasions import Hall, Place, Room
from rapport.forms import Form, Occasion
from rapport.records import ID_CHARS, engine_event

# A place's page and its check-in end so long after the event: who was late is still checked in.
AFTERWARDS = timedelta(hours=12)
# An answer takes 29 s at most, and what is live is known everywhere 10 s later.
LIVE_AFTER_S = 60


class Occasions(Protocol):
    """The store of halls and places."""

    def hall(self, occasion: str) -> Hall:
        """How full it is."""
        ...

    def place(self, occasion: str, address: Ref) -> Place | None:
        """What one address has there."""
        ...

    def places(self, occasion: str) -> Sequence[Place]:
        """All of them, in no order."""
        ...

    def page(self, occasion: str, *, after: str, most: int) -> Sequence[Place]:
        """So many of them, in the order of their addresses, from the one behind `after` on."""
        ...

    def give_up(self, room: Room, address: Ref, now: datetime) -> bool:
        """Free a place or a turn, and let the first who waits move up; False: there was none.

        Each change is one transaction with its event, so it may be repeated at any time.
        """
        ...

    def fill(self, room: Room, now: datetime) -> int:
        """Let as many move up as there are free places; how many did."""
        ...

    def arrive(self, arrival: "Arrival") -> bool:
        """Check somebody in; False, and nothing changed, if they were there or have no place."""
        ...


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Somebody came, at that time by the clock of the door, told at `now`."""

    occasion: str
    title: str
    address: Ref
    at: datetime
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Moved:
    """An event starts earlier than it did: who is there, behind `after`, is to be woken."""

    occasion: str
    after: str = ""


class Wakes(Protocol):
    """The queue that wakes people who wait. RetryableError when it is out of reach."""

    def moved(self, moved: Moved, *, after_s: int = 0) -> None:
        """Have everybody woken who waits for an event, so many seconds later at the earliest."""
        ...

    def wake(self, subjects: Iterable[Ref]) -> None:
        """Have each of them looked at, at once, whatever their schedules say."""
        ...


def tell_moved(wakes: Wakes, before: Bundle | None, after: Bundle) -> None:
    """Have the reminders of events that now start earlier follow, once `after` is live.

    Told before it is, with time enough for that: a call that fails has published nothing, and
    whoever is woken without need waits on.
    """
    for occasion in _to_remind_earlier(before, after):
        wakes.moved(Moved(occasion=occasion), after_s=LIVE_AFTER_S)


def _to_remind_earlier(before: Bundle | None, after: Bundle) -> Iterator[str]:
    known = () if before is None else before.forms
    were = {form.occasion.id: form.occasion for form in known if form.occasion is not None}
    for form in after.forms:
        now = form.occasion
        was = None if now is None else were.get(now.id)
        if now is None or was is None:
            continue
        due, due_before = reminder_at(now), reminder_at(was)
        if due is not None and due_before is not None and due < due_before:
            yield now.id


def room_of(occasion: Occasion) -> Room:
    """What an event offers, as it is published."""
    return Room(
        occasion=occasion.id, capacity=occasion.capacity, waiting_list=occasion.waiting_list
    )


def form_of(bundle: Bundle, occasion: str) -> Form | None:
    """The form by which people sign up for an event."""
    found = (f for f in bundle.forms if f.occasion is not None and f.occasion.id == occasion)
    return next(found, None)


def sequence_of(before: Bundle | None, form: Form) -> int:
    """The SEQUENCE that an event needs: one more than calendars know if it was moved (RFC 5545).

    A higher one that somebody gave it stands.
    """
    now = form.occasion
    if now is None:
        return 0
    known = None if before is None else form_of(before, now.id)
    was = None if known is None else known.occasion
    if was is None or _told_by_a_calendar(was) == _told_by_a_calendar(now):
        return now.sequence
    return max(now.sequence, was.sequence + 1)


def _told_by_a_calendar(occasion: Occasion) -> tuple[object, ...]:
    return (begins(occasion), occasion.ends, occasion.zone, occasion.place, occasion.called_off)


def begins(occasion: Occasion) -> datetime:
    """When it begins."""
    return datetime.fromisoformat(occasion.starts)


def over(occasion: Occasion, now: datetime) -> bool:
    """Whether it is over, and what was open a while after it is closed."""
    return now >= datetime.fromisoformat(occasion.ends) + AFTERWARDS


def door_of(form: str, occasion: Occasion) -> str:
    """What the token of an event's door is issued over; 64 hex characters."""
    return digest("door", form, occasion.id)


def reminder_at(occasion: Occasion) -> datetime | None:
    """When those who have a place are reminded; None: they are not."""
    if not occasion.remind_before_seconds:
        return None
    return begins(occasion) - timedelta(seconds=occasion.remind_before_seconds)


def remind_at(occasion: Occasion, due: datetime, now: datetime) -> datetime:
    """When a reminder is due that waits until `due`: an event's start may have been moved.

    One whose time has passed meanwhile is due at once if it would have come after the event began.
    """
    at = reminder_at(occasion)
    if at is None or begins(occasion) <= now:
        return due
    if at > now:
        return at
    return now if due >= begins(occasion) else due


def with_place(event: Event, place: Place) -> Event:
    """The event of a sign-up, with what came of it."""
    properties = event.body["properties"]
    told = dict(properties) if isinstance(properties, Mapping) else {}
    body = {**event.body, "properties": {**told, "place": place.standing.value}}
    return replace(event, body=body)


def moved_up(place: Place) -> Event:
    """Somebody on the waiting list has a place now."""
    return _told(events.EventPlaceGiven.event, place, {})


def given_up(place: Place) -> Event:
    """Somebody cannot come."""
    return _told(events.EventPlaceGivenUp.event, place, {})


def attended(arrival: Arrival, place: Place) -> Event:
    """Somebody was there: one event, however often and by however many they were checked in."""
    event = engine_event(
        names.EVENT_ATTENDED,
        subject=place.address,
        message_id=f"e_{digest('attended', place.occasion, place.address)[:ID_CHARS]}",
        cause_at=place.since,
        now=arrival.now,
        properties={"event_id": place.occasion, "title": arrival.title},
    )
    return replace(event, at=arrival.at)


def _told(kind: str, place: Place, more: Mapping[str, Json]) -> Event:
    version = str(place.version)
    return engine_event(
        kind,
        subject=place.address,
        message_id=f"e_{digest(kind, place.occasion, place.address, version)[:ID_CHARS]}",
        cause_at=place.since,
        now=place.since,
        properties={"event_id": place.occasion, **more},
    )
