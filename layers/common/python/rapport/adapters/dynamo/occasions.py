"""Halls and places in DynamoDB: the port `Occasions`.

A hall is one row at a version, and every change of a place changes it too, so no two changes that
meet both happen. Of those that lost one tries again a little later, by chance not at the same time
as the others: an event fills in minutes, its first seconds are the worst.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from pynamodb.transactions import TransactWrite

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.models import (
    EventRow,
    HallRow,
    PlaceRow,
    TurnRow,
    bind,
    store_errors,
    transaction,
)
from rapport.domain.event import Event, LogKey, from_millis, millis
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
from rapport.errors import ConflictError, RetryableError
from rapport.occasions import Arrival, attended, given_up, moved_up

_TRIES = 60
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 1.5
_TOO_MANY = "too many came to this event at the same moment"


class DynamoOccasions:
    """Halls, places and turns on the book table; their events in the log."""

    def __init__(
        self, table: str, log: DynamoLog, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Work on the book table of that name, seal events by `log`."""
        bind(book=table)
        self._log = log
        self._sleep = sleep

    def hall(self, occasion: str) -> Hall:
        """How full it is."""
        with store_errors():
            try:
                row = HallRow.get(*keys.hall_key(occasion), consistent_read=True)
            except HallRow.DoesNotExist:
                return Hall(occasion=occasion)
        return Hall(
            occasion=occasion,
            taken=int(row.taken),
            waiting=int(row.waiting),
            tickets=int(row.tickets),
            version=int(row.version),
        )

    def halls(self) -> list[str]:
        """The events that anybody ever signed up for."""
        with store_errors():
            return [str(row.sk) for row in HallRow.query(keys.HALLS, consistent_read=True)]

    def place(self, occasion: str, address: Ref) -> Place | None:
        """What one address has there."""
        with store_errors():
            try:
                row = PlaceRow.get(*keys.place_key(occasion, address), consistent_read=True)
            except PlaceRow.DoesNotExist:
                return None
        return _read(occasion, row)

    def places(self, occasion: str) -> Sequence[Place]:
        """All of them, by address."""
        begins = PlaceRow.sk.startswith(keys.PLACE_PREFIX)
        place = keys.place_key(occasion, Ref("")).pk
        with store_errors():
            rows = list(PlaceRow.query(place, begins, consistent_read=True))
        return [_read(occasion, row) for row in rows]

    def page(self, occasion: str, *, after: str, most: int) -> Sequence[Place]:
        """So many of them, by address, from the one behind `after` on."""
        place = keys.place_key(occasion, Ref(after))
        last = {"pk": {"S": place.pk}, "sk": {"S": place.sk}} if after else None
        begins = PlaceRow.sk.startswith(keys.PLACE_PREFIX)
        with store_errors():
            rows = PlaceRow.query(
                place.pk, begins, consistent_read=True, limit=most, last_evaluated_key=last
            )
            return [_read(occasion, row) for row in rows]

    def take(self, write: TransactWrite, room: Room, address: Ref, first: Event) -> Place:
        """Add to a transaction what gives somebody a place or a turn; FullError: there is none."""
        hall, before = self.hall(room.occasion), self.place(room.occasion, address)
        after, place = sit(
            hall, before, room, address=address, signed=first.key, now=first.received_at
        )
        _save(write, hall, after, before, place)
        return place

    def give_up(self, room: Room, address: Ref, now: datetime) -> bool:
        """Free a place or a turn, and let the first who waits move up; False: there was none."""
        found = False

        def attempt() -> None:
            nonlocal found
            hall, before = self.hall(room.occasion), self.place(room.occasion, address)
            if before is None or not before.holds:
                return
            found = True
            after, place = give_up(hall, before, now)
            self._change(hall, after, before, place, given_up(place))

        self.settle(attempt)
        self.fill(room, now)
        return found

    def forget(self, occasion: str, address: Ref, now: datetime) -> bool:
        """Take away what an address had, without an event; who waits gets what becomes free."""
        found = False
        full: list[int] = []

        def attempt() -> None:
            nonlocal found
            hall, before = self.hall(occasion), self.place(occasion, address)
            if before is None:
                return
            found = True
            after, _ = give_up(hall, before, now) if before.holds else (hall, before)
            full[:] = [hall.taken] if after.taken < hall.taken else []
            with transaction() as write:
                if before.holds:
                    write.save(_hall_row(after), condition=HallRow.version == hall.version)
                if before.ticket:
                    write.delete(TurnRow(*keys.turn_key(occasion, before.ticket)))
                write.delete(_row(before), condition=PlaceRow.version == before.version)

        self.settle(attempt)
        for taken in full:
            # As many as there were; what the room offers now only its own changes look at.
            self.fill(Room(occasion=occasion, capacity=taken), now)
        return found

    def fill(self, room: Room, now: datetime) -> int:
        """Let as many move up as there are free places; how many did."""
        moved = 0
        while True:
            gone_on = False

            def attempt() -> None:
                nonlocal gone_on
                gone_on = False
                hall = self.hall(room.occasion)
                free = may_move_up(hall, room)
                first = self._first(room.occasion) if free else None
                if first is None:
                    if free:
                        self._nobody_waits(hall)
                    return
                after, place = move_up(hall, first, now)
                self._change(hall, after, first, place, moved_up(place))
                gone_on = True

            self.settle(attempt)
            if not gone_on:
                return moved
            moved += 1

    def arrive(self, arrival: Arrival) -> bool:
        """Check somebody in; False, and nothing changed, if they were there or have no place."""
        new = False

        def attempt() -> None:
            nonlocal new
            new = False
            place = self.place(arrival.occasion, arrival.address)
            if place is None or not place.holds or place.arrived_at is not None:
                return
            with transaction() as write:
                write.update(
                    PlaceRow(*keys.place_key(place.occasion, place.address)),
                    actions=[PlaceRow.arrived_at.set(millis(arrival.at))],
                    condition=PlaceRow.arrived_at.does_not_exist(),
                )
                for row in self._log.sealed_rows([attended(arrival, place)]):
                    write.save(row, condition=EventRow.pk.does_not_exist())
            new = True

        self.settle(attempt)
        return new

    def settle(self, attempt: Callable[[], None]) -> None:
        """Read and write again while others change the same hall in between."""
        for number in range(_TRIES):
            try:
                with store_errors():
                    attempt()
            except ConflictError:
                longest = min(_FIRST_WAIT_S * (number + 1), _LONGEST_WAIT_S)
                self._sleep(random.uniform(0, longest))  # noqa: S311  (nobody has to guess it)
                continue
            return
        raise RetryableError(_TOO_MANY)

    def _first(self, occasion: str) -> Place | None:
        begins = TurnRow.sk.startswith(keys.TURN_PREFIX)
        place = keys.turn_key(occasion, 0).pk
        with store_errors():
            rows = list(TurnRow.query(place, begins, consistent_read=True, limit=1))
        found = self.place(occasion, Ref(str(rows[0].address))) if rows else None
        if rows and (found is None or found.standing is not Standing.WAITING):
            # Read between two changes: look again.
            raise ConflictError(_TOO_MANY)
        return found

    def _nobody_waits(self, hall: Hall) -> None:
        """Whoever waited was erased, turn and all: nobody has to wait behind them."""
        after = replace(hall, waiting=0, version=hall.version + 1)
        _hall_row(after).save(condition=HallRow.version == hall.version)

    def _change(self, hall: Hall, after: Hall, before: Place, place: Place, event: Event) -> None:
        with transaction() as write:
            _save(write, hall, after, before, place)
            for row in self._log.sealed_rows([event]):
                write.save(row, condition=EventRow.pk.does_not_exist())


def _save(
    write: TransactWrite, hall: Hall, after: Hall, before: Place | None, place: Place
) -> None:
    """Both rows, and the turn of who waits, if they are as they were read."""
    unread = HallRow.pk.does_not_exist()
    write.save(
        _hall_row(after), condition=HallRow.version == hall.version if hall.version else unread
    )
    absent = PlaceRow.pk.does_not_exist()
    write.save(
        _row(place), condition=absent if before is None else PlaceRow.version == before.version
    )
    ticket = 0 if before is None else before.ticket
    if ticket and ticket != place.ticket:
        write.delete(TurnRow(*keys.turn_key(place.occasion, ticket)))
    if place.ticket and ticket != place.ticket:
        write.save(TurnRow(*keys.turn_key(place.occasion, place.ticket), address=place.address))


def _hall_row(hall: Hall) -> HallRow:
    return HallRow(
        *keys.hall_key(hall.occasion),
        taken=hall.taken,
        waiting=hall.waiting,
        tickets=hall.tickets,
        version=hall.version,
    )


def _row(place: Place) -> PlaceRow:
    arrived = place.arrived_at
    return PlaceRow(
        *keys.place_key(place.occasion, place.address),
        standing=place.standing.value,
        since=millis(place.since),
        signed_pk=place.signed.pk,
        signed_sk=place.signed.sk,
        ticket=place.ticket or None,
        arrived_at=None if arrived is None else millis(arrived),
        version=place.version,
    )


def _read(occasion: str, row: PlaceRow) -> Place:
    arrived = cast("int | None", row.arrived_at)
    return Place(
        occasion=occasion,
        address=Ref(str(row.sk).removeprefix(keys.PLACE_PREFIX)),
        standing=Standing(row.standing),
        since=from_millis(int(row.since)),
        signed=LogKey(str(row.signed_pk), str(row.signed_sk)),
        ticket=int(row.ticket or 0),
        arrived_at=None if arrived is None else from_millis(int(arrived)),
        version=int(row.version),
    )
