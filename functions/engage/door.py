"""Checking people in at an event: a page for whoever stands at the door, also without a network.

The page's link is made by the employer (`rapport event`), good for one event until some hours after
it. With it a device learns the names of those who have a place, and forgets them when the event is
over. What it does without a network it tells later: each check-in has an id, a place is checked in
once whoever tells it, and the time is corrected by how far the device's clock is off.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from functions.engage.centre import language_of
from rapport.bundle import Bundle
from rapport.domain.event import Json, from_millis, millis
from rapport.domain.identifiers import Namespace, identifier
from rapport.domain.occasions import Place, Standing, code_of
from rapport.domain.statements import section, text_of
from rapport.domain.tokens import Purpose, verify
from rapport.errors import ErasedError
from rapport.forms import Form, Occasion, said
from rapport.occasions import AFTERWARDS, Arrival, Occasions, door_of, over
from rapport.ports import Bundles, Log, Pseudonyms

MAX_ARRIVALS = 200
PER_PAGE = 100
# No clock is believed that says more than this went by since somebody was checked in.
LONGEST_AWAY = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A door whose link is good."""

    form: Form
    occasion: Occasion
    bundle: Bundle
    language: str

    @property
    def title(self) -> str:
        """What the event is called."""
        return said(self.occasion.title, self.language)

    @property
    def until(self) -> datetime:
        """When the device forgets the names."""
        return datetime.fromisoformat(self.occasion.ends) + AFTERWARDS


@dataclass(frozen=True, kw_only=True)
class Door:
    """The flow. `ring` gives the keys of the links' tokens, `live` the live bundle's hash."""

    bundles: Bundles
    occasions: Occasions
    log: Log
    refs: Pseudonyms
    ring: Callable[[], Mapping[str, bytes]]
    live: Callable[[], str]
    now: Callable[[], datetime]

    def open(self, key: str, token: str, *languages: str) -> Opened | None:
        """The event of a link; None for a link that is not ours, or is over."""
        bundle = self.bundles.get(self.live())
        form = next((f for f in bundle.forms if f.key == key), None)
        if form is None or form.occasion is None or over(form.occasion, self.now()):
            return None
        if verify(self.ring(), Purpose.DOOR, token) != door_of(form.key, form.occasion):
            return None
        language = language_of(bundle.brand, *languages)
        return Opened(form=form, occasion=form.occasion, bundle=bundle, language=language)

    def names(self, door: Opened, start: int) -> Mapping[str, Json]:
        """Who has a place, from that number on; `next` is where to go on, 0 at the end."""
        places = sorted(self._seated(door), key=lambda place: place.address)
        part = places[start : start + PER_PAGE]
        more = start + PER_PAGE < len(places)
        return {
            "guests": [self._guest(place) for place in part],
            "next": start + PER_PAGE if more else 0,
            "until": millis(door.until),
        }

    def arrive(self, door: Opened, told: Mapping[str, Json]) -> Mapping[str, Json]:
        """Take in what a device tells: the ids that are done with, and those of nobody."""
        now, rows = self.now(), told.get("arrivals")
        sent = told.get("sent_at")
        codes = {code_of(place.occasion, place.address): place for place in self._seated(door)}
        done: list[Json] = []
        unknown: list[Json] = []
        for row in rows[:MAX_ARRIVALS] if isinstance(rows, list) else ():
            if not isinstance(row, dict):
                continue
            place = codes.get(str(row.get("code", "")).strip().upper())
            (unknown if place is None else done).append(str(row.get("id", ""))[:64])
            if place is not None:
                self._arrived(door, place, corrected(row.get("at"), sent, now))
        return {"done": done, "unknown": unknown}

    def typed(self, door: Opened, text: str) -> bool:
        """Check in by a code or an address that somebody typed; whether that is a guest's."""
        address = identifier(Namespace.EMAIL, text)
        own = None if address is None else self.refs.ref(address.ns, address.value)
        code = text.strip().upper()
        for place in self._seated(door):
            if place.address == own or code_of(place.occasion, place.address) == code:
                self._arrived(door, place, self.now())
                return True
        return False

    def _arrived(self, door: Opened, place: Place, at: datetime) -> None:
        self.occasions.arrive(
            Arrival(
                occasion=place.occasion,
                title=door.title,
                address=place.address,
                at=at,
                now=self.now(),
            )
        )

    def _seated(self, door: Opened) -> list[Place]:
        places = self.occasions.places(door.occasion.id)
        return [place for place in places if place.standing is Standing.SEATED]

    def _guest(self, place: Place) -> dict[str, Json]:
        try:
            event = self.log.get(place.signed)
        except ErasedError:
            event = None
        properties = {} if event is None else section(event.body, "properties")
        name = " ".join(text_of(properties, part) for part in ("first_name", "last_name"))
        code = code_of(place.occasion, place.address)
        return {
            "code": code,
            "name": " ".join(name.split()),
            # What an address that is typed is found by; the address itself stays here.
            "seek": seek(place.occasion, text_of(properties, "email")),
            "arrived": place.arrived_at is not None,
        }


def seek(occasion: str, email: str) -> str:
    """By which a device finds a guest by their address, without having it."""
    return sha256(f"{occasion}:{email}".encode()).hexdigest()[:32] if email else ""


def corrected(at: Json, sent_at: Json, now: datetime) -> datetime:
    """When it happened by our clock: as long ago as the device's own clock says."""
    if not isinstance(at, int) or not isinstance(sent_at, int):
        return now
    ago = timedelta(milliseconds=min(max(sent_at - at, 0), 10**12))
    return from_millis(millis(now - ago)) if ago <= LONGEST_AWAY else now


def told_in(body: str) -> Mapping[str, Json]:
    """What a device told; empty for whatever is no such thing."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
