"""Races on a real engine: many workers at one address, one key, one view."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random
from threading import Barrier
from typing import TypeVar

import pytest

from rapport.adapters.dynamo import keys, people
from rapport.adapters.dynamo.models import DetailRow, ViewRow
from rapport.domain.address import ConsentStatus
from rapport.domain.profile import Profile
from rapport.errors import ConflictError, RetryableError
from rapport.ports import View, Withdrawal
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, TOPIC, claimed, cookie, event, mailbox, yes

WORKERS = 16
_Said = TypeVar("_Said")


def together(works: Sequence[Callable[[], _Said]]) -> list[_Said]:
    """Run all at the same moment."""
    barrier = Barrier(len(works))

    def one(work: Callable[[], _Said]) -> _Said:
        barrier.wait(timeout=30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_of_many_copies_of_an_event_one_is_stored(dynamo: Stores) -> None:
    who = cookie(dynamo.pseudonyms)
    copies = [event(who, body={"n": n}) for n in range(WORKERS)]
    stored = together([lambda e=e: dynamo.log.append([e])[0] for e in copies])  # type: ignore[misc]
    assert stored.count(True) == 1
    assert dynamo.log.get(copies[0].key) == copies[stored.index(True)]


def test_of_many_claims_of_one_mail_one_succeeds(dynamo: Stores) -> None:
    ana = mailbox(dynamo.pseudonyms)
    dynamo.people.add_strong(cookie(dynamo.pseudonyms), ana, NOW)
    state = dynamo.book.address(ana)

    def claim(n: int) -> bool:
        decision = event(ana, name="Decision", message_id=f"d-{n}")
        try:
            dynamo.book.claim(claimed(ana, decision), state, decision)
        except ConflictError:
            return False
        return True

    won = together([lambda n=n: claim(n) for n in range(WORKERS)])  # type: ignore[misc]
    assert won.count(True) == 1
    assert len(dynamo.book.address(ana).ledger) == 1
    assert len(dynamo.log.partition(ana)) == 1


def test_a_claim_and_a_withdrawal_that_meet_never_both_take_effect_unseen(dynamo: Stores) -> None:
    for n in range(12):
        ana = mailbox(dynamo.pseudonyms, f"ana{n}@inbox.halden.example")
        dynamo.people.add_strong(cookie(dynamo.pseudonyms), ana, NOW)
        confirmed = event(ana, name="Address Confirmed", message_id="c")
        dynamo.book.grant(ana, TOPIC, yes("c"), confirmed, confirmed_at=NOW)
        judged = dynamo.book.address(ana)
        decision = event(ana, name="Decision", message_id="d")
        record = replace(claimed(ana, decision), send_key=f"{n:064x}")
        no = Withdrawal(
            address=ana,
            topics=(TOPIC,),
            suppress={},
            at=NOW + timedelta(seconds=1),
            event=event(ana, name="Unsubscribed", message_id="u"),
        )

        def claim(
            record: object = record, judged: object = judged, decision: object = decision
        ) -> bool:
            try:
                dynamo.book.claim(record, judged, decision)  # type: ignore[arg-type]
            except ConflictError:
                return False
            return True

        def withdraw(no: Withdrawal = no) -> bool:
            dynamo.book.withdraw(no)
            return True

        both: list[Callable[[], bool]] = [claim, withdraw]
        claimed_it, withdrawn = together(both)
        after = dynamo.book.address(ana)
        assert withdrawn
        assert after.consents[TOPIC].status is ConsentStatus.WITHDRAWN
        # Whoever came first, the version tells: a claim after the withdrawal was refused.
        assert len(after.ledger) == int(claimed_it)
        assert after.version == judged.version + 1 + int(claimed_it)


def test_a_view_has_one_writer_per_version(dynamo: Stores) -> None:
    ana = mailbox(dynamo.pseudonyms)
    views = [View(profile=Profile(root=ana, totals={"page": n}), version=1) for n in range(WORKERS)]
    won = together(
        [lambda v=v: dynamo.people.save_view(v, [], now=NOW) for v in views]  # type: ignore[misc]
    )
    assert won.count(True) == 1
    assert dynamo.people.view(views[0].profile.person) == views[won.index(True)]


def test_the_first_key_of_a_ring_is_made_once(dynamo: Stores) -> None:
    assert dynamo.vault is not None
    vault = dynamo.vault
    rings: list[object] = []

    def ask() -> bool:
        rings.append(dict(vault.ring("fresh")))
        return True

    together([ask] * WORKERS)
    assert all(ring == rings[0] for ring in rings)


def test_a_profile_whose_parts_were_read_at_two_versions_is_read_again(
    dynamo: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = mailbox(dynamo.pseudonyms)
    long = [Random(n).randbytes(48).hex() for n in range(16)]
    first, second = (
        View(profile=Profile(root=ana, interests=dict.fromkeys(long, at)), version=at)
        for at in (1, 2)
    )
    dynamo.people.save_view(first, [], now=NOW)
    person = first.profile.person
    hot, detail = ViewRow.get(*keys.view_key(person)), DetailRow.get(*keys.detail_key(person))
    dynamo.people.save_view(second, [], now=NOW)
    with monkeypatch.context() as patch:
        parts = iter([detail, None, DetailRow.get(*keys.detail_key(person))])
        patch.setattr(people, "_detail", lambda _: next(parts))
        assert dynamo.people.view(person) == second
        assert next(parts, None) is None
    monkeypatch.setattr(ViewRow, "get", lambda *_, **__: hot)
    with pytest.raises(RetryableError):
        dynamo.people.view(person)
