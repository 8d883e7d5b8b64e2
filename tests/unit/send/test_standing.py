"""What may stop a mail for a while, and what becomes of its slot: SES, the day, the hour."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest

from functions.send.flow import LEASE, Done
from rapport.domain.address import SendState
from rapport.domain.decision import Delivery, Outcome
from rapport.domain.policy import Policy, QuietHours, Ramp
from rapport.domain.run import waiting
from rapport.errors import RetryableError
from rapport.mailing.around import sending_domain
from rapport.ports import NotSent
from rapport.sending import Refusal, day_of, ramp_cap
from tests.support.fakes import START
from tests.support.mailroom import ANA, AT_ANY_TIME, Mailroom


def with_policy(room: Mailroom, **changes: object) -> None:
    policy: Policy = replace(AT_ANY_TIME, **changes)  # type: ignore[arg-type]
    room.publish(msgspec.structs.replace(room.bundle, policy=policy))


def ledger(room: Mailroom) -> int:
    return len(room.book.addresses[room.ref(ANA)].ledger)


def quiet_until(room: Mailroom, hour: int) -> None:
    hours = QuietHours(
        starts=time(6),
        ends=time(hour),
        days_off=frozenset(),
        narrow_starts=time(6),
        narrow_ends=time(hour),
        spread=timedelta(),
    )
    with_policy(room, quiet=hours)


def test_a_mail_of_the_night_waits_for_the_morning_as_a_run_of_its_person() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    quiet_until(room, 11)
    result = room.send.deliver(intent)
    [decision] = room.decisions
    [run] = waiting(room.runs.rows.values())
    assert (result.done, decision.outcome, room.mails) == (Done.HELD, Outcome.HOLD, [])
    assert run.due == decision.until == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert room.schedules.at == {run.subject: run.due}
    # A second delivery changes nothing, a later hold for the same reason is a decision of its own.
    room.send.deliver(intent)
    assert len(room.decisions) == 1
    quiet_until(room, 12)
    room.send.deliver(intent)
    assert [d.reason for d in room.decisions] == [decision.reason] * 2
    room.clock.forward(hours=3)
    assert room.send.deliver(intent).done is Done.ACCEPTED


@pytest.mark.parametrize("why", [Refusal.PAUSED, Refusal.QUOTA])
def test_ses_that_takes_no_mail_is_told_once_and_the_mail_waits(why: Refusal) -> None:
    room = Mailroom()
    intent, other = (
        room.intent(room.confirmed()),
        room.intent(room.confirmed("bo@inbox.halden.example")),
    )
    room.mailer.answers = [NotSent(code="NotNow", again=True, why=why)]
    assert room.send.deliver(intent).done is Done.HELD
    assert room.record().state is SendState.RETRY
    assert ledger(room) == 0
    assert room.send.deliver(other).done is Done.HELD
    assert room.calls.count("mailer.submit") == 1


def test_while_a_domain_is_warmed_up_a_day_has_so_many_mails() -> None:
    room = Mailroom()
    with_policy(room, ramp=Ramp(started="2026-03-01", first_day=2, factor=1.0, full=100))
    people = [room.confirmed(f"p{n}@inbox.halden.example") for n in range(4)]
    done = [room.send.deliver(room.intent(person)).done for person in people]
    assert done == [*[Done.ACCEPTED] * 3, Done.HELD]
    domain, day = sending_domain(room.bundle), day_of(START)
    assert room.counts.mails == {(domain, day): 3}
    [held] = [d for d in room.decisions if d.outcome is Outcome.HOLD]
    assert held.until is not None
    assert held.until >= datetime(2026, 3, 3, tzinfo=UTC)
    assert (
        room.send.deliver(room.intent(room.person("new@inbox.halden.example"))).done
        is Done.ACCEPTED
    )


def test_the_last_mail_of_the_day_is_taken_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Mailroom()
    with_policy(room, ramp=Ramp(started="2026-03-02", first_day=1, factor=2.0, full=100))
    taken = room.counts.take

    def somebody_else_first(domain: str, day: str, *, most: int) -> bool:
        taken(domain, day, most=most)
        return taken(domain, day, most=most)

    monkeypatch.setattr(room.counts, "take", somebody_else_first)
    assert room.send.deliver(room.intent(room.confirmed())).done is Done.HELD
    assert not room.mails
    assert not room.book.sends


@pytest.mark.parametrize(
    ("days", "cap"), [(-3, 200), (0, 200), (1, 300), (2, 450), (13, 38_893), (14, None)]
)
def test_the_ramp_grows_day_by_day_until_the_domain_is_warm(days: int, cap: int | None) -> None:
    now = datetime(2026, 3, 2, 23, 59, tzinfo=UTC) + timedelta(days=days)
    assert ramp_cap(Ramp(started=date(2026, 3, 2).isoformat()), now) == cap
    assert ramp_cap(Ramp(), now) is None


def test_what_ses_refuses_for_good_gives_its_slot_back() -> None:
    room = Mailroom()
    room.mailer.answers = [NotSent(code="MessageRejected", again=False)]
    room.send.deliver(room.intent(room.confirmed()))
    assert (room.record().state, ledger(room)) == (SendState.FAILED, 0)


def test_what_is_tried_again_has_one_slot_in_the_end() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    for _ in range(3):
        room.mailer.answers = [NotSent(code="Away", again=True, why=Refusal.UNREACHABLE)]
        with pytest.raises(RetryableError):
            room.send.deliver(intent)
        assert ledger(room) == 0
    assert room.send.deliver(intent).done is Done.ACCEPTED
    assert ledger(room) == 1


def test_a_claim_whose_mail_is_not_wanted_any_more_gives_its_slot_back() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.send.deliver(intent)
    record = room.record()
    room.book.sends[record.send_key] = replace(record, state=SendState.CLAIMED)
    room.send_mode("off")
    room.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert room.send.deliver(intent).done is Done.DROPPED
    assert (room.record().state, ledger(room)) == (SendState.RETRY, 0)


def test_a_mail_that_may_have_left_and_is_dropped_keeps_its_slot() -> None:
    room = Mailroom()
    intent = room.intent(room.confirmed())
    room.send.deliver(intent)
    record = room.record()
    room.book.sends[record.send_key] = replace(record, state=SendState.RETRY, doubtful=True)
    room.send_mode("off")
    assert room.send.deliver(intent).done is Done.DROPPED
    assert (room.record().state, ledger(room)) == (SendState.LOST, 1)


def test_a_second_copy_says_that_it_may_be_one() -> None:
    room = Mailroom()
    templates = tuple(
        msgspec.structs.replace(t, delivery=Delivery.AT_LEAST_ONCE.value)
        for t in room.bundle.templates
    )
    room.publish(msgspec.structs.replace(room.bundle, templates=templates))
    intent = room.intent(room.confirmed())
    room.send.deliver(intent)
    record = room.record()
    assert record.delivery is Delivery.AT_LEAST_ONCE
    room.book.sends[record.send_key] = replace(record, state=SendState.RETRY, doubtful=True)
    room.send.deliver(intent)
    told = [event.body["properties"] for event in room.logged("Mail Submitted")]
    assert [isinstance(t, dict) and "possible_duplicate" in t for t in told] == [False, True]
    assert ledger(room) == 1


def test_a_record_names_what_the_mail_was_made_of() -> None:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    record = room.record()
    [decision] = room.decisions
    assert record.contents == decision.contents
    assert record.contents.template_version
    assert (record.tracked, record.contents.consent) == (False, "c_1")
    [entry] = room.book.addresses[room.ref(ANA)].ledger
    assert (entry.counted, entry.topic) == (True, record.topic)
    assert entry.blocks == record.contents.blocks
