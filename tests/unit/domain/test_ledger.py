"""The ledger of an address: one line for a mail, and what goes when it is full."""

from datetime import UTC, datetime, timedelta

from rapport.domain.address import (
    MAX_LEDGER,
    AddressState,
    LedgerEntry,
    SendRecord,
    SendState,
    claimed_on,
    released_from,
)
from rapport.domain.event import LogKey
from rapport.domain.identifiers import PersonId, Ref

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA = Ref("email#a")


def mail(number: int, *, mail_class: str = "marketing") -> SendRecord:
    return SendRecord(
        send_key=f"key-{number}",
        send_id=f"key-{number}",
        state=SendState.CLAIMED,
        attempt=1,
        lease=NOW,
        person=PersonId("p_a"),
        subject=ANA,
        address=ANA,
        program="welcome",
        template="welcome",
        topic="talent-network",
        mail_class=mail_class,
        bundle="b",
        decision=LogKey("p", "s"),
        claimed_at=NOW,
    )


def line(number: int, *, days: float, counted: bool = True) -> LedgerEntry:
    at = NOW - timedelta(days=days)
    return LedgerEntry(at=at, program="p", send_key=f"line-{number}", counted=counted)


def full(*, counted: bool) -> tuple[LedgerEntry, ...]:
    """As many lines as there may be, the newest from yesterday, the oldest half a year old."""
    return tuple(line(n, days=2 * (MAX_LEDGER - n), counted=counted) for n in range(MAX_LEDGER))


def after(ledger: tuple[LedgerEntry, ...]) -> list[str]:
    state = claimed_on(AddressState(ref=ANA, ledger=ledger), mail(1))
    return [entry.send_key for entry in state.ledger]


def test_a_mail_has_one_line_however_often_it_is_claimed() -> None:
    state = AddressState(ref=ANA)
    for _ in range(3):
        state = claimed_on(state, mail(1))
    assert ([e.send_key for e in state.ledger], state.version) == (["key-1"], 3)


def test_only_marketing_counts() -> None:
    classes = ("marketing", "transactional", "confirmation")
    ledgers = [claimed_on(AddressState(ref=ANA), mail(1, mail_class=c)).ledger for c in classes]
    assert [ledger[0].counted for ledger in ledgers] == [True, False, False]


def test_of_a_full_ledger_the_oldest_line_goes_that_no_rule_looks_back_on() -> None:
    old = line(900, days=366)
    assert after((*full(counted=True)[1:], old))[-1] == "key-1"
    assert "line-900" not in after((*full(counted=True)[1:], old))
    news = (*full(counted=True)[:-1], line(901, days=1, counted=False))
    assert "line-901" not in after(news)
    assert "line-0" in after(news)


def test_if_every_line_counts_the_oldest_goes() -> None:
    kept = after(full(counted=True))
    assert len(kept) == MAX_LEDGER
    assert "line-0" not in kept
    assert {"line-1", "key-1"} <= set(kept)


def test_a_mail_that_never_left_leaves_no_line() -> None:
    state = claimed_on(AddressState(ref=ANA, ledger=(line(1, days=3),)), mail(1))
    released = released_from(state, "key-1")
    assert released is not None
    assert [entry.send_key for entry in released.ledger] == ["line-1"]
    assert released.version == state.version + 1
    assert released_from(released, "key-1") is None
