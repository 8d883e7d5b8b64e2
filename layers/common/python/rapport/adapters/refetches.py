"""The queue in front of `functions/sync`."""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rapport.adapters import aws
from rapport.ats import Refetch
from rapport.domain.event import Json, millis
from rapport.errors import RetryableError

# What SQS takes.
LONGEST_DELAY_S = 900


class SqsWork:
    """The port `Work`."""

    def __init__(self, queue_url: str, *, client: Any = None) -> None:
        """Queue into the queue of that URL."""
        self._queue_url = queue_url
        self._client = client

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        """Queue it; whoever finds that it came too early queues it again."""
        from botocore.exceptions import BotoCoreError, ClientError

        self._client = self._client or aws.client("sqs")
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(message, sort_keys=True),
                DelaySeconds=max(0, min(LONGEST_DELAY_S, math.ceil(after_s))),
            )
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error


class SqsRefetches:
    """The port `Refetches`, on the same queue. Without an id all that changed lately is read."""

    def __init__(
        self, work: SqsWork, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._work = work
        self._now = now

    def put(self, refetch: Refetch, *, after_s: int = 0) -> None:
        """Have an entity read."""
        message: dict[str, Json] = {"do": "pull", "connection": refetch.connection}
        if refetch.id:
            message |= {"do": "refetch", "kind": refetch.kind, "id": refetch.id}
        else:
            message |= {"asked": millis(self._now())}
        self._work.put(message, after_s=after_s)
