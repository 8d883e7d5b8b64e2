"""Intents on the SQS queue in front of `send`."""

import json
from collections.abc import Sequence
from typing import Any

from rapport.adapters import aws
from rapport.domain.decision import Intent, fact_from_json, fact_to_json
from rapport.domain.event import from_millis, millis
from rapport.domain.identifiers import PersonId


def encode(intent: Intent) -> str:
    """An intent as a queue message: ids only."""
    return json.dumps(
        {
            "program": intent.program,
            "occurrence": intent.occurrence,
            "person": intent.person,
            "bundle": intent.bundle,
            "decided_at": millis(intent.decided_at),
            "fact": fact_to_json(intent.fact),
        },
        separators=(",", ":"),
    )


def decode(body: str) -> Intent:
    """The inverse of `encode`; KeyError, TypeError or ValueError for anything else."""
    raw = json.loads(body)
    return Intent(
        program=raw["program"],
        occurrence=raw["occurrence"],
        person=PersonId(raw["person"]),
        bundle=raw["bundle"],
        decided_at=from_millis(raw["decided_at"]),
        fact=fact_from_json(raw["fact"]),
    )


# SQS's words for messages that nobody has taken away.
_WAITING = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class SqsIntents:
    """The port `Intents`."""

    def __init__(self, queue_url: str, *, client: Any = None) -> None:
        """Work on the queue at that URL."""
        self._queue_url = queue_url
        self._client = client

    def put(self, intent: Intent, *, after_s: int = 0) -> None:
        """Queue an intent, to be judged at once, or after so many seconds (up to 900)."""
        self._client = self._client or aws.client("sqs")
        self._client.send_message(
            QueueUrl=self._queue_url, MessageBody=encode(intent), DelaySeconds=after_s
        )

    def put_all(self, intents: Sequence[Intent]) -> None:
        """Queue them all, to be judged at once."""
        for intent in intents:
            self.put(intent)

    def waiting(self) -> int:
        """About how many messages there are, hidden and delayed ones too."""
        self._client = self._client or aws.client("sqs")
        told = self._client.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=list(_WAITING)
        )
        return sum(int(count) for count in told.get("Attributes", {}).values())
