"""What the sender is answered, and what the operator is told."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from functions.track import handler
from functions.track.flow import Track
from functions.track.problems import RATE_LIMITED, answer
from rapport import observability
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.domain.event import Event, Trust
from rapport.domain.identifiers import Namespace
from rapport.door import WriteKey
from rapport.errors import RetryableError
from rapport.headers import SAFE
from tests.support import on_moto
from tests.support.doorkeeping import FakeAllowance, FakeQuarantine
from tests.support.fakes import Clock, FakeBook, FakeLog, FakePseudonyms
from tests.support.gateway import RECORDED_KEY, asked, posted, recorded

ANA: dict[str, Any] = {
    "type": "identify",
    "messageId": "ana@inbox.halden.example says hello",
    "userId": "ana@inbox.halden.example",
    "traits": {"email": "ana@inbox.halden.example", "firstName": "Ana"},
}
HEADERS = {**SAFE, "content-type": "application/json"}


class BrokenLog(FakeLog):
    """A log out of reach."""

    def append(self, events: Sequence[Event]) -> list[bool]:
        msg = "throttled while storing ana@inbox.halden.example"
        raise RetryableError(msg)


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the function's logger writes."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "track")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    observability.logger.cache_clear()
    observability.metrics.cache_clear()
    observability.logger()
    stream = StringIO()
    for attached in logging.getLogger("track").handlers:
        monkeypatch.setattr(attached, "stream", stream)
    return stream


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> FakeLog:
    return compose(monkeypatch, FakeLog())


def compose(monkeypatch: pytest.MonkeyPatch, log: FakeLog) -> FakeLog:
    book = FakeBook(log)
    book.write_keys["wk"] = WriteKey(key="wk", source="site", brand="halden", trust=Trust.ASSERTED)
    track = Track(
        keys=book,
        log=log,
        refs=FakePseudonyms(),
        quarantine=FakeQuarantine(),
        allowance=FakeAllowance(),
        now=Clock(),
    )
    monkeypatch.setattr(handler, "_track", lambda: track)
    return log


def parsed(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_success_is_exactly_what_sdks_test_for(log: FakeLog) -> None:
    answer = handler.lambda_handler(posted("/v1/identify", ANA, key="wk"), None)
    assert answer == {"statusCode": 200, "headers": HEADERS, "body": '{"success":true}'}
    assert len(log.rows) == 1


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (posted("/v1/nothing", ANA, key="wk"), 404, "not_found"),
        (posted("/v1/page", body="{", key="wk"), 400, "invalid_json"),
        (posted("/v1/page", body=b"\xff", key="wk"), 400, "invalid_encoding"),
        (posted("/v1/batch", {}, key="wk"), 400, "invalid_batch"),
        (posted("/v1/page", {"type": "page"}, key="wk"), 400, "no_user_anon_id"),
        (posted("/v1/page", {"a": json.loads("[" * 40 + "]" * 40)}, key="wk"), 400, "too_deep"),
        (posted("/v1/page", body='{"a":NaN}', key="wk"), 400, "invalid_message"),
        (
            posted("/v1/identify", ANA | {"a": [[[[[]]]]] * 9000}, key="wk"),
            400,
            "message_too_large",
        ),
        (posted("/v1/identify", ANA), 401, "missing_write_key"),
        (posted("/v1/identify", ANA, key="xx"), 401, "unknown_write_key"),
        (posted("/v1/identify", ANA | {"writeKey": "x"}, key="wk"), 401, "write_keys_disagree"),
        (
            posted("/v1/identify", ANA, headers={"Authorization": "Digest wk"}),
            401,
            "unsupported_authorization",
        ),
        (
            posted("/v1/identify", ANA, headers={"Authorization": "Bearer eyJh.eyJz.c2ln"}),
            401,
            "oauth_not_supported",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_refusal_has_a_status_a_code_and_a_message(
    log: FakeLog, lines: StringIO, event: dict[str, Any], status: int, code: str
) -> None:
    answer = handler.lambda_handler(event, None)
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["success"], body["code"]) == (status, False, code)
    assert HEADERS.items() <= answer["headers"].items()
    assert body["message"].endswith(".")
    assert log.rows == {}
    assert [line["code"] for line in parsed(lines.getvalue())] == [code]


def test_a_store_out_of_reach_asks_the_sender_to_come_again(
    monkeypatch: pytest.MonkeyPatch, lines: StringIO
) -> None:
    compose(monkeypatch, BrokenLog())
    answer = handler.lambda_handler(posted("/v1/identify", ANA, key="wk"), None)
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "5")
    assert json.loads(answer["body"])["code"] == "unavailable"
    assert "RetryableError" in lines.getvalue()
    assert "ana@" not in lines.getvalue()


def test_a_fault_is_answered_in_json_and_told_without_a_word_of_its_text(
    monkeypatch: pytest.MonkeyPatch, lines: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    class Faulty(FakeLog):
        def append(self, events: Sequence[Event]) -> list[bool]:
            raise KeyError(events[0].body["userId"])

    compose(monkeypatch, Faulty())
    answer = handler.lambda_handler(posted("/v1/identify", ANA, key="wk"), None)
    assert answer["statusCode"] == 400
    assert HEADERS.items() <= answer["headers"].items()
    body = json.loads(answer["body"])
    assert (body["success"], body["code"], body["message"][-1]) == (False, "fault", ".")
    fault, refused = parsed(lines.getvalue())
    assert (fault["level"], fault["error"], refused["code"]) == ("ERROR", "KeyError", "fault")
    assert "test_handler.py:" in fault["place"]
    out = capsys.readouterr().out
    faults, events = parsed(out)
    assert (faults["Faults"], events["EventsRefused"], events["RefusedKept"]) == ([1], [1], [1])
    assert "ana@" not in lines.getvalue() + out


def test_events_are_counted_and_no_personal_data_is_told(
    log: FakeLog, lines: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong: list[Any] = [ANA | {"type": "Ana"}, {"type": "page"}]
    batch = [ANA, ANA, ANA | {"messageId": "2"}, *wrong]
    answer = handler.lambda_handler(posted("/v1/batch", {"batch": batch}, key="wk"), None)
    assert answer["statusCode"] == 200
    out = capsys.readouterr().out
    [counted] = parsed(out)
    assert counted["service"] == "track"
    assert counted["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Rapport"
    assert (counted["EventsAccepted"], counted["EventsRepeated"], counted["EventsRefused"]) == (
        [2],
        [1],
        [2],
    )
    [warned] = parsed(lines.getvalue())
    assert warned["reasons"] == {"unknown_type": 1, "no_user_anon_id": 1}
    assert (warned["source"], warned["request_id"]) == ("site", "req-1")
    assert "ana" not in (out + lines.getvalue()).lower()
    assert len(log.rows) == 2


def test_a_known_path_names_its_methods_and_head_says_no_more_than_its_headers(
    log: FakeLog,
) -> None:
    wrong = handler.lambda_handler(asked("/v1/track"), None)
    assert (wrong["statusCode"], wrong["headers"]["allow"]) == (405, "POST")
    assert json.loads(wrong["body"])["code"] == "method_not_allowed"
    head = handler.lambda_handler(asked("/v1/track", method="HEAD"), None)
    assert head == {**wrong, "body": ""}
    assert log.rows == {}


def test_who_sends_too_much_is_told_when_to_come_again() -> None:
    headers = answer(replace(RATE_LIMITED, retry_after=7))["headers"]
    assert (headers["retry-after"], headers["x-ratelimit-reset"]) == ("7", "7")


def test_an_event_that_is_none_of_a_gateway_is_answered_all_the_same(lines: StringIO) -> None:
    garbled: list[dict[str, Any]] = [{}, {"requestContext": {}}, {"requestContext": {"http": {}}}]
    for event in garbled:
        assert handler.lambda_handler(event, None)["statusCode"] == 500
    assert {line["message"] for line in parsed(lines.getvalue())} == {"fault"}


def test_what_did_not_happen_is_not_counted(
    log: FakeLog, capsys: pytest.CaptureFixture[str]
) -> None:
    handler.lambda_handler(posted("/v1/batch", {"batch": []}, key="wk"), None)
    assert capsys.readouterr().out == ""
    handler.lambda_handler(posted("/v1/identify", ANA, key="wk"), None)
    [counted] = parsed(capsys.readouterr().out)
    assert "EventsRefused" not in counted
    assert "EventsRepeated" not in counted
    assert len(log.rows) == 1


def test_success_is_said_of_what_the_log_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_LOG_TABLE", on_moto.TABLES["log"])
    monkeypatch.setenv("RAPPORT_BOOK_TABLE", on_moto.TABLES["book"])
    monkeypatch.setenv("RAPPORT_VAULT_TABLE", on_moto.TABLES["vault"])
    monkeypatch.setenv("RAPPORT_QUARANTINE_BUCKET", on_moto.CONFIG.buckets["failed"])
    handler._track.cache_clear()
    with on_moto.tables():
        DynamoConfig(on_moto.TABLES["book"]).put_write_key(
            WriteKey(key=RECORDED_KEY, source="careers", brand="halden", trust=Trust.VERIFIED)
        )
        answer = handler.lambda_handler(recorded("segment-analytics-python/gzip-002"), None)
        assert answer["statusCode"] == 200
        vault = DynamoVault(on_moto.TABLES["vault"])
        cookie = Pseudonymiser(vault).ref(Namespace.ANON, "anon-gzip01")
        events = DynamoLog(on_moto.TABLES["log"], vault).partition(cookie)
    handler._track.cache_clear()
    kinds = ["Application Submitted", "Job Viewed", "alias", "group", "identify", "page"]
    assert sorted(e.type for e in events) == kinds
    [viewed] = [e for e in events if e.type == "Job Viewed"]
    assert viewed.original_at == datetime(2026, 11, 22, 23, 33, 54, 952000, tzinfo=UTC)
    properties = viewed.body["properties"]
    assert isinstance(properties, dict)
    assert properties["big"] == 9007199254740993
