"""The nightly comparison: one function, called at an hour when nobody waits for it."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.alarms import alarm_on_differing
from infra.constructs.engine_function import NAMESPACE, EngineFunction
from infra.constructs.queues import DeadLetters

# UTC, and not on the hour, when everybody's jobs begin.
HOUR, MINUTE = "2", "43"
RETRIES = 2


class Nightly(Construct):
    """A rule of the account's own bus that calls one function, and the alarm on what it finds."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        consumer: EngineFunction,
        dead_letters: DeadLetters,
    ) -> None:
        super().__init__(scope, construct_id)
        events.Rule(
            self,
            "Rule",
            description=f"Rapport: calls {consumer.name} every night",
            schedule=events.Schedule.cron(hour=HOUR, minute=MINUTE),
            targets=[
                targets.LambdaFunction(
                    consumer.function,
                    event=events.RuleTargetInput.from_object({}),
                    dead_letter_queue=dead_letters.queue,
                    retry_attempts=RETRIES,
                )
            ],
        )
        alarm_on_differing(self, namespace=NAMESPACE, service=consumer.name)
