"""The pages as a browser, a mail program and a link scanner meet them."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from functions.engage import handler
from rapport.domain.address import ConsentStatus
from rapport.domain.tokens import Purpose, issue
from rapport.errors import RetryableError
from rapport.outcomes import Link
from tests.support.mailroom import ANA, TOPIC, Mailroom

FORM = "application/x-www-form-urlencoded"
FORM_OF_ALL = "do=save&often=0&pause=keep"
UNKNOWN = issue({"k1": b"x" * 32}, Purpose.UNSUBSCRIBE, "0" * 64)


class Browser:
    """Opens links of one mailroom through the real handler."""

    def __init__(self, room: Mailroom, patch: pytest.MonkeyPatch) -> None:
        self.room = room
        patch.setattr(handler, "_flow", lambda: room.engage)
        patch.setattr(handler, "_places", lambda: room.places)
        patch.setattr(handler, "_alerts", lambda: room.job_alerts)
        patch.setattr(handler, "_clicks", lambda: room.clicks)
        patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
        patch.setenv("POWERTOOLS_SERVICE_NAME", "engage")

    def open(
        self,
        method: str,
        path: str,
        *,
        t: str = "",
        body: str = "",
        kind: str = FORM,
        headers: Mapping[str, str] | None = None,
        is_base64: bool = False,
    ) -> dict[str, Any]:
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": f"t={t}" if t else "",
            "queryStringParameters": {"t": t} if t else None,
            "headers": {"content-type": kind, **(headers or {})},
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "192.0.2.7"},
                "stage": "$default",
                "requestId": "r",
            },
            "body": body,
            "isBase64Encoded": is_base64,
        }
        return handler.lambda_handler(event, None)

    def token(self, purpose: Purpose) -> str:
        key = self.room.mails[-1].tags["send_id"]
        return issue(self.room.rings.ring("tokens"), purpose, key)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Browser:
    room = Mailroom()
    room.send.deliver(room.intent(room.person()))
    return Browser(room, monkeypatch)


@pytest.fixture
def welcomed(monkeypatch: pytest.MonkeyPatch) -> Browser:
    room = Mailroom()
    room.send.deliver(room.intent(room.confirmed()))
    return Browser(room, monkeypatch)


def status(browser: Browser) -> ConsentStatus | None:
    word = browser.room.book.addresses[browser.room.ref(ANA)].consents.get(TOPIC)
    return None if word is None else word.status


def header(answer: dict[str, Any], name: str) -> str:
    found = {key.lower(): value for key, value in (answer.get("headers") or {}).items()}
    value: str = found[name.lower()]
    return value


def test_the_page_behind_the_confirmation_shows_address_statement_and_one_button(
    asked: Browser,
) -> None:
    answer = asked.open("GET", "/f/confirm", t=asked.token(Purpose.CONFIRM))
    assert answer["statusCode"] == 200
    page = answer["body"]
    assert "a•••@inbox.halden.example" in page
    assert ANA not in page
    assert asked.room.bundle.statement(TOPIC).text in page
    assert page.count("<button") == 1
    assert '<html lang="en" dir="ltr">' in page
    assert status(asked) is None


def test_pressing_the_button_confirms(asked: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked.open("POST", "/f/confirm", t=asked.token(Purpose.CONFIRM))
    assert answer["statusCode"] == 200
    assert "Your address is confirmed" in answer["body"]
    assert status(asked) is ConsentStatus.GRANTED
    assert '"Confirmations":[1.0]' in capsys.readouterr().out


def test_scanners_that_open_links_change_nothing(asked: Browser) -> None:
    rows = dict(asked.room.log.rows)
    token = asked.token(Purpose.CONFIRM)
    for method in ("GET", "HEAD", "OPTIONS"):
        asked.open(method, "/f/confirm", t=token)
        asked.open(method, f"/u/{asked.token(Purpose.UNSUBSCRIBE)}")
    assert status(asked) is None
    assert asked.room.log.rows == rows


def test_a_scanner_that_opens_every_link_it_finds_unsubscribes_nobody(welcomed: Browser) -> None:
    path = f"/u/{welcomed.token(Purpose.UNSUBSCRIBE)}"
    rows, states = dict(welcomed.room.log.rows), dict(welcomed.room.book.addresses)
    requests = 0
    for method in ("GET", "HEAD", "OPTIONS"):
        for purpose in ({}, {"sec-purpose": "prefetch;prerender"}, {"x-moz": "prefetch"}):
            page = welcomed.open(method, path, headers=purpose)["body"]
            requests += 1
            for link in re.findall(r'(?:href|src|action)="(/[^"]*)"', page):
                welcomed.open("GET", link)
    assert (welcomed.room.log.rows, welcomed.room.book.addresses) == (rows, states)
    print(f"requests of scanners {requests}, effects 0")


def test_one_click_unsubscribes_before_it_is_answered(
    welcomed: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = welcomed.open(
        "POST", f"/u/{welcomed.token(Purpose.UNSUBSCRIBE)}", body="List-Unsubscribe=One-Click"
    )
    assert answer["statusCode"] == 200
    assert len(answer["body"]) < 100
    assert status(welcomed) is ConsentStatus.WITHDRAWN
    assert '"Withdrawals":[1.0]' in capsys.readouterr().out


def test_one_click_as_multipart_in_base64_ends_the_topic_and_nothing_else(
    welcomed: Browser,
) -> None:
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--'
    )
    kind = "multipart/form-data; boundary=b"
    path = f"/u/{welcomed.token(Purpose.UNSUBSCRIBE)}"
    sent = b64encode(parts).decode()
    answer = welcomed.open("POST", path, body=sent, kind=kind, is_base64=True)
    assert (answer["statusCode"], answer["body"]) == (200, handler.DONE)
    assert status(welcomed) is ConsentStatus.WITHDRAWN
    assert not welcomed.room.book.addresses[welcomed.room.ref(ANA)].suppressions


def test_one_click_after_a_later_yes_unsubscribes_and_both_stand_in_the_history(
    welcomed: Browser,
) -> None:
    path = f"/u/{welcomed.token(Purpose.UNSUBSCRIBE)}"
    on = f"{FORM_OF_ALL}&topic.{TOPIC}=on"
    for body in ("List-Unsubscribe=One-Click", on, "List-Unsubscribe=One-Click"):
        welcomed.room.clock.forward(minutes=1)
        assert welcomed.open("POST", path, body=body)["statusCode"] == 200
    words = welcomed.room.book.words[welcomed.room.ref(ANA)]
    assert [word.status.value for _, word in words] == ["withdrawn", "granted", "withdrawn"]
    assert status(welcomed) is ConsentStatus.WITHDRAWN


@pytest.mark.parametrize("scope", ["topic", "marketing"])
def test_one_press_unsubscribes_and_the_answer_tells_what_is_in_force(
    welcomed: Browser, scope: str
) -> None:
    path = f"/u/{welcomed.token(Purpose.UNSUBSCRIBE)}"
    page = welcomed.open("GET", path)["body"]
    assert f'value="{scope}"' in page
    answer = welcomed.open("POST", path, body=f"scope={scope}")
    assert answer["statusCode"] == 200
    assert "You get no marketing mail from us." in answer["body"]
    assert f'value="{scope}"' not in answer["body"]
    assert status(welcomed) is ConsentStatus.WITHDRAWN


@pytest.mark.parametrize("body", ["", "scope=", "scope=everything", "x=1"])
def test_a_form_that_says_nothing_we_know_changes_nothing(welcomed: Browser, body: str) -> None:
    answer = welcomed.open("POST", f"/u/{welcomed.token(Purpose.UNSUBSCRIBE)}", body=body)
    assert answer["statusCode"] == 400
    assert status(welcomed) is ConsentStatus.GRANTED


def test_one_click_gets_the_same_answer_whether_we_know_the_link_or_not(welcomed: Browser) -> None:
    known = welcomed.token(Purpose.UNSUBSCRIBE)
    answers = [
        welcomed.open("POST", f"/u/{token}", body="List-Unsubscribe=One-Click")
        for token in (known, known, UNKNOWN, "rubbish", welcomed.token(Purpose.CLICK))
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["statusCode"] == 200
    assert "location" not in str(answers[0]["headers"]).lower()


@pytest.mark.parametrize(
    ("method", "body"),
    [("GET", ""), ("POST", "scope=topic"), ("POST", "scope=marketing"), ("POST", FORM_OF_ALL)],
)
def test_a_link_that_is_not_ours_tells_its_reader_so_and_nobody_which_it_was(
    welcomed: Browser, method: str, body: str
) -> None:
    rows = dict(welcomed.room.log.rows)
    forged = welcomed.token(Purpose.UNSUBSCRIBE)[:-1] + "_"
    others = (UNKNOWN, "rubbish", forged, welcomed.token(Purpose.CLICK))
    answers = [welcomed.open(method, f"/u/{token}", body=body) for token in others]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["statusCode"] == 200
    assert "This link does not work" in answers[0]["body"]
    assert "careers@halden.example" in answers[0]["body"]
    assert welcomed.room.log.rows == rows


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["", "rubbish", UNKNOWN])
def test_a_confirmation_that_is_not_ours_gets_a_friendly_page(
    asked: Browser, method: str, token: str
) -> None:
    answer = asked.open(method, "/f/confirm", t=token)
    assert answer["statusCode"] == 200
    assert "This link does not work" in answer["body"]


def test_every_page_forbids_what_it_does_not_need(asked: Browser) -> None:
    answer = asked.open("GET", "/f/confirm", t=asked.token(Purpose.CONFIRM))
    style = re.search(r"<style>(.*)</style>", answer["body"], re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style.group(1).encode()).digest()).decode()
    policy = header(answer, "Content-Security-Policy")
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "script" not in answer["body"] + policy
    assert header(answer, "X-Content-Type-Options") == "nosniff"
    assert header(answer, "Cache-Control") == "no-store"
    assert header(answer, "Referrer-Policy") == "no-referrer"
    assert header(answer, "Strict-Transport-Security").startswith("max-age=")
    assert header(answer, "Content-Type").startswith("text/html")


def test_a_store_out_of_reach_promises_nothing(
    welcomed: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> None:
        raise RetryableError

    monkeypatch.setattr(handler, "_flow", down)
    answer = welcomed.open("POST", "/u/x", body="List-Unsubscribe=One-Click")
    assert answer["statusCode"] == 503


def test_a_fault_of_ours_is_told_to_us_and_not_to_the_caller(
    welcomed: Browser,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(token: str) -> None:
        raise ValueError(token)

    monkeypatch.setattr(welcomed.room.engage.__class__, "centre", lambda _, t: broken(t))
    answer = welcomed.open("GET", f"/u/{UNKNOWN}")
    assert answer["statusCode"] == 500
    assert header(answer, "x-content-type-options") == "nosniff"
    assert "ValueError" not in str(answer)
    printed = capsys.readouterr().out
    assert '"Faults":[1.0]' in printed.replace(" ", "")
    assert UNKNOWN not in printed + caplog.text


def test_what_looks_like_no_token_leads_nowhere_with_the_headers_of_every_answer(
    welcomed: Browser,
) -> None:
    answer = welcomed.open("GET", '/u/"')
    assert answer["statusCode"] == 404
    assert header(answer, "content-security-policy").startswith("default-src 'none'")
    assert header(answer, "content-type").startswith("text/plain")


def test_a_link_of_a_mail_leads_on_and_only_following_it_counts(welcomed: Browser) -> None:
    room = welcomed.room
    key = room.mails[-1].tags["send_id"]
    room.book.sends[key] = replace(room.book.sends[key], tracked=True)
    room.fates.keep(key, (Link(url="https://careers.halden.example/how?a=1"),))
    path = f"/c/{welcomed.token(Purpose.CLICK)}/0"
    for method, headers, noticed in (
        ("HEAD", {}, 0),
        ("GET", {"sec-purpose": "prefetch"}, 0),
        ("GET", {}, 1),
    ):
        answer = welcomed.open(method, path, headers=headers)
        assert (answer["statusCode"], answer["body"]) == (302, "")
        assert header(answer, "location") == "https://careers.halden.example/how?a=1"
        assert header(answer, "cache-control") == "no-store"
        assert header(answer, "referrer-policy") == "no-referrer"
        assert len(room.logged("Mail Reported")) == noticed


@pytest.mark.parametrize("path", ["/c/nothing/0", f"/c/{UNKNOWN}/0", f"/c/{UNKNOWN}/99"])
def test_a_link_that_is_not_ours_leads_to_the_site_of_the_brand(
    welcomed: Browser, path: str
) -> None:
    answer = welcomed.open("GET", path)
    assert answer["statusCode"] == 302
    assert header(answer, "location") == welcomed.room.bundle.brand.site_url
