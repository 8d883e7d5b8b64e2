"""When AWS is out of reach nothing is promised, and whoever delivers is asked to deliver again."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from rapport.errors import RetryableError
from tests.inprocess.engine import PUBLIC_URL, Engine
from tests.inprocess.stores import stream_records
from tests.inprocess.story import BROWSER_KEY, FORM, Story, track


@pytest.fixture
def outage(engine: Engine, story: Story) -> Iterator[Engine]:
    engine.recorder.outage = True
    yield engine
    engine.recorder.outage = False


def _warnings(engine: Engine, function: str) -> list[dict[str, Any]]:
    """What the function complained of last, as structured lines."""
    lines = engine.recorder.lines[function]
    return [line for line in lines if line.get("level") == "WARNING"]


def test_an_event_that_cannot_be_stored_is_not_acknowledged(outage: Engine) -> None:
    basic = b64encode(f"{BROWSER_KEY}:".encode()).decode()
    answer = outage.request(
        "POST",
        f"{PUBLIC_URL}/v1/track",
        body=json.dumps(track("c-9", "Job Viewed", 1)),
        headers={"Authorization": f"Basic {basic}", "Content-Type": "application/json"},
    )
    assert answer["statusCode"] == 503
    assert _warnings(outage, "track")[-1]["service"] == "track"


def test_a_withdrawal_that_cannot_be_stored_is_not_acknowledged(
    outage: Engine, story: Story
) -> None:
    link = story.unsubscribe_link()
    answer = outage.request("POST", link, body="List-Unsubscribe=One-Click", headers=FORM)
    assert answer["statusCode"] == 503
    assert _warnings(outage, "engage")[-1]["service"] == "engage"


def test_an_intent_that_cannot_be_judged_stays_in_the_queue(outage: Engine) -> None:
    fact = {
        "fact": "TalentNetworkJoined",
        "event_id": "c-9-1",
        "person": "p_x",
        "origin": "live",
        "occurred_at": 0,
        "received_at": 0,
        "log_pk": "anon#x",
        "log_sk": "x",
    }
    intent = {"program": "p", "occurrence": "ever", "person": "p_x", "bundle": "b"}
    body = json.dumps({**intent, "decided_at": 0, "fact": fact})
    answer = outage.call("send", {"Records": [{"messageId": "m-1", "body": body}]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert _warnings(outage, "send")[-1]["service"] == "send"


@pytest.mark.parametrize(("function", "table"), [("enrich", "Log"), ("archive", "Log")])
def test_a_batch_of_the_log_that_cannot_be_applied_is_delivered_again(
    outage: Engine, function: str, table: str
) -> None:
    with pytest.raises((RetryableError, EndpointConnectionError)):
        outage.call(function, {"Records": stream_records(table)})


def test_a_row_that_cannot_be_opened_is_reported_and_does_not_stop_the_others(
    engine: Engine, story: Story
) -> None:
    records = stream_records("Log")
    broken = records[0]["dynamodb"]
    broken["NewImage"]["b"] = {"B": b64encode(b"\x01no body of ours").decode()}
    answer = engine.call("enrich", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": broken["SequenceNumber"]}]}
    assert _warnings(engine, "enrich")[-1]["error"] == "PoisonError"
