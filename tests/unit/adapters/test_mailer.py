"""What SES answers, and what happens on the way to it: not sent, not sent for good, or unknown."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)

from rapport.adapters import aws
from rapport.adapters.accounts import KEPT, SesAccounts
from rapport.adapters.mailer import SesMailer
from rapport.domain.person import UNKNOWN_ACCOUNT, Account
from rapport.ports import Accepted, Mail, NotSent, Unknown
from rapport.sending import Refusal
from tests.support.fakes import Clock

URL = "https://ses.example"
MAIL = Mail(
    sender="jobs@halden.example",
    to="ana@inbox.halden.example",
    subject="Hello",
    text="Hello",
    html="<p>Hello</p>",
    headers=(),
    tags={"send_id": "ab"},
)


class Client:
    """SES's client, which answers or raises what it is told to."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.calls = 0

    def send_email(self, **_: object) -> dict[str, Any]:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def get_account(self) -> dict[str, Any]:
        return self.send_email()


def said(code: str, status: int = 400, text: str = "") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": text},
            "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item]
        },
        "SendEmail",
    )


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (said("TooManyRequestsException", 429), Refusal.THROTTLED),
        (said("SomethingNew", 429), Refusal.THROTTLED),
        (said("Throttling", 400, "Maximum sending rate exceeded."), Refusal.THROTTLED),
        (said("ThrottlingException", 400, "Daily message quota exceeded"), Refusal.QUOTA),
        (said("TooManyRequestsException", 429, "Daily message quota exceeded."), Refusal.QUOTA),
        (said("LimitExceededException"), Refusal.QUOTA),
        (said("SendingPausedException"), Refusal.PAUSED),
        (said("AccountSuspendedException"), Refusal.PAUSED),
        (said("BadRequestException", 400, "Sending Status Disabled for tenant"), Refusal.PAUSED),
        (said("ExpiredTokenException", 403), Refusal.UNREACHABLE),
        (ConnectTimeoutError(endpoint_url=URL), Refusal.UNREACHABLE),
        (EndpointConnectionError(endpoint_url=URL), Refusal.UNREACHABLE),
        (NoCredentialsError(), Refusal.UNREACHABLE),
        (
            SSLError(endpoint_url=URL, error=OSError("CERTIFICATE_VERIFY_FAILED")),
            Refusal.UNREACHABLE,
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_was_certainly_not_sent_may_be_tried_again(error: Exception, why: Refusal) -> None:
    answer = SesMailer("set", client=Client(error)).submit(MAIL)
    assert isinstance(answer, NotSent)
    assert (answer.again, answer.why) == (True, why)


@pytest.mark.parametrize(
    "error",
    [
        said("MessageRejected"),
        said("MailFromDomainNotVerifiedException"),
        said("BadRequestException"),
        said("NotFoundException", 404),
        ParamValidationError(report="Invalid type"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_ses_refuses_for_good_is_not_tried_again(error: Exception) -> None:
    answer = SesMailer("set", client=Client(error)).submit(MAIL)
    assert isinstance(answer, NotSent)
    assert not answer.again


@pytest.mark.parametrize(
    "error",
    [
        said("InternalServiceErrorException", 500),
        said("ServiceUnavailable", 503),
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        SSLError(endpoint_url=URL, error=OSError("bad record mac")),
        BotoCoreError(),
    ],
    ids=lambda value: str(value)[:60],
)
def test_whatever_else_happens_nobody_can_tell(error: Exception) -> None:
    assert isinstance(SesMailer("set", client=Client(error)).submit(MAIL), Unknown)


def test_an_accepted_mail_is_accepted() -> None:
    answer = SesMailer("set", client=Client({"MessageId": "m-1"})).submit(MAIL)
    assert answer == Accepted(message_id="m-1")


@contextmanager
def swallowing() -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes every request in and closes without an answer."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    taken.append(connection.recv(65_536))

        Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        server.shutdown(socket.SHUT_RDWR)


def test_a_mail_whose_answer_is_lost_goes_over_the_wire_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    aws.session.cache_clear()
    try:
        with swallowing() as (url, taken):
            answer = SesMailer("set", endpoint=url).submit(MAIL)
    finally:
        aws.session.cache_clear()
    requests = [one for one in taken if one.startswith(b"POST /v2/email/outbound-emails")]
    print(f"\na lost answer: {len(requests)} request")
    assert (len(taken), len(requests)) == (1, 1)
    assert isinstance(answer, Unknown)


STANDING = {
    "SendingEnabled": True,
    "EnforcementStatus": "HEALTHY",
    "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 120.0},
}


def test_the_account_is_asked_every_five_minutes_and_not_more_often() -> None:
    clock, client = Clock(), Client(STANDING)
    accounts = SesAccounts(now=clock, client=client)
    for _ in range(10):
        assert accounts.account() == Account(quota=50_000, quota_used=120, per_second=14)
        clock.forward(seconds=KEPT.total_seconds() / 4)
    assert client.calls == 3


@pytest.mark.parametrize(
    ("standing", "stopped"),
    [
        (STANDING, False),
        (STANDING | {"SendingEnabled": False}, True),
        (STANDING | {"EnforcementStatus": "SHUTDOWN"}, True),
        (STANDING | {"EnforcementStatus": "PROBATION"}, False),
    ],
)
def test_an_account_that_is_stopped_is_paused(standing: dict[str, Any], *, stopped: bool) -> None:
    accounts = SesAccounts(now=Clock(), client=Client(standing))
    assert bool(accounts.account().paused) is stopped


def test_an_account_that_ses_does_not_tell_of_stands_in_no_mails_way() -> None:
    for error in (said("TooManyRequestsException", 429), ConnectTimeoutError(endpoint_url=URL)):
        assert SesAccounts(now=Clock(), client=Client(error)).account() == UNKNOWN_ACCOUNT


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (Refusal.PAUSED, lambda account: account.paused),
        (Refusal.QUOTA, lambda account: account.quota_used >= account.quota),
    ],
)
def test_what_ses_answers_to_a_mail_is_remembered_for_as_long(
    why: Refusal, expected: Callable[[Account], bool]
) -> None:
    clock = Clock()
    accounts = SesAccounts(now=clock, client=Client(STANDING))
    accounts.told(why, "code")
    assert expected(accounts.account())
    clock.forward(seconds=(KEPT + timedelta(seconds=1)).total_seconds())
    assert accounts.account() == Account(quota=50_000, quota_used=120, per_second=14)
