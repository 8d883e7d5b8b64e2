"""A job alert through the real handler: seen, changed, paused and deleted by its owner."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from functions.engage import form_routes, handler
from rapport.alerts import topic_of
from rapport.domain.address import ConsentStatus
from rapport.domain.statements import registers_of
from rapport.domain.tokens import Purpose, issue
from tests.support.mailroom import ANA, Mailroom
from tests.unit.engage.test_forms import Visitor

TOPIC = "job-alerts"


class Owner:
    """Ana, who asked for an alert, confirmed it, and had a mail."""

    def __init__(self, room: Mailroom) -> None:
        self.room, self.visitor = room, Visitor(room)
        person = room.confirmed()
        word = room.book.addresses[room.ref(ANA)].consents["talent-network"]
        room.state(ANA, lambda s: replace(s, consents={**s.consents, TOPIC: word}))
        room.send.deliver(room.intent(person))
        self.token = issue(room._tokens(), Purpose.UNSUBSCRIBE, room.record().send_key)
        page = self.visitor.page("new-jobs")
        room.clock.forward(seconds=20)
        self.fills_in(page, "Halden")

    def fills_in(self, page: str, city: str) -> None:
        typed = {"f.email": ANA, "f.job_category": "nursing", "f.city": city}
        self.visitor.sends("new-jobs", page, **typed)

    def sees(self) -> str:
        return str(self.visitor.ask("GET", f"/u/{self.token}")["body"])

    def presses(self, do: str, **typed: str) -> dict[str, Any]:
        self.room.clock.forward(seconds=5)
        return self.visitor.ask("POST", f"/u/{self.token}", "", urlencode({"do": do, **typed}))

    def mailed(self) -> str:
        """What becomes of the alert's next mail."""
        person, program = self.room.person(), "job-alert"
        self.room.send.deliver(self.room.intent(person, program=program))
        return self.room.reasons[-1]


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    room = Mailroom()
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setattr(handler, "_places", lambda: room.places)
    monkeypatch.setattr(handler, "_alerts", lambda: room.job_alerts)
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    assert topic_of(room.bundle) == TOPIC
    return room


def test_what_was_asked_for_is_shown_and_what_its_owner_changes_is_an_event_they_vouch_for(
    room: Mailroom,
) -> None:
    owner = Owner(room)
    assert 'value="Halden"' in owner.sees()
    change = {"f.job_category": "medicine", "f.city": "Oslo", "f.radius_km": "25"}
    owner.presses("change-alert", **change)
    shown = owner.presses("change-alert", **change)["body"]
    assert 'value="Oslo"' in shown
    events = [e for e in room.logged("Job Alert Created") if e.source == "engine"]
    (event,) = events
    said = {name: register.value for name, register in registers_of(event).items()}
    assert (said["job_category"], said["city"], said["radius_km"]) == ("medicine", "Oslo", "25")
    # A form is filled in by anybody: it does not change what its owner said.
    page = owner.visitor.page("new-jobs")
    room.clock.forward(seconds=20)
    owner.fills_in(page, "Bergen")
    assert 'value="Oslo"' in owner.sees()


def test_a_wrong_answer_changes_nothing_and_is_shown_with_what_is_wrong(room: Mailroom) -> None:
    owner = Owner(room)
    shown = owner.presses("change-alert", **{"f.job_category": "piracy", "f.city": "Oslo"})["body"]
    assert 'id="f.job_category-wrong"' in shown
    assert 'value="Oslo"' in shown
    assert 'value="Halden"' in owner.sees()


def test_a_pause_holds_until_it_is_ended_and_deleted_means_no_alert_ever(room: Mailroom) -> None:
    owner = Owner(room)
    assert owner.mailed() not in {"topic_off", "consent_withdrawn"}
    assert "is paused" in owner.presses("pause-alert")["body"]
    assert owner.mailed() == "topic_off"
    assert "is paused" not in owner.presses("go-on-alert")["body"]
    assert owner.mailed() != "topic_off"
    before = room.book.addresses[room.ref(ANA)].wishes
    # A mail that waits already when its reader deletes the alert.
    waiting = room.intent(room.person(), program="job-alert")
    owner.presses("delete-alert")
    shown = owner.presses("delete-alert")["body"]
    assert "Your job alert" not in shown
    state = room.book.addresses[room.ref(ANA)]
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    assert state.consents["talent-network"].status is ConsentStatus.GRANTED
    assert (state.wishes, room.alerts.alerts) == (before, {})
    room.send.deliver(waiting)
    assert room.reasons[-1] == "consent_withdrawn"


def test_a_stranger_and_a_brand_without_alerts_have_none_of_it(room: Mailroom) -> None:
    owner = Owner(room)
    other = issue(room._tokens(), Purpose.UNSUBSCRIBE, "ab" * 32)
    for token in (other, "v1.k1.x.y"):
        typed = urlencode({"do": "delete-alert"})
        owner.visitor.ask("POST", f"/u/{token}", "", typed)
    assert room.alerts.alerts
    forms = tuple(form for form in room.bundle.forms if form.key != "new-jobs")
    room.publish(msgspec.structs.replace(room.bundle, forms=forms))
    assert "Your job alert" not in owner.sees()
