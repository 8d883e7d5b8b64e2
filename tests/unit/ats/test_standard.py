"""Canonical events from any system: the signature of Standard Webhooks, and the published form."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest

from rapport.adapters.ats import adapter_for, standard_form
from rapport.adapters.ats.standard import ADAPTER, delivery, key_of, schema
from rapport.ats import Connection, Outcome
from rapport.domain.ats import AtsEvent, Contact, Kind, Stage, Told
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError, PoisonError
from tests.support.ats.course import sample
from tests.support.ats.histories import histories
from tests.support.ats.signing import Signed, connection, deliver

IN_HOUSE = connection("standard")
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def envelope(kind: str = "application.stage_changed", **data: object) -> dict[str, Any]:
    told = data or {"application": {"id": "a-1"}, "stage": {"id": "onsite"}}
    return {
        "specversion": "1.0",
        "id": "event-1",
        "type": f"crm.ats.{kind}",
        "source": "https://ats.halden.example",
        "time": "2026-05-04T11:00:00+02:00",
        "data": told,
    }


def read(payload: dict[str, Json], to: Connection = IN_HOUSE) -> AtsEvent:
    [event] = ADAPTER.normalise(payload, {}, to)
    return event


def outcome(signed: Signed, at: datetime = NOW, to: Connection = IN_HOUSE) -> tuple[Outcome, str]:
    verdict = ADAPTER.verify(signed.headers, signed.body, to, at)
    return verdict.outcome, verdict.reason


def test_the_vector_that_the_specification_publishes_is_genuine() -> None:
    vector = sample("standards/standard_webhooks_vector")
    signed = Signed(
        headers={
            "webhook-id": vector["msg_id"],
            "webhook-timestamp": str(vector["timestamp"]),
            "webhook-signature": vector["signature"],
        },
        body=vector["payload"].encode(),
    )
    to = Connection(name="in-house", vendor="standard", secrets=(vector["secret"],))

    at = datetime.fromtimestamp(vector["timestamp"], UTC)

    assert outcome(signed, at, to) == (Outcome.GENUINE, "")


def test_one_of_several_signatures_is_enough() -> None:
    signed = deliver(IN_HOUSE, {}, NOW)
    genuine = signed.headers["webhook-signature"]

    def with_signature(value: str) -> Signed:
        return replace(signed, headers={**signed.headers, "webhook-signature": value})

    assert outcome(with_signature(f"v1a,AAAA v1,BBBB {genuine}"))[0] is Outcome.GENUINE
    assert outcome(with_signature("v1a,AAAA v1,BBBB")) == (Outcome.FORGED, "wrong_signature")
    # The same bytes as another algorithm's signature prove nothing.
    assert outcome(with_signature(genuine.replace("v1,", "v1a,"))) == (
        Outcome.FORGED,
        "no_v1_signature",
    )


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (timedelta(minutes=5), (Outcome.GENUINE, "")),
        (timedelta(minutes=5, seconds=1), (Outcome.FORGED, "stale_timestamp")),
        (timedelta(minutes=-5), (Outcome.GENUINE, "")),
        (timedelta(minutes=-6), (Outcome.FORGED, "stale_timestamp")),
        (timedelta(days=365), (Outcome.FORGED, "stale_timestamp")),
    ],
    ids=["5 min", "later", "5 min early", "earlier", "a year"],
)
def test_a_delivery_is_good_for_five_minutes(
    late: timedelta, expected: tuple[Outcome, str]
) -> None:
    assert outcome(deliver(IN_HOUSE, {}, NOW), NOW + late) == expected


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1e9", "٣٣", "9" * 12, "9" * 40])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    signed = deliver(IN_HOUSE, {}, NOW, {"webhook-timestamp": stamp})

    assert outcome(signed)[0] is Outcome.FORGED


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "é"])
def test_a_secret_that_is_none_proves_nothing(secret: str) -> None:
    assert key_of(secret) is None
    signed = deliver(IN_HOUSE, {}, NOW)
    bare = replace(IN_HOUSE, secrets=(secret,))

    assert outcome(signed, to=bare) == (Outcome.UNPROVEN, "bad_secret")
    with pytest.raises(MisconfiguredError):
        delivery(read(envelope()), source="/rapport", ident="1", secret=secret, at=NOW)


def test_what_rapport_sends_is_genuine_to_rapport() -> None:
    event = read(envelope())

    headers, body = delivery(
        event, source="/rapport", ident="event-1", secret=IN_HOUSE.secrets[0], at=NOW
    )

    assert outcome(Signed(headers=headers, body=body)) == (Outcome.GENUINE, "")
    assert read(json.loads(body)) == event


def test_an_event_is_what_it_says_and_no_more() -> None:
    event = read(
        envelope(
            candidate={
                "id": "c-1",
                "emails": [{"value": "robin@halden.example"}],
                "headline": None,
            },
            application={"id": "a-1", "status": "active"},
            stage={"id": "onsite", "name": "Onsite"},
            from_stage={"id": "screen"},
            jobs=[],
            source=None,
        )
    )

    assert (event.kind, event.told) == (Kind.APPLICATION_STAGE_CHANGED, Told.VENDOR_EVENT)
    assert (event.clock, event.needs_refetch) == (NOW, False)
    assert (event.stage, event.from_stage) == (
        Stage(id="onsite", name="Onsite"),
        Stage(id="screen"),
    )
    assert event.candidate is not None
    assert event.candidate.emails == (Contact(value="robin@halden.example"),)
    assert event.present == {
        "/candidate/emails",
        "/candidate/headline",
        "/application/status",
        "/stage",
        "/from_stage",
        "/jobs",
        "/source",
    }


def test_without_a_time_the_latest_in_it_counts_and_it_is_to_be_read_again() -> None:
    payload = envelope(application={"id": "a-1", "applied_at": "2026-05-01T00:00:00Z"})
    del payload["time"]

    event = read(payload)

    assert event.clock == datetime(2026, 5, 1, tzinfo=UTC)
    assert (event.told, event.needs_refetch) == (Told.ENTITY_UPDATED, True)


def test_custom_fields_are_kept_if_the_connection_lists_them() -> None:
    payload = envelope("candidate.updated", candidate={"id": "c", "custom": {"a": "1", "b": "2"}})

    event = read(payload, replace(IN_HOUSE, custom_fields=("b",)))

    assert event.candidate is not None
    assert event.candidate.custom == {"b": "2"}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"specversion": "0.3"}, "$.specversion"),
        ({"id": ""}, "$.id"),
        ({"time": "2026-05-04T09:00:00"}, "$.time"),
        ({"data": []}, "$.data"),
        ({"data": {"candidate": {"id": 7}}}, "$.data.candidate.id"),
        ({"data": {"application": {"id": "a", "status": "robin"}}}, "$.data.application.status"),
        ({"data": {"application": {"id": "a"}, "jobs": [{"id": "j"}, 3]}}, "$.data.jobs[1]"),
        ({"data": {"application": {"id": "a", "applied_at": "2026-05-04T09:00:00"}}}, "zone"),
        ({"data": {"application": {"id": "a", "hired_at": "9999-12-31T23:59:00-14:00"}}}, "beyond"),
        ({"data": {"candidate": {"id": "c"}}}, "data.application.id"),
        ({"type": "crm.ats.candidate.merged", "data": {"candidate": {"id": "c"}}}, "merged_into"),
        ({"type": "crm.ats.job_post.published", "data": {"jobs": [{"id": "j"}]}}, "jobs[0].post"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_of_the_form_is_refused_by_its_place_and_not_by_what_stands_there(
    changed: dict[str, object], place: str
) -> None:
    with pytest.raises(PoisonError) as refused:
        read(envelope() | changed)

    assert place in str(refused.value)
    assert "robin" not in str(refused.value)


def test_a_type_that_nobody_knows_is_unknown_whatever_else_it_is() -> None:
    told = read({"type": "com.example.someevent", "data": "text"})

    assert (told.kind, told.vendor_event) == (Kind.UNKNOWN, "com.example.someevent")


def test_whatever_a_vendor_told_can_be_told_in_the_published_form() -> None:
    told = [
        event
        for history in histories()
        for each in history.deliveries
        for event in adapter_for(each.vendor).normalise(
            json.loads(each.body), each.headers, history.connection
        )
    ]
    same = 0
    for event in told:
        written = json.loads(standard_form.encode(event, source="/rapport", ident="1"))
        jsonschema_rs.validate(schema(), written)
        copy = standard_form.decode(written)
        same += _what(event) == _what(copy) and event.present == copy.present
    print(f"canonical events written and read again: {same} of {len(told)} the same")

    assert same == len(told) > 60


def _what(event: AtsEvent) -> AtsEvent:
    """An event without how it was told."""
    return replace(
        event, vendor_event="", vendor_event_id="", told=Told.RECEIVED, needs_refetch=False
    )


def test_the_schema_takes_what_is_taken_and_refuses_what_is_refused() -> None:
    jsonschema_rs.meta.validate(schema())
    emptied = envelope("candidate.updated", candidate={"id": "c", "full": None, "emails": None})
    jsonschema_rs.validate(schema(), emptied)
    assert read(emptied).says("/candidate/full")

    for wrong in ({"type": "crm.ats.unknown"}, {"time": 7}, {"data": {"candidate": {"id": 7}}}):
        assert not jsonschema_rs.is_valid(schema(), envelope() | wrong)
