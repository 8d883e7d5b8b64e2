"""The page of preferences: what it shows, what its form does, and what it can never do."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import msgspec
import pytest

from functions.engage.centre import Centre
from functions.engage.flow import Scope
from functions.engage.form import fields, wanted
from functions.engage.pages import centre_page
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    TRACKING,
    AddressState,
    ConsentStatus,
    Suppression,
)
from rapport.domain.person import Wishes
from rapport.domain.tokens import Purpose, issue
from tests.support.mailroom import ANA, TOPIC, Mailroom

ALERTS = "job-alerts"
KEPT = {"do": "save", "often": "0", "pause": "keep", "language": "en"}
ON = {f"topic.{TOPIC}": "on"}


class Reader:
    """Somebody who was mailed, and follows the link in it."""

    def __init__(self) -> None:
        self.room = Mailroom()
        self.person = self.room.confirmed()
        self.room.send.deliver(self.room.intent(self.person))
        key = self.room.mails[-1].tags["send_id"]
        self.token = issue(self.room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, key)

    @property
    def state(self) -> AddressState:
        return self.room.book.addresses[self.room.ref(ANA)]

    @property
    def centre(self) -> Centre:
        found = self.room.engage.centre(self.token)
        assert found is not None
        return found

    @property
    def on(self) -> set[str]:
        return {offer.topic for offer in self.centre.all_offers if offer.on}

    @property
    def page(self) -> str:
        return centre_page(self.centre)

    def send(self, *parts: dict[str, str], **changed: str) -> Centre | None:
        form: dict[str, str] = {**KEPT, **changed}
        for part in parts:
            form |= part
        body = urlencode(form)
        asked = wanted(fields(body, content_type="", is_base64=False))
        assert asked is not None
        self.room.clock.forward(minutes=1)
        return self.room.engage.choose(self.token, asked)

    def events(self, *kinds: str) -> int:
        names = kinds or ("Unsubscribed", "Consent Granted", "Preferences Changed")
        return sum(len(self.room.logged(kind)) for kind in names)


@pytest.fixture
def ana() -> Reader:
    return Reader()


def test_the_page_shows_what_is_in_force_and_a_form_sent_as_it_is_changes_nothing(
    ana: Reader,
) -> None:
    assert ana.on == {TOPIC}
    before = ana.state
    assert ana.send(ON) is not None
    assert (ana.state, ana.events()) == (before, 0)


def test_a_topic_without_its_tick_is_withdrawn_with_its_event(ana: Reader) -> None:
    ana.send()
    word = ana.state.consents[TOPIC]
    assert (word.status, word.source) == (ConsentStatus.WITHDRAWN, "preferences")
    assert (ana.on, ana.events("Unsubscribed")) == (set(), 1)
    assert not ana.state.suppressions


def test_a_tick_is_consent_to_the_words_beside_it_with_their_proof(ana: Reader) -> None:
    statement = ana.room.bundle.statement(ALERTS)
    assert statement.text in re.sub(r"&#x27;", "'", ana.page)
    ana.send(ON, {f"topic.{ALERTS}": "on"})
    word = ana.state.consents[ALERTS]
    [event] = ana.room.logged("Consent Granted")
    assert (word.statement, word.statement_hash) == (statement.id, statement.hash)
    assert (word.source, word.jurisdiction) == ("preferences", ana.room.bundle.brand.country)
    assert (word.event_id, word.at) == (event.message_id, ana.room.clock())
    assert ana.on == {TOPIC, ALERTS}
    assert statement.text not in ana.page


def test_being_noticed_is_off_until_it_is_agreed_to_and_can_be_ended(ana: Reader) -> None:
    assert TRACKING not in ana.on
    ana.send(ON, {"topic.tracking": "on"})
    assert TRACKING in ana.on
    ana.send(ON)
    assert ana.state.consents[TRACKING].status is ConsentStatus.WITHDRAWN


def test_consent_that_runs_out_is_no_tick_and_can_be_given_again(ana: Reader) -> None:
    short = tuple(
        msgspec.structs.replace(s, expires_after_seconds=86_400) for s in ana.room.bundle.statements
    )
    ana.room.publish(msgspec.structs.replace(ana.room.bundle, statements=short))
    ana.send()
    ana.send(ON)
    assert ana.state.consents[TOPIC].expires_at == ana.room.clock() + timedelta(days=1)
    ana.room.clock.forward(days=2)
    assert ana.on == set()
    ana.send(ON)
    assert ana.on == {TOPIC}


def test_wishes_are_kept_with_one_event(ana: Reader) -> None:
    centre = ana.send(ON, often="4", pause="3", language="nb")
    assert centre is not None
    assert ana.state.wishes == Wishes(
        per_year=4,
        paused_until=datetime(2026, 6, 2, tzinfo=UTC),
        language="nb",
        changed_at=ana.room.clock(),
    )
    assert ana.events() == ana.events("Preferences Changed") == 1
    assert centre.language == "nb"
    assert '<html lang="nb" dir="ltr">' in ana.page
    ana.send(ON, often="4", language="nb")
    assert ana.events() == 1


def test_a_pause_is_kept_ended_or_over_by_itself(ana: Reader) -> None:
    ana.send(ON, pause="1")
    assert "Keep the break until 2 April 2026" in ana.page
    ana.send(ON, pause="keep")
    assert "Keep the break until 2 April 2026" in ana.page
    ana.room.clock.forward(days=40)
    assert "Keep the break" not in ana.page
    ana.send(ON, pause="keep")
    assert ana.events() == 1
    ana.send(ON, pause="6")
    ana.send(ON, pause="end")
    assert ana.state.wishes.paused_until is None


@pytest.mark.parametrize(
    ("today", "months", "ends"),
    [
        (datetime(2026, 8, 31, 9, tzinfo=UTC), "6", datetime(2027, 2, 28, tzinfo=UTC)),
        (datetime(2027, 11, 30, 23, tzinfo=UTC), "3", datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2026, 12, 1, 0, tzinfo=UTC), "1", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_month_that_is_shorter_ends_a_pause_on_its_last_day(
    ana: Reader, today: datetime, months: str, ends: datetime
) -> None:
    ana.room.clock.moment = today
    ana.send(ON, pause=months)
    assert ana.state.wishes.paused_until == ends


def test_fifty_times_the_same_form_is_one_event_of_each_kind(ana: Reader) -> None:
    form = {**ON, f"topic.{ALERTS}": "on"}
    for _ in range(50):
        ana.send(form, often="2", pause="3")
    assert ana.events("Consent Granted") == ana.events("Preferences Changed") == 1
    assert ana.events() == 2


def test_nothing_is_switched_on_for_an_address_that_nobody_confirmed(ana: Reader) -> None:
    ana.room.state(ANA, lambda s: replace(s, confirmed_at=None, consents={}))
    assert "never confirmed" in ana.page
    assert ana.page.count("disabled") == 3
    ana.send(ON, {f"topic.{ALERTS}": "on", "topic.tracking": "on"})
    assert not ana.state.consents


def test_no_marketing_at_all_is_lifted_by_a_later_tick_and_a_bounce_never(ana: Reader) -> None:
    ana.room.engage.unsubscribe(ana.token, Scope.MARKETING, method="page")
    assert (ana.on, SCOPE_MARKETING in ana.state.suppressions) == (set(), True)
    bounce = Suppression(reason="bounce", at=ana.room.clock(), event_id="r_1")
    ana.room.state(ANA, lambda s: replace(s, suppressions={**s.suppressions, SCOPE_ALL: bounce}))
    ana.send(ON)
    assert ana.on == {TOPIC}
    assert dict(ana.state.suppressions) == {SCOPE_ALL: bounce}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "save"},
        {"do": "save", "often": "0"},
        {"do": "save", "often": "1000", "pause": "keep"},
        {"do": "save", "often": "0", "pause": "12"},
        {"do": "save", "often": "-1", "pause": "keep"},
        {"do": "delete", "often": "0", "pause": "keep"},
    ],
)
def test_a_form_that_is_not_wholly_of_the_page_says_nothing(form: dict[str, str]) -> None:
    assert wanted(form) is None


def test_topics_and_languages_that_nobody_offers_are_passed_over(ana: Reader) -> None:
    before = ana.state
    ana.send(ON, {"topic.all": "on", "topic.": "on"}, language="tlh")
    assert (ana.state, ana.events()) == (before, 0)


def test_the_page_shows_who_is_meant_and_no_address(ana: Reader) -> None:
    assert "a•••@inbox.halden.example" in ana.page
    assert ANA not in ana.page
    assert "You agreed to" in ana.page
    assert "was sent on 2 March 2026" in ana.page


def test_every_control_has_a_label_every_list_a_name_and_every_note_its_box(ana: Reader) -> None:
    page = ana.page
    inputs = len(re.findall(r'<input type="(?:checkbox|radio)"', page))
    assert inputs == len(re.findall(r"<label[^>]*><input", page))
    assert page.count("<fieldset>") == page.count("<legend>") == 5
    described = re.findall(r'aria-describedby="([^"]+)"', page)
    assert all(page.count(f'id="{note}"') == 1 for note in described)
    assert page.count("<h1>") == 1
    assert "<script" not in page


def test_what_people_edit_cannot_break_out_of_the_page(ana: Reader) -> None:
    evil = '"><script>alert(1)</script>'
    brand = msgspec.structs.replace(ana.room.bundle.brand, name=evil)
    statements = tuple(
        msgspec.structs.replace(s, text=evil + s.topic) for s in ana.room.bundle.statements
    )
    ana.room.publish(msgspec.structs.replace(ana.room.bundle, brand=brand, statements=statements))
    assert "<script" not in ana.page


def test_a_topic_without_words_to_agree_to_is_switched_off_by_wish(ana: Reader) -> None:
    statements = tuple(s for s in ana.room.bundle.statements if s.topic != ALERTS)
    ana.room.publish(msgspec.structs.replace(ana.room.bundle, statements=statements))
    assert ana.on == {TOPIC, ALERTS}
    ana.send(ON)
    assert set(ana.state.wishes.topics_off) == {ALERTS}
    assert ana.on == {TOPIC}
    ana.send(ON, {f"topic.{ALERTS}": "on"})
    assert not ana.state.wishes.topics_off
