"""The hand on the brake: nothing leaves within a minute of a stop, and a new domain goes slowly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from functions.send.flow import Done
from rapport.brake import (
    NOTHING_SWITCHED,
    READ_SECONDS,
    Brake,
    LiveBrake,
    NotLiveYetError,
    Sending,
    domain_of,
    in_force,
)
from rapport.domain.decision import Intent, MailClass, Outcome
from rapport.domain.eligibility import ASK_BRAKE_AGAIN
from rapport.domain.gates import SendMode
from rapport.domain.identifiers import Ref
from rapport.domain.policy import Ramp
from rapport.domain.reasons import Reason
from rapport.errors import ConflictError, RetryableError
from rapport.sending import ramp_cap
from tests.support.braking import FakeSendings
from tests.support.fakes import START, Clock
from tests.support.mailroom import AT_ANY_TIME, WELCOME, Mailroom, shipped

MINUTE = timedelta(seconds=60)
SEEN_WITHIN = timedelta(seconds=10)
STEP_S = 2
AUDIENCE = 200_000


def somebody(room: Mailroom, number: int) -> Intent:
    """The intent to mail one more person: in turn a request to confirm, a thank-you, an alert."""
    address = f"p{number}@inbox.halden.example"
    if number % 3 == 0:
        return room.intent(room.person(address))
    return room.intent(room.confirmed(address), program=NEEDED if number % 3 == 1 else WELCOME)


NEEDED = "what-somebody-needs"


def with_something_needed() -> Mailroom:
    """A mailroom with a transactional playbook beside that of marketing."""
    room = Mailroom()
    room.alone()
    [welcome] = room.bundle.playbooks
    template = room.bundle.template(welcome.template)
    needed = msgspec.structs.replace(
        template, name=NEEDED, mail_class=MailClass.TRANSACTIONAL.value
    )
    playbook = msgspec.structs.replace(welcome, program=NEEDED, template=NEEDED)
    room.publish(
        msgspec.structs.replace(
            room.bundle,
            playbooks=(welcome, playbook),
            templates=(*room.bundle.templates, needed),
        )
    )
    return room


def woken(room: Mailroom) -> None:
    """Wake whoever is due, in the order in which they are, and carry out what comes of it."""
    at = room.schedules.at
    for who in sorted((who for who, due in at.items() if due <= room.clock()), key=at.__getitem__):
        del at[who]
        for intent in room.trigger.wake(Ref(who)).intents:
            room.send.deliver(intent)


def test_a_minute_after_a_stop_no_mail_of_any_kind_leaves_and_go_lets_all_go_in_order() -> None:
    room = with_something_needed()
    # Right after the workers have looked, so that they see it as late as they can.
    stopped_at, left, waiting = START + timedelta(seconds=44), [], []
    for number in range(120 // STEP_S):
        room.clock.forward(seconds=STEP_S)
        if room.clock() == stopped_at:
            room.brake.stop(by="cli:kari", why="a wrong link")
        intent = somebody(room, number)
        match room.send.deliver(intent).done:
            case Done.ACCEPTED:
                left.append((room.clock(), room.decisions[-1].mail_class))
            case Done.HELD:
                waiting.append(room.decisions[-1])
    late = max(at for at, _ in left) - stopped_at
    print(f"\nstopped with mail under way: the last left {late.total_seconds():.0f} s after")
    assert timedelta() < late <= SEEN_WITHIN < MINUTE
    assert {d.reason for d in waiting} == {Reason.STOPPED}
    assert {mail_class for _, mail_class in left} == {*MailClass}
    held = [mailbox_of(room, decision.subject) for decision in waiting]
    assert len(held) + len(left) == 120 // STEP_S

    before = len(room.mails)
    for _ in range(2 * 60 // 5):
        room.clock.forward(minutes=5)
        woken(room)
    assert len(room.mails) == before
    assert {d.outcome for d in room.decisions if d.reason is Reason.STOPPED} == {Outcome.HOLD}

    room.brake.go()
    since = room.clock()
    while len(room.mails) < before + len(held) and room.clock() < since + 2 * ASK_BRAKE_AGAIN:
        room.clock.forward(seconds=20)
        woken(room)
    took = room.clock() - since
    print(f"{len(held)} held for two hours, let go: all gone after {took.total_seconds():.0f} s")
    assert [mail.to for mail in room.mails[before:]] == held
    assert took <= ASK_BRAKE_AGAIN + MINUTE


def mailbox_of(room: Mailroom, subject: Ref) -> str:
    [to] = {
        view.profile.attribute("email")
        for view in room.people.views.values()
        if view.profile.root == subject
    }
    return to


def test_whoever_cannot_read_the_brake_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())

    def silent() -> Sending:
        msg = "the table does not answer"
        raise RetryableError(msg)

    monkeypatch.setattr(room.live_brake, "_read", silent)
    with pytest.raises(RetryableError):
        room.send.deliver(intent)
    assert not room.mails


def test_the_brake_is_read_every_ten_seconds_and_no_more_often() -> None:
    clock, sendings = Clock(), FakeSendings()
    live = LiveBrake(sendings.sending, clock=lambda: clock().timestamp())
    for _ in range(100):
        assert live.stopped() is None
    assert sendings.calls.count("sendings.sending") == 1
    Brake(sendings=sendings, now=clock).stop(by="cli:kari")
    clock.forward(seconds=READ_SECONDS)
    assert live.stopped() is not None


def test_of_two_hands_on_the_brake_neither_undoes_what_the_other_did() -> None:
    clock, sendings = Clock(), FakeSendings()
    brake, read = Brake(sendings=sendings, now=clock), sendings.sending
    brake.go_live("halden", domain="halden.example")

    def somebody_stops_meanwhile() -> Sending:
        found = read()
        if found.stop is None:
            sendings.sending = read  # type: ignore[method-assign]
            brake.stop(by="cli:ola")
        return found

    sendings.sending = somebody_stops_meanwhile  # type: ignore[method-assign]
    found = brake.mode("halden", SendMode.ALLOW_LIST, domain="halden.example")
    assert (found.stop is not None, found.modes) == (True, {"halden": SendMode.ALLOW_LIST})
    assert found == sendings.row
    assert brake.stop(by="cli:kari").stop == found.stop


def test_a_row_that_changes_under_every_try_is_told_of() -> None:
    clock, sendings = Clock(), FakeSendings()

    def always_later() -> Sending:
        sendings.row = replace(sendings.row, version=sendings.row.version + 1)
        return replace(sendings.row, version=sendings.row.version - 1)

    sendings.sending = always_later  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        Brake(sendings=sendings, now=clock).stop(by="cli:kari")


def test_a_mode_stands_above_that_of_the_bundle_and_live_takes_going_live() -> None:
    room = Mailroom()
    stranger = room.intent(room.confirmed("stranger@mail.example"))
    domain = domain_of(room.bundle.brand.sender)
    with pytest.raises(NotLiveYetError, match="rapport golive"):
        room.brake.mode("halden", SendMode.LIVE, domain=domain)
    assert room.send.deliver(stranger).reason is Reason.TEST_MODE
    room.brake.go_live("halden", domain=domain)
    room.clock.forward(seconds=READ_SECONDS)
    assert room.send.deliver(stranger).done is Done.ACCEPTED
    room.brake.mode("halden", SendMode.OFF, domain=domain)
    room.clock.forward(seconds=READ_SECONDS)
    again = room.intent(room.confirmed("other@mail.example"))
    assert room.send.deliver(again).reason is Reason.SENDING_OFF
    assert room.brake.mode("halden", SendMode.LIVE, domain=domain).modes["halden"] == "live"


def test_what_is_switched_for_others_changes_nothing_here() -> None:
    bundle = shipped()
    others = Sending(modes={"other": SendMode.OFF}, first_days={"other.example": "2026-11-23"})
    assert in_force(bundle, others) is bundle
    assert in_force(bundle, NOTHING_SWITCHED) is bundle


def test_on_the_day_of_going_live_no_more_leaves_than_the_ramp_allows() -> None:
    """Imported people who were never mailed; the first day is that of going live, not of deploying.

    The policy's own ramp holds, with a tenth of its mails.
    """
    room = Mailroom()
    sizes = shipped().policy.ramp
    tenth = replace(sizes, first_day=sizes.first_day // 10, full=sizes.full // 10)
    room.publish(msgspec.structs.replace(room.bundle, policy=replace(AT_ANY_TIME, ramp=tenth)))
    domain = domain_of(room.bundle.brand.sender)
    room.clock.forward(days=9)
    room.brake.go_live("halden", domain=domain)
    room.clock.forward(seconds=READ_SECONDS)
    waiting = [room.intent(room.confirmed(f"p{n}@mail.example")) for n in range(70)]
    days = []
    for _ in range(3):
        done = [room.send.deliver(intent) for intent in waiting]
        waiting = [i for i, r in zip(waiting, done, strict=True) if r.done is Done.HELD]
        assert {r.reason for r in done if r.done is Done.HELD} <= {Reason.RAMP}
        days.append(sum(r.done is Done.ACCEPTED for r in done))
        room.clock.forward(days=1)
    print(f"\nlive at once with 70 people: {days} mails a day")
    assert days == [20, 30, 20]
    took, first = days_for(AUDIENCE, sizes)
    print(f"{AUDIENCE} people: {first} on the first day, {took} days in all")
    assert first == sizes.first_day


def days_for(people: int, sizes: Ramp) -> tuple[int, int]:
    """How many days a ramp takes for so many people, and how many it mails on the first."""
    ramp, sent, days, first = replace(sizes, started="2026-11-23"), 0, 0, 0
    while sent < people:
        now = datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(days=days)
        cap = ramp_cap(ramp, now)
        sent += people if cap is None else cap
        first, days = first or sent, days + 1
    return days, first


def test_going_live_twice_does_not_begin_the_ramp_anew() -> None:
    clock, sendings = Clock(), FakeSendings()
    brake = Brake(sendings=sendings, now=clock)
    first = brake.go_live("halden", domain="halden.example")
    clock.forward(days=30)
    again = brake.go_live("halden", domain="halden.example")
    assert again.first_days == first.first_days == {"halden.example": "2026-03-02"}
