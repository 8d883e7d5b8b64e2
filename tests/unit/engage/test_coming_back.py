"""Who left and comes back; and what waits for somebody when they leave."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.engage.flow import Scope, Standing
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    TRACKING,
    ConsentStatus,
    SendState,
    Suppression,
)
from rapport.domain.granting import must_ask
from rapport.domain.identifiers import PersonId
from rapport.domain.person import Wishes
from rapport.domain.tokens import Purpose, issue
from tests.support.mailroom import ANA, TOPIC, Mailroom, a_record

JOINS = 200


class Leaver:
    """Somebody who was welcomed and left."""

    def __init__(self, scope: Scope = Scope.TOPIC) -> None:
        self.room = Mailroom()
        self.person: PersonId = self.room.confirmed()
        self.room.send.deliver(self.room.intent(self.person))
        self.room.clock.forward(minutes=5)
        self.room.engage.unsubscribe(self.link(Purpose.UNSUBSCRIBE), scope, method="one-click")
        self.room.clock.forward(days=2)

    def link(self, purpose: Purpose) -> str:
        key = self.room.mails[-1].tags["send_id"]
        return issue(self.room.rings.ring("tokens"), purpose, key)

    def joins(self, name: str = "TalentNetworkJoined") -> str:
        intent = self.room.intent(self.person)
        self.room.send.deliver(replace(intent, fact=replace(intent.fact, name=name)))
        return self.room.reasons[-1]

    @property
    def granted(self) -> set[str]:
        consents = self.room.book.addresses[self.room.ref(ANA)].consents
        return {t for t, w in consents.items() if w.status is ConsentStatus.GRANTED}

    @property
    def suppressions(self) -> set[str]:
        return set(self.room.book.addresses[self.room.ref(ANA)].suppressions)


@pytest.mark.parametrize("scope", list(Scope))
def test_whoever_left_and_joins_again_is_asked_and_comes_back_by_confirming(scope: Scope) -> None:
    ana = Leaver(scope)
    assert not ana.granted
    assert ana.joins() == "confirmation"
    assert [mail.tags["class"] for mail in ana.room.mails] == ["marketing", "confirmation"]
    assert not ana.granted
    request, new = ana.room.engage.confirm(ana.link(Purpose.CONFIRM))
    assert request is not None
    assert (new, request.standing) == (True, Standing.CONFIRMED)
    assert (ana.granted, ana.suppressions) == ({TOPIC}, set())
    assert TRACKING not in ana.granted
    ana.room.clock.forward(minutes=1)
    assert ana.joins() == "already_sent"


def test_however_often_somebody_joins_in_their_name_they_are_asked_once_a_day() -> None:
    ana = Leaver(Scope.MARKETING)
    reasons = []
    for _ in range(JOINS):
        reasons.append(ana.joins())
        ana.room.clock.forward(minutes=7)
    asked = reasons.count("confirmation")
    print(f"joins in the name of somebody who left {JOINS}, requests {asked}")
    assert asked == 1
    assert set(reasons) == {"confirmation", "confirmation_recent"}
    assert (ana.granted, ana.suppressions) == (set(), {SCOPE_MARKETING})


@pytest.mark.parametrize("fact", ["ApplicationStarted", "AddressConfirmed", "EventRegistered"])
def test_what_is_no_wish_to_be_mailed_asks_nobody_who_left(fact: str) -> None:
    ana = Leaver()
    assert ana.joins(fact) == "consent_withdrawn"
    assert len(ana.room.mails) == 1


def test_a_join_from_before_they_left_asks_nobody() -> None:
    ana = Leaver()
    late = ana.room.intent(ana.person)
    before = ana.room.clock() - timedelta(days=3)
    fact = replace(late.fact, occurred_at=before, received_at=before)
    state = ana.room.book.addresses[ana.room.ref(ANA)]
    assert must_ask(state, TOPIC, late.fact)
    assert not must_ask(state, TOPIC, fact)


@pytest.mark.parametrize(
    ("scope", "reason"), [(SCOPE_ALL, "complaint"), (SCOPE_MARKETING, "complaint")]
)
def test_whoever_complained_is_not_asked(scope: str, reason: str) -> None:
    ana = Leaver()
    stop = Suppression(reason=reason, at=ana.room.clock(), event_id="r_1")
    ana.room.state(ANA, lambda s: replace(s, suppressions={**s.suppressions, scope: stop}))
    assert ana.joins() == "suppressed"


def test_a_link_that_was_used_before_they_left_brings_nobody_back() -> None:
    room = Mailroom()
    person = room.person()
    room.send.deliver(room.intent(person))
    key = room.mails[-1].tags["send_id"]
    confirm = issue(room.rings.ring("tokens"), Purpose.CONFIRM, key)
    room.engage.confirm(confirm)
    room.send.deliver(room.intent(person))
    key = room.mails[-1].tags["send_id"]
    leave = issue(room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, key)
    room.clock.forward(minutes=1)
    room.engage.unsubscribe(leave, Scope.MARKETING, method="page")
    room.clock.forward(minutes=1)
    assert room.engage.confirm(confirm)[1] is False
    assert SCOPE_MARKETING in room.book.addresses[room.ref(ANA)].suppressions


def test_consent_that_ran_out_is_asked_for_again_by_the_next_join() -> None:
    room = Mailroom()
    person = room.confirmed()
    ended = room.clock() + timedelta(days=1)
    word = replace(room.book.addresses[room.ref(ANA)].consents[TOPIC], expires_at=ended)
    room.state(ANA, lambda s: replace(s, consents={TOPIC: word}))
    room.clock.forward(days=2)
    room.send.deliver(room.intent(person))
    assert [mail.tags["class"] for mail in room.mails] == ["confirmation"]


def test_a_mail_that_waits_is_dropped_when_they_leave_meanwhile() -> None:
    room = Mailroom()
    person = room.confirmed()
    until = room.clock() + timedelta(days=1)
    room.state(ANA, lambda s: replace(s, wishes=Wishes(paused_until=until)))
    room.send.deliver(room.intent(person))
    assert (room.reasons, len(room.mails)) == (["paused_by_candidate"], 0)
    [run] = room.runs.of(room.ref(ANA))
    record_key = room.decisions[-1].send_key
    assert run.due == until
    room.clock.forward(hours=1)
    other = a_record(room, state=SendState.ACCEPTED, program="another", claimed_at=room.clock())
    room.book.sends[other.send_key] = other
    link = issue(room.rings.ring("tokens"), Purpose.UNSUBSCRIBE, other.send_key)
    assert room.engage.unsubscribe(link, Scope.TOPIC, method="one-click")
    room.clock.forward(days=1)
    room.trigger.wake(room.ref(ANA))
    for intent in room.intents.queue:
        room.send.deliver(intent)
    assert room.reasons == ["paused_by_candidate", "consent_withdrawn"]
    assert room.decisions[-1].send_key == record_key
    assert not room.mails
