"""Objects that are put under a prefix of a bucket reach a queue, by a rule of the default bus."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.event_route import RETRIES, RETRY_FOR
from infra.constructs.queues import WorkQueue


def tell_of_objects(
    scope: Construct, *, description: str, bucket: s3.IBucket, prefix: str, queue: WorkQueue
) -> None:
    """One message in the queue for each object; what cannot be told goes to its dead letters."""
    rule = events.Rule(
        scope,
        "Rule",
        description=description,
        event_bus=events.EventBus.from_event_bus_name(scope, "DefaultBus", "default"),
        event_pattern=events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={
                "bucket": {"name": [bucket.bucket_name]},
                "object": {"key": [{"prefix": prefix}]},
            },
        ),
    )
    rule.add_target(
        targets.SqsQueue(
            queue.queue,
            dead_letter_queue=queue.dead_letters.queue,
            max_event_age=RETRY_FOR,
            retry_attempts=RETRIES,
        )
    )
