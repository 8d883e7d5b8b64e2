"""Merge: its copy of an ATS was brought up to date, or one entity of it changed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rapport.adapters.ats.merge import ADAPTER
from rapport.ats import Outcome
from rapport.domain.ats import Kind
from rapport.domain.event import Json
from rapport.errors import PoisonError
from tests.support.ats.signing import connection, deliver

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OURS = connection("merge")


def told(
    event: str, data: Json = None, *, account: str = "ac-1", category: str = "ats"
) -> dict[str, Json]:
    return {
        "hook": {"id": "ho-1", "event": event, "target": "https://rapport.example"},
        "linked_account": {"id": account, "integration": "Ashby", "category": category},
        "data": data,
    }


def test_the_signature_may_be_padded_or_not() -> None:
    sent = deliver(OURS, told("Candidate.synced"), NOW)
    signature = sent.headers["x-merge-webhook-signature"]

    assert signature.endswith("=")
    for said, outcome in [
        (signature, Outcome.GENUINE),
        (signature.removesuffix("="), Outcome.GENUINE),
        (signature + "=", Outcome.FORGED),
        (signature.swapcase(), Outcome.FORGED),
        ("", Outcome.FORGED),
    ]:
        headers = {"x-merge-webhook-signature": said}
        assert ADAPTER.verify(headers, sent.body, OURS, NOW).outcome is outcome


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        ("Candidate.synced", [Kind.CANDIDATE_UPDATED]),
        ("JobInterviewStage.synced", [Kind.APPLICATION_UPDATED]),
        (
            "LinkedAccount.synced",
            [Kind.JOB_UPDATED, Kind.CANDIDATE_UPDATED, Kind.APPLICATION_UPDATED],
        ),
    ],
)
def test_after_a_synchronisation_all_of_a_kind_is_to_be_read(event: str, kinds: list[Kind]) -> None:
    events = ADAPTER.normalise(told(event, {"sync_status": {"status": "DONE"}}), {}, OURS)

    assert [each.kind for each in events] == kinds
    assert all(each.needs_refetch and not each.present for each in events)
    assert all(each.candidate is None and each.application is None for each in events)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("Candidate.changed", Kind.CANDIDATE_UPDATED),
        ("Candidate.removed", Kind.CANDIDATE_DELETED),
        ("Application.added", Kind.APPLICATION_UPDATED),
        ("Application.removed", Kind.APPLICATION_DELETED),
        ("Job.changed", Kind.JOB_UPDATED),
    ],
)
def test_an_entity_that_changed_is_to_be_read_by_its_id(event: str, kind: Kind) -> None:
    body = told(event, {"id": "me-1", "first_name": "Ada", "remote_was_deleted": True})

    (made,) = ADAPTER.normalise(body, {}, OURS)

    assert (made.kind, made.needs_refetch) == (kind, True)
    whose = [each.id for each in (made.candidate, made.application, *made.jobs) if each]
    assert whose == ["me-1"]
    assert not made.present


def test_an_interview_that_changed_says_of_no_candidacy_and_so_all_are_to_be_read() -> None:
    (made,) = ADAPTER.normalise(told("ScheduledInterview.changed", {"id": "in-1"}), {}, OURS)

    assert (made.kind, made.application) == (Kind.APPLICATION_UPDATED, None)


def test_another_linked_account_is_not_ours_and_neither_is_another_category() -> None:
    ours = replace(OURS, api={"linked_account_id": "ac-1"})

    assert ADAPTER.normalise(told("Candidate.synced", account="ac-2"), {}, ours) == []
    assert ADAPTER.normalise(told("Employee.synced", category="hris"), {}, ours) == []
    assert len(ADAPTER.normalise(told("Candidate.synced"), {}, ours)) == 1


@pytest.mark.parametrize("event", ["LinkedAccount.deleted", "Issue.created", "Candidate.changed"])
def test_what_is_not_understood_is_told_as_unknown(event: str) -> None:
    (made,) = ADAPTER.normalise(told(event), {}, OURS)

    assert made.kind is Kind.UNKNOWN


@pytest.mark.parametrize("body", [{}, {"hook": {"event": "Candidate.synced"}}])
def test_what_names_no_event_or_no_account_is_none_of_its_deliveries(body: dict[str, Json]) -> None:
    with pytest.raises(PoisonError):
        ADAPTER.normalise(body, {}, OURS)
