"""What every book does, in memory and in DynamoDB alike: claims, consent, withdrawal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.domain.address import (
    SCOPE_ALL,
    AddressState,
    ConsentStatus,
    SendState,
    Suppression,
)
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError
from rapport.ports import Withdrawal
from tests.contract.conftest import Stores
from tests.contract.examples import (
    NOW,
    SEND_KEY,
    TOPIC,
    claimed,
    cookie,
    event,
    later,
    mailbox,
    yes,
)


@pytest.fixture
def ana(stores: Stores) -> Ref:
    """An address that the people store knows."""
    ref = mailbox(stores.pseudonyms)
    stores.people.add_strong(cookie(stores.pseudonyms), ref, NOW)
    return ref


def decision(address: Ref, message_id: str = "d-1") -> Event:
    return event(address, name="Decision", message_id=message_id)


def unsubscribed(address: Ref, message_id: str = "u-1", **by: float) -> Withdrawal:
    at = NOW + timedelta(**by)
    return Withdrawal(
        address=address,
        topics=(TOPIC,),
        suppress={},
        at=at,
        event=event(address, name="Unsubscribed", message_id=message_id, at=at),
    )


def test_an_unknown_address_is_blank(stores: Stores, ana: Ref) -> None:
    assert stores.book.address(ana) == AddressState(ref=ana)
    assert stores.book.send(SEND_KEY) is None


def test_a_claim_counts_the_mail_and_stores_the_decision(stores: Stores, ana: Ref) -> None:
    record = claimed(ana, decision(ana))
    stores.book.claim(record, stores.book.address(ana), decision(ana))
    assert stores.book.send(SEND_KEY) == record
    assert [e.send_key for e in stores.book.address(ana).ledger] == [SEND_KEY]
    assert stores.log.get(record.decision) == decision(ana)


def test_a_claim_on_a_stale_view_of_the_address_is_refused_whole(stores: Stores, ana: Ref) -> None:
    seen = stores.book.address(ana)
    stores.book.withdraw(unsubscribed(ana))
    with pytest.raises(ConflictError):
        stores.book.claim(claimed(ana, decision(ana)), seen, decision(ana))
    assert stores.book.send(SEND_KEY) is None
    assert stores.book.address(ana).ledger == ()
    assert stores.log.get(decision(ana).key) is None


def test_a_suppression_alone_is_enough_to_refuse_a_claim(stores: Stores, ana: Ref) -> None:
    seen = stores.book.address(ana)
    stores.book.withdraw(
        Withdrawal(
            address=ana,
            topics=(),
            suppress={SCOPE_ALL: Suppression(reason="bounce", at=NOW, event_id="b-1")},
            at=NOW,
            event=event(ana, name="Mail Reported", message_id="b-1"),
        )
    )
    with pytest.raises(ConflictError):
        stores.book.claim(claimed(ana, decision(ana)), seen, decision(ana))
    assert stores.book.address(ana).suppressions[SCOPE_ALL].reason == "bounce"


def test_a_person_whom_nobody_knows_is_not_mailed(stores: Stores) -> None:
    stranger = mailbox(stores.pseudonyms, "nobody@inbox.halden.example")
    with pytest.raises(ConflictError):
        stores.book.claim(
            claimed(stranger, decision(stranger)),
            stores.book.address(stranger),
            decision(stranger),
        )


def test_a_person_who_was_merged_or_split_since_is_judged_again(stores: Stores, ana: Ref) -> None:
    assert stores.people.cluster(ana) == 1
    assert stores.people.cluster(mailbox(stores.pseudonyms, "nobody@inbox.halden.example")) == 0
    judged = replace(claimed(ana, decision(ana)), cluster=2)
    with pytest.raises(ConflictError):
        stores.book.claim(judged, stores.book.address(ana), decision(ana))
    assert stores.book.send(SEND_KEY) is None


def test_a_claimed_mail_is_claimed_again_only_after_its_lease(stores: Stores, ana: Ref) -> None:
    record = claimed(ana, decision(ana))
    stores.book.claim(record, stores.book.address(ana), decision(ana))
    soon, late = later(record, seconds=30), later(record, seconds=61)
    with pytest.raises(ConflictError):
        stores.book.claim(soon, stores.book.address(ana), decision(ana, "d-2"))
    stores.book.claim(late, stores.book.address(ana), decision(ana, "d-3"))
    assert stores.book.send(SEND_KEY) == late
    assert len(stores.book.address(ana).ledger) == 1


def test_a_mail_moves_on_only_from_where_its_worker_thinks_it_is(stores: Stores, ana: Ref) -> None:
    record = claimed(ana, decision(ana))
    stores.book.claim(record, stores.book.address(ana), decision(ana))
    advance = stores.book.advance
    claim, going = SendState.CLAIMED, SendState.SUBMITTING
    assert not advance(later(record, seconds=0), going, frm=[claim], now=NOW)
    assert not advance(record, going, frm=[claim], now=record.lease + timedelta(seconds=1))
    assert advance(record, going, frm=[claim], now=NOW)
    assert not advance(record, going, frm=[claim], now=NOW)
    assert advance(record, SendState.ACCEPTED, frm=[going], now=NOW, message_id="ses-1")
    stored = stores.book.send(SEND_KEY)
    assert stored is not None
    assert (stored.state, stored.message_id) == (SendState.ACCEPTED, "ses-1")
    with pytest.raises(ConflictError):
        stores.book.claim(later(record, days=1), stores.book.address(ana), decision(ana, "d-2"))


def test_consent_comes_with_its_proof_and_a_repeat_changes_nothing(
    stores: Stores, ana: Ref
) -> None:
    confirmed = event(ana, name="Address Confirmed", message_id="c-1")
    for _ in range(2):
        stores.book.grant(ana, TOPIC, yes("c-1"), confirmed, confirmed_at=NOW)
    state = stores.book.address(ana)
    assert (state.version, state.confirmed_at) == (1, NOW)
    assert state.consents == {TOPIC: yes("c-1")}
    assert stores.log.get(confirmed.key) == confirmed


def test_a_withdrawal_at_the_same_moment_as_a_grant_wins(stores: Stores, ana: Ref) -> None:
    stores.book.withdraw(unsubscribed(ana))
    confirmed = event(ana, name="Address Confirmed", message_id="c-1")
    stores.book.grant(ana, TOPIC, yes("c-1"), confirmed, confirmed_at=NOW)
    assert stores.book.address(ana).consents[TOPIC].status is ConsentStatus.WITHDRAWN


def test_a_withdrawal_after_a_grant_wins_and_is_logged_once(stores: Stores, ana: Ref) -> None:
    confirmed = event(ana, name="Address Confirmed", message_id="c-1")
    stores.book.grant(ana, TOPIC, yes("c-1"), confirmed, confirmed_at=NOW)
    first = unsubscribed(ana, "u-1", minutes=1)
    stores.book.withdraw(first)
    again = unsubscribed(ana, "u-2", minutes=2)
    stores.book.withdraw(again)
    assert stores.book.address(ana).consents[TOPIC].at == first.at
    assert stores.log.get(first.event.key) == first.event
    assert stores.log.get(again.event.key) is None


def test_a_new_consent_opens_a_topic_that_was_closed_before(stores: Stores, ana: Ref) -> None:
    stores.book.withdraw(unsubscribed(ana))
    when = NOW + timedelta(days=1)
    confirmed = event(ana, name="Address Confirmed", message_id="c-2", at=when)
    stores.book.grant(ana, TOPIC, yes("c-2", when), confirmed, confirmed_at=when)
    assert stores.book.address(ana).consents[TOPIC].status is ConsentStatus.GRANTED
