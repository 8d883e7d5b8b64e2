"""Events with places, through the real handler: full, waiting, given up, and what is mailed."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from icalendar import Calendar

from functions.engage import form_routes, handler
from rapport.domain.decision import FactRef
from rapport.domain.event import Event
from rapport.domain.occasions import Standing, code_of
from rapport.domain.tokens import Purpose, issue
from rapport.editing import Save, edited
from rapport.refreshing.partitions import _of_occasion
from tests.support.mailroom import ANA, Mailroom
from tests.unit.engage.test_forms import Visitor, change, header, told

BO = "bo@inbox.halden.example"
DAY = "open-day-2027"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    room = Mailroom()
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setattr(handler, "_places", lambda: room.places)
    monkeypatch.setattr(handler, "_alerts", lambda: room.job_alerts)
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    return room


def offer(room: Mailroom, **fields: object) -> None:
    """Publish the event with other fields."""
    form = next(form for form in room.bundle.forms if form.key == "open-day")
    assert form.occasion is not None
    change(room, "open-day", occasion=msgspec.structs.replace(form.occasion, **fields))


def comes(room: Mailroom, email: str = ANA, cookie: str = "visitor-of-ana-1") -> dict[str, Any]:
    visitor = Visitor(room, cookie=cookie)
    page = visitor.page("open-day")
    room.clock.forward(seconds=20)
    return visitor.sends("open-day", page, **{"f.first_name": "Ana", "f.email": email})


def standing(room: Mailroom, email: str = ANA) -> Standing | None:
    place = room.book.occasions.place(DAY, room.ref(email))
    return None if place is None else place.standing


def test_a_sign_up_takes_a_place_and_the_next_waits_and_both_are_answered_alike(
    room: Mailroom,
) -> None:
    offer(room, capacity=1)
    first, second = comes(room), comes(room, BO, "visitor-of-bo-01")
    assert (standing(room), standing(room, BO)) == ("seated", "waiting")
    assert [told(e)["place"] for e in room.logged("Event Registered")] == ["seated", "waiting"]
    assert first["body"] == second["body"]
    # What the page says is of the event, not of whoever asks.
    assert "put on the waiting list" in Visitor(room).opens("open-day")["body"]
    again = comes(room)
    assert again["body"] == first["body"]
    assert room.book.occasions.hall(DAY).taken == 1


def test_a_full_event_without_a_waiting_list_is_closed_and_so_is_one_that_is_over_or_off(
    room: Mailroom,
) -> None:
    offer(room, capacity=1, waiting_list=False)
    page = Visitor(room, cookie="visitor-of-bo-01").page("open-day")
    comes(room)
    late = Visitor(room, cookie="visitor-of-bo-01").sends(
        "open-day", page, **{"f.first_name": "Bo", "f.email": BO}
    )
    assert (late["statusCode"], standing(room, BO)) == (410, None)
    assert "All places are taken" in Visitor(room).opens("open-day")["body"]
    offer(room, capacity=0, called_off=True)
    assert Visitor(room).opens("open-day")["statusCode"] == 410
    offer(room, called_off=False, ends=(room.clock() - timedelta(1)).isoformat())
    assert Visitor(room).opens("open-day")["statusCode"] == 410


def test_the_calendar_entry_is_one_and_the_same_and_its_hours_are_those_of_the_place(
    room: Mailroom,
) -> None:
    # The night in which the clocks change lies between the two.
    offer(room, starts="2027-03-27T16:00:00+01:00", ends="2027-03-28T16:00:00+02:00", sequence=3)
    answer = Visitor(room).ask("GET", "/f/open-day/event.ics", "lang=nb")
    assert header(answer, "content-type").startswith("text/calendar")
    whole = Calendar.from_ical(answer["body"])
    entry: Any = whole.walk("VEVENT")[0]
    assert (entry["uid"], entry["sequence"]) == (f"{DAY}@{_domain(room)}", 3)
    assert (entry["summary"].startswith("Åpen dag"), entry["status"]) == (True, "CONFIRMED")
    starts, ends = entry["dtstart"].dt, entry["dtend"].dt
    assert (starts.hour, ends.hour, str(entry["dtstart"].params["TZID"])) == (16, 16, "Europe/Oslo")
    assert ends.astimezone(UTC) - starts.astimezone(UTC) == timedelta(hours=23)
    assert [str(z["tzid"]) for z in whole.walk("VTIMEZONE")] == ["Europe/Oslo"]
    offer(room, called_off=True, sequence=4)
    off = Calendar.from_ical(Visitor(room).ask("GET", "/f/open-day/event.ics")["body"])
    (gone,) = off.walk("VEVENT")
    assert (off["method"], gone["status"], gone["uid"]) == ("CANCEL", "CANCELLED", entry["uid"])
    assert Visitor(room).ask("GET", "/f/join/event.ics")["statusCode"] == 404


def fact(room: Mailroom, event: Event, name: str, email: str = ANA) -> FactRef:
    """What the views tell of an event, as it travels."""
    return FactRef(
        name=name,
        event_id=event.message_id,
        person=room.confirmed(email),
        origin="live",
        occurred_at=event.at,
        received_at=event.received_at,
        log_pk=event.key.pk,
        log_sk=event.key.sk,
        **_of_occasion(event),
    )


def test_whoever_has_a_place_is_told_reminded_once_and_not_at_all_after_giving_it_up(
    room: Mailroom,
) -> None:
    starts = room.clock() + timedelta(days=10)
    ends = starts + timedelta(hours=3)
    offer(room, capacity=1, starts=starts.isoformat(), ends=ends.isoformat())
    comes(room)
    comes(room, BO, "visitor-of-bo-01")
    mine, bos = room.logged("Event Registered")
    seated, waiting = fact(room, mine, "EventRegistered"), fact(room, bos, "EventRegistered", BO)
    assert (seated.occasion, seated.stage, waiting.stage) == (DAY, "seated", "waiting")
    begun = room.trigger.start(seated)
    assert [intent.program for intent in begun.intents] == ["event-place"]
    assert [(run.program, run.due) for run in begun.waits] == [
        ("event-reminder", starts - timedelta(days=1))
    ]
    behind = room.trigger.start(waiting)
    assert ([i.program for i in behind.intents], behind.waits) == (["event-waiting"], ())
    room.send.deliver(begun.intents[0])
    (mail,) = room.mails
    assert code_of(DAY, room.ref(ANA)) in mail.text
    assert "/f/open-day/event.ics?lang=en" in mail.text
    link = re.search(r"/u/(\S+)", mail.text)
    assert link is not None
    # The page of that very link, and its button.
    visitor = Visitor(room)
    shown = visitor.ask("GET", f"/u/{link[1]}")["body"]
    assert "You have a place." in shown
    pressed = urlencode({"do": "give-up", "occasion": DAY})
    for _ in range(2):
        after = visitor.ask("POST", f"/u/{link[1]}", body=pressed)
        assert "You have a place." not in after["body"]
    assert (standing(room), standing(room, BO)) == ("given-up", "seated")
    (gone,) = room.logged("Event Place Given Up")
    (given,) = room.logged("Event Place Given")
    stopped = room.trigger.start(fact(room, gone, "EventPlaceGivenUp"))
    assert [reason.value for reason in stopped.holds] == ["place_given_up"]
    up = room.trigger.start(fact(room, given, "EventPlaceGiven", BO))
    assert [intent.program for intent in up.intents] == ["event-moved-up"]
    assert [run.program for run in up.waits] == ["event-reminder"]


def registered(room: Mailroom, days: int) -> FactRef:
    """Ana has a place at the event in so many days."""
    starts = room.clock() + timedelta(days=days)
    moves(room, starts)
    comes(room)
    [event] = room.logged("Event Registered")
    return fact(room, event, "EventRegistered")


def moves(room: Mailroom, starts: datetime) -> None:
    offer(room, starts=starts.isoformat(), ends=(starts + timedelta(hours=3)).isoformat())


def test_a_reminder_follows_an_event_that_starts_later_and_comes_once(room: Mailroom) -> None:
    starts = room.clock() + timedelta(days=10)
    room.trigger.start(registered(room, 10))
    later = starts + timedelta(days=5)
    moves(room, later)
    told_of = len(room.mails) + len(room.intents.queue)
    room.clock.moment = starts - timedelta(days=1)
    assert room.trigger.wake(room.ref(ANA)).intents == ()
    assert room.schedules.at == {room.ref(ANA): later - timedelta(days=1)}
    assert len(room.mails) + len(room.intents.queue) == told_of
    room.clock.moment = later - timedelta(days=1)
    assert [i.program for i in room.trigger.wake(room.ref(ANA)).intents] == ["event-reminder"]
    assert room.trigger.wake(room.ref(ANA)).intents == ()


def test_a_reminder_follows_an_event_that_starts_earlier_as_soon_as_anybody_looks(
    room: Mailroom,
) -> None:
    starts = room.clock() + timedelta(days=10)
    room.trigger.start(registered(room, 10))
    moves(room, starts - timedelta(days=4))
    assert room.trigger.wake(room.ref(ANA)).intents == ()
    assert room.schedules.at == {room.ref(ANA): starts - timedelta(days=5)}
    # Too late for the reminder's own time, and not for the event.
    moves(room, room.clock() + timedelta(hours=2))
    assert [i.program for i in room.trigger.wake(room.ref(ANA)).intents] == ["event-reminder"]


def test_of_an_event_that_was_moved_into_the_past_nobody_is_reminded(room: Mailroom) -> None:
    starts = room.clock() + timedelta(days=10)
    room.trigger.start(registered(room, 10))
    moves(room, room.clock() - timedelta(hours=1))
    room.clock.moment = starts - timedelta(days=1)
    woken = room.trigger.wake(room.ref(ANA))
    assert (woken.intents, [reason.value for reason in woken.holds]) == ((), ["event_begun"])
    assert room.schedules.at == {}


def test_a_page_of_a_stranger_gives_up_nothing(room: Mailroom) -> None:
    comes(room)
    pressed = urlencode({"do": "give-up", "occasion": DAY})
    token = issue(room._tokens(), Purpose.UNSUBSCRIBE, "ab" * 32)
    for each in (token, "v1.k1.x.y"):
        Visitor(room).ask("POST", f"/u/{each}", body=pressed)
    assert standing(room) is Standing.SEATED


def test_a_sign_up_that_a_browser_only_tracked_gives_no_place_and_no_mail(room: Mailroom) -> None:
    comes(room)
    (event,) = room.logged("Event Registered")
    assert _of_occasion(replace(event, source="career-site")) == {}


def _domain(room: Mailroom) -> str:
    return room.bundle.brand.sender.rpartition("@")[2]


def test_an_event_that_is_moved_in_the_console_raises_its_sequence_and_keeps_its_uid(
    room: Mailroom,
) -> None:
    starts = room.clock() + timedelta(days=10)
    moves(room, starts)

    def calendar() -> Any:
        whole = Calendar.from_ical(Visitor(room).ask("GET", "/f/open-day/event.ics")["body"])
        return whole.walk("VEVENT")[0]

    def saved(**fields: object) -> Any:
        form = next(form for form in room.bundle.forms if form.key == "open-day")
        assert form.occasion is not None
        occasion = msgspec.structs.replace(form.occasion, **fields)
        what = msgspec.structs.replace(form, occasion=occasion)
        room.publish(edited(room.bundle, Save(what=what)))
        return calendar()

    before, later = calendar(), starts + timedelta(hours=2)
    moved = saved(starts=later.isoformat())
    assert (moved["uid"], moved["sequence"]) == (before["uid"], before["sequence"] + 1)
    assert moved["dtstart"].dt.astimezone(UTC) == later
    # What calendars do not tell is no change of theirs; a number that somebody gave stands.
    assert saved(capacity=7)["sequence"] == moved["sequence"]
    assert saved(starts=starts.isoformat(), sequence=9)["sequence"] == 9
