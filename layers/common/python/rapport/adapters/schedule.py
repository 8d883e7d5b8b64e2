"""Wake-ups: one one-time schedule of EventBridge Scheduler per subject, and messages to the queue
that it wakes through.

A schedule is named by the person's id and its message holds a ref: nothing in it is personal. It
deletes itself after it has fired. EventBridge keeps times to the second and fires within a minute.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.adapters import aws
from rapport.domain.identifiers import Ref, person_id
from rapport.errors import RetryableError

# What AWS does with a time that has passed is told nowhere: nothing is scheduled nearer than this.
SOONEST = timedelta(seconds=5)
# When a schedule that fired may still be about to delete itself.
LOOK_AGAIN_SECONDS = 120
TRIES = 3
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Wake:
    """A wake-up. `again`: it is the second look after one."""

    subject: Ref
    again: bool = False


def encode(wake: Wake) -> str:
    """A wake-up as a queue message."""
    return json.dumps({"wake": wake.subject, "again": wake.again}, separators=(",", ":"))


def decode(body: str) -> Wake:
    """The inverse of `encode`; KeyError, TypeError or ValueError for anything else."""
    raw: Mapping[str, Any] = json.loads(body)
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
