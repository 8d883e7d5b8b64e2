"""What takes the short way to moto is answered as if it had taken the long one."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.inprocess.stores import stream_records
from tests.support import moto_by_hand, on_moto

LOG = on_moto.TABLES["log"]
KEY = {"pk": {"S": "p"}, "sk": {"S": "1"}}
ROW = {**KEY, "n": {"N": "1"}, "b": {"B": b"\x00\xff"}, "m": {"M": {"l": {"L": [{"S": "x"}]}}}}
ABSENT = "attribute_not_exists(pk)"


def _calls() -> list[tuple[str, dict[str, Any]]]:
    second = {**KEY, "sk": {"S": "2"}, "set": {"SS": ["a", "b"]}}
    return [
        ("put_item", {"TableName": LOG, "Item": ROW, "ReturnConsumedCapacity": "TOTAL"}),
        ("put_item", {"TableName": LOG, "Item": ROW, "ConditionExpression": ABSENT}),
        ("get_item", {"TableName": LOG, "Key": KEY, "ConsistentRead": True}),
        ("get_item", {"TableName": LOG, "Key": {**KEY, "sk": {"S": "none"}}}),
        (
            "update_item",
            {
                "TableName": LOG,
                "Key": KEY,
                "UpdateExpression": "SET n = n + :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
                "ReturnValues": "ALL_NEW",
            },
        ),
        (
            "transact_write_items",
            {
                "TransactItems": [
                    {"Put": {"TableName": LOG, "Item": second}},
                    {"Put": {"TableName": LOG, "Item": ROW, "ConditionExpression": ABSENT}},
                ]
            },
        ),
        ("transact_write_items", {"TransactItems": [{"Put": {"TableName": LOG, "Item": second}}]}),
        ("batch_get_item", {"RequestItems": {LOG: {"Keys": [KEY]}}}),
        (
            "query",
            {
                "TableName": LOG,
                "KeyConditionExpression": "pk = :p",
                "ExpressionAttributeValues": {":p": {"S": "p"}},
                "Limit": 1,
            },
        ),
        ("scan", {"TableName": LOG, "ReturnConsumedCapacity": "TOTAL"}),
        ("delete_item", {"TableName": LOG, "Key": KEY, "ReturnValues": "ALL_OLD"}),
        ("get_item", {"TableName": "none", "Key": KEY}),
    ]


def _told() -> list[Any]:
    """What every call is answered, and what the stream then holds."""
    answers: list[Any] = []
    with on_moto.tables():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        for method, parameters in _calls():
            answers.append(_answer(getattr(client, method), parameters))
        for record in stream_records(LOG):
            told = record["dynamodb"]
            answers.append((record["eventName"], told["Keys"], told.get("NewImage")))
    return answers


def _answer(ask: Callable[..., Any], parameters: dict[str, Any]) -> Any:
    try:
        answer = ask(**parameters)
    except ClientError as refused:
        response: Any = refused.response
        return type(refused).__name__, response["Error"], response.get("CancellationReasons")
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return answer


def test_both_ways_to_moto_lead_to_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    short = _told()
    monkeypatch.setattr(moto_by_hand, "_HANDLERS", {})
    assert short == _told()


def test_what_was_given_and_what_was_answered_are_not_what_moto_keeps() -> None:
    with on_moto.tables():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        given: Any = {**KEY, "m": {"M": {"l": {"L": [{"S": "x"}]}}}}
        client.put_item(TableName=LOG, Item=given)
        given["m"]["M"]["l"]["L"].clear()
        client.get_item(TableName=LOG, Key=KEY)["Item"]["m"]["M"].clear()
        kept = client.get_item(TableName=LOG, Key=KEY)["Item"]
    assert kept["m"] == {"M": {"l": {"L": [{"S": "x"}]}}}
