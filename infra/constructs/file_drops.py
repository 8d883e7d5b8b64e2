"""Files that employers drop: a rule tells of each object under the prefix, the work queue keeps it.

Whoever drops them writes with a role or a key of the employer's own (docs/ats-files.md).
"""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.object_route import tell_of_objects
from infra.constructs.queues import WorkQueue
from rapport.settings import DROP_PREFIX


class FileDrops(Construct):
    """`queue` gets one message for each object that is put under the prefix."""

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, queue: WorkQueue
    ) -> None:
        super().__init__(scope, construct_id)
        tell_of_objects(
            self,
            description="Rapport: files that an applicant tracking system exported",
            bucket=bucket,
            prefix=DROP_PREFIX,
            queue=queue,
        )
