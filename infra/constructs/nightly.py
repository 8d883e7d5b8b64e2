"""What the clock calls: a function every night, when nobody waits for it, one every hour, and one
every minute.
"""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.alarms import alarm_on_unsettled
from infra.constructs.engine_function import NAMESPACE, EngineFunction
from infra.constructs.queues import DeadLetters

# UTC, and not on the hour, when everybody's jobs begin.
HOUR, MINUTE = "2", "43"
RETRIES = 2


class _Clock(Construct):
    """A rule of the account's own bus that calls one function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        schedule: events.Schedule,
        how_often: str,
        consumer: EngineFunction,
        dead_letters: DeadLetters,
        asks: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        events.Rule(
            self,
            "Rule",
            description=f"Rapport: calls {consumer.name} every {how_often}",
            schedule=schedule,
            targets=[
                targets.LambdaFunction(
                    consumer.function,
                    event=events.RuleTargetInput.from_object({**(asks or {})}),
                    dead_letter_queue=dead_letters.queue,
                    retry_attempts=RETRIES,
                )
            ],
        )


def every_night(
    scope: Construct,
    construct_id: str,
    *,
    consumer: EngineFunction,
    dead_letters: DeadLetters,
    asks: Mapping[str, str] | None = None,
) -> Construct:
    """What is done when nobody waits for it; `asks` is what the function is called with."""
    return _Clock(
        scope,
        construct_id,
        schedule=events.Schedule.cron(hour=HOUR, minute=MINUTE),
        how_often="night",
        consumer=consumer,
        dead_letters=dead_letters,
        asks=asks,
    )


def every_hour(
    scope: Construct, construct_id: str, *, consumer: EngineFunction, dead_letters: DeadLetters
) -> Construct:
    """What is looked at every hour."""
    return _Clock(
        scope,
        construct_id,
        schedule=events.Schedule.rate(Duration.hours(1)),
        how_often="hour",
        consumer=consumer,
        dead_letters=dead_letters,
    )


def every_minute(
    scope: Construct, construct_id: str, *, consumer: EngineFunction, dead_letters: DeadLetters
) -> None:
    """The look at mails that nobody can tell of, and the alarm when there are some for long."""
    clock = _Clock(
        scope,
        construct_id,
        schedule=events.Schedule.rate(Duration.minutes(1)),
        how_often="minute",
        consumer=consumer,
        dead_letters=dead_letters,
    )
    alarm_on_unsettled(clock, namespace=NAMESPACE, service=consumer.name)
