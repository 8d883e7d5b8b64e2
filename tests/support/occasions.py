"""The in-memory twin of the port `Occasions`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.domain.occasions import (
    Hall,
    Place,
    Room,
    Standing,
    give_up,
    may_move_up,
    move_up,
    sit,
)
from rapport.occasions import Arrival, attended, given_up, moved_up


class _Log(Protocol):
    def put(self, event: Event) -> bool: ...


class FakeOccasions:
    """Halls and places in dicts."""

    def __init__(self, log: _Log) -> None:
        self.log = log
        self._halls: dict[str, Hall] = {}
        self._places: dict[tuple[str, Ref], Place] = {}

    def hall(self, occasion: str) -> Hall:
        return self._halls.get(occasion, Hall(occasion=occasion))

    def place(self, occasion: str, address: Ref) -> Place | None:
        return self._places.get((occasion, address))

    def places(self, occasion: str) -> Sequence[Place]:
        return [place for (name, _), place in self._places.items() if name == occasion]

    def page(self, occasion: str, *, after: str, most: int) -> Sequence[Place]:
        behind = [place for place in self.places(occasion) if place.address > after]
        return sorted(behind, key=lambda place: place.address)[:most]

    def take(self, room: Room, address: Ref, first: Event) -> Place:
        hall, before = self.hall(room.occasion), self.place(room.occasion, address)
        now = first.received_at
        return self._keep(*sit(hall, before, room, address=address, signed=first.key, now=now))

    def give_up(self, room: Room, address: Ref, now: datetime) -> bool:
        place = self.place(room.occasion, address)
        found = place is not None and place.holds
        if place is not None and found:
            self.log.put(given_up(self._keep(*give_up(self.hall(room.occasion), place, now))))
        self.fill(room, now)
        return found

    def fill(self, room: Room, now: datetime) -> int:
        moved = 0
        while may_move_up(self.hall(room.occasion), room):
            waiting = [p for p in self.places(room.occasion) if p.standing is Standing.WAITING]
            first = min(waiting, key=lambda place: place.ticket)
            self.log.put(moved_up(self._keep(*move_up(self.hall(room.occasion), first, now))))
            moved += 1
        return moved

    def arrive(self, arrival: Arrival) -> bool:
        place = self.place(arrival.occasion, arrival.address)
        if place is None or not place.holds or place.arrived_at is not None:
            return False
        self._places[place.occasion, place.address] = replace(place, arrived_at=arrival.at)
        return self.log.put(attended(arrival, place))

    def _keep(self, hall: Hall, place: Place) -> Place:
        self._halls[hall.occasion] = hall
        self._places[place.occasion, place.address] = place
        return place
