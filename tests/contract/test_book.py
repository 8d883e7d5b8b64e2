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
from rapport.domain.observation import Decree, Ruling
from rapport.errors import ConflictError
from rapport.ports import Withdrawal
from tests.contract.conftest import Stores
from tests.contract.examples import (
    NOW,
    SEND_KEY,
    TOPIC,
    claimed,
    event,
    later,
    mailbox,
    yes,
)
from tests.contract.persons import judged, one_person, told
from tests.support.observed import seen


@pytest.fixture
def ana(stores: Stores) -> Ref:
    """Somebody's address."""
    return mailbox(stores.pseudonyms)


@pytest.fixture
def second(stores: Stores) -> Ref:
    """Another address."""
    return mailbox(stores.pseudonyms, "ana.second@inbox.halden.example")


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


def test_a_person_who_was_merged_since_is_judged_again(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    record = judged(claimed(ana, decision(ana)), one_person(stores, ana))
    one_person(stores, ana, second, n=2)
    with pytest.raises(ConflictError):
        stores.book.claim(record, stores.book.address(ana), decision(ana))
    assert stores.book.send(SEND_KEY) is None
    assert stores.log.get(record.decision) is None


def test_a_person_whose_cluster_was_taken_by_another_is_judged_again(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    groups = [one_person(stores, ana), one_person(stores, second, n=1)]
    records = [judged(claimed(ana, decision(ana)), group) for group in groups]
    now = one_person(stores, ana, second, n=2)
    for record in records:
        with pytest.raises(ConflictError):
            stores.book.claim(record, stores.book.address(ana), decision(ana))
    record = judged(records[0], now)
    stores.book.claim(record, stores.book.address(ana), decision(ana))
    assert stores.book.send(SEND_KEY) == record


def test_a_person_who_was_taken_apart_since_is_judged_again(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    record = judged(claimed(ana, decision(ana)), one_person(stores, ana, second))
    apart = Decree(nodes=tuple(sorted((ana, second))), ruling=Ruling.APART, at=NOW, id="i_1")
    told(stores, seen(n=1, decrees=(apart,)))
    with pytest.raises(ConflictError):
        stores.book.claim(record, stores.book.address(ana), decision(ana))


def test_of_the_person_s_other_addresses_none_may_have_been_mailed_since(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    other = replace(claimed(second, decision(second, "d-2")), send_key="cd" * 32)
    mine, theirs = stores.book.address(ana), stores.book.address(second)
    stores.book.claim(other, theirs, decision(second, "d-2"), others=[mine])
    record = claimed(ana, decision(ana))
    with pytest.raises(ConflictError):
        stores.book.claim(record, mine, decision(ana), others=[theirs])
    assert stores.book.address(ana).ledger == ()
    stores.book.claim(record, mine, decision(ana), others=[stores.book.address(second)])
    assert [e.send_key for e in stores.book.address(ana).ledger] == [SEND_KEY]
    assert [e.send_key for e in stores.book.address(second).ledger] == [other.send_key]


def test_a_withdrawal_at_another_address_of_the_person_is_seen_too(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    theirs = stores.book.address(second)
    stores.book.withdraw(unsubscribed(second))
    with pytest.raises(ConflictError):
        stores.book.claim(
            claimed(ana, decision(ana)), stores.book.address(ana), decision(ana), others=[theirs]
        )


def test_an_intent_is_found_by_the_mail_that_it_came_to_and_comes_to_no_other(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    record = replace(claimed(ana, decision(ana)), intent="ef" * 32)
    assert stores.book.sent_for(record.intent) is None
    stores.book.claim(record, stores.book.address(ana), decision(ana))
    assert stores.book.sent_for(record.intent) == record
    again = replace(
        claimed(second, decision(second, "d-2")), send_key="cd" * 32, intent=record.intent
    )
    with pytest.raises(ConflictError):
        stores.book.claim(again, stores.book.address(second), decision(second, "d-2"))


def test_a_mail_that_goes_to_another_address_instead_is_taken_from_a_slow_worker(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    slow = replace(claimed(ana, decision(ana)), intent="ef" * 32)
    stores.book.claim(slow, stores.book.address(ana), decision(ana))
    late = NOW + timedelta(seconds=61)
    instead = replace(
        claimed(second, decision(second, "d-2"), at=late), send_key="cd" * 32, intent=slow.intent
    )
    theirs = stores.book.address(second)
    with pytest.raises(ConflictError):
        stores.book.claim(
            instead, theirs, decision(second, "d-2"), instead_of=[later(slow, seconds=0)]
        )
    stores.book.claim(instead, theirs, decision(second, "d-2"), instead_of=[slow])
    assert stores.book.sent_for(slow.intent) == instead
    # The lease still ran when its worker looked at the clock.
    going, claim = SendState.SUBMITTING, [SendState.CLAIMED]
    assert not stores.book.advance(slow, going, frm=claim, now=NOW)
    assert stores.book.advance(instead, going, frm=claim, now=late)


def test_what_somebody_still_works_on_is_left_to_them(
    stores: Stores, ana: Ref, second: Ref
) -> None:
    theirs = replace(claimed(ana, decision(ana)), intent="ab" * 32)
    stores.book.claim(theirs, stores.book.address(ana), decision(ana))
    mine = replace(claimed(second, decision(second, "d-2")), send_key="cd" * 32, intent="ef" * 32)
    state = stores.book.address(second)
    stores.book.claim(mine, state, decision(second, "d-2"), instead_of=[theirs])
    assert stores.book.advance(theirs, SendState.SUBMITTING, frm=[SendState.CLAIMED], now=NOW)


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


def test_a_no_that_a_slow_clock_dates_before_the_yes_it_answers_is_still_a_no(
    stores: Stores, ana: Ref
) -> None:
    first = event(ana, name="Address Confirmed", message_id="c-1")
    stores.book.grant(ana, TOPIC, yes("c-1"), first, confirmed_at=NOW)
    stores.book.withdraw(unsubscribed(ana, seconds=-2))
    state = stores.book.address(ana)
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    when = NOW + timedelta(seconds=1)
    again = event(ana, name="Address Confirmed", message_id="c-2", at=when)
    stores.book.grant(ana, TOPIC, yes("c-2", when), again, confirmed_at=NOW)
    assert stores.book.address(ana).consents[TOPIC] == yes("c-2", when)


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
