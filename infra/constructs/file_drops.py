"""Files that employers drop: a rule tells of each object under the prefix, the work queue keeps it.

Whoever drops them writes with a role or a key of the employer's own (docs/ats-files.md).
"""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.event_route import RETRIES, RETRY_FOR
from infra.constructs.queues import WorkQueue
from rapport.settings import DROP_PREFIX


class FileDrops(Construct):
    """`queue` gets one message for each object that is put under the prefix."""

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, queue: WorkQueue
    ) -> None:
        super().__init__(scope, construct_id)
        rule = events.Rule(
            self,
            "Rule",
            description="Rapport: files that an applicant tracking system exported",
            event_bus=events.EventBus.from_event_bus_name(self, "DefaultBus", "default"),
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [{"prefix": DROP_PREFIX}]},
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
