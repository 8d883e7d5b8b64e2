"""Mail that comes in: SES puts each message into a bucket, a rule tells of it, a queue keeps it.

SES takes mail by one set of receipt rules per account and region, the active one. A set is made
here for the domain that replies come in at; making it active is a person's act, for it may put
another's rules out of force (docs/deploy.md).
"""

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.constructs.object_route import tell_of_objects
from infra.constructs.queues import WorkQueue
from rapport.settings import INBOX_PREFIX


class MailInbox(Construct):
    """`queue` holds one message for each object that SES put into the bucket."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: s3.IBucket,
        consumer_timeout_s: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self.queue = WorkQueue(self, "Came", consumer_timeout_s=consumer_timeout_s)
        tell_of_objects(
            self,
            description="Rapport: mail that came in",
            bucket=bucket,
            prefix=INBOX_PREFIX,
            queue=self.queue,
        )


class ReceiptRules(Construct):
    """What SES does with mail to `domain`: looks for viruses and spam, then stores it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, domain: str, bucket: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        rules = ses.CfnReceiptRuleSet(self, "Set", rule_set_name=name)
        rule = ses.CfnReceiptRule
        made = rule(
            self,
            "Rule",
            rule_set_name=name,
            rule=rule.RuleProperty(
                name="inbox",
                enabled=True,
                scan_enabled=True,
                tls_policy="Require",
                recipients=[domain],
                actions=[
                    rule.ActionProperty(
                        s3_action=rule.S3ActionProperty(
                            bucket_name=bucket.bucket_name, object_key_prefix=INBOX_PREFIX
                        )
                    )
                ],
            ),
        )
        made.add_dependency(rules)
