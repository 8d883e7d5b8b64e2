"""A delivery that only names something changes nothing, and has it read each time that it comes."""

from dataclasses import replace

import pytest

from rapport.adapters.ats import adapter_for
from rapport.ats import Refetch
from rapport.domain import names
from rapport.domain.event import Json
from tests.support.ats.desk import AtsDesk
from tests.support.ats.signing import connection

PEOPLE: Json = {"opportunityId": "op-1", "candidateId": "ca-1", "contactId": "co-1"}
SMART = {"event-name": "application.created"}


@pytest.mark.parametrize(
    ("vendor", "body", "headers", "kind", "ident"),
    [
        ("lever", {"event": "candidateHired", "data": PEOPLE}, {}, "applications", "op-1"),
        ("lever", {"event": "contactUpdated", "data": PEOPLE}, {}, "candidates", "co-1"),
        (
            "smartrecruiters",
            {"candidate_id": "ca-1", "job_id": "jo-1"},
            SMART,
            "applications",
            "ca-1/jo-1",
        ),
        (
            "teamtailor",
            {"event_name": "candidate.update", "data": {"id": "17"}},
            {},
            "candidates",
            "17",
        ),
        (
            "kombo",
            {
                "type": "data-changed",
                "data": {"integration_id": "in-1", "changed_models": [{"name": "ats_candidates"}]},
            },
            {},
            "candidates",
            "",
        ),
        (
            "merge",
            {"hook": {"event": "Application.synced"}, "linked_account": {"id": "ac-1"}},
            {},
            "applications",
            "",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value else None,
)
def test_a_hint_has_something_read_and_writes_nothing_however_often_it_comes(
    vendor: str, body: dict[str, Json], headers: dict[str, str], kind: str, ident: str
) -> None:
    ours, desk = connection(vendor), AtsDesk()
    events = adapter_for(vendor).normalise(body, headers, ours)

    for _ in range(2):
        taken = desk.tell(*events, connection=ours)
        assert taken.refetches == (Refetch(connection=ours.name, kind=kind, id=ident),)
        assert (taken.news, taken.candidates) == (0, ())

    assert desk.events() == []


def test_nobody_waits_for_an_answer_of_an_api_that_is_not_read() -> None:
    # What its `api` says is which account it is, and no more.
    ours, desk = replace(connection("merge"), api={"linked_account_id": "ac-1"}), AtsDesk()
    body: dict[str, Json] = {
        "hook": {"event": "Candidate.removed"},
        "linked_account": {"id": "ac-1"},
        "data": {"id": "me-1"},
    }

    desk.tell(*adapter_for("merge").normalise(body, {}, ours), connection=ours)

    assert len(desk.events(names.ERASURE_REQUESTED)) == 1
