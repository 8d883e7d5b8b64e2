"""What is asked of SQS and SES so that signs are judged later, and only of those who agreed."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from rapport.adapters.judgements import DELAY_S, SqsJudgements, judged_mail
from rapport.adapters.mailer import SesMailer
from rapport.domain.verdict import _NEAR as LOOKS_AROUND
from rapport.errors import RetryableError
from rapport.ports import Mail

URL = "https://sqs.example/feedback"


class Client:
    """Keeps what it is asked for; `fails` as a network does."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.asked: list[dict[str, Any]] = []

    def send_message(self, **request: Any) -> None:
        if self.fails:
            raise EndpointConnectionError(endpoint_url=URL)
        self.asked.append(request)

    def send_email(self, **request: Any) -> dict[str, str]:
        self.asked.append(request)
        return {"MessageId": "m"}


def test_signs_are_judged_when_all_that_shows_a_scanner_is_there() -> None:
    client = Client()
    SqsJudgements(URL, client=client).later("ab" * 32)
    [asked] = client.asked
    assert (asked["QueueUrl"], asked["DelaySeconds"]) == (URL, DELAY_S)
    assert LOOKS_AROUND.total_seconds() < DELAY_S
    assert judged_mail(json.loads(asked["MessageBody"])) == "ab" * 32


def test_other_messages_ask_for_no_judgement() -> None:
    for message in ({}, {"judge": 7}, {"eventType": "Open"}, {"program": "welcome"}):
        assert judged_mail(message) == ""


def test_a_queue_that_does_not_answer_is_worth_another_try() -> None:
    with pytest.raises(RetryableError):
        SqsJudgements(URL, client=Client(fails=True)).later("ab" * 32)


@pytest.mark.parametrize(
    ("tracking", "told"),
    [
        (True, {"OpenTrackingEnabled": "ENABLED", "ClickTrackingEnabled": "DISABLED"}),
        (False, {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}),
        (None, None),
    ],
)
def test_ses_is_told_for_each_mail_whether_its_pixel_may_stand_in_it(
    tracking: bool | None, told: dict[str, str] | None
) -> None:
    client = Client()
    mail = Mail(
        sender="a@halden.example",
        to="b@inbox.halden.example",
        subject="s",
        text="t",
        html="<p>t</p>",
        headers=(),
        tags={},
        tracking=tracking,
    )
    SesMailer("set", client=client).submit(mail)
    overrides = client.asked[0].get("ConfigurationOverrides")
    assert overrides == (None if told is None else {"Tracking": told})
