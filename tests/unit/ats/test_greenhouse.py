"""Greenhouse's deliveries: what its own examples, of many years, are read as."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rapport.adapters.ats.greenhouse import ADAPTER
from rapport.ats import Outcome
from rapport.domain.ats import AtsEvent, AtsJob, Kind, Source, Stage, Status, Told
from rapport.errors import PoisonError
from tests.support.ats.course import SAMPLES, sample
from tests.support.ats.signing import connection, deliver

GREENHOUSE = connection("greenhouse")
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
# The examples of webhooks, and what each tells; the others are of its API and its job board.
KINDS: Mapping[str, Kind] = {
    "candidate_anonymized": Kind.CANDIDATE_ANONYMIZED,
    "candidate_stage_change": Kind.APPLICATION_STAGE_CHANGED,
    "delete_candidate": Kind.CANDIDATE_DELETED,
    "hire_candidate": Kind.APPLICATION_HIRED,
    "job_created": Kind.JOB_CREATED,
    "job_post_updated": Kind.POST_UNPUBLISHED,
    "merge_candidate": Kind.CANDIDATE_MERGED,
    "new_candidate_application": Kind.APPLICATION_CREATED,
    "new_prospect_application": Kind.APPLICATION_CREATED,
    "offer_created": Kind.OFFER,
    "reject_candidate": Kind.APPLICATION_REJECTED,
    "update_candidate": Kind.CANDIDATE_UPDATED,
    "zulip_ping": Kind.PING,
    "application_updated": Kind.APPLICATION_UPDATED,
    "job_updated": Kind.JOB_UPDATED,
    "unhire_candidate": Kind.APPLICATION_UNHIRED,
    "unreject_candidate": Kind.APPLICATION_REOPENED,
}
OF_OTHER_THINGS = ("harvest_", "jobboard_")


def body(name: str) -> dict[str, Any]:
    return deepcopy(sample(f"greenhouse/{name}"))


def read(payload: Mapping[str, Any]) -> AtsEvent:
    [event] = ADAPTER.normalise(payload, {}, GREENHOUSE)
    return event


def application(name: str, **changed: object) -> AtsEvent:
    payload = body(name)
    payload["payload"]["application"] |= changed
    return read(payload)


def test_every_example_that_greenhouse_ever_published_is_read() -> None:
    parsed, refused, told = 0, 0, {}
    for path in sorted((SAMPLES / "greenhouse").rglob("*.json")):
        if path.name.startswith(OF_OTHER_THINGS):
            continue
        payload = json.loads(path.read_bytes())
        parsed += 1
        try:
            [event] = ADAPTER.normalise(payload, {}, GREENHOUSE)
        except PoisonError:
            refused += 1
            continue
        told[path.stem] = event.kind
    print(f"greenhouse: samples parsed {parsed}, normalised {len(told)}, refused {refused}")

    assert refused == 0
    assert {name.partition("__")[0] for name in told} == set(KINDS)
    assert told == {name: KINDS[name.partition("__")[0]] for name in told}


def test_a_stage_change_says_where_the_application_went_and_when() -> None:
    event = application("candidate_stage_change")

    assert event.stage == Stage(id="71416", name="Assessment")
    assert event.from_stage is None
    assert event.clock == datetime(2015, 2, 9, 16, 38, 36, tzinfo=UTC)
    assert (event.told, event.needs_refetch) == (Told.ENTITY_UPDATED, False)
    assert event.application is not None
    assert (event.application.id, event.application.status) == ("265277", Status.ACTIVE)
    assert event.source == Source(id="31", name="Agency", credited_to="Ada Lacey")
    assert event.candidate is not None
    assert (event.candidate.id, event.candidate.external) == ("265772", "241b399ce4b0fd1c84e5528d")
    [address] = event.candidate.emails
    assert address.kind == "personal"
    [job] = event.jobs
    assert (job.id, job.post, job.title, job.status) == ("3485", "553282", "Designer", "open")


@pytest.mark.parametrize(
    ("kind", "told", "by", "status"),
    [
        ("They rejected us", Kind.APPLICATION_WITHDRAWN, "candidate", Status.WITHDRAWN),
        ("We rejected them", Kind.APPLICATION_REJECTED, "org", Status.REJECTED),
        ("Wrong skill set", Kind.APPLICATION_REJECTED, "other", Status.REJECTED),
        (None, Kind.APPLICATION_REJECTED, "", Status.REJECTED),
    ],
)
def test_who_ended_it_makes_a_rejection_or_a_withdrawal(
    kind: str | None, told: Kind, by: str, status: Status
) -> None:
    why = {"id": 14, "name": "Not now", "type": {"id": 2, "name": kind}}
    event = application("reject_candidate", rejection_reason=why)

    assert event.kind is told
    assert event.application is not None
    assert event.application.reason is not None
    assert (event.application.reason.by, event.application.status) == (by, status)


def test_a_rejection_without_a_last_activity_is_told_by_its_own_time() -> None:
    event = application("reject_candidate", last_activity_at=None)

    assert event.clock == datetime(2015, 2, 11, 15, 50, 41, tzinfo=UTC)
    assert (event.told, event.needs_refetch) == (Told.VENDOR_EVENT, False)


def test_of_a_merge_the_person_is_the_one_who_ended() -> None:
    event = read(body("merge_candidate"))

    assert event.candidate is not None
    assert (event.candidate.id, event.candidate.merged_into) == ("37031511", "457456")
    assert (event.candidate.can_email, event.candidate.first) == (False, "")
    # The candidate's first day, which is the only time in it, is not when they were merged.
    assert (event.clock, event.told, event.needs_refetch) == (None, Told.RECEIVED, True)


@pytest.mark.parametrize("name", ["merge_candidate", "delete_candidate"])
def test_whoever_is_going_closes_mail_and_never_opens_it(name: str) -> None:
    closing, opening = body(name), body(name)
    closing["payload"]["person"] |= {"can_email": False, "is_private": True}
    opening["payload"]["person"] |= {"can_email": True, "is_private": False}

    closed, opened = read(closing), read(opening)

    assert closed.candidate is not None
    assert (closed.candidate.can_email, closed.candidate.private) == (False, True)
    assert {"/candidate/can_email", "/candidate/private"} <= closed.present
    assert opened.candidate is not None
    assert (opened.candidate.can_email, opened.candidate.private) == (None, None)
    assert not {"/candidate/can_email", "/candidate/private"} & opened.present


@pytest.mark.parametrize("key", ["deleted_application_ids", "application_ids"])
def test_a_deleted_candidate_takes_their_applications_along(key: str) -> None:
    payload = body("delete_candidate")
    node = payload["payload"]["person"]
    node[key] = node.pop("deleted_application_ids")

    event = read(payload)

    assert event.application is not None
    assert event.application.deleted == ("46196263", "46196258")
    # It may as well be a merge that nobody has a webhook for.
    assert event.needs_refetch


def test_a_deleted_application_names_its_candidate_and_its_job() -> None:
    node = {"id": 46194062, "candidate_id": 37031511, "job_id": 371417, "prospect": False}
    event = read({"action": "delete_application", "payload": {"application": node}})

    assert event.kind is Kind.APPLICATION_DELETED
    assert event.candidate is not None
    assert event.candidate.id == "37031511"
    assert event.jobs == (AtsJob(id="371417"),)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"live": True}, Kind.POST_PUBLISHED),
        ({"live": False}, Kind.POST_UNPUBLISHED),
        ({"live": True, "external": False}, Kind.POST_UNPUBLISHED),
        ({"live": None}, Kind.POST_UPDATED),
    ],
)
def test_a_job_post_is_on_the_air_or_off(changed: dict[str, object], told: Kind) -> None:
    payload = body("job_post_updated")
    payload["payload"] |= changed

    event = read(payload)

    assert event.kind is told
    assert (event.jobs[0].id, event.jobs[0].post) == ("1842002", "1813002")


def test_a_post_without_a_job_is_one_for_prospects() -> None:
    payload = body("job_post_updated")
    del payload["payload"]["job_id"]
    node = {"action": "job_post_deleted", "payload": {"job_post": payload["payload"]}}

    assert (read(payload).jobs[0].id, read(payload).jobs[0].post) == ("", "1813002")
    assert read(node).kind is Kind.POST_DELETED


def test_an_offer_is_noted_at_its_application_wherever_it_stands() -> None:
    flat = body("offer_created")
    nested = {"action": "offer_deleted", "payload": {"offer": flat["payload"]}}

    for payload, status in ((flat, "accepted"), (nested, "deleted")):
        event = read(payload)
        assert event.application is not None
        assert event.application.id == "234556"
        assert event.notes == {"what": "offer", "id": "12345", "status": status, "version": "1"}


def test_a_closed_job_is_closed() -> None:
    payload = body("history/job_updated__2019-07-02_4e933f758")
    payload["payload"]["job"]["status"] = "closed"

    assert read(payload).kind is Kind.JOB_CLOSED


def test_the_signature_is_over_the_bytes_with_their_escapes() -> None:
    raw = (SAMPLES / "greenhouse/zulip_ping.json").read_bytes()
    assert rb"\/" in raw
    signed = deliver(GREENHOUSE, raw, NOW)
    written_anew = json.dumps(json.loads(raw)).encode()

    genuine = ADAPTER.verify(signed.headers, signed.body, GREENHOUSE, NOW)
    altered = ADAPTER.verify(signed.headers, written_anew, GREENHOUSE, NOW)

    assert genuine.outcome is Outcome.GENUINE
    assert (altered.outcome, altered.reason) == (Outcome.FORGED, "wrong_signature")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "no_signature"),
        ("sha256=%s", "malformed_signature"),
        ("%s", "malformed_signature"),
        ("sha256 ", "malformed_signature"),
        ("sha256 é", "wrong_signature"),
    ],
)
def test_a_signature_of_another_form_is_refused(header: str, reason: str) -> None:
    signed = deliver(GREENHOUSE, b"{}", NOW)
    digest = signed.headers["signature"].removeprefix("sha256 ")
    headers = {**signed.headers, "signature": header.replace("%s", digest)}

    verdict = ADAPTER.verify(headers, signed.body, GREENHOUSE, NOW)

    assert (verdict.outcome, verdict.reason) == (Outcome.FORGED, reason)


def test_without_a_secret_nothing_is_proven_and_nothing_refused_for_good() -> None:
    signed = deliver(GREENHOUSE, b"{}", NOW)

    verdict = ADAPTER.verify(signed.headers, signed.body, replace(GREENHOUSE, secrets=()), NOW)

    assert verdict.outcome is Outcome.UNPROVEN
    assert ADAPTER.reply(verdict, {}, b"").status == 200
