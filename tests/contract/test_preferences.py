"""Wishes and words of consent, in memory and in DynamoDB alike; and many clicks at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.engage.flow import Engage, Scope
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.wishes import DynamoPreferences
from rapport.domain.address import SCOPE_ALL, SCOPE_MARKETING, ConsentStatus, Suppression
from rapport.domain.event import Event
from rapport.domain.granting import OWN_NO
from rapport.domain.identifiers import Ref
from rapport.domain.person import Wishes
from rapport.domain.tokens import Purpose, issue
from rapport.errors import ConflictError
from rapport.ports import Withdrawal
from rapport.preferences import Preferences
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, SEND_KEY, TOPIC, claimed, event, mailbox, yes
from tests.contract.test_races import together
from tests.support.fakes import FakeBook, FakeBundles
from tests.support.preferences import FakePreferences

CLICKS = 50
OFTEN = Wishes(per_year=4, language="nb", topics_off=frozenset({"job-alerts"}))


@pytest.fixture
def ana(stores: Stores) -> Ref:
    """Somebody's address."""
    return mailbox(stores.pseudonyms)


@pytest.fixture
def preferences(stores: Stores) -> Preferences:
    """The port on the same rows as the book."""
    if isinstance(stores.book, FakeBook):
        return FakePreferences(stores.book)
    assert isinstance(stores.book, DynamoBook)
    assert isinstance(stores.log, DynamoLog)
    return DynamoPreferences(stores.book, stores.log)


def agree(
    stores: Stores, ana: Ref, event_id: str, *, source: str = "confirmation", day: int = 0
) -> None:
    at = NOW + timedelta(days=day)
    word = replace(yes(event_id, at), source=source, expires_at=at + timedelta(days=730))
    said = event(ana, name="Address Confirmed", message_id=event_id, at=at)
    stores.book.grant(ana, TOPIC, word, said, confirmed_at=at)


def leave(stores: Stores, ana: Ref, event_id: str, *, day: int = 0, reason: str = "") -> None:
    at = NOW + timedelta(days=day)
    word = Suppression(reason=reason, at=at, event_id=event_id)
    stores.book.withdraw(
        Withdrawal(
            address=ana,
            topics=(TOPIC,),
            suppress={SCOPE_MARKETING: word} if reason else {},
            at=at,
            event=event(
                ana,
                name="Unsubscribed",
                message_id=event_id,
                at=at,
                body={"properties": {"method": "one-click"}},
            ),
        )
    )


def wished(ana: Ref, message_id: str = "p-1", *, day: int = 0) -> Event:
    at = NOW + timedelta(days=day)
    return event(ana, name="Preferences Changed", message_id=message_id, at=at)


def test_every_word_is_kept_with_its_proof_in_order_and_repeats_add_none(
    stores: Stores, preferences: Preferences, ana: Ref
) -> None:
    for _ in range(2):
        agree(stores, ana, "c-1")
        leave(stores, ana, "u-1", day=1)
        agree(stores, ana, "c-2", day=2)
    told = preferences.history(ana)
    assert [(topic, word.status.value, word.event_id, word.source) for topic, word in told] == [
        (TOPIC, "granted", "c-1", "confirmation"),
        (TOPIC, "withdrawn", f"u-1:{TOPIC}", "one-click"),
        (TOPIC, "granted", "c-2", "confirmation"),
    ]
    assert told[2][1] == stores.book.address(ana).consents[TOPIC]
    assert told[0][1].statement_hash == "1" * 64
    assert told[0][1].expires_at == NOW + timedelta(days=730)


def test_wishes_come_with_their_event_once_and_refuse_a_claim_judged_before(
    stores: Stores, preferences: Preferences, ana: Ref
) -> None:
    agree(stores, ana, "c-1")
    seen = stores.book.address(ana)
    for _ in range(3):
        preferences.wish(ana, OFTEN, wished(ana))
    said = wished(ana)
    assert stores.book.address(ana).wishes == replace(OFTEN, changed_at=said.received_at)
    assert stores.book.address(ana).version == seen.version + 1
    assert stores.log.get(said.key) == said
    decision = event(ana, name="Decision", message_id="d-1")
    with pytest.raises(ConflictError):
        stores.book.claim(claimed(ana, decision), seen, decision)


def test_an_earlier_wish_that_comes_late_changes_nothing(
    stores: Stores, preferences: Preferences, ana: Ref
) -> None:
    preferences.wish(ana, OFTEN, wished(ana, day=1))
    preferences.wish(ana, Wishes(per_year=2), wished(ana, "p-0"))
    assert stores.book.address(ana).wishes.per_year == 4
    assert stores.log.get(wished(ana, "p-0").key) is None


def test_wishes_outlive_claims_grants_and_withdrawals(
    stores: Stores, preferences: Preferences, ana: Ref
) -> None:
    preferences.wish(ana, OFTEN, wished(ana))
    agree(stores, ana, "c-1")
    decision = event(ana, name="Decision", message_id="d-1")
    stores.book.claim(claimed(ana, decision), stores.book.address(ana), decision)
    leave(stores, ana, "u-1", day=1, reason=OWN_NO)
    assert stores.book.address(ana).wishes.per_year == 4


def test_the_owner_s_later_yes_takes_their_own_no_back_and_no_bounce(
    stores: Stores, ana: Ref
) -> None:
    agree(stores, ana, "c-1")
    leave(stores, ana, "u-1", day=1, reason=OWN_NO)
    bounce = Suppression(reason="bounce", at=NOW, event_id="r-1")
    said = event(ana, name="Mail Reported", message_id="r-1")
    stores.book.withdraw(
        Withdrawal(address=ana, topics=(), suppress={SCOPE_ALL: bounce}, at=NOW, event=said)
    )
    agree(stores, ana, "c-2", day=2)
    state = stores.book.address(ana)
    assert state.consents[TOPIC].status is ConsentStatus.GRANTED
    assert dict(state.suppressions) == {SCOPE_ALL: bounce}


@pytest.mark.parametrize("source", ["import", "ats", "staff", ""])
def test_nobody_but_the_owner_takes_a_no_back(stores: Stores, ana: Ref, source: str) -> None:
    agree(stores, ana, "c-1")
    leave(stores, ana, "u-1", day=1, reason=OWN_NO)
    agree(stores, ana, "i-1", source=source, day=2)
    state = stores.book.address(ana)
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    assert set(state.suppressions) == {SCOPE_MARKETING}


def test_a_complaint_about_marketing_is_not_lifted_by_a_yes(stores: Stores, ana: Ref) -> None:
    leave(stores, ana, "u-1", reason="complaint")
    agree(stores, ana, "c-1", day=1)
    assert stores.book.address(ana).suppressions[SCOPE_MARKETING].reason == "complaint"


def test_of_two_suppressions_the_one_that_lasts_longer_holds(
    stores: Stores, preferences: Preferences, ana: Ref
) -> None:
    for n, days in enumerate((30, 10, 60)):
        until = NOW + timedelta(days=days)
        word = Suppression(reason=f"soft bounces {n}", at=NOW, event_id=f"r-{n}", until=until)
        said = event(ana, name="Mail Reported", message_id=f"r-{n}")
        stores.book.withdraw(
            Withdrawal(address=ana, topics=(), suppress={SCOPE_MARKETING: word}, at=NOW, event=said)
        )
    assert stores.book.address(ana).suppressions[SCOPE_MARKETING].reason == "soft bounces 2"
    preferences.forget_ended(ana, NOW + timedelta(days=59))
    assert stores.book.address(ana).suppressions
    preferences.forget_ended(ana, NOW + timedelta(days=60))
    preferences.forget_ended(ana, NOW + timedelta(days=60))
    assert not stores.book.address(ana).suppressions
    leave(stores, ana, "u-1", reason=OWN_NO)
    preferences.forget_ended(ana, NOW + timedelta(days=9_999))
    assert stores.book.address(ana).suppressions[SCOPE_MARKETING].reason == OWN_NO


def test_what_suppresses_an_address_outlives_its_erasure_and_an_import(
    stores: Stores, preferences: Preferences, ana: Ref
) -> None:
    agree(stores, ana, "c-1")
    preferences.wish(ana, OFTEN, wished(ana))
    leave(stores, ana, "u-1", day=1, reason="complaint")
    for _ in range(2):
        preferences.erase(ana)
    state = stores.book.address(ana)
    assert (state.version, state.confirmed_at, dict(state.consents)) == (0, None, {})
    assert preferences.history(ana) == []
    agree(stores, ana, "i-1", source="import", day=2)
    assert stores.book.address(ana).suppressions[SCOPE_MARKETING].reason == "complaint"


def test_of_many_clicks_at_once_one_event_is_left_and_all_are_answered(dynamo: Stores) -> None:
    ana = mailbox(dynamo.pseudonyms)
    agree(dynamo, ana, "c-1")
    decision = event(ana, name="Decision", message_id="d-1")
    dynamo.book.claim(claimed(ana, decision), dynamo.book.address(ana), decision)
    assert isinstance(dynamo.book, DynamoBook)
    assert isinstance(dynamo.log, DynamoLog)
    engage = Engage(
        book=dynamo.book,
        log=dynamo.log,
        bundles=FakeBundles(),
        preferences=DynamoPreferences(dynamo.book, dynamo.log),
        fates=dynamo.fates,
        ring=lambda: {"k1": b"k" * 32},
        live=lambda: "",
        now=lambda: NOW + timedelta(days=1),
    )
    token = issue({"k1": b"k" * 32}, Purpose.UNSUBSCRIBE, SEND_KEY)

    def click() -> bool:
        engage.unsubscribe(token, Scope.TOPIC, method="one-click")
        return dynamo.book.address(ana).consents[TOPIC].status is ConsentStatus.WITHDRAWN

    answers = together([click] * CLICKS)
    events = [e for e in dynamo.log.partition(ana) if e.type == "Unsubscribed"]
    words = [word.status for _, word in DynamoPreferences(dynamo.book, dynamo.log).history(ana)]
    late = answers.count(False)
    print(f"clicks at once {CLICKS}, events {len(events)}, answered too early {late}")
    assert late == 0
    assert len(events) == 1
    assert words == [ConsentStatus.GRANTED, ConsentStatus.WITHDRAWN]
