"""Queues: encrypted by SQS itself, TLS only, each with a dead-letter queue that raises an alarm.

A key of our own on a dead-letter queue would lose messages in silence wherever the sender lacks
the right to use the key, so all queues use the encryption that SQS manages.
"""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import grants
from infra.constructs.alarms import alarm_on_age, alarm_on_depth
from infra.constructs.checks import acknowledge
from infra.constructs.engine_function import EngineFunction, Statement

KEEP_DEAD = Duration.days(14)
KEEP = Duration.days(4)
TRIES = 5
BATCH = 10
# AWS asks for six times the function's timeout, so that a slow batch is not handed out twice.
VISIBILITY_FACTOR = 6


class DeadLetters(Construct):
    """The end of the line: nothing reads `queue` but a person."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEEP_DEAD,
        )
        acknowledge(self.queue, ("SQS3", "This is a dead-letter queue."))
        alarm_on_depth(self, self.queue)


class WorkQueue(Construct):
    """A queue that one function works off, in batches, each message answered for by itself."""

    def __init__(self, scope: Construct, construct_id: str, *, consumer_timeout_s: int) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters")
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEEP,
            visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * consumer_timeout_s),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters.queue, max_receive_count=TRIES
            ),
        )
        alarm_on_age(self, self.queue)

    def feed(self, consumer: EngineFunction, *, at_once: int, batch: int = BATCH) -> None:
        """Let `consumer` work it off, `batch` by `batch`, `at_once` copies of it at a time."""
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=consumer.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=batch,
            max_concurrency=at_once,
            report_batch_item_failures=True,
        )


def reading(queues: Sequence[WorkQueue]) -> Statement:
    """What the role of a function needs so that Lambda can feed it from these queues."""
    return Statement(
        sid="ReadQueues",
        actions=grants.READ_QUEUE,
        resources=[each.queue.queue_arn for each in queues],
    )
