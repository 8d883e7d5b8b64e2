"""What the stacks would have made, in moto; streams and patterns as Lambda handles them."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from moto.events.models import EventPattern

REGION = "us-east-1"
SENDER_DOMAIN = "halden.example"
SCHEDULE_GROUP = "rapport-local"
TABLES = {"log": "Log", "people": "People", "book": "Book", "vault": "Vault"}
BUCKETS = {
    "archive": "archive-bucket",
    "bundle": "bundle-bucket",
    "failed": "failed-bucket",
    "inbox": "inbox-bucket",
    "drop": "drop-bucket",
}


def make_stores() -> None:
    dynamo = boto3.client("dynamodb", REGION)
    for room, name in TABLES.items():
        stream: dict[str, Any] = (
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
            if room in {"log", "people"}
            else {}
        )
        keys: Any = [("pk", "HASH"), ("sk", "RANGE")]
        dynamo.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in keys],
            BillingMode="PAY_PER_REQUEST",
            **stream,
        )
    for bucket in BUCKETS.values():
        boto3.client("s3", REGION).create_bucket(Bucket=bucket)
    boto3.client("scheduler", REGION).create_schedule_group(Name=SCHEDULE_GROUP)
    ses = boto3.client("sesv2", REGION)
    ses.create_email_identity(EmailIdentity=SENDER_DOMAIN)
    ses.create_configuration_set(ConfigurationSetName="MailConfigurationSet")


@cache
def client(service: str) -> Any:
    """A client of a service in moto: they are asked all the time, and making one takes longer."""
    return boto3.client(service, REGION)  # type: ignore[call-overload]


class Stream:
    """The stream of a table, read on from where it was read to before."""

    def __init__(self, table: str) -> None:
        streams = client("dynamodbstreams")
        self._arn = streams.list_streams(TableName=table)["Streams"][0]["StreamArn"]
        described = streams.describe_stream(StreamArn=self._arn)["StreamDescription"]
        self._place: str = streams.get_shard_iterator(
            StreamArn=self._arn,
            ShardId=described["Shards"][0]["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        self._found: list[dict[str, Any]] = []

    def records(self) -> list[dict[str, Any]]:
        """All records so far, in the shape in which Lambda hands them over.

        moto tells an UpdateItem that makes a row as two INSERTs, the first with the keys alone, and
        an identical PutItem as a MODIFY; DynamoDB does neither. The first is left out here; the
        second stays, for handlers must bear a repeated record anyway.
        """
        while True:
            page = client("dynamodbstreams").get_records(ShardIterator=self._place)
            self._place = page["NextShardIterator"]
            if not page["Records"]:
                return self._found
            told = (_as_lambda_does(dict(record), self._arn) for record in page["Records"])
            self._found += [record for record in told if not _is_phantom(record)]


def stream_records(table: str) -> list[dict[str, Any]]:
    """All records of a table's stream, read from its beginning."""
    return Stream(table).records()


def _is_phantom(record: Mapping[str, Any]) -> bool:
    told = record["dynamodb"]
    return record["eventName"] == "INSERT" and set(told["NewImage"]) == set(told["Keys"])


def _as_lambda_does(record: dict[str, Any], stream: str) -> dict[str, Any]:
    told = record["dynamodb"]
    images = {
        part: {
            name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in told[part].items()
        }
        for part in ("Keys", "NewImage")
        if part in told
    }
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "eventSourceARN": stream,
        "dynamodb": {
            **images,
            "ApproximateCreationDateTime": told["ApproximateCreationDateTime"].timestamp(),
            "SequenceNumber": told["SequenceNumber"],
            "SizeBytes": told["SizeBytes"],
            "StreamViewType": told["StreamViewType"],
        },
    }


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    found: Any = event
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(found))
