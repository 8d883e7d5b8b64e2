"""The SES endpoint records what SES accepted, and shows it safely."""

import json
from http.client import HTTPConnection
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from mypy_boto3_sesv2.type_defs import EmailContentTypeDef

from local.mailbox import Recorder
from tests.support.web import Recorded, Serve


def _send(port: int, **changes: Any) -> str:
    client = boto3.client(
        "sesv2",
        endpoint_url=f"http://127.0.0.1:{port}",
        config=Config(retries={"total_max_attempts": 1}),
    )
    content: EmailContentTypeDef = {
        "Simple": {
            "Subject": {"Data": changes.get("subject", "Welcome, Åse"), "Charset": "UTF-8"},
            "Body": {
                "Text": {"Data": "Hello\nhttp://127.0.0.1/f/confirm?t=x", "Charset": "UTF-8"},
                "Html": {"Data": changes.get("html", "<html><head></head><p>Hi</p></html>")},
            },
            "Headers": [{"Name": "List-Unsubscribe", "Value": "<http://127.0.0.1/u/t>"}],
        }
    }
    sent = client.send_email(
        FromEmailAddress="Halden <careers@halden.example>",
        Destination={"ToAddresses": [changes.get("to", "ase@inbox.halden.example")]},
        Content=content,
        EmailTags=[{"Name": "send_id", "Value": "s-1"}],
        ConfigurationSetName="rapport",
    )
    client.close()
    return str(sent["MessageId"])


def _get(port: int, path: str) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, dict(answer.getheaders())


@pytest.fixture
def port(behind: Recorded, serve: Serve) -> int:
    behind.body = b'{"MessageId":"ses-1"}'
    return serve(Recorder(emulator_port=behind.port).reply)


def test_a_mail_sent_with_botocore_is_passed_on_and_listed(port: int, behind: Recorded) -> None:
    assert _send(port) == "ses-1"
    (passed_on,) = behind.requests
    assert passed_on.path == "/v2/email/outbound-emails"
    assert "/ses/aws4_request" in passed_on.header("Authorization")
    (mail,) = json.loads(_get(port, "/messages")[1])
    assert mail["id"] == "1"
    assert mail["message_id"] == "ses-1"
    assert mail["from"] == "Halden <careers@halden.example>"
    assert mail["to"] == ["ase@inbox.halden.example"]
    assert mail["subject"] == "Welcome, Åse"
    assert mail["text"].startswith("Hello\n")
    assert mail["headers"] == {"List-Unsubscribe": "<http://127.0.0.1/u/t>"}
    assert mail["tags"] == {"send_id": "s-1"}
    assert mail["configuration_set"] == "rapport"
    assert mail["received_at"].endswith("Z")
    assert len(mail["received_at"]) == len("2026-11-23T01:02:03.004Z")


def test_a_mail_that_ses_refuses_is_no_mail(port: int, behind: Recorded) -> None:
    behind.status, behind.body = 400, b'{"message":"Email address is not verified."}'
    with pytest.raises(ClientError, match="not verified"):
        _send(port)
    assert json.loads(_get(port, "/messages")[1]) == []
    (refused,) = json.loads(_get(port, "/refused")[1])
    assert (refused["status"], refused["message_id"]) == (400, "")
    assert "Refused by SES" in _get(port, "/")[1]


def test_mails_are_listed_newest_first_and_by_address(port: int) -> None:
    _send(port, subject="first")
    _send(port, subject="second", to="other@inbox.halden.example")
    listed = json.loads(_get(port, "/messages")[1])
    assert [mail["subject"] for mail in listed] == ["second", "first"]
    mine = json.loads(_get(port, "/messages?to=ase%40inbox.halden.example")[1])
    assert [mail["subject"] for mail in mine] == ["first"]
    page = _get(port, "/")[1]
    assert page.index(">second</a>") < page.index(">first</a>")


def test_a_hostile_mail_shows_and_never_runs(port: int) -> None:
    script = "<script>alert(1)</script>"
    _send(port, subject=script, html=f'<body>{script}<a href="https://x.example">go</a></body>')
    for path in ("/", "/messages/1"):
        status, page, headers = _get(port, path)
        assert status == 200
        assert script not in page
        assert "script-src" not in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, html, headers = _get(port, "/messages/1/html")
    assert (status, script in html) == (200, True)
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


def test_links_of_a_mail_open_in_a_new_tab(port: int) -> None:
    _send(port)
    assert '<head><base target="_blank">' in _get(port, "/messages/1/html")[1]
    frame = _get(port, "/messages/1")[1]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame


def test_a_page_tells_text_headers_and_tags(port: int) -> None:
    _send(port)
    page = _get(port, "/messages/1")[1]
    for shown in ("Hello", "List-Unsubscribe", "&lt;http://127.0.0.1/u/t&gt;", "send_id", "s-1"):
        assert shown in page


def test_an_unknown_mail_is_not_found(port: int) -> None:
    assert _get(port, "/messages/7")[0] == 404
    assert _get(port, "/messages/x/html")[0] == 404
