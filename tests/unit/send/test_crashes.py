"""A worker may die after any call. Whatever comes after, a mail goes out at most once."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from functions.send.flow import LEASE, Done
from rapport.domain.address import SendState
from rapport.domain.decision import Intent
from rapport.errors import RetryableError
from rapport.ports import NotSent
from rapport.sending import Refusal
from tests.support.fakes import CrashError
from tests.support.mailroom import Mailroom

THROTTLED = NotSent(code="TooManyRequestsException", again=True, why=Refusal.THROTTLED)


def mail(room: Mailroom) -> Intent:
    return room.intent(room.confirmed())


def request(room: Mailroom) -> Intent:
    return room.intent(room.person())


KINDS = pytest.mark.parametrize("kind", [mail, request], ids=["mail", "request to confirm"])


def calls_of_a_delivery(kind: Callable[[Mailroom], Intent]) -> int:
    room = Mailroom()
    intent = kind(room)
    before = len(room.calls.names)
    room.send.deliver(intent)
    return len(room.calls.names) - before


def killed(kind: Callable[[Mailroom], Intent], after: int, *, throttled: bool) -> Mailroom:
    """A room whose worker died after so many calls; the intent waits in `queue`."""
    room = Mailroom()
    intent = kind(room)
    if throttled:
        room.mailer.answers = [THROTTLED]
    room.calls.fail_after = len(room.calls.names) + after
    with suppress(CrashError):
        # It may also die when all is done, and before the queue hears of it.
        room.send.deliver(intent)
    room.calls.fail_after = None
    room.intents.queue.append(intent)
    return room


def deliver_again(room: Mailroom) -> Done | None:
    """Deliver what is in the queue; it stays there, however often it is. What the last came to."""
    done = None
    for intent in [*room.intents.queue]:
        try:
            done = room.send.deliver(intent).done
        except RetryableError:
            done = None
    return done


@KINDS
@pytest.mark.parametrize("lease_ends", [True, False])
@pytest.mark.parametrize("throttled", [True, False])
def test_a_worker_killed_after_any_call_doubles_no_mail(
    kind: Callable[[Mailroom], Intent], *, lease_ends: bool, throttled: bool
) -> None:
    deaths = calls_of_a_delivery(kind)
    # id, node, cluster, view, intent, address, send, (jobs, job, runs,) claim, mark, submit,
    # record, log
    assert deaths == (15 if kind is mail else 12)
    # In place of record and log: slot back, log, pace, and back into the queue, which may be all.
    last = deaths + 3 if throttled else deaths
    for after in range(last):
        room = killed(kind, after, throttled=throttled)
        for _ in range(4):
            if lease_ends:
                room.clock.forward(seconds=LEASE.total_seconds() + 1)
            else:
                room.clock.forward(seconds=10)
            deliver_again(room)
        assert len(room.mails) <= 1, f"doubled after call {after}"
        submitted = room.calls.count("mailer.submit")
        assert submitted <= 2 if throttled else submitted <= 1
        if throttled and submitted == 2:
            assert len(room.mails) == 1
        if throttled and after == last - 1:
            assert len(room.intents.queue) == 2, "nobody knows that it was put back already"


@KINDS
def test_a_worker_killed_before_it_submitted_loses_no_mail(
    kind: Callable[[Mailroom], Intent],
) -> None:
    for after in range(calls_of_a_delivery(kind)):
        room = killed(kind, after, throttled=False)
        left = room.calls.count("mailer.submit")
        marked = any(r.state is SendState.SUBMITTING for r in room.book.sends.values())
        room.clock.forward(seconds=LEASE.total_seconds() + 1)
        done = deliver_again(room)
        if not left and not marked:
            assert (done, len(room.mails)) == (Done.ACCEPTED, 1)
        else:
            assert len(room.mails) <= 1


def test_a_worker_killed_beside_the_call_to_ses_leaves_an_uncertain_mail() -> None:
    room = Mailroom()
    intent = mail(room)
    before = len(room.calls.names)
    room.send.deliver(intent)
    beside = room.calls.names.index("mailer.submit") - before
    for after in (beside, beside + 1):
        dead = killed(mail, after, throttled=False)
        dead.clock.forward(seconds=LEASE.total_seconds() + 1)
        assert deliver_again(dead) is Done.UNCERTAIN
        assert dead.record().state is SendState.UNCERTAIN


def test_what_was_accepted_is_in_the_log_even_if_the_worker_died_before_writing_it() -> None:
    room = Mailroom()
    mail(room)
    total = calls_of_a_delivery(mail)
    dead = killed(mail, total - 1, throttled=False)
    assert dead.record().state is SendState.ACCEPTED
    assert not dead.logged("Mail Submitted")
    assert deliver_again(dead) is Done.NOTHING
    assert len(dead.logged("Mail Submitted")) == 1
