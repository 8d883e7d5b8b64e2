"""Ashby's deliveries, in the shape of its published schemas: no genuine body of it is public."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rapport.adapters.ats.ashby import ADAPTER
from rapport.ats import Outcome
from rapport.domain.ats import AtsEvent, Contact, Kind, Reason, Stage, Status
from rapport.errors import PoisonError
from tests.support.ats.ashby_courses import COURSES, Ashby
from tests.support.ats.signing import connection, deliver

ASHBY = connection("ashby")
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def read(payload: Mapping[str, Any]) -> AtsEvent:
    [event] = ADAPTER.normalise(payload, {}, ASHBY)
    return event


def told(*actions: str, **how: Any) -> list[AtsEvent]:
    """The events of one doing with an application."""
    course = Ashby(1)
    course.application(*actions, **how)
    return [read(json.loads(delivery.body)) for delivery in course.deliveries]


def test_every_delivery_of_the_courses_is_read() -> None:
    bodies = [each.body for course in COURSES for each in course(1).deliveries]
    events = [read(json.loads(body)) for body in bodies]
    print(
        f"ashby: payloads in the shape of its schemas parsed {len(bodies)}, "
        f"normalised {len(events)}, refused 0"
    )

    assert Kind.UNKNOWN not in {event.kind for event in events}


def test_a_stage_change_says_where_the_application_went_and_when() -> None:
    [event] = told("candidateStageChange", stage=Ashby.ONSITE)

    assert event.kind is Kind.APPLICATION_STAGE_CHANGED
    assert event.stage is not None
    assert event.stage == Stage(id=event.stage.id, name="Onsite", kind="Active", order=2)
    assert (event.clock, event.needs_refetch) == (Ashby(1).now, False)
    assert event.candidate is not None
    address = "robin1001@ashby-course.example"
    assert event.candidate.emails == (Contact(value=address, kind="personal", primary=True),)
    assert event.jobs[0].post
    assert event.present == {
        "/candidate/full",
        "/candidate/emails",
        "/application/status",
        "/application/prospect",
        "/application/applied_at",
        "/stage",
        "/jobs",
    }


def test_a_hire_comes_as_three_deliveries_of_one_doing_with_one_clock() -> None:
    events = told(
        "candidateHire",
        "applicationUpdate",
        "candidateStageChange",
        stage=Ashby.HIRED,
        status="Hired",
    )

    assert [event.kind for event in events] == [
        Kind.APPLICATION_HIRED,
        Kind.APPLICATION_UPDATED,
        Kind.APPLICATION_STAGE_CHANGED,
    ]
    assert len({event.vendor_event_id for event in events}) == 1
    assert len({event.clock for event in events}) == 1
    assert {event.application and event.application.status for event in events} == {Status.HIRED}


@pytest.mark.parametrize(
    ("reason", "status", "by"),
    [
        ("RejectedByCandidate", Status.WITHDRAWN, "candidate"),
        ("RejectedByOrg", Status.REJECTED, "org"),
        ("Other", Status.ARCHIVED, "other"),
    ],
)
def test_who_archived_an_application_says_how_it_stands(
    reason: str, status: Status, by: str
) -> None:
    [event] = told("applicationUpdate", status="Archived", reason=reason)

    # An update of an archived application is no second rejection: it shows how things stand.
    assert event.kind is Kind.APPLICATION_UPDATED
    assert event.application is not None
    assert event.application.status is status
    assert event.application.reason is not None
    assert event.application.reason == Reason(id=event.application.reason.id, text="Not now", by=by)
    assert event.application.rejected_at == event.clock
    # It may have been either, before it was archived.
    assert not event.says("/application/prospect")


def test_a_lead_is_a_prospect_until_it_is_active() -> None:
    lead, active = told("applicationSubmit", status="Lead") + told("applicationUpdate")

    assert lead.application is not None
    assert (lead.application.prospect, lead.application.status) == (True, Status.ACTIVE)
    assert active.application is not None
    assert active.application.prospect is False


def test_a_status_that_nobody_knows_yet_is_not_told() -> None:
    [event] = told("applicationUpdate", status="Dormant")

    assert event.application is not None
    assert event.application.status is None
    assert not event.says("/application/status")


def test_a_merge_names_who_ended_and_who_goes_on() -> None:
    data = {"deletedCandidate": {"id": "a"}, "mergedCandidate": {"id": "b"}}
    event = read({"action": "candidateMerge", "data": data})

    assert event.candidate is not None
    assert (event.candidate.id, event.candidate.merged_into) == ("a", "b")
    assert (event.clock, event.needs_refetch) == (None, True)


def test_a_deleted_candidate_is_to_be_looked_for() -> None:
    event = read({"action": "candidateDelete", "data": {"candidate": {"id": "a"}}})

    assert (event.kind, event.needs_refetch) == (Kind.CANDIDATE_DELETED, True)


def test_a_delivery_without_an_action_id_is_read_like_any_other() -> None:
    course = Ashby(1)
    course.application("applicationSubmit")
    payload = json.loads(course.deliveries[0].body)
    named = read(payload)
    del payload["webhookActionId"]

    assert read(payload) == replace(named, vendor_event_id="")


@pytest.mark.parametrize(
    ("status", "kind"),
    [("Open", Kind.JOB_UPDATED), ("Closed", Kind.JOB_CLOSED), ("Archived", Kind.JOB_CLOSED)],
)
def test_a_job_that_is_closed_or_archived_is_closed(status: str, kind: Kind) -> None:
    job = {
        "id": "j",
        "title": "Nurse",
        "confidential": False,
        "status": status,
        "customRequisitionId": "R-7",
        "jobPostingIds": ["p"],
        "updatedAt": "2026-05-04T09:00:00.000Z",
    }
    event = read({"action": "jobUpdate", "data": {"job": job}})

    assert (event.kind, event.clock) == (kind, NOW)
    assert (event.jobs[0].post, event.jobs[0].requisition) == ("p", "R-7")


def test_a_posting_that_is_not_listed_is_not_offered_to_anybody() -> None:
    posting = {"id": "p", "jobId": "j", "title": "Nurse", "locationName": "Halden"}
    listed = read({"action": "jobPostingPublish", "data": {"jobPosting": posting}})
    hidden = read(
        {"action": "jobPostingPublish", "data": {"jobPosting": posting | {"isListed": False}}}
    )

    assert (listed.kind, hidden.kind) == (Kind.POST_PUBLISHED, Kind.POST_UNPUBLISHED)
    assert (listed.jobs[0].id, listed.jobs[0].locations) == ("j", ("Halden",))


def test_offers_and_interviews_are_noted_at_their_application() -> None:
    offer = {"id": "o", "applicationId": "a", "acceptanceStatus": "Accepted", "offerStatus": None}
    meeting = {"id": "i", "applicationId": "a", "status": "Scheduled", "interviewStageId": "s"}
    events = [
        read({"action": "offerUpdate", "data": {"offer": offer}}),
        read({"action": "offerDelete", "data": {"offer": {"id": "o", "applicationId": "a"}}}),
        read({"action": "interviewScheduleCreate", "data": {"interviewSchedule": meeting}}),
    ]

    assert [(event.notes["what"], event.notes["status"]) for event in events] == [
        ("offer", "Accepted"),
        ("offer", "deleted"),
        ("interview", "Scheduled"),
    ]
    assert all(event.application and event.application.id == "a" for event in events)


def test_the_answers_of_a_survey_are_not_even_kept() -> None:
    submission = {"id": "s", "surveyType": "Diversity", "submittedValues": {"q": "private"}}

    data = {"action": "surveySubmit", "data": {"surveySubmission": submission}}

    assert ADAPTER.normalise(json.loads(json.dumps(data)), {}, ASHBY) == []


def test_a_ping_and_a_new_event_are_told_apart() -> None:
    assert read({"action": "ping", "data": {"webhookActionType": "ping"}}).kind is Kind.PING
    assert read({"action": "candidateArchive", "data": {}}).kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"action": "applicationUpdate", "data": {}},
        {"action": "applicationUpdate", "data": {"application": [{"id": "a"}]}},
        {"action": "candidateMerge", "data": {"deletedCandidate": {"id": "a"}}},
    ],
)
def test_a_body_without_what_it_is_about_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(PoisonError):
        read(payload)


@pytest.mark.parametrize(
    ("header", "reason"),
    [("", "no_signature"), ("sha256 %s", "malformed_signature"), ("sha256=é", "wrong_signature")],
)
def test_a_signature_of_another_form_is_refused(header: str, reason: str) -> None:
    signed = deliver(ASHBY, b"{}", NOW)
    digest = signed.headers["ashby-signature"].removeprefix("sha256=")
    headers = {**signed.headers, "ashby-signature": header.replace("%s", digest)}

    verdict = ADAPTER.verify(headers, signed.body, ASHBY, NOW)

    assert (verdict.outcome, verdict.reason) == (Outcome.FORGED, reason)


def test_a_secret_is_insisted_on_although_ashby_does_not() -> None:
    bare = replace(ASHBY, secrets=())

    assert ADAPTER.verify({}, b"{}", bare, NOW).outcome is Outcome.UNPROVEN
