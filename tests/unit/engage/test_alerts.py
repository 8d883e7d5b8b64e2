"""Job alerts through the real handler: each seen, changed, paused and deleted by its owner."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from functions.engage import form_routes, handler
from rapport.alerts import topic_of
from rapport.domain.address import ConsentStatus
from rapport.domain.alerts import JobAlert
from rapport.domain.identifiers import person_id
from rapport.domain.profile import fold_profile
from rapport.domain.tally import fold_partition
from rapport.domain.tokens import Purpose, issue
from rapport.ports import View
from tests.support.mailroom import ANA, Mailroom
from tests.unit.engage.test_forms import Visitor

TOPIC = "job-alerts"


class Owner:
    """Ana, who asked for alerts, confirmed them, and had a mail."""

    def __init__(self, room: Mailroom) -> None:
        self.room, self.visitor = room, Visitor(room)
        person = room.confirmed()
        word = room.book.addresses[room.ref(ANA)].consents["talent-network"]
        room.state(ANA, lambda s: replace(s, consents={**s.consents, TOPIC: word}))
        room.send.deliver(room.intent(person))
        self.token = issue(room._tokens(), Purpose.UNSUBSCRIBE, room.record().send_key)
        self.asks("Halden")

    def asks(self, city: str, **more: str) -> None:
        page = self.visitor.page("new-jobs")
        self.room.clock.forward(seconds=20)
        typed = {"f.email": ANA, "f.job_category": "nursing", "f.city": city}
        self.visitor.sends("new-jobs", page, **typed, **{f"f.{n}": v for n, v in more.items()})
        self.enriched()

    def enriched(self) -> None:
        """The profile learns what the log has."""
        room, root = self.room, self.room.ref(ANA)
        theirs = [e for e in room.log.rows.values() if e.home == root]
        rows = [replace(e, partition=root, owner=root) for e in theirs]
        folded = fold_profile(root, [fold_partition(root, rows)], members=[root])
        view = room.people.views[person_id(root)]
        profile = replace(view.profile, alerts=folded.alerts)
        room.people.views[person_id(root)] = View(profile=profile, version=view.version + 1)

    @property
    def known(self) -> dict[str, JobAlert]:
        self.enriched()
        return dict(self.room.people.views[person_id(self.room.ref(ANA))].profile.alerts or {})

    def sees(self, *, language: str = "") -> str:
        return str(self.visitor.ask("GET", f"/u/{self.token}", language)["body"])

    def ids(self) -> list[str]:
        return re.findall(r'name="alert" value="(\w+)"', self.sees())

    def presses(self, do: str, alert: str, **typed: str) -> str:
        self.room.clock.forward(seconds=5)
        named = {f"f.{alert}.{name}": value for name, value in typed.items()}
        sent = urlencode({"do": do, "alert": alert, **named})
        return str(self.visitor.ask("POST", f"/u/{self.token}", "", sent)["body"])

    def mailed(self) -> str:
        """What becomes of the next mail of alerts."""
        self.enriched()
        intent = self.room.intent(self.room_person, program="job-alert")
        self.room.send.deliver(intent)
        return self.room.reasons[-1]

    @property
    def room_person(self) -> Any:
        return person_id(self.room.ref(ANA))


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


def test_each_alert_is_shown_and_what_its_owner_changes_is_an_event_they_vouch_for(
    room: Mailroom,
) -> None:
    owner = Owner(room)
    owner.asks("Moss", query='"night" shift')
    halden, moss = owner.ids()
    shown = owner.sees()
    for told in (
        'value="Halden"',
        'value="Moss"',
        "Your job alert: Nursing, Halden",
        "&quot;night",
    ):
        assert told in shown
    change = {"job_category": "medicine", "city": "Oslo", "radius_km": "25", "alert_name": "<b>"}
    owner.presses("change-alert", halden, **change)
    [changed] = set(owner.ids()) - {moss}
    shown = owner.presses("change-alert", changed, **change)
    # At once, before any profile knows.
    assert 'value="Oslo"' in shown
    assert 'value="Halden"' not in shown
    assert "Your job alert: &lt;b&gt;" in shown
    assert len([e for e in room.logged("Job Alert Created") if e.source == "engine"]) == 1
    assert owner.known[changed].values["radius_km"] == ("25",)
    assert (owner.known[changed].own, owner.known[moss].own) == (True, False)
    # A form is filled in by anybody: it changes nothing of what its owner said.
    owner.asks("Halden")
    assert set(owner.ids()) == {halden, moss, changed}
    room.clock.forward(seconds=1200)
    assert 'value="Oslo"' in owner.sees()


def test_a_wrong_answer_changes_nothing_and_is_shown_at_its_alert(room: Mailroom) -> None:
    owner = Owner(room)
    owner.asks("Moss")
    first, other = owner.ids()
    shown = owner.presses("change-alert", first, job_category="piracy", city="Oslo")
    assert f'id="f.{first}.job_category-wrong"' in shown
    assert f'id="f.{other}.job_category-wrong"' not in shown
    assert 'value="Oslo"' in shown
    assert 'value="Halden"' in owner.sees()


def test_a_pause_is_of_one_alert_and_the_last_one_deleted_ends_the_consent(room: Mailroom) -> None:
    owner = Owner(room)
    owner.asks("Moss")
    room.jobs("Ward Nurse", "Theatre Nurse")
    first, other = owner.ids()
    assert owner.presses("pause-alert", first).count("is paused") == 1
    assert (owner.known[first].paused, owner.known[other].paused) == (True, False)
    owner.presses("pause-alert", other)
    assert owner.mailed() == "not_relevant_enough"
    assert owner.presses("go-on-alert", first).count("is paused") == 1
    assert owner.mailed() not in {"not_relevant_enough", "topic_off"}
    # Switched off as a whole, going on with one switches it on again.
    wishes = room.book.addresses[room.ref(ANA)].wishes
    off = replace(wishes, topics_off=frozenset({TOPIC}))
    room.state(ANA, lambda s: replace(s, wishes=off))
    assert owner.sees().count("is paused") == 2
    owner.presses("go-on-alert", first)
    assert not room.book.addresses[room.ref(ANA)].wishes.topics_off
    owner.presses("delete-alert", other)
    assert owner.ids() == [first]
    state = room.book.addresses[room.ref(ANA)]
    assert state.consents[TOPIC].status is ConsentStatus.GRANTED
    waiting = room.intent(owner.room_person, program="job-alert")
    owner.presses("delete-alert", first)
    assert "Your job alert" not in owner.presses("delete-alert", first)
    state = room.book.addresses[room.ref(ANA)]
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    assert state.consents["talent-network"].status is ConsentStatus.GRANTED
    assert owner.known == {}
    room.send.deliver(waiting)
    assert room.reasons[-1] == "consent_withdrawn"


def test_a_stranger_and_a_brand_without_alerts_have_none_of_it(room: Mailroom) -> None:
    owner = Owner(room)
    [alert] = owner.ids()
    other = issue(room._tokens(), Purpose.UNSUBSCRIBE, "ab" * 32)
    for token, which in ((other, alert), ("v1.k1.x.y", alert), (owner.token, "a00")):
        typed = urlencode({"do": "delete-alert", "alert": which})
        assert owner.visitor.ask("POST", f"/u/{token}", "", typed)["statusCode"] == 200
    assert owner.ids() == [alert]
    forms = tuple(form for form in room.bundle.forms if form.key != "new-jobs")
    room.publish(msgspec.structs.replace(room.bundle, forms=forms))
    assert "Your job alert" not in owner.sees()
