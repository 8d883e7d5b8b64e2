"""What a scanner says of an upload reaches a function: by the account's default bus, by one rule.

Nobody but who may put events on that bus can say that a file is harmless (docs/forms.md).
"""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.engine_function import EngineFunction
from infra.constructs.event_route import RETRIES, RETRY_FOR
from infra.constructs.queues import DeadLetters
from rapport.settings import SCANNER, VERDICT


def hear_verdicts(scope: Construct, *, consumer: EngineFunction, dead_letters: DeadLetters) -> None:
    """Hand each verdict to the function."""
    rule = events.Rule(
        scope,
        "Verdicts",
        description="Rapport: what a scanner says of a résumé",
        event_bus=events.EventBus.from_event_bus_name(scope, "VerdictBus", "default"),
        event_pattern=events.EventPattern(source=[SCANNER], detail_type=[VERDICT]),
    )
    rule.add_target(
        targets.LambdaFunction(
            consumer.function,
            dead_letter_queue=dead_letters.queue,
            max_event_age=RETRY_FOR,
            retry_attempts=RETRIES,
        )
    )
