"""A fact on the bus reaches a function: one rule per fact class, never per playbook.

The patterns are made from `rapport.events`, which `publish` also writes the events with, so a rule
cannot wait for an event that nobody sends.
"""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.engine_function import EngineFunction
from infra.constructs.queues import DeadLetters
from rapport.events import FACTS, SOURCE

# EventBridge's own limits: it tries for a day, then the dead-letter queue has it.
RETRY_FOR = Duration.hours(24)
RETRIES = 185


class FactRoutes(Construct):
    """A rule for each fact class that playbooks may name, straight to one function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.EventBus,
        consumer: EngineFunction,
        dead_letters: DeadLetters,
    ) -> None:
        super().__init__(scope, construct_id)
        for fact in FACTS.values():
            if not fact.routed:
                continue
            rule = events.Rule(
                self,
                fact.name,
                description=f"Rapport: {fact.meaning}",
                event_bus=bus,
                event_pattern=events.EventPattern(source=[SOURCE], detail_type=[fact.name]),
            )
            rule.add_target(
                targets.LambdaFunction(
                    consumer.function,
                    dead_letter_queue=dead_letters.queue,
                    max_event_age=RETRY_FOR,
                    retry_attempts=RETRIES,
                )
            )
