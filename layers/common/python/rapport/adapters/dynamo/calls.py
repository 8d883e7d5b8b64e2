"""Calls of DynamoDB's own operations, for the rows that the tracking door reads and writes.

The models say what a row looks like; these calls send it without loading PynamoDB, and on Lambda
without loading botocore, which is most of a cold start (docs/decisions/0006). An item is as
DynamoDB spells it, `{"pk": {"S": …}}`, with bytes for binary values.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from rapport.errors import ConflictError, RetryableError

CONDITION_FAILED = "ConditionalCheckFailedException"
IF_ABSENT = "attribute_not_exists(pk)"
WORTH_ANOTHER_TRY = frozenset(
    {
        # Credentials: new ones come with the next process, or are not known everywhere yet.
        "ExpiredTokenException",
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "UnrecognizedClientException",
    }
)
# After so many failures side by side the store is in trouble, and the rest is not tried.
ENOUGH = 8
# What DynamoDB takes in one BatchGetItem.
BATCH = 100
_ROUNDS = 6

Item = dict[str, dict[str, Any]]
# What the tables of this process are called: `log`, `people`, `book`, `vault` → name.
TABLE_NAMES: dict[str, str] = {}
_In = TypeVar("_In")
_Out = TypeVar("_Out")


def bind(**names: str) -> None:
    """Name the tables: `bind(log=…, people=…, book=…, vault=…)`, whichever the process uses."""
    TABLE_NAMES.update(names)


class RefusedCallError(Exception):
    """DynamoDB refused a call for good: a defect of ours, or of the deployment."""


class TakenError(ConflictError):
    """The condition failed, and this is the row that stands there, if it was asked for."""

    def __init__(self, row: Item) -> None:
        """Tell the row."""
        super().__init__(CONDITION_FAILED)
        self.row = row


class Calls(Protocol):
    """DynamoDB's operations by name; `at_once` of them may be under way together."""

    at_once: int

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. ConflictError: the condition failed; RetryableError: again later."""
        ...


def refused(code: str, status: int = 400, *, row: Item | None = None) -> Exception:
    """Rapport's error for an error code of DynamoDB."""
    if code == CONDITION_FAILED:
        return TakenError(row or {})
    if not code or code in WORTH_ANOTHER_TRY or status >= 500:  # noqa: PLR2004  (HTTP's line)
        return RetryableError(code or "the store is out of reach")
    return RefusedCallError(code)


class ThroughModels:
    """`Calls` on the botocore client that the models share, one after the other."""

    at_once = 1

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of botocore's method for that operation."""
        from botocore.exceptions import BotoCoreError, ClientError

        from rapport.adapters.dynamo import models

        client: Any = models.connection().client
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
        try:
            answer: dict[str, Any] = getattr(client, method)(**request)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            told: Any = error.response
            code = told.get("Error", {}).get("Code", "")
            raise refused(code, status, row=told.get("Item")) from error
        except BotoCoreError as error:
            raise RetryableError(type(error).__name__) from error
        return answer


def calls_of_this_process(wanted: str = "direct") -> Calls:
    """On Lambda, whose environment names credentials and region, direct calls; else botocore's.

    `wanted` is what the settings say: `botocore` means that nothing else will do.
    """
    if wanted != "botocore" and os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        from rapport.adapters.dynamo import direct

        if direct.possible():
            return direct.Direct()
    return ThroughModels()


def put_if_absent(calls: Calls, table: str, item: Item) -> bool:
    """Whether the row is new; False when its key is taken, and nothing was changed.

    A put whose answer was lost is made again, and then finds its own row: that one is new. No two
    puts are of the same row, for there is something random in each.
    """
    request = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": IF_ABSENT,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        calls("PutItem", request)
    except TakenError as taken:
        return taken.row == item
    return True


def get(calls: Calls, table: str, key: tuple[str, str]) -> Item | None:
    """One row, strongly consistent."""
    request = {"TableName": table, "Key": place(key), "ConsistentRead": True}
    found: Item | None = calls("GetItem", request).get("Item")
    return found


def get_many(
    calls: Calls, table: str, keys: Sequence[tuple[str, str]], *, consistent: bool
) -> list[Item]:
    """The rows of at most `BATCH` keys, without the absent ones, in no order."""
    found: list[Item] = []
    asked: Any = {
        table: {"Keys": [place(key) for key in keys], "ConsistentRead": consistent},
    }
    for _ in range(_ROUNDS):
        answer = calls("BatchGetItem", {"RequestItems": asked})
        found += answer["Responses"].get(table, [])
        asked = answer.get("UnprocessedKeys")
        if not asked:
            return found
    msg = "DynamoDB left keys unread, again and again"
    raise RetryableError(msg)


def query(calls: Calls, table: str, pk: str) -> list[Item]:
    """All rows of a partition, strongly consistent."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ConsistentRead": True,
    }
    found: list[Item] = []
    while True:
        answer = calls("Query", request)
        found += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def place(key: tuple[str, str]) -> Item:
    """A key as an item."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def side_by_side(work: Callable[[_In], _Out], each: Sequence[_In], *, at_once: int) -> list[_Out]:
    """`work` for each, in order, up to `at_once` under way together.

    All are tried, whatever becomes of their neighbours, unless `ENOUGH` failed in a way that may
    pass. Then the first error is raised, a defect before one that another try may mend.
    """
    one_of_them = partial(_tried, work, [])
    if at_once == 1 or len(each) <= 1:
        tried = [*map(one_of_them, each)]
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(at_once, len(each))) as pool:
            tried = list(pool.map(one_of_them, each))
    errors = [error for _, error in tried if error is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, RetryableError)):
        raise error
    return [result for found, _ in tried for result in found]


def _tried(
    work: Callable[[_In], _Out], troubles: list[RetryableError], one: _In
) -> tuple[tuple[_Out, ...], Exception | None]:
    if len(troubles) >= ENOUGH:
        return (), troubles[0]
    try:
        return (work(one),), None
    except RetryableError as error:
        troubles.append(error)
        return (), error
    except Exception as error:  # noqa: BLE001  (raised by whoever asked, when all were tried)
        return (), error
