"""What every store of forms does, in memory and in DynamoDB alike."""

from typing import Any, cast

import pytest

from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.signatures import DynamoSignatures
from rapport.domain.address import ConsentStatus
from rapport.domain.identifiers import Ref
from rapport.forms import OPT_IN_NEVER, OPT_IN_NEW_DEVICE
from rapport.ports import Withdrawal
from rapport.signing import Signatures, Signed
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, TOPIC, event, mailbox, yes


@pytest.fixture
def ana(stores: Stores) -> Ref:
    """Somebody's address."""
    return mailbox(stores.pseudonyms)


@pytest.fixture
def signatures(stores: Stores) -> Signatures:
    """The store of forms beside the others."""
    if isinstance(stores.book, DynamoBook):
        return DynamoSignatures(stores.book, cast("DynamoLog", stores.log))
    return cast("Signatures", stores.book)


def signed(address: Ref, message_id: str = "f-1", **fields: Any) -> Signed:
    whole: dict[str, Any] = {
        "address": address,
        "opt_in": OPT_IN_NEW_DEVICE,
        "browser": "browser1",
        "words": {TOPIC: yes(f"{message_id}:{TOPIC}")},
        "events": (
            event(address, name="Talent Network Joined", message_id=message_id),
            event(address, name="List Joined", message_id=f"{message_id}-list"),
        ),
        "proofs": {TOPIC: event(address, name="Consent Granted", message_id=f"g-{message_id}")},
        "at": NOW,
    }
    return Signed(**(whole | fields))


def test_a_form_is_kept_whole_and_once(stores: Stores, signatures: Signatures, ana: Ref) -> None:
    form = signed(ana)
    assert signatures.sign(form)
    assert not signatures.sign(form)
    state = stores.book.address(ana)
    assert (state.version, state.confirmed_at, state.browsers) == (1, NOW, ("browser1",))
    assert state.consents == dict(form.words)
    for each in (*form.events, *form.proofs.values()):
        assert stores.log.get(each.key) == each


def test_a_form_from_a_browser_that_nobody_knows_is_kept_and_counts_for_nothing_yet(
    stores: Stores, signatures: Signatures, ana: Ref
) -> None:
    signatures.sign(signed(ana))
    other = signed(ana, "f-2", browser="browser2", words={"other": yes("f-2:other")}, proofs={})
    assert signatures.sign(other)
    state = stores.book.address(ana)
    assert (set(state.consents), state.browsers) == ({TOPIC}, ("browser1",))
    assert stores.log.get(other.events[0].key) == other.events[0]


def test_a_form_takes_no_withdrawal_back(stores: Stores, signatures: Signatures, ana: Ref) -> None:
    gone = event(ana, name="Unsubscribed", message_id="u-1")
    stores.book.withdraw(Withdrawal(address=ana, topics=(TOPIC,), suppress={}, at=NOW, event=gone))
    signatures.sign(signed(ana, opt_in=OPT_IN_NEVER))
    state = stores.book.address(ana)
    assert state.consents[TOPIC].status is ConsentStatus.WITHDRAWN
    assert state.confirmed_at is None
