"""An application that was started and not sent off: who is reminded, when, and who is not."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from rapport.domain.decision import MailClass, Outcome
from rapport.domain.reasons import Reason
from rapport.domain.run import MAX_WAITING
from tests.support.applicant import JOB, REMINDER, WAIT_HOURS, Applicant
from tests.support.fakes import START
from tests.support.mailroom import ANA, Mailroom

DUE = START + timedelta(hours=WAIT_HOURS)


def test_whoever_starts_an_application_waits_for_one_wake_up() -> None:
    ana = Applicant()
    started = ana.start()
    [run] = started.waits
    assert (run.program, run.occurrence, run.due) == (REMINDER, f"application:{JOB}", DUE)
    assert ana.room.schedules.at == {ana.root: DUE}
    assert (ana.states, ana.room.intents.queue, ana.room.decisions) == (["waiting"], [], [])


def test_a_demo_may_hurry_a_wait() -> None:
    ana = Applicant()
    trigger = replace(ana.room.trigger, wait_divisor=3600)
    trigger.start(ana.started())
    assert ana.alarm == START + timedelta(seconds=20)


def test_a_stranger_is_reminded_and_asked_to_confirm_in_one_mail() -> None:
    ana = Applicant()
    ana.start()
    assert ana.wait().intents
    [mail] = ana.deliver()
    [decision] = ana.room.decisions
    assert (decision.outcome, decision.mail_class) == (Outcome.SEND, MailClass.CONFIRMATION)
    assert mail.to == ANA
    for part in (mail.text, mail.html):
        assert "Ward Nurse" in part
        assert "https://careers.halden.example/jobs/1" in part
        assert "/f/confirm?t=" in part
        assert "I agree that Halden Clinics" in part
        assert "/u/" not in part
    assert "List-Unsubscribe" not in dict(mail.headers)


def test_a_reminder_to_a_stranger_repeats_nothing_that_a_browser_said() -> None:
    ana = Applicant()
    ana.room.person(ANA, first_name="Buy", job_category="cheap-pills")
    ana.start()
    ana.wait()
    [mail] = ana.deliver()
    assert not {w for w in ("Buy", "cheap-pills") if w in mail.text + mail.html + mail.subject}


def test_somebody_who_agreed_is_reminded_by_name_and_can_unsubscribe() -> None:
    ana = Applicant(confirmed=True)
    ana.start()
    ana.wait()
    [mail] = ana.deliver()
    assert "Hello Ana" in mail.text
    assert "/f/confirm" not in mail.text + mail.html
    assert "List-Unsubscribe" in dict(mail.headers)
    assert ana.room.reasons == ["consented"]


def test_confirming_through_the_reminder_is_consent_and_brings_no_second_one() -> None:
    ana = Applicant()
    ana.start()
    ana.wait()
    [mail] = ana.deliver()
    token = mail.text.partition("/f/confirm?t=")[2].split()[0]
    _, new = ana.room.engage.confirm(token)
    assert new
    assert ana.room.book.addresses[ana.root].confirmed_at is not None
    again = replace(ana.room.decisions[0].intent)
    ana.room.send.deliver(again)
    assert len(ana.room.mails) == 1


def test_an_address_that_was_asked_today_is_not_reminded_as_well() -> None:
    ana = Applicant()
    ana.room.send.deliver(ana.room.intent(ana.person))
    ana.start()
    ana.wait()
    assert not ana.deliver()
    assert ana.room.reasons == ["confirmation", "confirmation_recent"]


def test_two_applications_of_a_stranger_bring_one_mail_a_day() -> None:
    ana = Applicant()
    ana.start("1")
    ana.start("2")
    ana.wait()
    assert len(ana.deliver()) == 1
    assert ana.room.reasons == ["confirmation", "confirmation_recent"]


def test_somebody_who_agreed_is_reminded_once_a_week_whatever_is_started_in_their_name() -> None:
    ana = Applicant(confirmed=True)
    ana.room.jobs(*(f"Nurse {number}" for number in range(9)))
    days = []
    for day in range(9):
        ana.start(str(day + 1))
        ana.wait(24)
        days += [day for _ in ana.deliver()]
    assert days == [0, 7]
    assert {mail.tags["class"] for mail in ana.room.mails} == {"marketing"}
    assert set(ana.room.reasons) == {"consented", "reminded_recently"}


def test_a_submission_ends_the_wait_and_the_hold_says_so() -> None:
    ana = Applicant()
    ana.start()
    ana.room.clock.forward(hours=2)
    assert ana.submit().holds == (Reason.APPLICATION_SUBMITTED,)
    assert (ana.states, ana.room.schedules.at) == (["cancelled"], {})
    [held] = ana.room.decisions
    assert held.intent.fact.name == "ApplicationStarted"
    assert "2026-03-02 11:00 UTC" in held.gates[-1].detail
    assert not ana.wait().intents


def test_a_submission_ends_only_the_wait_for_its_own_job() -> None:
    ana = Applicant()
    ana.start("1")
    ana.room.clock.forward(hours=1)
    ana.start("2")
    ana.submit("1")
    assert sorted(ana.states) == ["cancelled", "waiting"]
    assert ana.alarm == DUE + timedelta(hours=1)


def test_a_submission_that_the_profile_has_no_room_for_ends_the_wait_for_its_reason() -> None:
    ana = Applicant()
    ana.start()
    ana.room.trigger.start(
        ana.room.fact(ana.person, name="ApplicationSubmitted", job=JOB),
    )
    assert ana.room.reasons == ["application_submitted"]
    assert not ana.room.decisions[0].gates[-1].passed


@pytest.mark.parametrize("origin", ["import", "backfill"])
def test_a_submission_that_is_told_late_ends_the_wait_too(origin: str) -> None:
    ana = Applicant()
    ana.start()
    ana.room.trigger.start(ana.submitted(origin=origin))
    assert ana.states == ["cancelled"]


def test_whoever_submitted_before_the_start_is_heard_of_does_not_wait() -> None:
    ana = Applicant()
    started = ana.started()
    ana.submit()
    assert ana.room.trigger.start(started).holds == (Reason.APPLICATION_SUBMITTED,)
    assert not ana.states


def test_a_submission_that_nobody_told_trigger_of_is_seen_on_waking() -> None:
    ana = Applicant()
    ana.start()
    ana.submitted()
    assert ana.wait().holds == (Reason.APPLICATION_SUBMITTED,)


def test_a_submission_between_waking_and_sending_is_seen_by_send() -> None:
    ana = Applicant()
    ana.start()
    ana.wait()
    ana.submit()
    assert not ana.deliver()
    assert ana.room.reasons == ["application_submitted"]


def test_a_job_that_closed_or_vanished_meanwhile_is_not_reminded_of() -> None:
    ana = Applicant()
    ana.start("1")
    ana.start("made-up")
    ana.room.book.jobs[0] = replace(ana.room.book.jobs[0], open=False)
    assert sorted(ana.wait().holds) == [Reason.JOB_CLOSED, Reason.JOB_UNKNOWN]
    assert not ana.room.intents.queue


def test_a_job_that_closes_while_the_mail_is_queued_is_not_reminded_of() -> None:
    ana = Applicant()
    ana.start()
    ana.wait()
    ana.room.book.jobs[0] = replace(ana.room.book.jobs[0], open=False)
    assert not ana.deliver()
    assert ana.room.reasons == ["job_closed"]


def test_an_application_for_no_job_starts_no_wait() -> None:
    ana = Applicant()
    assert ana.start("").holds == (Reason.JOB_UNKNOWN,)
    assert not ana.states


@pytest.mark.parametrize("origin", ["import", "backfill", "merge", "rebuild", "rules"])
def test_only_what_happens_now_starts_a_wait(origin: str) -> None:
    ana = Applicant()
    assert ana.room.trigger.start(ana.started(origin=origin)).holds == (Reason.NOT_LIVE,)
    assert not ana.states


def test_an_application_is_waited_with_once_however_often_it_is_started() -> None:
    ana = Applicant()
    ana.start()
    ana.room.clock.forward(hours=3)
    ana.start()
    assert (ana.states, ana.alarm) == (["waiting"], DUE)
    ana.wait()
    ana.deliver()
    assert not ana.start().waits
    assert ana.states == ["woken"]
    assert not ana.room.schedules.at


def test_a_person_waits_for_at_most_so_many_applications_at_a_time() -> None:
    ana = Applicant()
    for number in range(MAX_WAITING):
        assert ana.start(f"job-{number}").waits
    for number in range(3):
        assert ana.start(f"more-{number}").holds == (Reason.TOO_MANY_WAITING,)
    assert len(ana.states) == MAX_WAITING
    ana.submit("job-0")
    assert ana.start("one-more").waits


def test_everything_is_judged_again_on_waking() -> None:
    ana = Applicant()
    ana.start()
    wanted = f'person.applications["{JOB}"].step >= 2'
    ana.room.playbook(lambda p: msgspec.structs.replace(p, when=wanted))
    assert ana.wait().holds == (Reason.CONDITION_NOT_MET,)
    ana = Applicant()
    ana.start()
    ana.room.publish(msgspec.structs.replace(ana.room.bundle, playbooks=()))
    assert ana.wait().holds == (Reason.PROGRAM_UNKNOWN,)
    ana = Applicant()
    ana.start()
    assert ana.wait(24 * 4).holds == (Reason.STALE,)


def test_an_application_that_is_heard_of_when_it_is_due_is_answered_at_once() -> None:
    ana = Applicant()
    fact = ana.started()
    ana.room.clock.forward(hours=WAIT_HOURS + 1)
    assert ana.room.trigger.start(fact).intents
    assert (ana.states, ana.room.schedules.at) == (["woken"], {})


def test_nobody_who_cannot_be_written_to_is_written_to() -> None:
    room = Mailroom()
    ana = Applicant(room)
    ana.browse_as("browser")
    ana.start()
    ana.wait()
    assert not ana.deliver()
    assert room.reasons == ["address_missing"]
