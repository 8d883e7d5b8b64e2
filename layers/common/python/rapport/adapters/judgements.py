"""Signs of mails to be judged, by a message that the feedback queue delivers a little later."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rapport.adapters import aws
from rapport.domain.event import Json
from rapport.errors import RetryableError

# Longer than what shows a scanner takes: `rapport.domain.verdict` looks a minute around a click.
DELAY_S = 120
_KEY = "judge"


class SqsJudgements:
    """The port `Judgements`."""

    def __init__(self, queue_url: str, *, after_s: int = DELAY_S, client: Any = None) -> None:
        """Queue into the queue of that URL."""
        self._queue_url = queue_url
        self._after_s = after_s
        self._client = client

    def later(self, send_key: str) -> None:
        """Have the signs of a mail judged in two minutes, or as long as it was told."""
        self._client = self._client or aws.client("sqs")
        body = json.dumps({_KEY: send_key})
        try:
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=self._after_s
            )
        except (BotoCoreError, ClientError) as error:
            raise RetryableError(type(error).__name__) from error


def judged_mail(message: Mapping[str, Json]) -> str:
    """The mail whose signs a message wants judged; empty for any other message."""
    found = message.get(_KEY)
    return found if isinstance(found, str) else ""
