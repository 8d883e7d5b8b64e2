"""Wake-ups: one one-time schedule of EventBridge Scheduler per subject, and messages to the queue
that it wakes through, of one person or of an event that was moved.

A schedule is named by the person's id and its message holds a ref: nothing in it is personal. It
deletes itself after it has fired. EventBridge keeps times to the second and fires within a minute.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.adapters import aws
from rapport.domain.identifiers import Ref, person_id
from rapport.errors import RetryableError
from rapport.occasions import Moved

# What AWS does with a time that has passed is told nowhere: nothing is scheduled nearer than this.
SOONEST = timedelta(seconds=5)
# When a schedule that fired may still be about to delete itself.
LOOK_AGAIN_SECONDS = 120
TRIES = 3
# Messages that SQS takes in one call.
_BATCH = 10
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Wake:
    """A wake-up. `again`: it is the second look after one."""

    subject: Ref
    again: bool = False


def encode(wake: Wake) -> str:
    """A wake-up as a queue message."""
    return json.dumps({"wake": wake.subject, "again": wake.again}, separators=(",", ":"))


def encode_moved(moved: Moved) -> str:
    """An event that was moved as a queue message."""
    return json.dumps({"moved": moved.occasion, "after": moved.after}, separators=(",", ":"))


def decode(body: str) -> Wake | Moved:
    """The inverse of both; KeyError, TypeError or ValueError for anything else."""
    raw: Mapping[str, Any] = json.loads(body)
    if "moved" in raw and isinstance(raw["moved"], str):
        return Moved(occasion=raw["moved"], after=str(raw.get("after", "")))
    if not isinstance(raw["wake"], str):
        msg = "a wake-up names a subject"
        raise TypeError(msg)
    return Wake(subject=Ref(raw["wake"]), again=raw.get("again") is True)


class EventBridgeSchedules:
    """The port `Schedules`."""

    def __init__(
        self,
        *,
        group: str,
        role_arn: str,
        queue_arn: str,
        queue_url: str,
        dead_letters_arn: str,
        now: Callable[[], datetime],
        scheduler: Any = None,
        sqs: Any = None,
    ) -> None:
        """Schedules of a group, which put their messages into a queue by a role."""
        self._group, self._now, self._queue_url = group, now, queue_url
        self._target = {
            "Arn": queue_arn,
            "RoleArn": role_arn,
            "DeadLetterConfig": {"Arn": dead_letters_arn},
        }
        self._scheduler, self._sqs = scheduler, sqs

    def set(self, subject: Ref, at: datetime) -> None:
        """Let the subject be woken then, and at no other time."""
        self._scheduler = self._scheduler or aws.client("scheduler")
        moment = max(at, self._now() + SOONEST).astimezone(UTC)
        # Up to the next whole second: a wake-up that comes early finds nothing due.
        moment = (moment + _SECOND - timedelta(microseconds=1)).replace(microsecond=0)
        schedule = {
            "Name": person_id(subject),
            "GroupName": self._group,
            "ScheduleExpression": f"at({moment:%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {**self._target, "Input": encode(Wake(subject=subject))},
        }
        exceptions = self._scheduler.exceptions
        for _ in range(TRIES):
            try:
                self._scheduler.create_schedule(**schedule)
            except exceptions.ConflictException:
                try:
                    self._scheduler.update_schedule(**schedule)
                except (exceptions.ConflictException, exceptions.ResourceNotFoundException):
                    # Somebody else is writing it, or it fired and deleted itself just now.
                    continue
            return
        msg = "the schedule changed under every attempt to set it"
        raise RetryableError(msg)

    def clear(self, subject: Ref) -> None:
        """Let the subject sleep; nothing happens if nobody was going to wake it."""
        self._scheduler = self._scheduler or aws.client("scheduler")
        exceptions = self._scheduler.exceptions
        try:
            self._scheduler.delete_schedule(Name=person_id(subject), GroupName=self._group)
        except exceptions.ResourceNotFoundException:
            return
        except exceptions.ConflictException as error:
            msg = "the schedule is being written by somebody else"
            raise RetryableError(msg) from error

    def again(self, subject: Ref) -> None:
        """Let the subject be looked at once more, in two minutes, whatever its schedule says."""
        self._sqs = self._sqs or aws.client("sqs")
        self._sqs.send_message(
            QueueUrl=self._queue_url,
            MessageBody=encode(Wake(subject=subject, again=True)),
            DelaySeconds=LOOK_AGAIN_SECONDS,
        )


class SqsWakes:
    """The port `Wakes`."""

    def __init__(self, queue_url: str, *, client: Any = None) -> None:
        """Wake through the queue of that URL."""
        self._queue_url, self._client = queue_url, client

    def moved(self, moved: Moved, *, after_s: int = 0) -> None:
        """One message, whoever has a place there: `trigger` reads them page by page."""
        self._send([encode_moved(moved)], after_s)

    def wake(self, subjects: Iterable[Ref]) -> None:
        """A message each. None of them has a schedule that fired: one look is enough."""
        self._send([encode(Wake(subject=subject, again=True)) for subject in subjects], 0)

    def _send(self, bodies: list[str], after_s: int) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        self._client = self._client or aws.client("sqs")
        for first in range(0, len(bodies), _BATCH):
            entries = [
                {"Id": str(number), "MessageBody": body, "DelaySeconds": after_s}
                for number, body in enumerate(bodies[first : first + _BATCH])
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            except (BotoCoreError, ClientError) as error:
                raise RetryableError(type(error).__name__) from error
            if answer.get("Failed"):
                msg = f"{len(answer['Failed'])} of {len(entries)} wake-ups were not taken"
                raise RetryableError(msg)
