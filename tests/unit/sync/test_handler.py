"""Messages of the queue and ticks of the clock, as Lambda hands them out."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from functions.sync import handler
from functions.sync.pulls import Came, Result
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError, RetryableError


class Context:
    """What Lambda tells of a call."""

    def get_remaining_time_in_millis(self) -> int:
        return 180_000


class Doing:
    """A flow that notes what it is told, and fails where a test wants it."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, Json]] = []
        self.fails: dict[str, Exception] = {}

    def do(self, message: Mapping[str, Json], *, until: Any) -> Result:
        self.told.append(message)
        assert until - handler._now() < timedelta(seconds=81)
        name = str(message.get("connection", ""))
        if name in self.fails:
            raise self.fails[name]
        return Result(came=Came.FINISHED, figures={"Drift": 2})


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch) -> Doing:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "sync")
    doing = Doing()
    monkeypatch.setattr(handler, "_flow", lambda: doing)
    return doing


def batch(*bodies: object) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{n}", "body": body if isinstance(body, str) else json.dumps(body)}
            for n, body in enumerate(bodies)
        ]
    }


def test_a_call_without_messages_is_a_tick(flow: Doing) -> None:
    assert handler.lambda_handler({}, Context()) == {}
    assert flow.told == [{"do": "tick"}]


def test_messages_that_fail_are_told_one_by_one_and_the_others_are_done(
    flow: Doing, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    flow.fails = {"b": RetryableError("ada@mail.example"), "c": MisconfiguredError("c: no key")}
    event = batch(*({"do": "pull", "connection": name} for name in "abcd"), "no json", {"x": 1})
    answer = handler.lambda_handler(event, Context())
    failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
    assert failed == ["m1", "m2", "m4", "m5"]
    out = capsys.readouterr().out
    noted = [vars(record) for record in caplog.records]
    assert "ada@mail.example" not in f"{out} {noted}"
    assert [each["mend"] for each in noted if "mend" in each] == ["", "c: no key", "", ""]
    (told,) = [line for line in map(json.loads, out.splitlines()) if "_aws" in line]
    assert (told["PullsFinished"], told["Drift"]) == ([2.0], [4.0])


def test_a_file_that_was_dropped_comes_as_the_event_of_its_bucket(flow: Doing) -> None:
    key = "drop/main/candidates.csv"
    event = {"detail-type": "Object Created", "detail": {"object": {"key": key}}}
    handler.lambda_handler(batch(event), Context())
    assert flow.told == [{"do": "drop", "key": key}]
    other = {"detail": {"object": {"key": "rosters/main/candidates"}}}
    assert handler.lambda_handler(batch(other), Context())["batchItemFailures"]
