"""The demo's deliveries: signed and shaped as Greenhouse's, as the adapter itself sees them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local import ats
from local.ats import Applicant, Delivery
from local.feed import jobs
from rapport.adapters.ats.greenhouse import ADAPTER
from rapport.ats import Connection, Outcome
from rapport.domain.ats import Kind, Speaks

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "support" / "ats" / "samples" / "greenhouse"
CONNECTED = Connection(
    name=ats.NAME, vendor="greenhouse", secrets=("s",), stages=ats.STAGES, speaks=ats.SPEAKS
)
WHO = Applicant(
    first="Nora",
    last="Nygaard",
    email="nora@inbox.halden.example",
    job=jobs()[0],
    candidate=57_001,
    application=48_001,
    applied_at=NOW,
)
TOLD = {
    "new_candidate_application": (WHO.told(ats.REVIEW), Kind.APPLICATION_CREATED),
    "candidate_stage_change": (WHO.told(ats.INTERVIEW), Kind.APPLICATION_STAGE_CHANGED),
    "reject_candidate": (WHO.rejected(), Kind.APPLICATION_REJECTED),
    "hire_candidate": (WHO.hired(), Kind.APPLICATION_HIRED),
}


def _verdict(delivered: Delivery) -> Outcome:
    headers = {name.lower(): value for name, value in delivered.headers.items()}
    return ADAPTER.verify(headers, delivered.body, CONNECTED, NOW).outcome


@pytest.mark.parametrize("action", TOLD)
def test_each_event_of_the_day_is_what_the_adapter_takes_it_for(action: str) -> None:
    payload, kind = TOLD[action]
    delivered = ats.delivery(CONNECTED, action, payload)
    assert _verdict(delivered) is Outcome.GENUINE
    [event] = ADAPTER.normalise(json.loads(delivered.body), delivered.headers, CONNECTED)
    assert event.kind is kind
    assert event.clock is not None
    assert event.jobs[0].id == WHO.job.internal


@pytest.mark.parametrize("action", [name for name in TOLD if name != "reject_candidate"])
def test_nothing_is_told_that_greenhouse_does_not_tell(action: str) -> None:
    sample = json.loads((SAMPLES / f"{action}.json").read_bytes())["payload"]
    assert _paths(TOLD[action][0]) <= _paths(sample)


def test_a_delivery_of_somebody_without_the_secret_is_forged() -> None:
    forger = replace(CONNECTED, secrets=("a guess",))
    assert _verdict(ats.delivery(forger, "hire_candidate", WHO.hired())) is Outcome.FORGED


def test_rapport_speaks_of_the_interview_and_the_ats_of_all_else() -> None:
    assert CONNECTED.speaker("interview") is Speaks.RAPPORT
    assert {CONNECTED.speaker(name) for name in ("received", "offer", "hired")} == {Speaks.ATS}


def _paths(value: Any, at: str = "") -> set[str]:
    """The places of an object, of lists those of their first element."""
    match value:
        case dict():
            below = {f"{at}.{key}".lstrip("."): each for key, each in value.items()}
            return set(below).union(*(_paths(each, place) for place, each in below.items()))
        case [first, *_]:
            return _paths(first, f"{at}[]")
        case _:
            return set()
