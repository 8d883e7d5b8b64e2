"""Huntflow: who went where, in both versions of its bodies, and what ends a candidacy."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rapport.adapters.ats.huntflow import ADAPTER
from rapport.ats import Outcome
from rapport.domain.ats import Kind, Reason, Stage, Status, Told
from rapport.domain.event import Json
from tests.support.ats.huntflow import AT, CLOCK, OURS, VACANCY, first, one, second
from tests.support.ats.signing import deliver

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_delivery_is_signed_over_its_body_and_one_without_a_signature_is_refused() -> None:
    sent = deliver(OURS, second("COMMENT"), NOW)

    assert ADAPTER.verify(sent.headers, sent.body, OURS, NOW).outcome is Outcome.GENUINE
    assert ADAPTER.verify(sent.headers, sent.body + b" ", OURS, NOW).reason == "wrong_signature"
    # A webhook that was set up without a secret sends none.
    assert ADAPTER.verify({}, sent.body, OURS, NOW).reason == "no_signature"
    assert ADAPTER.verify({}, sent.body, replace(OURS, secrets=()), NOW).outcome is Outcome.UNPROVEN


@pytest.mark.parametrize("version", [first, second])
def test_either_version_tells_who_went_where_and_when(
    version: Callable[..., dict[str, Json]],
) -> None:
    event = one(version("STATUS", vacancy=VACANCY, status={"id": 3, "name": "Интервью"}))

    assert event.kind is Kind.APPLICATION_STAGE_CHANGED
    assert event.stage == Stage(id="3", name="Интервью")
    assert (event.clock, event.told) == (CLOCK, Told.VENDOR_EVENT)
    assert event.vendor_event == "APPLICANT.STATUS"
    assert event.candidate is not None
    assert event.candidate.id == "41"
    assert event.application is not None
    assert (event.application.id, event.application.status) == ("41/9", Status.ACTIVE)
    (job,) = event.jobs
    assert (job.id, job.title, job.status) == ("9", "Инженер", "open")
    assert (job.locations, job.departments) == (("Москва",), ("Разработка",))
    assert job.opened_at is None  # a day is no time
    assert event.actor is not None
    assert (event.actor.name, event.actor.kind) == ("Recruiter", "user")
    assert {"/stage", "/jobs", "/candidate/first"} <= event.present
    assert not event.says("/application/reason")
    assert not event.needs_refetch


@pytest.mark.parametrize(
    ("log", "kind", "status"),
    [
        ({"status": {"id": 5, "type": "trash"}}, Kind.APPLICATION_REJECTED, Status.REJECTED),
        ({"status": {"id": 5, "type": "hired"}}, Kind.APPLICATION_HIRED, Status.HIRED),
        ({"rejection_reason": {"id": 4}}, Kind.APPLICATION_REJECTED, Status.REJECTED),
        ({"hired_in_fill_quota": {"id": 9}}, Kind.APPLICATION_HIRED, Status.HIRED),
        ({"status": {"id": 88}}, Kind.APPLICATION_WITHDRAWN, Status.WITHDRAWN),
        ({"status": {"id": 5, "type": "user"}}, Kind.APPLICATION_STAGE_CHANGED, Status.ACTIVE),
        # A day on which somebody might begin is no hire.
        (
            {"status": {"id": 5}, "employment_date": "2026-12-01"},
            Kind.APPLICATION_STAGE_CHANGED,
            Status.ACTIVE,
        ),
    ],
)
def test_a_stage_that_ends_a_candidacy_is_known_by_its_kind_or_by_the_connection(
    log: dict[str, Json], kind: Kind, status: Status
) -> None:
    ours = replace(OURS, stages={"88": "withdrawn", "3": "interview"})

    (event,) = ADAPTER.normalise(second("STATUS", "ADD", vacancy=VACANCY, **log), {}, ours)

    assert event.kind is kind
    assert event.application is not None
    assert event.application.status is status
    assert event.says("/application/status")
    # One change is one: a candidacy that ends does not go to another stage as well.
    assert (event.stage is None) is (status is not Status.ACTIVE)
    assert event.says("/stage") is (status is Status.ACTIVE)


def test_a_comment_on_a_candidacy_that_ended_shows_its_end_and_no_stage() -> None:
    ended: Json = {"id": 5, "name": "Отказ"}
    reason: Json = {"id": 4, "name": "Другой кандидат"}

    event = one(second("COMMENT", vacancy=VACANCY, status=ended, rejection_reason=reason))

    assert (event.kind, event.stage) == (Kind.APPLICATION_UPDATED, None)
    assert event.application is not None
    assert event.application.status is Status.REJECTED


def test_a_reason_is_kept_and_a_note_is_not() -> None:
    reason: Json = {"id": 4, "name": "Другой кандидат"}

    event = one(second("STATUS", vacancy=VACANCY, rejection_reason=reason))

    assert event.application is not None
    assert event.application.reason == Reason(id="4", text="Другой кандидат")
    assert "Хороший" not in repr(event)
    assert "300 000" not in repr(event)


def test_somebody_new_may_come_with_a_candidacy_or_without() -> None:
    alone = ADAPTER.normalise(second("ADD"), {}, OURS)
    both = ADAPTER.normalise(second("ADD", vacancy=VACANCY), {}, OURS)
    later = one(second("VACANCY-ADD", vacancy=VACANCY))

    assert [event.kind for event in alone] == [Kind.CANDIDATE_CREATED]
    assert [event.kind for event in both] == [Kind.CANDIDATE_CREATED, Kind.APPLICATION_CREATED]
    assert later.kind is Kind.APPLICATION_CREATED
    assert later.application is not None
    assert later.application.applied_at == CLOCK


def test_a_comment_shows_where_a_candidacy_is_and_an_appointment_is_noted() -> None:
    calendar: Json = {
        "id": 2,
        "event_type": "interview",
        "status": "confirmed",
        "start": "2026-11-25T12:00:00+03:00",
        "description": "не для архива",
        "attendees": [{"email": "boss@employer.example"}],
    }
    body = second(
        "COMMENT", vacancy=VACANCY, status={"id": 3, "name": "Интервью"}, calendar_event=calendar
    )

    shown, noted = ADAPTER.normalise(body, {}, OURS)

    assert (shown.kind, shown.stage) == (
        Kind.APPLICATION_UPDATED,
        Stage(id="3", name="Интервью"),
    )
    assert noted.kind is Kind.INTERVIEW
    assert noted.notes == {
        "what": "interview",
        "id": "2",
        "status": "confirmed",
        "start": "2026-11-25T12:00:00+03:00",
    }


@pytest.mark.parametrize(("action", "changes"), [("DELETE", {}), ("EDIT", {"status": {"from": 1}})])
def test_an_entry_that_was_taken_out_or_put_right_is_to_be_read_again(
    action: str, changes: dict[str, Json]
) -> None:
    body = second("STATUS", action=action, vacancy=VACANCY, status={"id": 3, "type": "hired"})

    event = one({**body, "changes": {"applicant_log": changes}})

    assert (event.kind, event.needs_refetch) == (Kind.APPLICATION_UPDATED, True)
    assert (event.stage, event.clock) == (None, None)
    assert not event.present


def test_a_note_that_was_put_right_changes_nothing_of_the_step_that_it_was_about() -> None:
    body = second("STATUS", action="EDIT", vacancy=VACANCY, status={"id": 3, "name": "Интервью"})
    told = second("STATUS", vacancy=VACANCY, status={"id": 3, "name": "Интервью"})

    assert one({**body, "changes": {"applicant_log": {"comment": {"from": "x"}}}}) == one(told)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("CREATED", Kind.JOB_CREATED),
        ("CLOSED", Kind.JOB_CLOSED),
        ("HOLD", Kind.JOB_UPDATED),
        ("EDIT", Kind.JOB_UPDATED),
    ],
)
def test_a_vacancy_is_told_by_either_version(state: str, kind: Kind) -> None:
    meta: Json = {"event_type": "VACANCY", "version": "2.0", "webhook_action": "ADD"}
    log: Json = {"id": 27, "created": AT, "state": state}
    two: dict[str, Json] = {"event": {"vacancy": VACANCY, "vacancy_log": log}, "meta": meta}
    only: dict[str, Json] = {"event": {"vacancy": VACANCY, "type": state, "created": AT}}

    for body in (two, only):
        event = one(body)
        assert (event.kind, event.clock, event.candidate) == (kind, CLOCK, None)
        assert event.present == {"/jobs"}
