"""Kombo: something changed in the ATS behind it, and what is to be read again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rapport.adapters.ats.kombo import ADAPTER
from rapport.ats import Outcome
from rapport.domain.ats import Kind
from rapport.domain.event import Json
from rapport.errors import PoisonError
from tests.support.ats.signing import connection, deliver

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OURS = connection("kombo")


def changed(*models: str, integration: str = "in-1") -> dict[str, Json]:
    return {
        "id": "wh-1",
        "type": "data-changed",
        "data": {
            "integration_id": integration,
            "integration_tool": "greenhouse",
            "integration_category": "ATS",
            "changed_models": [{"name": model} for model in models],
        },
    }


def test_the_signature_has_no_padding() -> None:
    sent = deliver(OURS, changed("ats_jobs"), NOW)
    padded = {"x-kombo-signature": sent.headers["x-kombo-signature"] + "="}

    assert ADAPTER.verify(sent.headers, sent.body, OURS, NOW).outcome is Outcome.GENUINE
    assert ADAPTER.verify(padded, sent.body, OURS, NOW).outcome is Outcome.FORGED
    assert ADAPTER.verify({}, sent.body, OURS, NOW).reason == "no_signature"
    assert ADAPTER.verify(sent.headers, sent.body, replace(OURS, secrets=()), NOW).outcome is (
        Outcome.UNPROVEN
    )


def test_each_kind_that_changed_is_to_be_read_once_and_none_is_named() -> None:
    body = changed("ats_applications", "ats_candidates", "ats_offers", "ats_users")

    events = ADAPTER.normalise(body, {}, OURS)

    assert [event.kind for event in events] == [Kind.APPLICATION_UPDATED, Kind.CANDIDATE_UPDATED]
    for event in events:
        assert event.needs_refetch
        assert (event.candidate, event.application, event.jobs, event.clock) == (
            None,
            None,
            (),
            None,
        )
        assert not event.present
        assert event.vendor_event_id == "wh-1"


def test_what_changed_in_no_ats_is_nobodys_candidacy() -> None:
    assert ADAPTER.normalise(changed("hris_employees", "lms_users"), {}, OURS) == []


def test_another_integration_of_the_same_account_is_not_ours() -> None:
    ours = replace(OURS, api={"integration_id": "in-1"})

    assert ADAPTER.normalise(changed("ats_jobs", integration="in-2"), {}, ours) == []
    assert len(ADAPTER.normalise(changed("ats_jobs"), {}, ours)) == 1


def test_other_webhooks_are_told_as_unknown() -> None:
    (event,) = ADAPTER.normalise({"id": "wh-2", "type": "assessment:order-received"}, {}, OURS)

    assert (event.kind, event.vendor_event) == (Kind.UNKNOWN, "assessment_order-received")


@pytest.mark.parametrize(
    "body", [{}, {"type": "data-changed"}, {"type": "data-changed", "data": 3}]
)
def test_what_names_no_event_or_no_integration_is_none_of_its_deliveries(
    body: dict[str, Json],
) -> None:
    with pytest.raises(PoisonError):
        ADAPTER.normalise(body, {}, OURS)
