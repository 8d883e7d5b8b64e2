"""What the door for deliveries answers, and what comes of what it answers."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.ats.flow import BEYOND_RETRIES, delivery_of
from rapport.ats import Adapter, Connection, Outcome, Refetch, Reply, Taken, Verdict
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.event import Json, Origin
from rapport.domain.limits import MAX_DELIVERY_BYTES
from rapport.errors import MisconfiguredError, PoisonError, RetryableError
from tests.support.ats.door import NOW, Hall
from tests.support.ats.signing import Signed, connection, deliver

GREENHOUSE = connection("greenhouse")
STAGE = {
    "action": "candidate_stage_change",
    "payload": {
        "application": {
            "id": 265277,
            "last_activity_at": "2026-11-20T10:00:00Z",
            "current_stage": {"id": 71416, "name": "Assessment"},
            "candidate": {
                "id": 265788,
                "first_name": "Giuseppe",
                "last_name": "Hurley",
                "external_id": 241,
                "email_addresses": [{"value": "giuseppe@halden.example", "type": "personal"}],
            },
            "jobs": [{"id": 149993, "name": "Nurse", "offices": [{"id": 1, "location": "Oslo"}]}],
        }
    },
}


@dataclass(kw_only=True)
class Vendor:
    """An adapter that says what it is told to say."""

    vendor: str = "greenhouse"
    retries_for_s: int = 3600
    verdict: Verdict = field(default_factory=lambda: Verdict(outcome=Outcome.GENUINE))
    says: list[AtsEvent] = field(
        default_factory=lambda: [AtsEvent(kind=Kind.CANDIDATE_UPDATED, vendor_event="updated")]
    )
    trouble: Exception | None = None
    status: int = 200

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        del headers, raw, connection, now
        return self.verdict

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        del payload, headers, connection
        if self.trouble is not None:
            raise self.trouble
        return self.says

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        del verdict, headers, raw
        return Reply(status=self.status)


def hall(adapter: Adapter | None = None) -> Hall:
    made = Hall() if adapter is None else Hall(adapters=lambda _: adapter)
    made.knows(GREENHOUSE)
    return made


def signed(payload: object = STAGE) -> Signed:
    return deliver(GREENHOUSE, payload, NOW)


def one(payload: bytes) -> tuple[Hall, Any]:
    made = hall()
    return made, made.receive(GREENHOUSE.name, signed(payload))


def test_a_delivery_is_taken_in_for_its_connection_and_what_is_missing_is_asked_for() -> None:
    made = hall()
    wanted = Refetch(connection=GREENHOUSE.name, kind="applications", id="265277")
    made.intake.answer = Taken(news=2, refetches=(wanted,))
    received = made.receive(GREENHOUSE.name, signed())
    assert (received.code, received.taken.news) == ("taken", 2)
    assert [(name, each.kind) for name, each in made.intake.seen] == [
        (GREENHOUSE.name, Kind.APPLICATION_STAGE_CHANGED)
    ]
    assert made.intake.origins == [Origin.LIVE]
    assert made.refetches.asked == [wanted]
    assert made.kept.kept == []


def test_an_unknown_connection_is_404_only_after_a_fresh_look() -> None:
    made = hall()
    assert made.receive("nobody", signed()).code == "unknown_connection"
    assert made.connections.fresh_reads == 1


def test_what_has_no_webhooks_is_no_connection_of_the_door() -> None:
    made = Hall(adapters=lambda _: None)
    made.knows(Connection(name="files", vendor="workday"))
    assert made.receive("files", signed()).code == "unknown_connection"


@pytest.mark.parametrize("what", ["secrets", "intake", "refetches", "quarantine", "misconfigured"])
def test_trouble_of_ours_is_never_the_vendors_fault(what: str) -> None:
    made, payload = hall(), STAGE
    match what:
        case "secrets":
            made.connections.down = True
        case "intake":
            made.intake.trouble = RetryableError()
        case "misconfigured":
            made.intake.trouble = MisconfiguredError()
        case "refetches":
            made.refetches.down = True
            made.intake.answer = Taken(
                refetches=(Refetch(connection="x", kind="candidates", id="1"),)
            )
        case _:
            made.kept.full, payload = True, {"action": "never_heard_of"}
    received = made.receive(GREENHOUSE.name, signed(payload))
    assert (received.code, received.reply) == ("unavailable", None)


@pytest.mark.parametrize(
    ("size", "code"), [(MAX_DELIVERY_BYTES + 1, "body_too_large"), (10_000_000, "body_too_large")]
)
def test_a_body_beyond_the_limit_is_refused_before_anything_is_done_with_it(
    size: int, code: str
) -> None:
    made = hall()
    made.connections.down = True
    assert made.receive(GREENHOUSE.name, Signed(headers={}, body=b"x" * size)).code == code


def test_a_handshake_is_answered_before_there_is_a_secret() -> None:
    to = Connection(name="sr", vendor="smartrecruiters")
    made = Hall()
    made.knows(to)
    received = made.receive("sr", Signed(headers={"x-hook-secret": "echo-me"}, body=b""))
    assert received.code == "handshake"
    assert received.reply == Reply(status=200, headers={"X-Hook-Secret": "echo-me"})
    assert made.untouched


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"action": "ping", "action": "hire_candidate", "payload": {}}', "duplicate_keys"),
        (b'{"action": "ping", "payload": {"id": 1, "id": 2}}', "duplicate_keys"),
        ('{"action": "Ærlig"}'.encode("latin-1"), "not_utf8"),
        ('{"action": "ping"}'.encode("utf-16"), "not_utf8"),
        (b"[]", "no_object"),
        (b'"ping"', "no_object"),
        (b"null", "no_object"),
        (b"", "no_json"),
        (b"{", "no_json"),
        (b'{"action": NaN}', "no_json"),
        (b'{"action": "ping"} {}', "no_json"),
        (b"action=ping", "no_json"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'{"action": "never_heard_of", "payload": {}}', "unknown_event"),
        (b'{"action": "candidate_stage_change", "payload": []}', "unreadable"),
        (b'{"action": ["ping"], "payload": {}}', "unreadable"),
        (b"{}", "unreadable"),
    ],
)
def test_what_nobody_can_read_is_kept_whole_and_answered_with_success(
    body: bytes, reason: str
) -> None:
    made, received = one(body)
    assert (received.code, received.reason) == ("kept", reason)
    assert received.reply is not None
    assert received.reply.status == 200
    [(name, why, content)] = made.kept.kept
    assert (name, why, content["vendor"]) == (GREENHOUSE.name, reason, "greenhouse")
    assert json.loads(json.dumps(content))
    assert made.intake.seen == []


@pytest.mark.parametrize(
    "change",
    [
        {"external_id": 241},
        {"external_id": "241"},
        {"external_id": None},
        {"external_id": [1]},
        {"email_addresses": []},
        {"email_addresses": None},
        {"email_addresses": {"value": "x"}},
        {"tags": "one"},
        {"first_name": 7},
    ],
)
def test_a_candidate_of_another_form_than_documented_is_taken_all_the_same(
    change: dict[str, Json],
) -> None:
    payload: Any = json.loads(json.dumps(STAGE))
    payload["payload"]["application"]["candidate"] |= change
    payload["payload"]["application"]["jobs"][0]["offices"][0]["location"] = {"name": "Oslo"}
    made = hall()
    assert made.receive(GREENHOUSE.name, signed(payload)).code == "taken"
    assert made.kept.kept == []


def test_a_byte_order_mark_is_passed_over_after_the_signature_was_looked_at() -> None:
    made, received = one(b"\xef\xbb\xbf" + json.dumps(STAGE).encode())
    assert received.code == "taken"
    assert len(made.intake.seen) == 1


def test_a_ping_is_answered_and_nothing_comes_of_it() -> None:
    adapter = Vendor(says=[AtsEvent(kind=Kind.PING, vendor_event="ping")])
    made = hall(adapter)
    assert made.receive(GREENHOUSE.name, signed()).code == "taken"
    assert made.untouched


def test_what_is_known_of_a_body_is_taken_though_the_rest_of_it_is_kept() -> None:
    adapter = Vendor()
    adapter.says = [*adapter.says, AtsEvent(kind=Kind.UNKNOWN, vendor_event="new")]
    made = hall(adapter)
    assert made.receive(GREENHOUSE.name, signed()).reason == "unknown_event"
    assert len(made.intake.seen) == len(made.kept.kept) == 1


@pytest.mark.parametrize("body", [json.dumps(STAGE).encode(), b'{"a": "\xff\xfe"}'])
def test_what_was_kept_is_taken_in_once_it_can_be_read(body: bytes) -> None:
    adapter = Vendor(trouble=PoisonError())
    made = hall(adapter)
    delivery = signed(body)
    assert made.receive(GREENHOUSE.name, delivery).code == "kept"
    [(_, _, content)] = made.kept.kept
    kept = delivery_of(json.loads(json.dumps(content)))
    assert (kept.connection, kept.headers, kept.body) == (
        GREENHOUSE.name,
        delivery.headers,
        delivery.body,
    )

    adapter.trouble = None
    readable = body.isascii()
    received = made.door.again(content, origin=Origin.BACKFILL)
    assert received.code == ("taken" if readable else "kept")
    assert made.intake.origins == ([Origin.BACKFILL] if readable else [])
    assert len(made.kept.kept) == 1


def test_what_was_kept_of_one_vendor_is_not_read_as_anothers() -> None:
    made = hall(Vendor(trouble=PoisonError()))
    made.receive(GREENHOUSE.name, signed())
    [(_, _, content)] = made.kept.kept
    other = made.door.again({**content, "vendor": "ashby"}, origin=Origin.LIVE)
    assert other.code == "unknown_connection"
    with pytest.raises(PoisonError):
        made.door.again({"messages": {}}, origin=Origin.LIVE)


def test_a_fault_of_an_adapter_costs_no_delivery_and_is_told() -> None:
    adapter = Vendor(trouble=KeyError("a word of a body"))
    made = hall(adapter)
    received = made.receive(GREENHOUSE.name, signed())
    assert (received.code, received.reason) == ("kept", "fault")
    assert received.fault is adapter.trouble
    assert len(made.kept.kept) == 1


def test_what_can_never_be_stored_is_kept() -> None:
    made = hall()
    made.intake.trouble = PoisonError("a body of 500000 bytes is too large for a row")
    received = made.receive(GREENHOUSE.name, signed())
    assert (received.code, received.reason) == ("kept", "not_stored")
    assert [reason for _, reason, _ in made.kept.kept] == ["not_stored"]


def test_a_fault_behind_the_door_costs_no_delivery_and_does_not_make_the_vendor_give_up() -> None:
    made = hall()
    made.intake.trouble = KeyError("a word of a body")
    received = made.receive(GREENHOUSE.name, signed())
    assert (received.code, received.reason) == ("kept", "fault")
    assert received.fault is made.intake.trouble
    assert len(made.kept.kept) == 1


@pytest.mark.parametrize("trouble", [PoisonError("too large"), KeyError("a word of a body")])
@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("update_candidate", {"candidate": {"id": 5, "can_email": False}}),
        ("delete_candidate", {"person": {"id": 5}}),
        ("candidate_anonymized", {"candidate_id": 5, "anonymized_fields": ["full_name"]}),
    ],
)
def test_a_no_that_could_not_be_stored_is_kept_and_not_answered_as_if_it_was(
    trouble: Exception, action: str, payload: Json
) -> None:
    made = hall()
    made.intake.trouble = trouble
    received = made.receive(GREENHOUSE.name, signed({"action": action, "payload": payload}))
    assert (received.code, received.reply) == ("unavailable", None)
    assert received.fault is trouble
    assert len(made.kept.kept) == 1


def test_a_token_is_used_up_by_the_delivery_that_was_taken_in_and_by_no_other() -> None:
    adapter = Vendor(verdict=Verdict(outcome=Outcome.GENUINE, once="token"))
    made = hall(adapter)
    made.intake.trouble = RetryableError()
    assert made.receive(GREENHOUSE.name, signed()).code == "unavailable"
    altered = replace(signed(), body=b'{"altered": 1}')
    assert made.receive(GREENHOUSE.name, altered).code == "repeated"

    made.intake.trouble = None
    assert made.receive(GREENHOUSE.name, signed()).code == "taken"
    assert made.receive(GREENHOUSE.name, signed()).code == "repeated"
    assert len(made.intake.seen) == 1
    assert set(made.once.kept_for) == {timedelta(hours=1) + BEYOND_RETRIES}


def test_a_token_of_one_connection_is_not_that_of_another() -> None:
    adapter = Vendor(verdict=Verdict(outcome=Outcome.GENUINE, once="token"))
    made = hall(adapter)
    made.knows(replace(GREENHOUSE, name="second"))
    assert made.receive(GREENHOUSE.name, signed()).code == "taken"
    assert made.receive("second", signed()).code == "taken"


def test_a_delivery_costs_a_few_readings_of_its_body() -> None:
    """Against one decoding by the standard library, in the same process at the same time."""
    made, delivery = hall(), signed({**STAGE, "more": ["caf\u00e9" * 10, {"a": 1.5}] * 100})
    made.receive(GREENHOUSE.name, delivery)

    def spent(times: int, act: Any) -> float:
        best = []
        for _ in range(5):
            start = time.process_time()
            for _ in range(times):
                act()
            best.append((time.process_time() - start) / times)
        return min(best)

    decoding = spent(200, lambda: json.loads(delivery.body))
    taking = spent(200, lambda: made.receive(GREENHOUSE.name, delivery))
    ratio = taking / decoding
    print(f"CPU per delivery of {len(delivery.body)} bytes: {ratio:.1f} times one json decode")
    assert ratio < 12
