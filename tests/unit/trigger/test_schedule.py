"""Schedules as EventBridge is told of them, on moto: one per person, nothing personal in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from rapport.adapters.schedule import SOONEST, EventBridgeSchedules, SqsWakes, Wake, decode, encode
from rapport.domain.identifiers import Ref, person_id
from rapport.errors import RetryableError
from rapport.occasions import Moved

ANA = Ref("email#r5hXEEppq6ucSUIie3kRAA")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUEUE = "arn:aws:sqs:us-east-1:123456789012:wakes"


class Aws:
    """Scheduler and queue of a deployment."""

    def __init__(self) -> None:
        self.scheduler: Any = boto3.client("scheduler", "us-east-1")
        self.scheduler.create_schedule_group(Name="rapport-test")
        self.sqs: Any = boto3.client("sqs", "us-east-1")
        url = self.sqs.create_queue(QueueName="wakes")["QueueUrl"]
        self.schedules = EventBridgeSchedules(
            group="rapport-test",
            role_arn="arn:aws:iam::123456789012:role/wake",
            queue_arn=QUEUE,
            queue_url=url,
            dead_letters_arn=f"{QUEUE}-dead",
            now=lambda: NOW,
            scheduler=self.scheduler,
            sqs=self.sqs,
        )
        self.url = url

    def stored(self) -> list[dict[str, Any]]:
        listed = self.scheduler.list_schedules(GroupName="rapport-test")["Schedules"]
        return [
            self.scheduler.get_schedule(GroupName="rapport-test", Name=each["Name"])
            for each in listed
        ]


@pytest.fixture
def aws() -> Iterator[Aws]:
    with mock_aws():
        yield Aws()


def test_a_person_has_one_schedule_that_moves(aws: Aws) -> None:
    aws.schedules.set(ANA, NOW + timedelta(hours=20))
    aws.schedules.set(ANA, NOW + timedelta(hours=2))
    [told] = aws.stored()
    assert told["Name"] == person_id(ANA)
    assert told["ScheduleExpression"] == "at(2026-03-02T11:00:00)"
    assert told["ScheduleExpressionTimezone"] == "UTC"
    assert told["Target"]["Arn"] == QUEUE
    assert told["Target"]["DeadLetterConfig"] == {"Arn": f"{QUEUE}-dead"}
    assert decode(told["Target"]["Input"]) == Wake(subject=ANA)


@pytest.mark.parametrize(
    ("due", "fires"),
    [
        (timedelta(minutes=1, milliseconds=1), "09:01:01"),
        (timedelta(minutes=1), "09:01:00"),
        (timedelta(0), "09:00:05"),
        (-timedelta(days=1), "09:00:05"),
    ],
    ids=["not before it is due", "on the second", "never now", "never in the past"],
)
def test_a_schedule_fires_when_something_is_due(aws: Aws, due: timedelta, fires: str) -> None:
    assert timedelta(seconds=5) == SOONEST
    aws.schedules.set(ANA, NOW + due)
    assert aws.stored()[0]["ScheduleExpression"] == f"at(2026-03-02T{fires})"


def test_somebody_who_waits_for_nothing_has_no_schedule(aws: Aws) -> None:
    aws.schedules.clear(ANA)
    aws.schedules.set(ANA, NOW + timedelta(hours=2))
    aws.schedules.clear(ANA)
    assert not aws.stored()


def test_a_schedule_that_fires_between_two_attempts_is_made_anew(aws: Aws) -> None:
    aws.schedules.set(ANA, NOW + timedelta(hours=2))
    update = aws.scheduler.update_schedule

    def fired(**told: Any) -> Any:
        aws.scheduler.delete_schedule(Name=told["Name"], GroupName=told["GroupName"])
        return update(**told)

    aws.scheduler.update_schedule = fired
    aws.schedules.set(ANA, NOW + timedelta(hours=3))
    assert aws.stored()[0]["ScheduleExpression"] == "at(2026-03-02T12:00:00)"


def test_a_schedule_that_others_keep_writing_is_set_later(aws: Aws) -> None:
    aws.schedules.set(ANA, NOW + timedelta(hours=2))

    def taken(**_: Any) -> Any:
        raise aws.scheduler.exceptions.ConflictException({"Error": {}}, "UpdateSchedule")

    aws.scheduler.update_schedule = taken
    with pytest.raises(RetryableError):
        aws.schedules.set(ANA, NOW + timedelta(hours=3))


def test_a_second_look_comes_through_the_queue(aws: Aws) -> None:
    aws.schedules.again(ANA)
    waiting = aws.sqs.get_queue_attributes(QueueUrl=aws.url, AttributeNames=["All"])
    assert waiting["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"
    assert decode(encode(Wake(subject=ANA, again=True))) == Wake(subject=ANA, again=True)


def test_an_event_that_was_moved_and_all_who_are_woken_for_it_go_through_the_same_queue(
    aws: Aws,
) -> None:
    wakes = SqsWakes(aws.url, client=aws.sqs)
    wakes.moved(Moved(occasion="open-day", after=ANA))
    crowd = [Ref(f"email#{number:022}") for number in range(23)]
    wakes.wake(crowd)
    wakes.wake([])
    found: list[Wake | Moved] = []
    while told := aws.sqs.receive_message(QueueUrl=aws.url, MaxNumberOfMessages=10).get("Messages"):
        found += [decode(each["Body"]) for each in told]
    assert sorted(each.subject for each in found if isinstance(each, Wake)) == crowd
    assert [each for each in found if isinstance(each, Moved)] == [
        Moved(occasion="open-day", after=ANA)
    ]
    # Nobody of them has a schedule that is about to delete itself.
    assert all(each.again for each in found if isinstance(each, Wake))


def test_a_queue_that_is_out_of_reach_can_be_asked_again(aws: Aws) -> None:
    with pytest.raises(RetryableError):
        SqsWakes(f"{aws.url}-gone", client=aws.sqs).moved(Moved(occasion="open-day"))


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"wake":null}', '{"wake":{}}', "4"])
def test_what_is_no_wake_up_is_told_apart(body: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        decode(body)
