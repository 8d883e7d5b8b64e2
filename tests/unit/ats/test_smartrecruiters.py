"""SmartRecruiters: the vendor's own vector, the activation, and bodies that have ids alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rapport.adapters.ats.smartrecruiters import ADAPTER
from rapport.ats import Connection, Outcome
from rapport.domain.ats import AtsJob, Kind
from tests.support.ats.signing import connection, deliver

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OURS = connection("smartrecruiters")
TOLD = {
    "event-id": "ev-1",
    "event-name": "application.status.updated",
    "event-version": "v201910",
    "link": '<https://api.smartrecruiters.com/candidates/ca-1/jobs/jo-1>; rel="self"',
}
BODY = b'{"job_id":"jo-1","candidate_id":"ca-1"}'
# What its documentation shows; the body as it is printed there, with a space, does not verify.
PUBLISHED = Connection(name="sr", vendor="smartrecruiters", secrets=("HeBVky2bccvvkcXPimH8c",))
PUBLISHED_AT = datetime.fromtimestamp(1574080897, UTC)
PUBLISHED_BODY = b'{"job_id":"jid","candidate_id":"cid"}'
PUBLISHED_HEADERS = {
    "smartrecruiters-timestamp": "1574080897",
    "smartrecruiters-signature": (
        "v1=2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f"
    ),
    "event-id": "123",
    "event-name": "application.created",
    "event-version": "v201910",
    "link": "<http://smartrecruiters.com/endpoint>; rel=self",
}


def test_the_published_vector_verifies() -> None:
    verdict = ADAPTER.verify(PUBLISHED_HEADERS, PUBLISHED_BODY, PUBLISHED, PUBLISHED_AT)

    assert verdict.outcome is Outcome.GENUINE


@pytest.mark.parametrize("name", sorted({*PUBLISHED_HEADERS} - {"smartrecruiters-signature"}))
def test_every_header_that_is_signed_counts(name: str) -> None:
    headers = {**PUBLISHED_HEADERS, name: PUBLISHED_HEADERS[name] + "1"}
    less = {key: said for key, said in PUBLISHED_HEADERS.items() if key != name}

    for told in (headers, less):
        verdict = ADAPTER.verify(told, PUBLISHED_BODY, PUBLISHED, PUBLISHED_AT)
        assert (verdict.outcome, verdict.reason) == (Outcome.FORGED, "wrong_signature")


def test_the_body_with_a_space_more_does_not_verify() -> None:
    body = PUBLISHED_BODY.replace(b",", b", ")

    verdict = ADAPTER.verify(PUBLISHED_HEADERS, body, PUBLISHED, PUBLISHED_AT)

    assert verdict.outcome is Outcome.FORGED


def test_a_header_that_was_not_sent_counts_as_empty() -> None:
    told = {"event-id": "ev-1", "event-name": "candidate.updated"}
    sent = deliver(OURS, b'{"id":"ca-1"}', NOW, told)

    assert ADAPTER.verify(sent.headers, sent.body, OURS, NOW).outcome is Outcome.GENUINE


def test_any_of_several_signatures_will_do_while_a_key_is_being_replaced() -> None:
    sent = deliver(OURS, BODY, NOW, TOLD)
    newest = replace(OURS, secrets=(OURS.secrets[1],))
    stranger = replace(OURS, secrets=("somebody-else",))

    assert sent.headers["smartrecruiters-signature"].count("v1=") == 2
    assert ADAPTER.verify(sent.headers, sent.body, newest, NOW).outcome is Outcome.GENUINE
    assert ADAPTER.verify(sent.headers, sent.body, stranger, NOW).outcome is Outcome.FORGED


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (timedelta(hours=26), Outcome.GENUINE),  # the last of its tries
        (timedelta(days=4), Outcome.FORGED),
        (-timedelta(minutes=6), Outcome.FORGED),
    ],
)
def test_a_delivery_is_good_for_as_long_as_it_may_be_tried_again(
    later: timedelta, outcome: Outcome
) -> None:
    sent = deliver(OURS, BODY, NOW, TOLD)

    assert ADAPTER.verify(sent.headers, sent.body, OURS, NOW + later).outcome is outcome


def test_an_activation_hears_its_secret_again_before_any_secret_is_known() -> None:
    headers = {"x-hook-secret": "Zk3-one.two"}

    verdict = ADAPTER.verify(headers, b"", replace(OURS, secrets=()), NOW)
    reply = ADAPTER.reply(verdict, headers, b"")

    assert verdict.outcome is Outcome.HANDSHAKE
    assert (reply.status, reply.headers) == (200, {"X-Hook-Secret": "Zk3-one.two"})


@pytest.mark.parametrize("said", ["a\r\nset-cookie: b", "ключ", "x" * 300, " "])
def test_nothing_is_sent_back_that_fits_no_header(said: str) -> None:
    verdict = ADAPTER.verify({"x-hook-secret": said}, b"", OURS, NOW)

    assert (verdict.outcome, verdict.reason) == (Outcome.FORGED, "no_signature")


def test_a_delivery_is_answered_with_202_alone() -> None:
    sent = deliver(OURS, BODY, NOW, TOLD)
    verdict = ADAPTER.verify(sent.headers, sent.body, OURS, NOW)

    assert ADAPTER.reply(verdict, sent.headers, sent.body).status == 202


def test_a_candidacy_is_called_by_its_candidate_and_its_job_and_is_to_be_read() -> None:
    (event,) = ADAPTER.normalise({"job_id": "jo-1", "candidate_id": "ca-1"}, TOLD, OURS)

    assert (event.kind, event.needs_refetch) == (Kind.APPLICATION_UPDATED, True)
    assert event.application is not None
    assert event.application.id == "ca-1/jo-1"
    assert event.candidate is not None
    assert event.candidate.id == "ca-1"
    assert event.jobs == (AtsJob(id="jo-1"),)
    assert event.vendor_event_id == "ev-1"
    assert event.notes == {"link": "https://api.smartrecruiters.com/candidates/ca-1/jobs/jo-1"}
    assert not event.present


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("candidate.created", Kind.CANDIDATE_UPDATED),
        ("candidate.deleted", Kind.CANDIDATE_DELETED),
        ("job.status.updated", Kind.JOB_UPDATED),
        ("review.created", Kind.UNKNOWN),
        ("application.created", Kind.UNKNOWN),  # without the ids of either
    ],
)
def test_what_an_id_alone_is_of_is_told_by_the_name_of_the_event(name: str, kind: Kind) -> None:
    (event,) = ADAPTER.normalise({"id": "id-1"}, {"event-name": name}, OURS)

    assert event.kind is kind
    assert event.needs_refetch is (kind is not Kind.UNKNOWN)
