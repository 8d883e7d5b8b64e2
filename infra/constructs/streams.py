"""Stream mappings: a table's changes, in order, to a function; what no retry saves goes to S3.

From the oldest record on (`LATEST` would skip what happens while a mapping is made), one batch of
a shard at a time (the counters depend on order), a failed batch cut in half and reported by record
and given up after `RETRIES` or `AGE`, well before the stream forgets it after 24 hours.
"""

import json
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import grants
from infra.constructs.alarms import alarm_on_failed, alarm_on_lag
from infra.constructs.engine_function import EngineFunction, Statement
from rapport.events import VIEW_PREFIX

RETRIES = 10
AGE = Duration.hours(6)
# Nothing of a person but the view is published.
ONLY_VIEWS = {"dynamodb": {"Keys": {"pk": {"S": [{"prefix": VIEW_PREFIX}]}}}}


@dataclass(frozen=True, kw_only=True)
class Batching:
    """How many records a call gets at most, and how long it may wait for more (0: not at all)."""

    records: int = 100
    window_s: int = 0


class StreamMapping(Construct):
    """Feeds one function from one table's stream."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.Table,
        consumer: EngineFunction,
        failed: s3.Bucket,
        batching: Batching,
        only: object = None,
    ) -> None:
        super().__init__(scope, construct_id)
        mapping = lambda_.CfnEventSourceMapping
        self.mapping = mapping(
            self,
            "Mapping",
            function_name=consumer.function.function_name,
            event_source_arn=table.table_stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=batching.records,
            maximum_batching_window_in_seconds=batching.window_s,
            parallelization_factor=1,
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            maximum_retry_attempts=RETRIES,
            maximum_record_age_in_seconds=int(AGE.to_seconds()),
            destination_config=mapping.DestinationConfigProperty(
                on_failure=mapping.OnFailureProperty(destination=failed.bucket_arn)
            ),
            metrics_config=mapping.MetricsConfigProperty(metrics=["EventCount"]),
            filter_criteria=None
            if only is None
            else mapping.FilterCriteriaProperty(
                filters=[mapping.FilterProperty(pattern=json.dumps(only))]
            ),
        )
        alarm_on_lag(self, consumer.function)
        alarm_on_failed(self, "Failed", self.mapping.ref)


def reading(table: dynamodb.Table, table_arn: str, failed_arn: str) -> tuple[Statement, ...]:
    """What the role of a function needs so that Lambda can feed it from this table's stream."""
    return (
        Statement(
            sid="ReadStream", actions=grants.READ_STREAM, resources=[table.table_stream_arn or ""]
        ),
        Statement(
            sid="ListStreams",
            actions=grants.LIST_STREAMS,
            resources=[f"{table_arn}/stream/*"],
            why_wildcard="The streams of one table; AWS names them by the time of their making.",
        ),
        Statement(
            sid="KeepFailed",
            actions=grants.KEEP_FAILED,
            resources=[f"{failed_arn}/aws/lambda/*"],
            why_wildcard="Lambda names the objects of failed batches by mapping and time.",
        ),
        Statement(sid="ListFailed", actions=grants.LIST_FAILED, resources=[failed_arn]),
    )
