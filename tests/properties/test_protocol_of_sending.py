"""However workers die, answers and events are lost, and clocks go: no mail leaves too often.

What a history is stands in `tests/support/protocol.py`.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from functions.send import flow
from functions.settle.flow import Came
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Delivery
from tests.support.depth import rounds
from tests.support.fakes import FakeBook
from tests.support.protocol import ADDRESS, SLOT_USED, World

# A planted mistake is looked for in as many as it takes, up to all.
ALL = 1_700
HISTORIES = rounds(ALL)
MOST = {Delivery.STRICT: 1, Delivery.QUARANTINE: 1, Delivery.AT_LEAST_ONCE: 2}


def wrongs(world: World) -> Iterator[str]:
    """What must not be true at the end of a history."""
    record = world.record
    state = None if record is None else record.state
    if world.accepted > MOST[world.delivery]:
        yield f"left {world.accepted} times"
    slots = len(world.book.addresses[ADDRESS].ledger)
    if slots != int(state in SLOT_USED):
        yield f"{slots} slots for a mail that is {state}"
    if world.accepted and state not in SLOT_USED:
        yield f"it left, and stands at {state}"
    doubtful = state in {SendState.LOST, SendState.UNCERTAIN}
    if not (world.accepted or world.withdrawn or world.refused or doubtful):
        yield f"it never left although nobody was in doubt: {state}"
    if state in {SendState.CLAIMED, SendState.SUBMITTING}:
        yield f"nobody looks after a mail that is {state}"
    if world.book.unsettled:
        yield "something is looked for for ever"
    if state is SendState.UNCERTAIN and world.delivery is not Delivery.QUARANTINE:
        yield "uncertain for ever"


def played(seed: int, delivery: Delivery) -> World:
    world = World(random=Random(seed), delivery=delivery)
    world.play()
    return world


@pytest.mark.parametrize("delivery", list(Delivery))
def test_no_mail_leaves_more_often_than_its_template_allows(delivery: Delivery) -> None:
    wrong: list[str] = []
    left: Counter[int] = Counter()
    came: Counter[Came] = Counter()
    deaths = ended = 0
    for seed in range(HISTORIES):
        world = played(seed, delivery)
        wrong += [f"{seed}: {what}" for what in wrongs(world)]
        came.update(world.came)
        deaths += world.deaths
        excused = (world.withdrawn or world.refused) and not world.accepted
        ended += excused
        left[world.accepted] += not excused
    print(
        f"\n{delivery.value}: {HISTORIES} histories, {deaths} deaths: sent once {left[1]}, twice "
        f"{left[2]}, more often {sum(n for sent, n in left.items() if sent > 2)}, never "
        f"{left[0]}; withdrawn or refused {ended}; "
        + ", ".join(f"{each.value} {count}" for each, count in sorted(came.items()))
    )
    assert wrong == []
    assert min(deaths, came[Came.RECLAIMED]) > HISTORIES / 20


# The same with a mistake in it: each must be seen


class NoFence(FakeBook):
    """Whoever is slow submits although somebody else took the mail over."""

    def advance(self, record: SendRecord, to: SendState, **how: object) -> bool:
        moved = super().advance(record, to, **how)  # type: ignore[arg-type]
        return moved or to is SendState.SUBMITTING


class NoRelease(FakeBook):
    """What SES did not take stays in the ledger."""

    def release(self, record: SendRecord, to: SendState, **how: object) -> bool:
        ledger = self.addresses[record.address]
        moved = super().release(record, to, **how)  # type: ignore[arg-type]
        self.addresses[record.address] = ledger
        return moved


class NoMark(FakeBook):
    """That a mail was doubted once is forgotten."""

    def doubt(self, record: SendRecord, **how: object) -> bool:
        moved = super().doubt(record, **how)  # type: ignore[arg-type]
        held = self.sends[record.send_key]
        object.__setattr__(held, "doubtful", False)
        return moved


@pytest.mark.parametrize(
    ("mistake", "delivery"),
    [
        (NoFence, Delivery.STRICT),
        (NoRelease, Delivery.STRICT),
        (NoMark, Delivery.AT_LEAST_ONCE),
    ],
)
def test_a_mistake_in_the_protocol_is_caught(
    mistake: type[FakeBook], delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.protocol.FakeBook", mistake)
    for seed in range(ALL):
        found = [*wrongs(played(seed, delivery))]
        if found:
            print(f"\n{mistake.__name__}: caught in history {seed + 1}: {found[0]}")
            return
    pytest.fail(f"{mistake.__name__} was not seen, with a lease of {flow.LEASE}")
