"""A table's stream on the emulator, as the batches of records that Lambda would hand over."""

from base64 import b64encode
from typing import Any

import boto3


class Feed:
    """Reads one table's stream from its beginning, each record once."""

    def __init__(self, url: str, table: str) -> None:
        self._client = boto3.client("dynamodbstreams", region_name="us-east-1", endpoint_url=url)
        dynamo = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url)
        arn = dynamo.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        shards = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self._iterators = [
            self._client.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            for shard in shards
        ]

    def records(self) -> list[dict[str, Any]]:
        """What came since the last call."""
        found: list[dict[str, Any]] = []
        for shard in range(len(self._iterators)):
            while True:
                answer = self._client.get_records(ShardIterator=self._iterators[shard], Limit=1000)
                found += [_as_lambda_sees_it(record) for record in answer["Records"]]
                self._iterators[shard] = answer["NextShardIterator"]
                if not answer["Records"]:
                    break
        return found


def _as_lambda_sees_it(record: Any) -> dict[str, Any]:
    image = record["dynamodb"].get("NewImage", {})
    return {
        "eventName": record["eventName"],
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "SequenceNumber": record["dynamodb"]["SequenceNumber"],
            "NewImage": {
                name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
                for name, value in image.items()
            },
        },
    }
