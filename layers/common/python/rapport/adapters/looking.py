"""Where nothing of anybody may stand, and nothing can be taken out: log lines and dead letters.

Both hold ids and keyed hashes alone. What is found there of somebody is a defect: the certificate
of their erasure says so, and the line or the letter has to be taken away by hand.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

from rapport.adapters import aws
from rapport.domain.spellings import Needles
from rapport.domain.tombstones import Gone
from rapport.errors import RetryableError

# Of one log group, and of one queue, so much is read: a page of a log has up to 10 000 lines.
MOST_PAGES = 100
MOST_LETTERS = 10_000
_LETTERS = 10
# A letter that was looked at comes to others so much later.
_HIDDEN_SECONDS = 60
Clients: TypeAlias = "Callable[[str], Any]"


class LogLines:
    """The lines of some log groups."""

    store = "log lines"

    def __init__(self, groups: Sequence[str], *, client: Clients = aws.client) -> None:
        """Read the groups of these names."""
        self._groups, self._client = groups, client

    def look(self, needles: Needles) -> Gone:
        """In which groups words of theirs stand."""
        items = unread = 0
        hits: list[str] = []
        for group in self._groups:
            pages = self._pages(group)
            told = False
            for page in islice(pages, MOST_PAGES):
                items += len(page)
                told = told or any(_tells(needles, line) for line in page)
            unread += next(pages, None) is not None
            if told:
                hits.append(f"lines of {group}")
        return Gone(items=items, hits=tuple(hits), stays={"unread": unread} if unread else {})

    def _pages(self, group: str) -> Iterator[list[bytes]]:
        """The group's lines, page by page; a page may be empty and others follow."""
        asked: dict[str, Any] = {"logGroupName": group}
        while True:
            told = _asked(self._client("logs"), "filter_log_events", **asked)
            yield [each["message"].encode() for each in told["events"]]
            if not told.get("nextToken"):
                return
            asked["nextToken"] = told["nextToken"]


class DeadLetters:
    """What lies in the dead-letter queues. It is looked at and stays where it is."""

    store = "dead letters"

    def __init__(
        self, urls: Sequence[str], *, client: Clients = aws.client, wait_seconds: int = 1
    ) -> None:
        """Look into the queues of these URLs. Without a wait SQS asks some of its servers alone."""
        self._urls, self._client, self._wait = urls, client, wait_seconds

    def look(self, needles: Needles) -> Gone:
        """In which queues words of theirs stand."""
        items = unread = 0
        hits: list[str] = []
        for url in self._urls:
            letters = self._letters(url)
            items += len(letters)
            unread += len(letters) >= MOST_LETTERS
            if any(_tells(needles, letter) for letter in letters):
                hits.append(f"letters of {url.rpartition('/')[2]}")
        return Gone(items=items, hits=tuple(hits), stays={"unread": unread} if unread else {})

    def _letters(self, url: str) -> list[bytes]:
        """Each letter once: it is hidden while others are fetched, and none is deleted."""
        seen: dict[str, bytes] = {}
        while len(seen) < MOST_LETTERS:
            told = _asked(
                self._client("sqs"),
                "receive_message",
                QueueUrl=url,
                MaxNumberOfMessages=_LETTERS,
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=self._wait,
                MessageAttributeNames=["All"],
            )
            fresh = {
                each["MessageId"]: f"{each['Body']}\n{each.get('MessageAttributes', '')}".encode()
                for each in told.get("Messages", [])
                if each["MessageId"] not in seen
            }
            if not fresh:
                break
            seen |= fresh
        return [*seen.values()]


def _tells(needles: Needles, said: bytes) -> bool:
    return needles.found_in(said) or needles.named_in(said)


def _asked(client: Any, operation: str, **parameters: Any) -> Any:
    """What AWS answers; RetryableError when it does not."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(client, operation)(**parameters)
    except (BotoCoreError, ClientError) as error:
        raise RetryableError(type(error).__name__) from error
