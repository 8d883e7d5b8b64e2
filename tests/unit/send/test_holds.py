"""What is held, and what is not: anybody may sign anybody up, as often as they like."""

from dataclasses import replace
from datetime import time, timedelta

import msgspec

from functions.send.flow import Done
from rapport.domain.decision import Outcome
from rapport.domain.policy import QuietHours
from rapport.domain.run import MAX_WAITING, RunState, waiting
from tests.support.mailroom import ANA, AT_ANY_TIME, Mailroom

SIGN_UPS = 60
NIGHT = QuietHours(
    starts=time(6),
    ends=time(11),
    days_off=frozenset(),
    narrow_starts=time(6),
    narrow_ends=time(11),
    spread=timedelta(),
)


def sleep(room: Mailroom) -> None:
    policy = replace(AT_ANY_TIME, quiet=NIGHT)
    room.publish(msgspec.structs.replace(room.bundle, policy=policy))


def asleep() -> Mailroom:
    room = Mailroom()
    sleep(room)
    return room


def test_who_is_signed_up_all_night_has_a_few_holds_and_one_mail_in_the_morning() -> None:
    room = asleep()
    person = room.confirmed()
    for _ in range(SIGN_UPS):
        room.send.deliver(room.intent(person))
    held = waiting(room.runs.rows.values())
    reasons = set(room.reasons)
    room.clock.forward(hours=3)
    for _ in range(2):
        started = room.trigger.wake(room.ref(ANA))
        for intent in started.intents:
            room.send.deliver(intent)
    print(f"sign-ups {SIGN_UPS}, holds {len(held)}, mails {len(room.mails)}")
    assert len(held) == MAX_WAITING
    assert reasons == {"quiet_hours", "too_many_waiting"}
    assert len(room.mails) == 1
    assert not waiting(room.runs.rows.values())


def test_what_went_out_already_is_not_held_until_it_may_go_out() -> None:
    room = Mailroom()
    person = room.confirmed()
    assert room.send.deliver(room.intent(person)).done is Done.ACCEPTED
    sleep(room)
    assert room.send.deliver(room.intent(person)).done is Done.DROPPED
    assert room.reasons[-1] == "already_sent"
    assert room.decisions[-1].outcome is Outcome.DROP
    assert not room.runs.rows


def test_a_hold_whose_wait_was_ended_is_a_drop_and_not_forgotten() -> None:
    room = asleep()
    intent = room.intent(room.confirmed())
    assert room.send.deliver(intent).done is Done.HELD
    [run] = room.runs.rows.values()
    room.runs.end(run, RunState.CANCELLED, by="e-9")
    room.clock.forward(minutes=1)
    assert room.send.deliver(intent).done is Done.DROPPED
    assert room.decisions[-1].outcome is Outcome.DROP
    assert room.decisions[-1].until is None
