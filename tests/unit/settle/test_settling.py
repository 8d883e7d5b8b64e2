"""Mails that nobody can tell of come to what their template says, whoever dies meanwhile."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from functions.send.flow import LEASE
from functions.settle.flow import GRACE, Came, Settle
from rapport.domain.address import SendState
from rapport.domain.decision import Delivery
from rapport.errors import RetryableError
from rapport.ports import Unknown
from tests.support.fakes import CrashError
from tests.support.mailroom import ANA, Mailroom
from tests.support.settling import FakeUnsettled

LOST = Unknown(detail="ReadTimeoutError")


def room_for(delivery: Delivery) -> Mailroom:
    room = Mailroom()
    templates = tuple(
        msgspec.structs.replace(t, delivery=delivery.value) for t in room.bundle.templates
    )
    room.publish(msgspec.structs.replace(room.bundle, templates=templates))
    return room


def settle(room: Mailroom) -> Settle:
    return Settle(
        unsettled=FakeUnsettled(room.book),
        book=room.book,
        log=room.log,
        intents=room.intents,
        tasks=room.tasks,
        now=room.clock,
    )


def tick(room: Mailroom) -> dict[Came, int]:
    return dict(settle(room).run(until=room.clock() + LEASE))


def doubted(delivery: Delivery) -> Mailroom:
    """A room with a mail whose answer was lost more than 15 minutes ago."""
    room = room_for(delivery)
    room.mailer.answers = [LOST]
    room.send.deliver(room.intent(room.confirmed()))
    room.clock.forward(seconds=GRACE.total_seconds() + 1)
    return room


def slots(room: Mailroom) -> int:
    return len(room.book.addresses[room.ref(ANA)].ledger)


def test_nobody_is_in_a_hurry() -> None:
    room = room_for(Delivery.STRICT)
    room.mailer.answers = [LOST]
    room.send.deliver(room.intent(room.confirmed()))
    assert tick(room) == {}
    room.clock.forward(minutes=14)
    assert tick(room) == {Came.UNSETTLED: 1}
    assert room.record().state is SendState.UNCERTAIN


def test_a_strict_mail_is_lost_and_its_slot_stays_used() -> None:
    room = doubted(Delivery.STRICT)
    assert tick(room) == {Came.LOST: 1}
    assert (room.record().state, slots(room), room.intents.queue) == (SendState.LOST, 1, [])
    assert tick(room) == {}
    assert [e.body["properties"] for e in room.logged("Mail Submitted")][-1] == {
        "send_id": room.record().send_id,
        "state": "lost",
    }


def test_a_mail_in_quarantine_becomes_one_task_for_a_person() -> None:
    room = doubted(Delivery.QUARANTINE)
    assert tick(room) == {Came.QUARANTINED: 1}
    assert tick(room) == {}
    assert room.record().state is SendState.UNCERTAIN
    [task] = room.logged("Task Opened")
    assert [each.id for each in room.tasks.all()] == [task.message_id]
    properties = task.body["properties"]
    assert isinstance(properties, dict)
    assert (properties["kind"], properties["send_id"]) == (
        "uncertain_mail",
        room.record().send_id,
    )


def test_a_mail_that_must_come_is_sent_once_more_and_not_again() -> None:
    room = doubted(Delivery.AT_LEAST_ONCE)
    assert tick(room) == {Came.SENT_AGAIN: 1}
    room.mailer.answers = [LOST]
    room.send.deliver(room.intents.queue.pop())
    room.clock.forward(seconds=GRACE.total_seconds() + 1)
    assert tick(room) == {Came.LOST: 1}
    assert (room.calls.count("mailer.submit"), slots(room)) == (2, 1)


def test_a_claim_whose_worker_died_comes_back_and_leaves() -> None:
    room = room_for(Delivery.STRICT)
    intent = room.intent(room.confirmed())
    room.send.deliver(intent)
    record = room.record()
    room.book.sends[record.send_key] = replace(record, state=SendState.CLAIMED)
    room.mailer.accepted.clear()
    room.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert tick(room) == {Came.RECLAIMED: 1}
    assert slots(room) == 0
    assert room.intents.queue == [intent]
    room.send.deliver(room.intents.queue.pop())
    assert (len(room.mails), slots(room)) == (1, 1)


def test_a_worker_that_lives_is_left_alone() -> None:
    room = room_for(Delivery.STRICT)
    room.send.deliver(room.intent(room.confirmed()))
    record = room.record()
    lease = room.clock() + timedelta(hours=1)
    room.book.sends[record.send_key] = replace(record, state=SendState.CLAIMED, lease=lease)
    room.clock.forward(minutes=30)
    assert tick(room) == {Came.UNSETTLED: 1}
    assert room.record().state is SendState.CLAIMED


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_run_that_dies_after_any_call_changes_nothing_twice(delivery: Delivery) -> None:
    ends = set()
    for after in range(12):
        room = doubted(delivery)
        before = room.calls.count("mailer.submit")
        room.calls.fail_after = len(room.calls.names) + after
        try:
            tick(room)
        except CrashError:
            room.calls.fail_after = None
            tick(room)
        room.calls.fail_after = None
        room.clock.forward(seconds=GRACE.total_seconds() + 1)
        tick(room)
        for intent in room.intents.queue:
            room.send.deliver(intent)
        again = room.calls.count("mailer.submit") - before
        ends.add((room.record().state, again, len(room.logged("Task Opened")), slots(room)))
    assert (
        ends
        == {
            Delivery.STRICT: {(SendState.LOST, 0, 0, 1)},
            Delivery.QUARANTINE: {(SendState.UNCERTAIN, 0, 1, 1)},
            Delivery.AT_LEAST_ONCE: {(SendState.ACCEPTED, 1, 0, 1)},
        }[delivery]
    )


def test_one_mail_that_the_store_cannot_settle_now_keeps_no_other_waiting() -> None:
    room = doubted(Delivery.STRICT)
    room.mailer.answers = [LOST]
    room.send.deliver(room.intent(room.confirmed("bo@inbox.halden.example")))
    room.clock.forward(seconds=GRACE.total_seconds() + 1)
    first, advance = room.record(), room.book.advance

    def out_of_reach(record, to, **how):  # type: ignore[no-untyped-def]
        if record.send_key == first.send_key:
            raise RetryableError
        return advance(record, to, **how)

    room.book.advance = out_of_reach  # type: ignore[method-assign]
    assert tick(room) == {Came.LOST: 1, Came.FAILED: 1}
    room.book.advance = advance  # type: ignore[method-assign]
    assert tick(room) == {Came.LOST: 1}


def test_nothing_is_sent_again_to_somebody_who_was_erased() -> None:
    room = doubted(Delivery.AT_LEAST_ONCE)
    room.log.erased.add(room.ref(ANA))
    assert tick(room) == {Came.LOST: 1}
    assert room.intents.queue == []
