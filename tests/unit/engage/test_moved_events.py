"""An event that is moved to an earlier start: everybody is woken, and waits for the new time."""

import time
from datetime import timedelta

import msgspec
import pytest

from functions.trigger import handler
from functions.trigger.moves import PAGE, Moves
from rapport.adapters.schedule import encode_moved
from rapport.bundle import Bundle
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Ref
from rapport.domain.occasions import Place, Standing
from rapport.editing import Save
from rapport.occasions import LIVE_AFTER_S, Moved, tell_moved
from rapport.saving import Saving
from tests.support.desk_rooms import SavedBundles
from tests.support.mailroom import ANA, Mailroom
from tests.support.occasions import FakeOccasions
from tests.support.waits import FakeWakes
from tests.unit.engage import test_places
from tests.unit.engage.test_places import DAY, moves, registered

room = test_places.room
MOST_SEATS = 5_000


def followed(room: Mailroom, wakes: FakeWakes) -> None:
    """What the queue brings to `trigger`, until nothing is in it."""
    while wakes.events:
        message = {"messageId": "m-1", "body": encode_moved(wakes.events.pop(0)[0])}
        assert handler.lambda_handler({"Records": [message]}, None) == {"batchItemFailures": []}
    for subject in wakes.woken:
        room.trigger.wake(subject, again=True)


def test_an_event_saved_with_an_earlier_start_moves_its_reminders_at_once(
    room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = room.clock() + timedelta(days=10)
    room.trigger.start(registered(room, 10))
    bundles, wakes = SavedBundles(room.bundles), FakeWakes()
    flow = Moves(occasions=room.book.occasions, clusters=room.clusters, wakes=wakes)
    monkeypatch.setattr(handler, "_moves", lambda: flow)
    bundles.live = room.live
    saving = Saving(
        bundles=bundles, pointer=bundles, launches=room.launches, wakes=wakes, now=room.clock
    )

    def save(**fields: object) -> None:
        form = next(form for form in saving.live()[0].forms if form.key == "open-day")
        occasion = msgspec.structs.replace(form.occasion, **fields)  # type: ignore[type-var]
        what = msgspec.structs.replace(form, occasion=occasion)
        room.publish(saving.save(Save(what=what), by="kari"))

    # What is moved to a later time, or not at all, wakes nobody.
    save(starts=(starts + timedelta(hours=1)).isoformat())
    save(capacity=40)
    assert wakes.events == []
    earlier = starts - timedelta(days=4)
    save(starts=earlier.isoformat())
    assert wakes.events == [(Moved(occasion=DAY), LIVE_AFTER_S)]
    followed(room, wakes)
    assert room.schedules.at == {room.ref(ANA): earlier - timedelta(days=1)}
    assert room.schedules.looks == []


def test_an_event_that_is_told_of_for_the_first_time_wakes_nobody(room: Mailroom) -> None:
    moves(room, room.clock() + timedelta(days=10))
    wakes = FakeWakes()
    without: Bundle = msgspec.structs.replace(room.bundle, forms=())
    for before in (None, without, room.bundle):
        tell_moved(wakes, before, room.bundle)
    tell_moved(wakes, room.bundle, without)
    assert wakes.events == []


@pytest.mark.parametrize("crowd", [0, PAGE, MOST_SEATS])
def test_of_any_number_of_people_each_is_woken_once_in_pages(
    room: Mailroom,
    crowd: int,
) -> None:
    hall, wakes = FakeOccasions(room.log), FakeWakes()
    now, signed = room.clock(), LogKey("", "")
    standings = [Standing.SEATED, Standing.WAITING, Standing.GIVEN_UP]
    for number in range(crowd):
        address = Ref(f"email#{number:022}")
        standing = standings[0 if number % 50 else number // 50 % 3]
        hall._places[DAY, address] = Place(
            occasion=DAY, address=address, standing=standing, since=now, signed=signed
        )
    flow = Moves(occasions=hall, clusters=room.clusters, wakes=wakes)
    began, calls = time.perf_counter(), 0
    asked = Moved(occasion=DAY)
    while True:
        flow.follow(asked)
        calls += 1
        if not wakes.events:
            break
        [(asked, after_s)] = wakes.events
        wakes.events.clear()
        assert after_s == 0
    there = [place.address for place in hall.places(DAY) if place.holds]
    assert sorted(wakes.woken) == sorted(there)
    assert calls == crowd // PAGE + 1
    print(f"{len(there)} woken by {calls} calls in {time.perf_counter() - began:.2f} s")
