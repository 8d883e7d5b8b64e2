"""What every store of places does, in memory and in DynamoDB alike, and what happens in a crowd."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.signatures import DynamoSignatures
from rapport.domain.identifiers import Ref
from rapport.domain.occasions import FullError, Room, Standing
from rapport.occasions import Arrival, Occasions
from rapport.signing import Signatures
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, event, mailbox
from tests.contract.test_races import together
from tests.contract.test_signatures import signed
from tests.support.fakes import FakeBook

DAY = "open-day"
PLACES, CROWD = 10, 50


class Desk:
    """Where people sign up for an event with two places."""

    def __init__(self, stores: Stores, *, capacity: int = 2, waiting_list: bool = True) -> None:
        self.stores = stores
        self.room = Room(occasion=DAY, capacity=capacity, waiting_list=waiting_list)
        self.signatures: Signatures
        self.occasions: Occasions
        if isinstance(stores.book, DynamoBook):
            log = cast("DynamoLog", stores.log)
            occasions = DynamoOccasions(TABLE_NAMES["book"], log)
            self.signatures = DynamoSignatures(stores.book, log, occasions)
            self.occasions = occasions
        else:
            book = cast("FakeBook", stores.book)
            self.signatures, self.occasions = cast("Signatures", book), book.occasions

    def who(self, n: int) -> Ref:
        return mailbox(self.stores.pseudonyms, f"guest{n}@inbox.halden.example")

    def sign(self, n: int, again: str = "") -> bool:
        form = signed(self.who(n), f"f-{n}{again}")
        first = event(
            self.who(n),
            name="Event Registered",
            message_id=f"f-{n}{again}",
            body={"properties": {"event_id": DAY}},
        )
        return self.signatures.sign(replace(form, room=self.room, events=(first,)))

    def standing(self, n: int) -> Standing | None:
        place = self.occasions.place(DAY, self.who(n))
        return None if place is None else place.standing

    def told(self, n: int) -> list[str]:
        return sorted(
            e.type for e in self.stores.log.partition(self.who(n)) if e.type != "Consent Granted"
        )


@pytest.fixture
def desk(stores: Stores) -> Desk:
    """An event with two places."""
    return Desk(stores)


def test_the_first_have_a_place_the_others_wait_and_the_sign_up_tells_which(desk: Desk) -> None:
    assert [desk.sign(n) for n in range(3)] == [True] * 3
    assert [desk.standing(n) for n in range(3)] == ["seated", "seated", "waiting"]
    told = [desk.stores.log.partition(desk.who(n))[0].body["properties"] for n in (0, 2)]
    assert told == [{"event_id": DAY, "place": p} for p in ("seated", "waiting")]
    hall = desk.occasions.hall(DAY)
    assert (hall.taken, hall.waiting) == (2, 1)


def test_all_who_ever_had_a_place_are_read_in_pages(desk: Desk) -> None:
    for n in range(5):
        desk.sign(n)
    desk.occasions.give_up(desk.room, desk.who(1), NOW + timedelta(hours=1))
    pages, after = [], ""
    while page := desk.occasions.page(DAY, after=after, most=2):
        pages.append([place.address for place in page])
        after = pages[-1][-1]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == sorted(desk.who(n) for n in range(5))
    assert desk.occasions.page("another", after="", most=2) == []


def test_whoever_signs_up_again_keeps_what_they_have(desk: Desk) -> None:
    for n in range(3):
        desk.sign(n)
    assert desk.sign(0, "again")
    assert desk.sign(2, "again")
    assert not desk.sign(2, "again")
    hall = desk.occasions.hall(DAY)
    assert (hall.taken, hall.waiting, hall.tickets) == (2, 1, 1)


def test_the_list_moves_up_in_its_order_when_somebody_cannot_come(desk: Desk) -> None:
    for n in range(5):
        desk.sign(n)
    later = NOW + timedelta(hours=1)
    # The first who waits gives up too; nobody moves up for that.
    assert desk.occasions.give_up(desk.room, desk.who(2), later)
    assert desk.occasions.give_up(desk.room, desk.who(0), later)
    assert not desk.occasions.give_up(desk.room, desk.who(0), later)
    assert [desk.standing(n) for n in range(5)] == [
        *("given-up", "seated", "given-up", "seated", "waiting")
    ]
    assert desk.told(3) == ["Event Place Given", "Event Registered"]
    assert desk.told(0) == ["Event Place Given Up", "Event Registered"]
    # Whoever comes back stands at the end.
    desk.sign(0, "again")
    desk.occasions.give_up(desk.room, desk.who(1), later)
    assert [desk.standing(n) for n in (0, 4)] == ["waiting", "seated"]


def test_more_places_go_to_those_who_wait_before_anybody_new(desk: Desk) -> None:
    for n in range(4):
        desk.sign(n)
    desk.room = replace(desk.room, capacity=3)
    desk.sign(4)
    assert desk.standing(4) is Standing.WAITING
    assert desk.occasions.fill(desk.room, NOW) == 1
    assert [desk.standing(n) for n in (2, 3, 4)] == ["seated", "waiting", "waiting"]


def test_without_a_waiting_list_a_full_event_takes_nobody_and_keeps_nothing(stores: Stores) -> None:
    desk = Desk(stores, capacity=1, waiting_list=False)
    desk.sign(0)
    with pytest.raises(FullError):
        desk.sign(1)
    assert desk.standing(1) is None
    assert desk.told(1) == []
    assert stores.book.address(desk.who(1)).version == 0


def test_somebody_is_checked_in_once_by_however_many(desk: Desk) -> None:
    desk.sign(0)
    came = Arrival(occasion=DAY, title="Open day", address=desk.who(0), at=NOW, now=NOW)
    assert desk.occasions.arrive(came)
    assert not desk.occasions.arrive(replace(came, at=NOW + timedelta(minutes=5)))
    assert not desk.occasions.arrive(replace(came, address=desk.who(9)))
    assert desk.told(0) == ["Event Attended", "Event Registered"]
    place = desk.occasions.place(DAY, desk.who(0))
    assert place is not None
    assert place.arrived_at == NOW


def test_of_fifty_who_come_at_once_exactly_as_many_have_a_place_as_there_are(
    dynamo: Stores,
) -> None:
    desk = Desk(dynamo, capacity=PLACES)
    works: list[Callable[[], bool]] = [lambda n=n: desk.sign(n) for n in range(CROWD)]  # type: ignore[misc]
    began = time.monotonic()
    assert all(together(works))
    took = time.monotonic() - began
    places = desk.occasions.places(DAY)
    assert Counter(place.standing for place in places) == {
        "seated": PLACES,
        "waiting": CROWD - PLACES,
    }
    waiting = sorted(p.ticket for p in places if p.standing is Standing.WAITING)
    assert waiting == [*range(1, CROWD - PLACES + 1)]
    # Ten cannot come and ten more come, all at once.
    seated = [p.address for p in places if p.standing is Standing.SEATED]
    leaving: list[Callable[[], bool]] = [
        lambda a=a: desk.occasions.give_up(desk.room, a, NOW)  # type: ignore[misc]
        for a in seated
    ]
    coming: list[Callable[[], bool]] = [lambda n=n: desk.sign(n) for n in range(100, 110)]  # type: ignore[misc]
    assert all(together([*leaving, *coming]))
    desk.occasions.fill(desk.room, NOW)
    after = desk.occasions.places(DAY)
    counts = Counter(place.standing for place in after)
    assert counts == {"seated": PLACES, "waiting": CROWD - PLACES, "given-up": PLACES}
    up = {p.address for p in after if p.standing is Standing.SEATED}
    first = {p.address for p in places if p.standing is Standing.WAITING and p.ticket <= PLACES}
    assert up == first
    hall = desk.occasions.hall(DAY)
    assert (hall.taken, hall.waiting) == (PLACES, CROWD - PLACES)
    print(f"{CROWD} at once for {PLACES} places: {PLACES} seated, in {took:.1f} s")
