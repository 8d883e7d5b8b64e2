"""What must survive: the four tables and the buckets. Retained, protected, recoverable.

Every table has the keys `pk` and `sk`, pays per request and is encrypted. `log` and `people` have
a stream for the functions of the engine; `book` and `vault` have none. `book` forgets the rows that
say when they are worth nothing any more: allowances, and waits that are long over.
"""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Arn, ArnComponents, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.checks import acknowledge
from infra.constructs.sign_in import OperatorPool
from infra.stages import Stage
from rapport.settings import (
    DROP_PREFIX,
    EXPORTS_PREFIX,
    INBOX_PREFIX,
    POOL_FILES_PREFIX,
    RESUMES_PREFIX,
    ROSTERS_PREFIX,
    TABLES_NAME,
)

# A destroyed key must not come back from a backup: the vault can be recovered for a day only.
VAULT_RECOVERY_DAYS = 1
RECOVERY_DAYS = 35
# Rows of `book` with this attribute are forgotten at that second; the models name it too.
EXPIRES = "ttl"
# What came in and could not be handled is kept so long for a person to look at.
INBOX_DAYS = 30
# Files that employers dropped, and the ids by which the last reading of an ATS is compared.
DROP_DAYS = 30
# Files of many people are fetched by who asked, or nobody wants them.
TABLE_DAYS = 2
# A résumé that nobody looked at fades as those do; one that is kept is out of date by then.
RESUME_DAYS = 730


def receipt_rules(stage: Stage) -> str:
    """The name of the stage's receipt rules; the bucket lets in what comes by them."""
    return f"rapport-{stage.name}"


class DataStack(Stack):
    """The tables and buckets, as attributes for the engine."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, own_pool: bool = True
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Rapport: what must survive (tables and buckets)",
            termination_protection=stage.protected,
        )
        self.log = self._table("Log", stream=True)
        self.people = self._table("People", stream=True)
        self.book = self._table("Book", forgets=True)
        self.vault = self._table("Vault", recovery_days=VAULT_RECOVERY_DAYS)
        self.archive = self._bucket("Archive")
        self.bundle = self._bucket("Bundle")
        self.failed = self._bucket("Failed", expire_days=stage.failed_retention_days)
        self.inbox = self._inbox(stage)
        self.operators = OperatorPool(self, "Operators", stage=stage) if own_pool else None
        # What imports keep stays: it proves consents, and tells what is taken back with an import.
        fading = (
            *(DROP_PREFIX, ROSTERS_PREFIX, POOL_FILES_PREFIX, EXPORTS_PREFIX),
            f"{RESUMES_PREFIX}new/",
        )
        self.drop = _told(self._bucket("Drop", expire_days=DROP_DAYS, fading=fading))
        self.drop.add_lifecycle_rule(
            expiration=Duration.days(RESUME_DAYS), prefix=f"{RESUMES_PREFIX}clean/"
        )
        self.drop.add_lifecycle_rule(
            expiration=Duration.days(TABLE_DAYS), prefix=f"{EXPORTS_PREFIX}{TABLES_NAME}"
        )
        # From the console, wherever it stands: only an address that was signed lets a file in.
        self.drop.add_cors_rule(
            allowed_methods=[s3.HttpMethods.PUT],
            allowed_origins=["*"],
            allowed_headers=["content-type"],
            max_age=3600,
        )

    def _table(
        self,
        name: str,
        *,
        stream: bool = False,
        recovery_days: int = RECOVERY_DAYS,
        forgets: bool = False,
    ) -> dynamodb.Table:
        text = dynamodb.AttributeType.STRING
        table = dynamodb.Table(
            self,
            name,
            partition_key=dynamodb.Attribute(name="pk", type=text),
            sort_key=dynamodb.Attribute(name="sk", type=text),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=recovery_days
            ),
            stream=dynamodb.StreamViewType.NEW_IMAGE if stream else None,
            time_to_live_attribute=EXPIRES if forgets else None,
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        CfnOutput(self, f"{name}Table", value=table.table_name)
        return table

    def _inbox(self, stage: Stage) -> s3.Bucket:
        """Where SES puts mail that comes in; whoever handles an object takes it away."""
        inbox = _told(self._bucket("Inbox", expire_days=INBOX_DAYS))
        rules = Arn.format(
            ArnComponents(
                service="ses",
                resource="receipt-rule-set",
                resource_name=f"{receipt_rules(stage)}:receipt-rule/*",
            ),
            self,
        )
        inbox.add_to_resource_policy(
            iam.PolicyStatement(
                sid="MailThatComesIn",
                actions=["s3:PutObject"],
                resources=[inbox.arn_for_objects(f"{INBOX_PREFIX}*")],
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                conditions={
                    "StringEquals": {"aws:SourceAccount": self.account},
                    "ArnLike": {"aws:SourceArn": rules},
                },
            )
        )
        return inbox

    def _bucket(
        self, name: str, *, expire_days: int | None = None, fading: Sequence[str] = ("",)
    ) -> s3.Bucket:
        """A bucket; what is named by one of the beginnings in `fading` is forgotten by itself."""
        expiring = [
            s3.LifecycleRule(expiration=Duration.days(expire_days), prefix=prefix or None)
            for prefix in fading
            if expire_days
        ]
        bucket = s3.Bucket(
            self,
            name,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
                *expiring,
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            bucket,
            ("S1", "Written and read by roles of this deployment only; CloudTrail tells who did."),
        )
        CfnOutput(self, f"{name}Bucket", value=bucket.bucket_name)
        return bucket


def _told(bucket: s3.Bucket) -> s3.Bucket:
    """With each object that comes told to EventBridge."""
    # The helpers of the CDK would add a function of their own to say this.
    made = cast("s3.CfnBucket", bucket.node.default_child)
    made.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        )
    )
    return bucket
