"""What comes from outside: answers by mail, reports of SES, a message of a recruiter."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from cli import config, write
from cli.store import open_stores
from local.description import Description
from local.layout import ACCOUNT, Place
from rapport.settings import INBOX_PREFIX
from rapport.viewing import write as by_hand
from rapport.viewing.finding import find

Sent = Mapping[str, Any]
# As many as one call to SQS takes.
AT_ONCE = 10
SES_SAYS = {"X-SES-Spam-Verdict": "PASS", "X-SES-Virus-Verdict": "PASS"}
OUT_OF_OFFICE = {"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"}


def client(stack: Description, service: str) -> Any:
    """A client of the local AWS."""
    session = boto3.Session(
        region_name=stack["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the local AWS takes any
    )
    retries = Config(retries={"mode": "standard", "total_max_attempts": 3})
    return session.client(service, endpoint_url=stack["emulator_url"], config=retries)  # type: ignore[call-overload]


def answer(
    stack: Description, mail: Sent, words: str, more: Mapping[str, str] | None = None
) -> None:
    """Answer a mail: SES's receipt rule would put the message into the inbox just so."""
    message = EmailMessage()
    (sender,), (to,) = mail["to"], mail["reply_to"]
    headers = {
        **SES_SAYS,
        "From": sender,
        "To": to,
        "Subject": f"Re: {mail['subject']}",
        "Message-ID": f"<{uuid4()}@{sender.partition('@')[2]}>",
        **(more or {}),
    }
    for name, value in headers.items():
        message[name] = value
    message.set_content(words)
    client(stack, "s3").put_object(
        Bucket=stack["buckets"]["inbox"], Key=f"{INBOX_PREFIX}{uuid4()}", Body=message.as_bytes()
    )


def delivered(stack: Description, mails: Sequence[Sent]) -> None:
    """Let SES report that these mails were delivered.

    The local bus lets nobody speak for SES, just as that of AWS: the events are put where the rule
    of the default bus would put them.
    """
    queue, entries = client(stack, "sqs"), [*_entries(mails)]
    for first in range(0, len(entries), AT_ONCE):
        queue.send_message_batch(
            QueueUrl=stack["queues"]["feedback"], Entries=entries[first : first + AT_ONCE]
        )


def _entries(mails: Sequence[Sent]) -> Iterator[dict[str, str]]:
    for number, mail in enumerate(mails):
        event = by_bus(report(mail, "Delivery", mail["received_at"]))
        yield {"Id": str(number), "MessageBody": json.dumps(event)}


def by_bus(told: Mapping[str, Any]) -> dict[str, Any]:
    """A report as an event of the default bus."""
    return {"source": "aws.ses", "detail-type": f"Email {told['eventType']}", "detail": told}


def report(mail: Sent, kind: str, at: str, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What SES says about a mail, in the shape of its examples of event data."""
    tags = {name: [value] for name, value in mail["tags"].items()}
    return {
        "eventType": kind,
        "mail": {
            "timestamp": mail["received_at"],
            "messageId": mail["message_id"],
            "sendingAccountId": ACCOUNT,
            "destination": mail["to"],
            "tags": {"ses:configuration-set": [mail["configuration_set"]], **tags},
        },
        kind.lower(): {"timestamp": at, **(told or {})},
    }


def message(place: Place, email: str, *, subject: str, text: str, block: str = "") -> None:
    """What `rapport write` does: a recruiter writes to one candidate, with a block beneath."""
    stores = open_stores(config.load(place.local_json))
    what = write.message(
        subject=subject,
        text=text,
        file="",
        block=block,
        sender_name="Marit Berg",
        owner="marit.berg@halden.example",
        by="marit",
    )
    by_hand.write(stores, find(stores, email), what, now=datetime.now(UTC), dry=False)
