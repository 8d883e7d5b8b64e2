"""The handler behind `POST /webhooks/{connection}`: what the gateway gives it, and what it says."""

import json
import logging
from base64 import b64encode
from io import StringIO
from typing import Any

import pytest

from functions.ats import handler
from rapport.adapters.ats import VENDORS
from rapport.ats import Connection, Taken
from rapport.headers import SAFE
from rapport.observability import logger, metrics
from tests.support.ats.door import NOW, Hall
from tests.support.ats.signing import Signed, connection, deliver
from tests.unit.ats.test_door import STAGE
from tests.unit.ats.test_forgeries import HEADERS, genuine

GREENHOUSE = connection("greenhouse")
# What stands in the delivery below, and in no line.
PERSONAL = ("Giuseppe", "Hurley", "giuseppe", "265788", "265277", "Assessment", "never_he")


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch) -> Hall:
    made = Hall()
    made.knows(GREENHOUSE)
    monkeypatch.setattr(handler, "_door", lambda: made.door)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "ats")
    logger.cache_clear()
    metrics.cache_clear()
    return made


@pytest.fixture
def lines() -> Any:
    stream = StringIO()
    listener = logging.StreamHandler(stream)
    logger().addHandler(listener)
    yield stream
    logging.getLogger("ats").removeHandler(listener)


def event(
    signed: Signed, name: str = GREENHOUSE.name, *, as_base64: bool = False
) -> dict[str, Any]:
    body = b64encode(signed.body).decode() if as_base64 else signed.body.decode()
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/{connection}",
        "rawPath": f"/webhooks/{name}",
        "headers": dict(signed.headers),
        "pathParameters": {"connection": name},
        "requestContext": {"http": {"method": "POST"}, "requestId": "req-1"},
        "body": body,
        "isBase64Encoded": as_base64,
    }


def ask(told: dict[str, Any]) -> dict[str, Any]:
    answer = handler.lambda_handler(told, None)
    assert {name: answer["headers"][name] for name in SAFE} == dict(SAFE)
    return answer


@pytest.mark.parametrize("vendor", VENDORS)
def test_base64_of_the_gateway_and_names_of_headers_in_any_case_change_nothing(
    vendor: str, hall: Hall
) -> None:
    to = connection(vendor)
    hall.knows(to)
    wanted = 202 if vendor == "smartrecruiters" else 200
    for number, (as_base64, case) in enumerate(
        (as_base64, case) for as_base64 in (True, False) for case in (str.title, str.upper, str)
    ):
        signed = deliver(to, genuine(to).body.decode().encode(), NOW, HEADERS.get(vendor, {}))
        if vendor == "lever":
            # A token is good once.
            signed = deliver(to, {"event": "candidateHired", "n": number, "data": {}}, NOW)
        named = {case(name): value for name, value in signed.headers.items()}
        told = event(Signed(headers=named, body=signed.body), to.name, as_base64=as_base64)
        assert ask(told)["statusCode"] == wanted, (vendor, as_base64, case)


def test_a_delivery_of_any_script_is_verified_over_its_very_bytes(hall: Hall) -> None:
    raw = json.dumps({"action": "ping", "payload": {"name": "Ærø 東京 \u2028"}}, ensure_ascii=False)
    signed = deliver(GREENHOUSE, raw.encode(), NOW)
    assert ask(event(signed))["statusCode"] == 200
    assert ask(event(signed, as_base64=True))["statusCode"] == 200
    assert hall.untouched


@pytest.mark.parametrize(
    ("name", "change", "status", "code"),
    [
        ("nobody", {}, 404, "unknown_connection"),
        ("../ats", {}, 404, "unknown_connection"),
        (GREENHOUSE.name, {"headers": {}}, 401, "bad_signature"),
        (GREENHOUSE.name, {"headers": None}, 401, "bad_signature"),
        (GREENHOUSE.name, {"body": None}, 401, "bad_signature"),
        (GREENHOUSE.name, {"body": "x" * (6 * 1024 * 1024 + 1)}, 413, "body_too_large"),
        (GREENHOUSE.name, {"isBase64Encoded": True}, 400, "invalid_encoding"),
    ],
)
def test_a_refusal_has_a_code(
    hall: Hall, name: str, change: dict[str, Any], status: int, code: str
) -> None:
    answer = ask({**event(deliver(GREENHOUSE, STAGE, NOW), name), **change})
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (status, code)
    assert hall.untouched


def test_trouble_of_ours_is_answered_so_that_the_vendor_delivers_again(
    hall: Hall, lines: StringIO
) -> None:
    hall.connections.down = True
    answer = ask(event(deliver(GREENHOUSE, STAGE, NOW)))
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
    hall.connections.down = False
    hall.intake.trouble = OSError("Giuseppe")
    answer = ask(event(deliver(GREENHOUSE, STAGE, NOW)))
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (500, "internal")
    assert "Giuseppe" not in lines.getvalue() + answer["body"]


def test_an_activation_is_answered_with_its_secret(hall: Hall) -> None:
    hall.knows(Connection(name="sr", vendor="smartrecruiters"))
    answer = ask(event(Signed(headers={"X-Hook-Secret": "echo-me"}, body=b""), "sr"))
    assert (answer["statusCode"], answer["headers"]["X-Hook-Secret"]) == (200, "echo-me")


def test_no_word_of_a_payload_reaches_a_log_line_or_a_figure(
    hall: Hall, lines: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    unmapped = frozenset({"71416"})
    hall.intake.answer = Taken(news=1, unmapped=unmapped)
    kept = {"action": "never_heard_of", "payload": STAGE["payload"]}
    forged = Signed(headers={"signature": "sha256 Giuseppe"}, body=json.dumps(STAGE).encode())
    for told in (
        event(deliver(GREENHOUSE, STAGE, NOW)),
        event(deliver(GREENHOUSE, kept, NOW)),
        event(forged),
        event(forged, "giuseppe"),
    ):
        ask(told)
    hall.intake.trouble = KeyError("Giuseppe Hurley")
    ask(event(deliver(GREENHOUSE, STAGE, NOW)))

    figures = capsys.readouterr().out
    said = figures + lines.getvalue()
    assert [word for word in PERSONAL if word in said] == []
    for name in ("DeliveriesKept", "DeliveriesRefused", "StagesUnmapped", "EventsAccepted"):
        assert name in figures
