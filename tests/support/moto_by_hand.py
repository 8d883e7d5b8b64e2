"""DynamoDB's calls given to moto by hand, past HTTP: nine tenths of their time is spent on the way.

A call of botocore is serialised, signed, wrapped as a request of a web server, parsed by moto,
answered as JSON, and parsed again. Here the parameters go to moto's own handler, as copies, and
its answer comes back. Everything else takes the long way: other services and operations, other
hosts, and whatever moto refuses, so that its errors are those that botocore makes of them.
"""

from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.core.responses import BaseResponse
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

_ROWS = (
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
    *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
    "CreateTable",
)
_STREAMS = ("ListStreams", "DescribeStream", "GetShardIterator", "GetRecords")
_HANDLERS: dict[tuple[str, str], type[BaseResponse]] = {
    **{("dynamodb", operation): DynamoHandler for operation in _ROWS},
    **{("dynamodbstreams", operation): DynamoDBStreamsHandler for operation in _STREAMS},
}
_METADATA = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}


def install() -> None:
    """Take the short way wherever moto would answer."""
    honest = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        kind = _HANDLERS.get((client.meta.service_model.service_name, operation))
        at_aws = client.meta.endpoint_url.endswith(".amazonaws.com")
        if kind is None or not at_aws or not botocore_stubber.enabled:
            return honest(client, operation, parameters)
        try:
            answer = _asked(kind(), client, operation, parameters)
        except Exception:  # noqa: BLE001  (refused: nothing was changed, and it will be refused again)
            return honest(client, operation, parameters)
        return {**answer, "ResponseMetadata": {**_METADATA}}

    BaseClient._make_api_call = call  # type: ignore[attr-defined]


def _asked(
    handler: BaseResponse, client: BaseClient, operation: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    told: Any = handler
    told.params = told.body = _copy(parameters)
    told.automated_parameter_parsing, told.uri_match = True, {}
    told.current_account, told.region = DEFAULT_ACCOUNT_ID, client.meta.region_name
    told.querystring, told.headers, told.response_headers = {}, {}, {}
    result = getattr(handler, xform_name(operation))().result
    # Moto's handlers tell more than is put on the wire.
    shape: Any = client.meta.service_model.operation_model(operation).output_shape
    return {name: _copy(result[name]) for name in shape.members if result.get(name) is not None}


def _copy(value: Any) -> Any:
    """Moto keeps what it is given and gives away what it keeps; what is None is not sent."""
    if isinstance(value, dict):
        return {name: _copy(part) for name, part in value.items() if part is not None}
    if isinstance(value, list | tuple | set):
        return [_copy(part) for part in value]
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
