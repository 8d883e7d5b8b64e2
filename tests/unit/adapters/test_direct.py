"""DynamoDB without botocore: what is signed, what is tried again, and what is not."""

import json
import threading
import zlib
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rapport.adapters.dynamo import direct
from rapport.adapters.dynamo.calls import (
    Item,
    RefusedCallError,
    ThroughModels,
    calls_of_this_process,
    put_if_absent,
)
from rapport.adapters.dynamo.direct import PATIENCE_SECONDS, TRIES, Direct
from rapport.errors import ConflictError, RetryableError

NOW = datetime(2026, 11, 23, 9, 30, 12, tzinfo=UTC)
THROTTLED = (400, {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"})
FAILED = (400, {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"})
DENIED = (400, {"__type": "com.amazon.coral.service#AccessDeniedException"})
BROKEN = (500, {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"})
OLD_TOKEN = (400, {"__type": "com.amazon.coral.service#ExpiredTokenException"})
EXPIRED = (400, {"__type": "com.amazon.coral.service#InvalidSignatureException"})
FINE = (200, {"Item": {"pk": {"S": "a"}, "b": {"B": "AAH/"}}})
Answer = tuple[int, dict[str, Any]]


class Server:
    """Gives the next of its answers; a word instead of one breaks the connection in some way."""

    def __init__(self) -> None:
        self.answers: list[Answer | str] = []
        self.asked: list[dict[str, Any]] = []
        self.stamps: list[str] = []
        self.connections = 0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    script = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            script.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            script.asked.append(json.loads(body))
            script.stamps.append(self.headers["x-amz-date"])
            answer = script.answers.pop(0)
            if answer == "hang up":
                self.close_connection = True
                return
            status, told = FINE if isinstance(answer, str) else answer
            data = b"<html>" if answer == "no JSON" else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            damage = 1 if answer == "damage" else 0
            self.send_header("x-amz-crc32", str(zlib.crc32(data) + damage))
            self.end_headers()
            self.wfile.write(data)
            # What a load balancer does to a connection that is idle for too long.
            self.close_connection = answer == "close afterwards"

        def date_time_string(self, timestamp: float | None = None) -> str:
            return "Mon, 23 Nov 2026 10:30:12 GMT"

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield script
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def lambdas_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*direct._ENDPOINTS, *direct._SPECIAL):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def call(server: Server, pauses: Pauses) -> Iterator[Direct]:
    made = Direct(now=lambda: NOW, sleep=pauses, chance=lambda: 1.0)
    yield made
    made.close()


def get(call: Direct) -> dict[str, Any]:
    return call("GetItem", {"TableName": "log", "Key": {"b": {"B": b"\0\1\xff"}}})


@pytest.mark.parametrize("token", ["a-token", ""])
def test_a_request_is_signed_as_botocore_signs_it(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW.replace(tzinfo=None))
    body = b'{"TableName":"log"}'
    ours = Direct(now=lambda: NOW)._signed("PutItem", body)
    signed = ("content-type", "host", "x-amz-target")
    request = AWSRequest(
        method="POST",
        url="https://dynamodb.eu-central-1.amazonaws.com/",
        headers={name: ours[name] for name in signed},
        data=body,
    )
    credentials = Credentials(
        "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token or None
    )
    botocore.auth.SigV4Auth(credentials, "dynamodb", "eu-central-1").add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]
    assert ours["x-amz-date"] == request.headers["X-Amz-Date"]
    assert ours.get("x-amz-security-token") == request.headers.get("X-Amz-Security-Token")


def test_binary_values_are_bytes_on_this_side_and_base64_on_the_other(
    server: Server, call: Direct
) -> None:
    server.answers = [FINE]
    assert get(call)["Item"]["b"] == {"B": b"\0\1\xff"}
    assert server.asked[0]["Key"]["b"] == {"B": "AAH/"}


@pytest.mark.parametrize("trouble", [THROTTLED, BROKEN, "hang up", "damage", "no JSON"])
def test_what_may_pass_is_tried_again_after_a_growing_pause(
    server: Server, call: Direct, pauses: Pauses, trouble: Answer | str
) -> None:
    server.answers = [trouble, trouble, trouble, FINE]
    assert get(call)["Item"]
    assert len(server.asked) == TRIES
    assert pauses == [0.1, 0.2, 0.4]


@pytest.mark.parametrize("trouble", [THROTTLED, BROKEN, OLD_TOKEN, "hang up", "damage"])
def test_what_does_not_pass_is_given_up(
    server: Server, call: Direct, trouble: Answer | str
) -> None:
    server.answers = [trouble] * TRIES
    with pytest.raises(RetryableError):
        get(call)
    assert not server.answers


@pytest.mark.parametrize(("answer", "error"), [(FAILED, ConflictError), (DENIED, RefusedCallError)])
def test_what_no_repetition_would_change_is_told_at_once(
    server: Server, call: Direct, answer: Answer, error: type[Exception]
) -> None:
    server.answers = [answer]
    with pytest.raises(error):
        get(call)
    assert len(server.asked) == 1


@pytest.mark.parametrize(("theirs", "new"), [(b"ours", True), (b"theirs", False)])
def test_a_put_whose_answer_was_lost_knows_its_own_row(
    server: Server, call: Direct, theirs: bytes, new: bool
) -> None:
    row: Item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "n": {"N": "5"}, "b": {"B": b"ours"}}
    stands = {**row, "b": {"B": b64encode(theirs).decode()}}
    server.answers = ["hang up", (400, {**FAILED[1], "Item": stands})]
    assert put_if_absent(call, "log", row) is new
    server.answers = [FAILED]
    assert put_if_absent(call, "log", row) is False


def test_whoever_waits_is_not_kept_waiting_for_another_try(server: Server, pauses: Pauses) -> None:
    seconds = iter((0.0, PATIENCE_SECONDS - 1, PATIENCE_SECONDS + 1))
    call = Direct(sleep=pauses, clock=lambda: next(seconds))
    server.answers = [BROKEN, BROKEN, FINE]
    with pytest.raises(RetryableError):
        get(call)
    assert len(server.asked) == 2
    call.close()


def test_an_engine_that_is_not_there_means_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(RetryableError):
        get(Direct(sleep=Pauses()))


def test_connections_are_kept_and_one_that_went_away_costs_no_try(
    server: Server, call: Direct, pauses: Pauses
) -> None:
    server.answers = [FINE, "close afterwards", FINE, FINE]
    for _ in range(4):
        get(call)
    assert server.connections == 2
    assert pauses == []


def test_a_clock_that_is_wrong_is_set_right_once(server: Server, call: Direct) -> None:
    server.answers = [EXPIRED, FINE, FINE]
    get(call)
    get(call)
    assert server.stamps == ["20261123T093012Z", "20261123T103012Z", "20261123T103012Z"]
    server.answers = [EXPIRED, EXPIRED]
    with pytest.raises(RefusedCallError):
        get(call)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_LAMBDA_FUNCTION_NAME", ""),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_REGION", "cn-north-1"),
        ("AWS_REGION", ""),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("https_proxy", "http://proxy.example:3128"),
    ],
)
def test_botocore_does_it_wherever_the_environment_does_not_tell_all(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "track")
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "false")
    assert isinstance(calls_of_this_process(), Direct)
    assert isinstance(calls_of_this_process("botocore"), ThroughModels)
    monkeypatch.setenv(name, value)
    assert isinstance(calls_of_this_process(), ThroughModels)


def test_a_connection_to_aws_trusts_known_authorities_and_checks_the_name() -> None:
    context = direct._tls()
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.cert_store_stats()["x509_ca"] > 50


def test_times_differ_by_what_the_server_says() -> None:
    call = Direct(now=lambda: NOW)
    assert call._set_clock("Mon, 23 Nov 2026 10:30:12 GMT")
    assert call._ahead == timedelta(hours=1)
    assert not call._set_clock("soon")
