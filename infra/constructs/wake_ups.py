"""Wake-ups: a group of one-time schedules, the queue they put their messages into, and the role
that lets them. `trigger` makes the schedules; what cannot be put ends in the queue's dead letters.
"""

from aws_cdk import Arn, ArnComponents, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra import grants
from infra.constructs.queues import WorkQueue


class WakeUps(Construct):
    """`schedules_arn` is what may be made in the group, `role` what its schedules act as."""

    def __init__(
        self, scope: Construct, construct_id: str, *, group: str, consumer_timeout_s: int
    ) -> None:
        super().__init__(scope, construct_id)
        self.work = WorkQueue(self, "Due", consumer_timeout_s=consumer_timeout_s)
        self.group = group
        made = scheduler.CfnScheduleGroup(self, "Group", name=group)
        self.schedules_arn = Arn.format(
            ArnComponents(service="scheduler", resource="schedule", resource_name=f"{group}/*"),
            Stack.of(self),
        )
        queues = [self.work.queue.queue_arn, self.work.dead_letters.queue.queue_arn]
        self.role = iam.Role(
            self,
            "Role",
            # Only for schedules of this very group: not for those of somebody else in the account.
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Stack.of(self).account,
                        "aws:SourceArn": made.attr_arn,
                    }
                },
            ),
            inline_policies={
                "Grants": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="PutMessages", actions=list(grants.WAKE), resources=queues
                        )
                    ]
                )
            },
        )
