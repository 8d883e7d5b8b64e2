"""Lever: a signature that covers nothing but a token and a time, so that every event is a hint."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rapport.adapters.ats.lever import ADAPTER
from rapport.ats import Outcome, Verdict
from rapport.domain.ats import Kind
from rapport.domain.event import Json
from tests.support.ats.signing import Signed, connection, deliver, lever_body

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEVER = connection("lever")
MOVED: dict[str, Json] = {
    "event": "candidateStageChange",
    "data": {
        "opportunityId": "op-1",
        "candidateId": "ca-1",
        "contactId": "co-1",
        "toStageId": "st-2",
        "fromStageId": "st-1",
    },
}


def judged(sent: Signed, now: datetime = NOW) -> Verdict:
    return ADAPTER.verify(sent.headers, sent.body, LEVER, now)


def altered(sent: Signed, **fields: object) -> Signed:
    return replace(sent, body=json.dumps({**json.loads(sent.body), **fields}).encode())


def test_a_delivery_is_genuine_and_its_token_is_good_once() -> None:
    sent = deliver(LEVER, MOVED, NOW)

    verdict = judged(sent)

    assert verdict.outcome is Outcome.GENUINE
    assert verdict.once == json.loads(sent.body)["token"]


def test_other_data_under_a_captured_signature_has_the_token_that_was_used_up() -> None:
    # The signature does not cover the data: only that its token was seen tells them apart.
    sent = deliver(LEVER, MOVED, NOW)
    forged = altered(sent, event="candidateHired", data={"opportunityId": "op-9"})

    assert judged(forged) == judged(sent)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"token": "another"}, "wrong_signature"),
        ({"triggeredAt": 1}, "wrong_signature"),
        ({"signature": "Ω" * 64}, "wrong_signature"),
        ({"signature": None}, "no_signature"),
        ({"token": None}, "no_signature"),
        ({"triggeredAt": 1.5}, "no_signature"),
        ({"triggeredAt": "yesterday"}, "no_signature"),
    ],
)
def test_what_is_signed_cannot_be_altered(fields: dict[str, object], reason: str) -> None:
    verdict = judged(altered(deliver(LEVER, MOVED, NOW), **fields))

    assert (verdict.outcome, verdict.reason) == (Outcome.FORGED, reason)


def test_a_token_cannot_be_cut_in_another_place() -> None:
    at = int(NOW.timestamp() * 1000)
    raw = lever_body(LEVER, json.dumps(MOVED).encode(), NOW, token="5f3a0")
    again = altered(
        replace(deliver(LEVER, MOVED, NOW), body=raw), token="5f3a", triggeredAt=f"0{at}"
    )

    assert ADAPTER.verify({}, raw, LEVER, NOW).once == "5f3a0"
    assert judged(again).outcome is Outcome.FORGED


@pytest.mark.parametrize("late", [timedelta(days=15), -timedelta(minutes=6)])
def test_a_delivery_of_long_ago_or_of_the_future_is_refused(late: timedelta) -> None:
    assert judged(deliver(LEVER, MOVED, NOW), NOW + late).reason == "stale"


def test_what_somebody_has_sent_again_by_hand_within_two_weeks_is_taken() -> None:
    verdict = judged(deliver(LEVER, MOVED, NOW), NOW + timedelta(days=13))

    assert verdict.outcome is Outcome.GENUINE


def test_each_event_has_a_key_of_its_own() -> None:
    keyed = replace(LEVER, event_secrets={"candidateHired": ("only-hired",)})
    raw = json.dumps({**MOVED, "event": "candidateHired"}).encode()
    theirs = lever_body(keyed, raw, NOW)
    others = lever_body(LEVER, raw, NOW)

    assert ADAPTER.verify({}, theirs, keyed, NOW).outcome is Outcome.GENUINE
    assert ADAPTER.verify({}, others, keyed, NOW).outcome is Outcome.FORGED
    # An event that is not listed is signed with what the connection has for all.
    assert judged(deliver(keyed, MOVED, NOW)).outcome is Outcome.GENUINE


def test_without_any_secret_nothing_can_be_looked_at() -> None:
    bare = replace(LEVER, secrets=("",))

    assert ADAPTER.verify({}, deliver(LEVER, MOVED, NOW).body, bare, NOW).outcome is (
        Outcome.UNPROVEN
    )


def test_an_empty_secret_beside_another_signs_nothing() -> None:
    open_to_all = replace(LEVER, secrets=("", LEVER.secrets[0]))
    forged = lever_body(replace(LEVER, secrets=("",)), json.dumps(MOVED).encode(), NOW)

    assert ADAPTER.verify({}, forged, open_to_all, NOW).outcome is Outcome.FORGED


def test_an_event_is_a_hint_of_which_nothing_but_ids_is_believed() -> None:
    (event,) = ADAPTER.normalise(MOVED, {}, LEVER)

    assert event.kind is Kind.APPLICATION_UPDATED
    assert (event.vendor_event, event.needs_refetch) == ("candidateStageChange", True)
    assert event.application is not None
    assert (event.application.id, event.application.also) == ("op-1", ("ca-1",))
    assert event.candidate is not None
    assert (event.candidate.id, event.candidate.contact) == ("", "co-1")
    assert (event.clock, event.stage, event.from_stage) == (None, None, None)
    assert not event.present


@pytest.mark.parametrize("told", ["candidateHired", "candidateArchiveChange", "candidateDeleted"])
def test_no_end_of_a_candidacy_is_believed_either(told: str) -> None:
    (event,) = ADAPTER.normalise({**MOVED, "event": told}, {}, LEVER)

    assert (event.kind, event.needs_refetch) == (Kind.APPLICATION_UPDATED, True)


def test_a_changed_contact_is_to_be_read() -> None:
    told: dict[str, Json] = {"event": "contactUpdated", "data": {"contactId": "co-1"}}

    (event,) = ADAPTER.normalise(told, {}, LEVER)

    assert (event.kind, event.needs_refetch) == (Kind.CANDIDATE_UPDATED, True)


def test_the_button_that_tries_a_webhook_out_is_a_ping() -> None:
    (event,) = ADAPTER.normalise({"event": "candidateHired", "data": {}}, {}, LEVER)

    assert (event.kind, event.needs_refetch) == (Kind.PING, False)


@pytest.mark.parametrize(
    "told",
    [
        # A name that many integrations invent.
        {"event": "candidateHire", "data": {"opportunityId": "op-1"}},
        {"event": "candidateHired", "data": {"candidateId": "ca-1"}},
        {"event": "candidateHired"},
    ],
)
def test_what_is_not_understood_is_told_as_unknown(told: dict[str, Json]) -> None:
    (event,) = ADAPTER.normalise(told, {}, LEVER)

    assert (event.kind, event.needs_refetch) == (Kind.UNKNOWN, False)
