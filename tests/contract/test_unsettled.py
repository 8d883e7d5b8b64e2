"""What is claimed is found until it is settled, and what never left gives its slot back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.unsettled import DynamoUnsettled
from rapport.adapters.dynamo.wishes import DynamoPreferences
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Contents, Delivery
from rapport.domain.identifiers import Ref
from rapport.domain.person import Wishes
from rapport.errors import ConflictError
from rapport.ports import Withdrawal
from rapport.sending import Unsettled
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, TOPIC, claimed, event, later, mailbox
from tests.support.fakes import FakeBook
from tests.support.preferences import FakePreferences
from tests.support.settling import FakeUnsettled

MADE_OF = Contents(template_version="v", blocks=("a", "b"), versions=("1", "2"), jobs=("j-1",))


@pytest.fixture
def unsettled(stores: Stores) -> Unsettled:
    """The unsettled mails of either book."""
    if isinstance(stores.book, FakeBook):
        return FakeUnsettled(stores.book)
    return DynamoUnsettled(TABLE_NAMES["book"])


@pytest.fixture
def ana(stores: Stores) -> Ref:
    """Somebody's address."""
    return mailbox(stores.pseudonyms)


def claim(stores: Stores, address: Ref, number: int = 0, at: datetime = NOW) -> SendRecord:
    decision = event(address, name="Decision", message_id=f"d-{number}-{at}")
    record = replace(
        claimed(address, decision, at=at),
        send_key=f"{number:x}" * 64,
        delivery=Delivery.QUARANTINE,
        contents=MADE_OF,
        asked=True,
        tracked=True,
        owner="recruiter",
    )
    held = stores.book.send(record.send_key)
    record = replace(record, attempt=1 + (0 if held is None else held.attempt))
    stores.book.claim(record, stores.book.address(address), decision)
    return record


def test_claimed_mails_are_found_in_order_until_they_are_settled(
    stores: Stores, unsettled: Unsettled, ana: Ref
) -> None:
    records = [claim(stores, ana, n, NOW + timedelta(seconds=n)) for n in (7, 2, 15, 0)]
    records.sort(key=lambda record: record.claimed_at)
    assert unsettled.due(NOW, limit=64) == []
    assert unsettled.due(NOW + timedelta(seconds=8), limit=64) == records[:3]
    assert unsettled.due(NOW + timedelta(days=1), limit=64) == records
    unsettled.settled(records[:2])
    unsettled.settled(records[:2])
    assert unsettled.due(NOW + timedelta(days=1), limit=64) == records[2:]


def test_a_mail_that_was_claimed_again_is_found_once(
    stores: Stores, unsettled: Unsettled, ana: Ref
) -> None:
    first = claim(stores, ana)
    second = claim(stores, ana, at=NOW + timedelta(minutes=2))
    assert second.attempt == first.attempt + 1
    for _ in range(2):
        assert unsettled.due(NOW + timedelta(days=1), limit=64) == [second]
    unsettled.settled([second])
    assert unsettled.due(NOW + timedelta(days=1), limit=64) == []


def test_what_a_mail_was_made_of_stands_in_its_line_of_the_ledger(stores: Stores, ana: Ref) -> None:
    record = claim(stores, ana)
    assert stores.book.send(record.send_key) == record
    [entry] = stores.book.address(ana).ledger
    assert (entry.blocks, entry.jobs, entry.asked, entry.counted) == (
        ("a", "b"),
        ("j-1",),
        True,
        True,
    )


def test_a_mail_that_never_left_gives_its_slot_back_and_may_be_claimed_again(
    stores: Stores, ana: Ref
) -> None:
    other = claim(stores, ana, 1)
    record = claim(stores, ana, 2)
    assert stores.book.release(record, SendState.RETRY, now=NOW)
    assert [entry.send_key for entry in stores.book.address(ana).ledger] == [other.send_key]
    # The slow worker does not find it where they left it.
    assert not stores.book.advance(record, SendState.SUBMITTING, frm=(SendState.CLAIMED,), now=NOW)
    assert not stores.book.release(record, SendState.RETRY, now=NOW)
    again = claim(stores, ana, 2, NOW + timedelta(seconds=5))
    assert stores.book.advance(again, SendState.SUBMITTING, frm=(SendState.CLAIMED,), now=NOW)
    assert len(stores.book.address(ana).ledger) == 2


def test_a_mail_in_doubt_is_sent_once_more_and_says_so(stores: Stores, ana: Ref) -> None:
    record = claim(stores, ana)
    stores.book.advance(record, SendState.SUBMITTING, frm=(SendState.CLAIMED,), now=NOW)
    assert not stores.book.doubt(record, now=NOW)
    marked = stores.book.send(record.send_key)
    assert marked is not None
    assert stores.book.doubt(marked, now=NOW)
    held = stores.book.send(record.send_key)
    assert held is not None
    assert (held.state, held.doubtful) == (SendState.RETRY, True)
    assert len(stores.book.address(ana).ledger) == 1


def test_a_report_of_ses_takes_a_mail_in_doubt_out_of_it(stores: Stores, ana: Ref) -> None:
    record = claim(stores, ana)
    stores.book.advance(record, SendState.SUBMITTING, frm=(SendState.CLAIMED,), now=NOW)
    frm = (SendState.SUBMITTING, SendState.LOST)
    stores.book.advance(record, SendState.LOST, frm=frm, now=NOW)
    assert stores.book.advance(record, SendState.ACCEPTED, frm=frm, now=NOW, message_id="m-1")
    decision = event(ana, name="Decision", message_id="again")
    with pytest.raises(ConflictError):
        stores.book.claim(
            replace(later(record, minutes=5), decision=decision.key),
            stores.book.address(ana),
            decision,
        )


def test_a_claim_and_a_withdrawal_leave_the_wishes_of_an_address_as_they_are(
    stores: Stores, ana: Ref
) -> None:
    said = event(ana, name="Preferences Changed", message_id="w-1")
    if isinstance(stores.book, FakeBook):
        FakePreferences(stores.book).wish(ana, Wishes(per_year=4), said)
    else:
        assert isinstance(stores.book, DynamoBook)
        assert isinstance(stores.log, DynamoLog)
        DynamoPreferences(stores.book, stores.log).wish(ana, Wishes(per_year=4), said)
    claim(stores, ana)
    no = event(ana, name="Unsubscribed", message_id="u-1")
    stores.book.withdraw(Withdrawal(address=ana, topics=(TOPIC,), suppress={}, at=NOW, event=no))
    state = stores.book.address(ana)
    assert (state.wishes.per_year, len(state.ledger)) == (4, 1)
