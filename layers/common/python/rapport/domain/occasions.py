"""Places at an event that people sign up for: who has one, who waits, who moves up.

Pure. A hall counts its places, a place is one address's. Whoever comes while somebody waits waits
behind them, whatever became free meanwhile, so the list moves up in its own order.

Both change together or not at all: each carries the version that it was read at.
"""

from base64 import b32encode
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from rapport.domain.event import LogKey
from rapport.domain.identifiers import Ref

_CODE_BYTES = 5


class Standing(StrEnum):
    """Where somebody stands: with a place, on the waiting list, not there any more."""

    SEATED = "seated"
    WAITING = "waiting"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, kw_only=True)
class Room:
    """What an event offers. `capacity` 0: there is no bound."""

    occasion: str
    capacity: int = 0
    waiting_list: bool = True


@dataclass(frozen=True, kw_only=True)
class Hall:
    """How many have a place, and how many wait. `tickets`: of the waiting list, ever drawn."""

    occasion: str
    taken: int = 0
    waiting: int = 0
    tickets: int = 0
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Place:
    """One address at an event, since when, and by which row of the log. Of who waits the ticket.

    `arrived_at`: when they were checked in; None: they were not.
    """

    occasion: str
    address: Ref
    standing: Standing
    since: datetime
    signed: LogKey
    ticket: int = 0
    arrived_at: datetime | None = None
    version: int = 0

    @property
    def holds(self) -> bool:
        """Whether they have a place, or wait for one."""
        return self.standing is not Standing.GIVEN_UP


class FullError(Exception):
    """There is no place left, and nobody may wait."""


def full(hall: Hall, room: Room) -> bool:
    """Whether whoever comes now gets no place."""
    return bool(room.capacity) and (hall.taken >= room.capacity or hall.waiting > 0)


def closed(hall: Hall, room: Room) -> bool:
    """Whether whoever comes now gets nothing at all."""
    return full(hall, room) and not room.waiting_list


def sit(
    hall: Hall, place: Place | None, room: Room, *, address: Ref, signed: LogKey, now: datetime
) -> tuple[Hall, Place]:
    """The next to sign up; FullError when there is nothing left. Who is there already stays."""
    after = replace(hall, version=hall.version + 1)
    if place is not None and place.holds:
        return after, replace(place, version=place.version + 1)
    made = Place(
        occasion=room.occasion,
        address=address,
        standing=Standing.SEATED,
        since=now,
        signed=signed,
        version=1 if place is None else place.version + 1,
    )
    if not full(hall, room):
        return replace(after, taken=hall.taken + 1), made
    if not room.waiting_list:
        raise FullError
    ticket = hall.tickets + 1
    after = replace(after, waiting=hall.waiting + 1, tickets=ticket)
    return after, replace(made, standing=Standing.WAITING, ticket=ticket)


def give_up(hall: Hall, place: Place, now: datetime) -> tuple[Hall, Place]:
    """Somebody cannot come: their place, or their turn, is free."""
    seated = place.standing is Standing.SEATED
    after = replace(
        hall,
        taken=hall.taken - seated,
        waiting=hall.waiting - (not seated),
        version=hall.version + 1,
    )
    gone = replace(
        place, standing=Standing.GIVEN_UP, since=now, ticket=0, version=place.version + 1
    )
    return after, gone


def may_move_up(hall: Hall, room: Room) -> bool:
    """Whether a place is free for the first who waits."""
    return hall.waiting > 0 and (not room.capacity or hall.taken < room.capacity)


def move_up(hall: Hall, first: Place, now: datetime) -> tuple[Hall, Place]:
    """The first who waits has a place now."""
    after = replace(hall, taken=hall.taken + 1, waiting=hall.waiting - 1, version=hall.version + 1)
    up = replace(first, standing=Standing.SEATED, since=now, ticket=0, version=first.version + 1)
    return after, up


def code_of(occasion: str, address: Ref) -> str:
    """Eight letters and digits by which a place is checked in; they tell nothing of its owner."""
    digest = sha256(f"{occasion}\x00{address}".encode()).digest()
    return b32encode(digest[:_CODE_BYTES]).decode()
