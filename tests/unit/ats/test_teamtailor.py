"""Teamtailor: the new kind of signature alone, and what its thin resources may tell."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rapport.adapters.ats.teamtailor import ADAPTER
from rapport.ats import Outcome
from rapport.domain.ats import Kind
from rapport.domain.event import Json
from rapport.errors import PoisonError
from tests.support.ats.signing import connection, deliver

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OURS = connection("teamtailor")


def told(event: str, kind: str, **attributes: Json) -> dict[str, Json]:
    return {
        "event_name": event,
        "data": {"id": "17", "type": kind, "attributes": {**attributes}},
    }


def test_a_delivery_is_genuine_for_five_minutes() -> None:
    sent = deliver(OURS, told("candidate.update", "candidates"), NOW)

    def outcome(later: timedelta) -> Outcome:
        return ADAPTER.verify(sent.headers, sent.body, OURS, NOW + later).outcome

    assert outcome(timedelta(minutes=5)) is Outcome.GENUINE
    assert outcome(timedelta(minutes=6)) is Outcome.FORGED
    assert outcome(-timedelta(minutes=6)) is Outcome.FORGED


def test_a_signature_over_the_id_alone_is_refused_and_it_is_said_why() -> None:
    digest = hmac.new(OURS.secrets[0].encode(), b"17", hashlib.sha256).hexdigest()
    legacy = base64.b64encode(digest.encode()).decode()
    body = {"payload": told("candidate.update", "candidates"), "signature": legacy}
    raw = deliver(OURS, body, NOW).body

    for headers in ({"teamtailor-signature": legacy}, {}):
        verdict = ADAPTER.verify(headers, raw, OURS, NOW)
        assert (verdict.outcome, verdict.reason) == (Outcome.FORGED, "signature_of_id_only")


def rewritten(said: str, old: bytes, new: bytes) -> str:
    return base64.b64encode(base64.b64decode(said).replace(old, new)).decode()


MANGLED: dict[str, Callable[[str], str]] = {
    "no ASCII": lambda said: "ключ" + said,
    "cut off": lambda said: said[:-4],
    "another version": lambda said: rewritten(said, b"v2=", b"v1="),
    "something more": lambda said: rewritten(said, b"v2=", b"a=b,v2="),
    # The bits of the last sign that decode to nothing.
    "the same once decoded": lambda said: said[:-2] + chr(ord(said[-2]) + 1) + said[-1],
}


@pytest.mark.parametrize("how", MANGLED)
def test_a_mangled_signature_is_refused(how: str) -> None:
    sent = deliver(OURS, told("candidate.update", "candidates"), NOW)
    headers = {"tt-signature": MANGLED[how](sent.headers["tt-signature"])}

    assert ADAPTER.verify(headers, sent.body, OURS, NOW).reason == "malformed_signature"


def test_without_a_secret_nothing_can_be_looked_at() -> None:
    bare = replace(OURS, secrets=())

    assert ADAPTER.verify({}, b"{}", bare, NOW).outcome is Outcome.UNPROVEN


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("candidate.create", Kind.CANDIDATE_UPDATED),
        ("candidate.destroy", Kind.CANDIDATE_DELETED),
        ("job_application.update", Kind.APPLICATION_UPDATED),
        ("job_application.destroy", Kind.APPLICATION_DELETED),
    ],
)
def test_of_people_nothing_but_the_id_is_taken(event: str, kind: Kind) -> None:
    (made,) = ADAPTER.normalise(told(event, "x", **{"first-name": "Ada"}), {}, OURS)

    assert (made.kind, made.needs_refetch, made.clock) == (kind, True, None)
    assert not made.present
    assert {who.id for who in (made.candidate, made.application) if who} == {"17"}


def test_a_job_that_was_archived_is_closed_at_the_time_that_it_names() -> None:
    body = told(
        "job.update",
        "jobs",
        title="Designer",
        status="archived",
        **{"updated-at": "2026-11-22T22:10:48.705+01:00"},
    )

    # The older kind of webhook wraps the same.
    for each in (body, {"payload": body}):
        (made,) = ADAPTER.normalise(each, {}, OURS)
        assert made.kind is Kind.JOB_CLOSED
        assert made.clock == datetime(2026, 11, 22, 21, 10, 48, 705000, tzinfo=UTC)
        assert (made.jobs[0].id, made.jobs[0].title) == ("17", "Designer")
        assert made.present == {"/jobs"}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("job.create", Kind.JOB_CREATED),
        ("job.destroy", Kind.JOB_DELETED),
        ("nps_response.create", Kind.UNKNOWN),
        ("job.exploded", Kind.UNKNOWN),
    ],
)
def test_other_events_are_told_as_what_they_are(event: str, kind: Kind) -> None:
    (made,) = ADAPTER.normalise(told(event, "x"), {}, OURS)

    assert made.kind is kind


def test_a_resource_without_an_id_is_none() -> None:
    with pytest.raises(PoisonError, match="resource"):
        ADAPTER.normalise({"event_name": "job.update", "data": {}}, {}, OURS)
