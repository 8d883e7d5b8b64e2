"""The door of an event through the real handler: whose link is good, who is in, and when."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.engage import door_routes, form_routes, handler
from functions.engage.door import seek
from rapport.domain.event import millis
from rapport.domain.occasions import code_of
from rapport.domain.tokens import Purpose, issue
from rapport.occasions import door_of
from tests.support.mailroom import ANA, Mailroom
from tests.unit.engage.test_forms import Visitor, header, told
from tests.unit.engage.test_places import BO, DAY, comes, offer

DOOR = "/f/open-day/check-in"


class Guard:
    """Somebody at the door, with its link."""

    def __init__(self, room: Mailroom) -> None:
        self.room, self.visitor = room, Visitor(room)

    @property
    def link(self) -> str:
        form = next(form for form in self.room.bundle.forms if form.key == "open-day")
        assert form.occasion is not None
        token = issue(self.room._tokens(), Purpose.DOOR, door_of(form.key, form.occasion))
        return f"t={token}"

    def sees(self, path: str = DOOR, more: str = "") -> dict[str, Any]:
        return self.visitor.ask("GET", path, f"{self.link}{more}")

    def tells(self, *arrivals: object, sent_at: int = 0) -> Any:
        body = json.dumps({"sent_at": sent_at, "arrivals": arrivals})
        kind = {"content-type": "application/json"}
        answer = self.visitor.ask("POST", DOOR, self.link, body, **kind)
        return json.loads(answer["body"])


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    room = Mailroom()
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setattr(door_routes, "_door", lambda: room.door)
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    offer(room, capacity=1)
    comes(room)
    comes(room, BO, "visitor-of-bo-01")
    return room


def test_the_link_is_good_for_its_event_until_it_is_over_and_nothing_opens_without_it(
    room: Mailroom,
) -> None:
    guard = Guard(room)
    shown = guard.sees()
    assert (shown["statusCode"], "Ana" in shown["body"]) == (200, False)
    assert "script-src 'self'" in header(shown, "content-security-policy")
    other = issue(room._tokens(), Purpose.UNSUBSCRIBE, "ab" * 32)
    for query in ("", "t=x", f"t={other}", guard.link[:-1]):
        for path in (DOOR, f"{DOOR}/names"):
            assert Visitor(room).ask("GET", path, query)["statusCode"] == 404
        assert Visitor(room).ask("POST", DOOR, query)["statusCode"] == 404
    offer(room, ends=(room.clock() - timedelta(hours=13)).isoformat())
    assert guard.sees(f"{DOOR}/names")["statusCode"] == 404


def test_a_device_learns_who_has_a_place_by_name_and_never_an_address(room: Mailroom) -> None:
    answer = Guard(room).sees(f"{DOOR}/names")
    names = json.loads(answer["body"])
    code = code_of(DAY, room.ref(ANA))
    assert names["guests"] == [
        {"code": code, "name": "Ana", "seek": seek(DAY, ANA), "arrived": False}
    ]
    assert names["next"] == 0
    assert "@" not in answer["body"]
    assert header(answer, "cache-control") == "no-store"


def test_two_devices_check_somebody_in_once_at_the_hour_that_it_was_by_our_clock(
    room: Mailroom,
) -> None:
    guard, code = Guard(room), code_of(DAY, room.ref(ANA))
    # The first device's clock is a year behind; it was without a network for an hour.
    wrong = millis(room.clock() - timedelta(days=365))
    before = wrong - 3_600_000
    first = guard.tells({"id": "a", "code": code, "at": before}, sent_at=wrong)
    second = guard.tells({"id": "b", "code": code, "at": wrong}, sent_at=wrong)
    again = guard.tells({"id": "a", "code": code, "at": before}, sent_at=wrong)
    assert first == again == {"done": ["a"], "unknown": []}
    assert second == {"done": ["b"], "unknown": []}
    (event,) = room.logged("Event Attended")
    assert event.at == room.clock() - timedelta(hours=1)
    assert told(event) == {"event_id": DAY, "title": "Open day"}
    assert json.loads(guard.sees(f"{DOOR}/names")["body"])["guests"][0]["arrived"]


@pytest.mark.parametrize(
    "row", [None, 7, {}, {"id": "x", "code": None, "at": "soon"}, {"id": ["y"], "code": "NOBODY00"}]
)
def test_what_a_device_never_tells_checks_in_nobody(room: Mailroom, row: object) -> None:
    assert Guard(room).tells(row)["done"] == []
    assert room.logged("Event Attended") == []


def test_whoever_waits_is_not_checked_in_and_without_a_script_an_address_is_enough(
    room: Mailroom,
) -> None:
    guard = Guard(room)
    for typed, answer in ((BO, "Nobody with a place"), (f" {ANA.upper()} ", "checked in")):
        body = urlencode({"who": typed})
        shown = guard.visitor.ask("POST", DOOR, guard.link, body)["body"]
        assert answer in shown.partition("<form")[0].partition('role="status"')[2]
    (event,) = room.logged("Event Attended")
    assert event.partition == room.ref(ANA)
