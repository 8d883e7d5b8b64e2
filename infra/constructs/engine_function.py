"""`functions/<name>/` becomes a Lambda function: what every function of Rapport has.

Its folder as code, the layers, settings as environment, a role of its own with the statements of
`infra/grants.py`, a log group with a retention, alarms, and a queue for calls that no retry could
save if it is called asynchronously.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import AssetHashType, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import grants, layer_build
from infra.constructs.alarms import alarm_on_errors, alarm_on_throttles
from infra.constructs.checks import acknowledge
from infra.constructs.layers import ARCHITECTURE, RUNTIME, Layers
from infra.grants import Room
from infra.layer_build import Flavour
from infra.stages import Stage
from rapport.settings import Settings

ASYNC_RETRIES = 2
WHY_ALL = "All of one bucket or group, under names that are digests or hours."
WHY_ACCOUNT = "What SES says of the account is of no resource; it can only be read."
# Of the figures that functions write.
NAMESPACE = "Rapport"
ASYNC_AGE = Duration.hours(6)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Actions on resources; `why_wildcard` says why an ARN ends in a star, where one does."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    why_wildcard: str = ""

    def to_iam(self) -> iam.PolicyStatement:
        """The statement as IAM reads it."""
        return iam.PolicyStatement(
            sid=self.sid, actions=list(self.actions), resources=list(self.resources)
        )


class EngineFunction(Construct):
    """One function; its name is that of its settings, its construct's that of its folder."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        stage: Stage,
        layers: Layers,
        rooms: Mapping[Room, Sequence[str]],
        reads: Sequence[Statement] = (),
        failed_calls: sqs.IQueue | None = None,
    ) -> None:
        """`rooms`: the ARNs behind the rooms that this function is granted.

        `reads`: what Lambda needs to feed it from streams or queues. `failed_calls`: where calls
        go that failed every retry, for a function that is called asynchronously.
        """
        self.name = settings.function
        super().__init__(scope, self.name.title())
        size = stage.size(self.name)
        self.timeout = Duration.seconds(size.timeout_s)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=retention(stage.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Whoever reads what functions log reads its own lines too.
        lines = [*rooms["log_lines"], self.log_group.log_group_arn]
        statements = [*self._statements({**rooms, "log_lines": lines}), *reads]
        if failed_calls is not None:
            statements.append(
                Statement(
                    sid="KeepFailedCalls",
                    actions=grants.KEEP_DEAD,
                    resources=[failed_calls.queue_arn],
                )
            )
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"Rapport: functions/{self.name}",
            code=_code(self.name, layers.flavour),
            handler=f"functions.{self.name}.handler.lambda_handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            layers=list(layers.all),
            memory_size=size.memory_mb,
            timeout=self.timeout,
            log_group=self.log_group,
            # Lambda's own START, END and REPORT lines cost more to keep than what functions say;
            # durations are in its metrics. `WARN` leaves its warnings and errors.
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            application_log_level_v2=lambda_.ApplicationLogLevel(stage.log_level),
            role=self._role(statements),
            environment=settings.to_env()
            | {
                "LOG_LEVEL": stage.log_level,
                "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
                "POWERTOOLS_SERVICE_NAME": self.name,
            },
        )
        acknowledge(
            self.function,
            ("L1", "One runtime for layer, bytecode and wheels; it moves with requirements/."),
        )
        if failed_calls is not None:
            self._keep_failed_calls(failed_calls)
        alarm_on_errors(self, self.function)
        alarm_on_throttles(self, self.function)
        CfnOutput(scope, f"Function{self.name.title()}", value=self.function.function_name)

    def _statements(self, rooms: Mapping[Room, Sequence[str]]) -> list[Statement]:
        return [
            Statement(
                sid=room.title().replace("_", ""),
                actions=actions,
                resources=rooms[room],
                why_wildcard=WHY_ACCOUNT if room == "account" else WHY_ALL,
            )
            for room, actions in grants.GRANTS[self.name].items()
        ]

    def _role(self, statements: Sequence[Statement]) -> iam.IRole:
        writes_logs = Statement(
            sid="WriteLogs",
            actions=grants.WRITE_LOGS,
            resources=[self.log_group.log_group_arn],
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={
                "Grants": iam.PolicyDocument(
                    statements=[each.to_iam() for each in (writes_logs, *statements)]
                )
            },
        )
        for statement in statements:
            for resource in statement.resources:
                if resource.endswith("*"):
                    acknowledge(role, (_wildcard_rule(self, resource), statement.why_wildcard))
        # What is not in infra/grants.py is not granted, whatever a helper of the CDK would add.
        return role.without_policy_updates()

    def _keep_failed_calls(self, queue: sqs.IQueue) -> None:
        lambda_.CfnEventInvokeConfig(
            self,
            "FailedCalls",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=ASYNC_RETRIES,
            maximum_event_age_in_seconds=int(ASYNC_AGE.to_seconds()),
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=queue.queue_arn
                )
            ),
        )


def _wildcard_rule(scope: Construct, arn: str) -> str:
    """The rule under which cdk-nag reports this ARN: a stack's export stands in it by its name."""
    resolved = Stack.of(scope).resolve(arn)
    if isinstance(resolved, str):
        return f"IAM5[Resource::{resolved}]"
    parts = resolved["Fn::Join"][1]
    told = "".join(each if isinstance(each, str) else _said(each) for each in parts)
    return f"IAM5[Resource::{told}]"


def _said(reference: Mapping[str, str]) -> str:
    return reference.get("Fn::ImportValue") or f"<{reference['Ref']}>"


def _code(name: str, flavour: Flavour) -> lambda_.Code:
    """A function's folder with bytecode; same ingredients, same asset."""
    folder = layer_build.code(name, flavour)
    return lambda_.Code.from_asset(
        str(folder),
        # The folder above it is named by the digest of its ingredients.
        asset_hash=folder.parent.name,
        asset_hash_type=AssetHashType.CUSTOM,
    )


def retention(days: int) -> logs.RetentionDays:
    """How long a log group keeps its lines; KeyError for a span that CloudWatch does not offer."""
    table = {
        7: logs.RetentionDays.ONE_WEEK,
        30: logs.RetentionDays.ONE_MONTH,
        90: logs.RetentionDays.THREE_MONTHS,
        365: logs.RetentionDays.ONE_YEAR,
    }
    return table[days]
