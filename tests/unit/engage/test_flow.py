"""What the links of a mail do, and what they cannot be made to do."""

from dataclasses import replace

import msgspec
import pytest

from functions.engage.flow import Scope, Standing
from rapport.domain.address import SCOPE_MARKETING, ConsentStatus
from rapport.domain.event import Trust
from rapport.domain.fate import Fate, Said, fate_of
from rapport.domain.tokens import Purpose, issue
from rapport.errors import RetryableError
from rapport.events import AddressConfirmed
from tests.support.fates import FakeFates
from tests.support.mailroom import ANA, TOPIC, Mailroom


def link(room: Mailroom, purpose: Purpose) -> str:
    """The token of the link in the last mail that was sent."""
    key = room.mails[-1].tags["send_id"]
    return issue(room.rings.ring("tokens"), purpose, key)


def asked() -> tuple[Mailroom, str]:
    room = Mailroom()
    room.send.deliver(room.intent(room.person()))
    return room, link(room, Purpose.CONFIRM)


def welcomed() -> tuple[Mailroom, str]:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    return room, link(room, Purpose.UNSUBSCRIBE)


def stores(room: Mailroom) -> tuple[object, ...]:
    return dict(room.log.rows), dict(room.book.addresses), dict(room.book.sends)


def test_confirming_records_consent_with_its_proof_and_whose_address_it_is() -> None:
    room, token = asked()
    room.clock.forward(minutes=3)
    request, new = room.engage.confirm(token)
    assert request is not None
    assert (new, request.standing, request.to) == (True, Standing.CONFIRMED, ANA)
    state = room.book.addresses[room.ref(ANA)]
    word = state.consents[TOPIC]
    statement = room.bundle.statement(TOPIC)
    assert state.confirmed_at == word.at == room.clock()
    assert word.status is ConsentStatus.GRANTED
    assert (word.statement, word.statement_hash) == (statement.id, statement.hash)
    [event] = room.logged("Address Confirmed")
    assert event.message_id == word.event_id
    assert event.trust is Trust.VERIFIED
    assert event.home == event.partition == room.ref(ANA)
    told = AddressConfirmed(
        email=ANA,
        topic=TOPIC,
        statement=statement.id,
        statement_hash=statement.hash,
        language="en",
    )
    assert event.body["properties"] == msgspec.structs.asdict(told)


def test_after_confirming_the_welcome_goes_out() -> None:
    room, token = asked()
    room.engage.confirm(token)
    [record] = room.book.sends.values()
    room.send.deliver(room.intent(record.person))
    assert [mail.tags["class"] for mail in room.mails] == ["confirmation", "marketing"]


def test_confirming_again_changes_nothing() -> None:
    room, token = asked()
    room.engage.confirm(token)
    before = stores(room)
    room.clock.forward(days=400)
    request, new = room.engage.confirm(token)
    assert request is not None
    assert (new, request.standing) == (False, Standing.CONFIRMED)
    assert stores(room) == before


def test_a_used_confirmation_does_not_bring_back_whom_it_lost() -> None:
    room, token = asked()
    room.engage.confirm(token)
    [record] = room.book.sends.values()
    room.send.deliver(room.intent(record.person))
    room.engage.unsubscribe(link(room, Purpose.UNSUBSCRIBE), Scope.TOPIC, method="page")
    request, new = room.engage.confirm(token)
    assert request is not None
    assert (new, request.standing) == (False, Standing.USED)
    assert room.book.addresses[room.ref(ANA)].consents[TOPIC].status is ConsentStatus.WITHDRAWN


def test_people_agree_to_the_words_they_were_mailed_even_if_a_new_edition_is_out() -> None:
    room, token = asked()
    first = room.bundle.statement(TOPIC)
    second = msgspec.structs.replace(first, id="talent-network-2", text="New words.", hash="h2")
    room.publish(msgspec.structs.replace(room.bundle, statements=(first, second)))
    request = room.engage.request(token)
    assert request is not None
    assert request.wording == first.said()
    room.engage.confirm(token)
    assert room.book.addresses[room.ref(ANA)].consents[TOPIC].statement == first.id


def test_looking_changes_nothing() -> None:
    room, token = asked()
    before = stores(room)
    request = room.engage.request(token)
    assert request is not None
    assert request.standing is Standing.ASKED
    room.engage.request("v1.k1.x.y")
    assert stores(room) == before
    room, token = welcomed()
    before = stores(room)
    centre = room.engage.centre(token)
    assert centre is not None
    assert centre.about.topic == TOPIC
    assert stores(room) == before


def test_unsubscribing_ends_the_topic_and_is_on_record() -> None:
    room, token = welcomed()
    room.clock.forward(minutes=3)
    assert room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
    state = room.book.addresses[room.ref(ANA)]
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    assert state.consents[TOPIC].at == room.clock()
    assert not state.suppressions
    [event] = room.logged("Unsubscribed")
    told = {"send_id": room.record().send_id, "scope": TOPIC, "method": "one-click"}
    assert event.body["properties"] == told


def test_that_somebody_left_is_a_fact_of_the_mail_which_led_to_it() -> None:
    room, token = welcomed()
    room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
    key = room.record().send_key
    assert room.fates.fate(key).at == {Said.UNSUBSCRIBED: room.clock()}
    assert fate_of(room.logged("Unsubscribed"), key) == room.fates.fate(key)


def test_a_no_holds_and_is_answered_even_if_nothing_can_be_learnt_of_the_mail() -> None:
    class Silent(FakeFates):
        def learn(self, send_key: str, news: Fate) -> Fate:
            raise RetryableError(send_key)

    room, token = welcomed()
    room.fates = Silent(room.book)
    assert room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
    assert room.book.addresses[room.ref(ANA)].consents[TOPIC].status is ConsentStatus.WITHDRAWN


def test_unsubscribing_from_all_closes_every_topic_and_all_marketing() -> None:
    room, token = welcomed()
    other = msgspec.structs.replace(room.bundle.statement(TOPIC), id="events-1", topic="events")
    room.publish(msgspec.structs.replace(room.bundle, statements=(*room.bundle.statements, other)))
    room.engage.unsubscribe(token, Scope.MARKETING, method="page")
    state = room.book.addresses[room.ref(ANA)]
    assert SCOPE_MARKETING in state.suppressions
    assert {TOPIC, "events"} <= set(state.consents)
    assert {word.status for word in state.consents.values()} == {ConsentStatus.WITHDRAWN}


@pytest.mark.parametrize("scope", list(Scope))
def test_unsubscribing_fifty_times_is_one_event(scope: Scope) -> None:
    room, token = welcomed()
    news = [room.engage.unsubscribe(token, scope, method="one-click") for _ in range(50)]
    assert news == [True] + [False] * 49
    assert len(room.logged("Unsubscribed")) == 1


def test_after_the_topic_one_may_still_end_everything() -> None:
    room, token = welcomed()
    room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
    assert room.engage.unsubscribe(token, Scope.MARKETING, method="page")
    assert SCOPE_MARKETING in room.book.addresses[room.ref(ANA)].suppressions


def test_an_old_link_still_unsubscribes_after_a_later_yes() -> None:
    room, token = welcomed()
    room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
    yes = replace(
        room.book.addresses[room.ref(ANA)].consents[TOPIC],
        status=ConsentStatus.GRANTED,
        at=room.clock(),
        event_id="c_2",
    )
    room.state(ANA, lambda s: replace(s, version=s.version + 1, consents={TOPIC: yes}))
    room.clock.forward(days=700)
    assert room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
    assert room.book.addresses[room.ref(ANA)].consents[TOPIC].status is ConsentStatus.WITHDRAWN
    assert len(room.logged("Unsubscribed")) == 2


def test_an_unsubscribe_that_was_answered_refuses_the_next_claim() -> None:
    room, token = welcomed()
    person = room.record().person
    room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
    room.book.sends.clear()
    room.send.deliver(room.intent(person))
    assert len(room.mails) == 1
    assert room.reasons[-1] == "consent_withdrawn"


def test_every_changed_character_of_a_link_makes_it_nobodys() -> None:
    room, token = welcomed()
    confirm = issue(room.rings.ring("tokens"), Purpose.CONFIRM, room.record().send_key)
    before = stores(room)
    for position in range(len(token)):
        for bit in range(7):
            changed = chr(ord(token[position]) ^ (1 << bit))
            forged = token[:position] + changed + token[position + 1 :]
            assert not room.engage.unsubscribe(forged, Scope.MARKETING, method="one-click")
            assert room.engage.confirm(forged) == (None, False)
    for cut in ("", ".", "v1", token[:-1], token + "A", token + "=", f" {token}", token.upper()):
        assert not room.engage.unsubscribe(cut, Scope.TOPIC, method="one-click")
    assert not room.engage.unsubscribe(confirm, Scope.TOPIC, method="one-click")
    assert room.engage.confirm(token) == (None, False)
    assert stores(room) == before


def test_the_link_of_a_mail_that_asks_for_nothing_confirms_nothing() -> None:
    room, _ = welcomed()
    token = issue(room.rings.ring("tokens"), Purpose.CONFIRM, room.record().send_key)
    assert room.engage.confirm(token) == (None, False)


def test_the_link_of_somebody_who_was_erased_confirms_nothing() -> None:
    room, token = asked()
    room.log.erased.add(room.ref(ANA))
    assert room.engage.request(token) is None
    assert room.engage.confirm(token) == (None, False)


def test_links_made_with_an_older_key_go_on_working() -> None:
    room, token = welcomed()
    room.rings.rings["tokens"]["k2"] = b"a newer key".ljust(32, b"-")
    assert room.engage.unsubscribe(token, Scope.TOPIC, method="one-click")
