"""What varies in Greenhouse's bodies over the years, and what one of them does not say."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rapport.adapters.ats.greenhouse import ADAPTER
from rapport.domain.ats import AtsEvent, Kind, Stage
from rapport.errors import PoisonError
from tests.support.ats.course import sample
from tests.support.ats.signing import connection

GREENHOUSE = connection("greenhouse")


def body(name: str) -> dict[str, Any]:
    return deepcopy(sample(f"greenhouse/{name}"))


def read(payload: Mapping[str, Any]) -> AtsEvent:
    [event] = ADAPTER.normalise(payload, {}, GREENHOUSE)
    return event


def application(name: str, **changed: object) -> AtsEvent:
    payload = body(name)
    payload["payload"]["application"] |= changed
    return read(payload)


def test_what_a_hire_does_not_carry_is_not_said() -> None:
    event = read(body("hire_candidate"))

    assert not event.present & {"/application/status", "/application/prospect", "/stage"}
    assert event.says("/candidate/can_email")
    # It has no time of its own: it is no older than the latest time in it, and is to be read again.
    assert event.clock == datetime(2014, 11, 25, 22, 49, 14, tzinfo=UTC)
    assert event.needs_refetch


def test_a_changed_candidate_says_nothing_about_marks_that_it_does_not_carry() -> None:
    event = read(body("update_candidate"))

    assert event.present == {
        f"/candidate/{name}"
        for name in ("external", "first", "last", "headline", "emails", "phones", "links", "tags")
    }
    assert event.candidate is not None
    assert (event.candidate.private, event.candidate.can_email) == (None, None)
    assert event.needs_refetch


def test_absent_null_and_empty_are_three_things() -> None:
    payload = body("update_candidate")
    node = payload["payload"]["candidate"]
    del node["first_name"]
    node |= {"title": None, "email_addresses": [], "can_email": None}

    event = read(payload)

    assert not event.says("/candidate/first")
    assert event.says("/candidate/headline")
    assert event.says("/candidate/emails")
    assert event.says("/candidate/can_email")
    assert event.candidate is not None
    assert (event.candidate.emails, event.candidate.can_email) == ((), None)


@pytest.mark.parametrize("strange", [{"value": "x"}, 7, "robin@halden.example", [3], True])
def test_a_value_of_a_strange_type_does_not_pass_for_an_emptied_one(strange: object) -> None:
    payload = body("update_candidate")
    payload["payload"]["candidate"] |= {"tags": 4, "phone_numbers": strange, "is_private": "yes"}

    event = read(payload)

    assert event.candidate is not None
    assert not event.says("/candidate/tags")
    assert not event.says("/candidate/private")
    assert event.says("/candidate/phones") == bool(event.candidate.phones)


@pytest.mark.parametrize(
    ("told", "known"), [(None, ""), ("12a45", "12a45"), (12345, "12345"), (1.5, "")]
)
def test_an_external_id_is_text_whatever_it_was(told: object, known: str) -> None:
    payload = body("update_candidate")
    payload["payload"]["candidate"]["external_id"] = told

    event = read(payload)

    assert event.candidate is not None
    assert event.candidate.external == known


@pytest.mark.parametrize(
    ("place", "known"),
    [
        (None, "Halden office"),
        ("Halden", "Halden"),
        ({"name": "Halden"}, "Halden"),
        ([], "Halden office"),
    ],
)
def test_an_office_is_somewhere_however_its_place_is_written(place: object, known: str) -> None:
    payload = body("job_created")
    payload["payload"]["job"]["offices"] = [{"id": 1, "name": "Halden office", "location": place}]

    assert read(payload).jobs[0].locations == (known,)


@pytest.mark.parametrize("key", ["name", "public_name"])
def test_a_source_has_one_of_two_names(key: str) -> None:
    event = application("candidate_stage_change", source={"id": 3, key: "Careers page"})

    assert event.source is not None
    assert event.source.name == "Careers page"


def test_a_stage_may_be_there_or_null_or_not_told() -> None:
    gone = body("reject_candidate")
    del gone["payload"]["application"]["current_stage"]

    assert application("reject_candidate").stage == Stage(id="2708728", name="Offer")
    null = application("reject_candidate", current_stage=None)
    assert (null.stage, null.says("/stage")) == (None, True)
    assert not read(gone).says("/stage")


def test_a_job_that_is_told_twice_is_one_job() -> None:
    old = body("history/hire_candidate__2018-09-27_9c6a68114")
    assert {"job", "jobs"} <= set(old["payload"]["application"])

    [job] = read(old).jobs

    assert job.id == "323753"
    assert job.opened_at == datetime(2014, 11, 20, 22, 49, 14, tzinfo=UTC)


def test_a_prospect_has_no_stage_and_any_number_of_jobs() -> None:
    jobs = [{"id": 1, "name": "Designer"}, {"id": 2, "name": "Nurse"}]
    some = application("new_prospect_application", jobs=jobs)
    none = application("new_prospect_application", jobs=[])

    assert some.application is not None
    assert some.application.prospect is True
    assert (some.stage, some.says("/stage")) == (None, True)
    assert [job.id for job in some.jobs] == ["1", "2"]
    assert (none.jobs, none.says("/jobs")) == ((), True)


def test_custom_fields_are_kept_if_the_connection_lists_them() -> None:
    payload = body("new_candidate_application")
    payload["payload"]["application"]["candidate"]["custom_fields"] |= {
        "level": {"name": "Level", "type": "single_select", "value": "Senior"},
        "range": {
            "type": "currency_range",
            "value": {"unit": "USD", "min_value": "10.0", "max_value": 20},
        },
        "seasons": {"type": "multi_select", "value": ["Spring", "Autumn"]},
    }
    listed = replace(
        GREENHOUSE, custom_fields=("level", "range", "seasons", "work_remotely", "nil")
    )

    [event] = ADAPTER.normalise(payload, {}, listed)

    assert event.candidate is not None
    assert event.candidate.custom == {
        "level": "Senior",
        "range": "10.0-20 USD",
        "seasons": "Spring, Autumn",
        "work_remotely": "",
    }
    assert read(payload).candidate == replace(event.candidate, custom={})


def test_what_nobody_has_a_name_for_is_told_as_unknown_and_what_concerns_nobody_is_not() -> None:
    unknown = read({"action": "brand new/event\n", "payload": {}})

    assert (unknown.kind, unknown.vendor_event) == (Kind.UNKNOWN, "brand_new_event")
    assert ADAPTER.normalise({"action": "office_deleted", "payload": {}}, {}, GREENHOUSE) == []


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"action": ["hire_candidate"], "payload": {}},
        {"action": "hire_candidate"},
        {"action": "hire_candidate", "payload": []},
        {"action": "hire_candidate", "payload": {"application": [{"id": 1}]}},
        {"action": "merge_candidate", "payload": {"person": {"id": 1}}},
        {"action": "candidate_anonymized", "payload": {"candidate_id": None}},
    ],
)
def test_a_body_without_what_it_is_about_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(PoisonError):
        read(payload)


def test_a_candidate_may_have_no_address() -> None:
    payload = body("new_candidate_application")
    payload["payload"]["application"]["candidate"] |= {"email_addresses": [], "phone_numbers": []}

    event = read(payload)

    assert event.candidate is not None
    assert (event.candidate.id, event.candidate.emails) == ("60304594", ())
