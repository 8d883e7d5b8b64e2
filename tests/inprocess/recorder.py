"""Every call to AWS, in the words of IAM, and who made it; and what every function prints."""

import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

# Which part of a transaction needs which permission; a transaction has none of its own.
_PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}

# Which parameter names the resource of a call; and what a call needs that goes by another name.
_PLACES = (
    *("TableName", "Bucket", "QueueUrl", "ConfigurationSetName", "GroupName", "logGroupName"),
)
_GRANTED_AS = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}

# What SES says of an account that may send.
ACCOUNT = {
    "SendingEnabled": True,
    "EnforcementStatus": "HEALTHY",
    "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One permission that was used: `dynamodb:PutItem` on the resource `Log`."""

    action: str
    resource: str


def calls_of(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[Call]:
    """What one API call needs."""
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            ((part, told),) = item.items()
            yield Call(action=f"dynamodb:{_PARTS[part]}", resource=told["TableName"])
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in parameters["RequestItems"]:
            yield Call(action=f"dynamodb:{operation}", resource=table)
    elif operation == "PutEvents":
        for entry in parameters["Entries"]:
            yield Call(action="events:PutEvents", resource=entry["EventBusName"])
    elif operation == "GetSecretValue":
        prefix, _, _ = parameters["SecretId"].rpartition("/")
        yield Call(action="secretsmanager:GetSecretValue", resource=prefix)
    elif operation == "GetAccount":
        yield Call(action="ses:GetAccount", resource="*")
    else:
        if operation in {"CreateSchedule", "UpdateSchedule"}:
            yield Call(action="iam:PassRole", resource=parameters["Target"]["RoleArn"])
        resource = next((parameters[place] for place in _PLACES if place in parameters), "")
        named = _GRANTED_AS.get(operation, operation)
        yield Call(action=f"{service}:{named}", resource=resource.rpartition("/")[2])


@dataclass(kw_only=True)
class Recorder:
    """What the functions did, by function: calls, printed lines, and the mails that SES took.

    While `outage` is set, no call of a function reaches AWS.
    """

    calls: dict[str, set[Call]] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    mails: list[dict[str, Any]] = field(default_factory=list)
    outage: bool = False
    _tape: io.StringIO = field(default_factory=io.StringIO)
    _now: str = ""

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Listen to every botocore client; the calls still go to moto."""
        really: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

        def listen(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            if self.outage and self._now:
                raise EndpointConnectionError(endpoint_url=client.meta.endpoint_url)
            if operation == "GetAccount":
                # moto does not know it.
                answer: Any = ACCOUNT
            else:
                answer = really(client, operation, parameters)
            if self._now:
                service = client.meta.service_model.signing_name
                self.calls[self._now] |= set(calls_of(service, operation, parameters))
                if operation == "SendEmail":
                    self.mails.append({**parameters, "MessageId": answer["MessageId"]})
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", listen)

    @contextmanager
    def inside(self, function: str) -> Iterator[None]:
        """While a function runs: its calls are its own, and what it prints is kept."""
        self.calls.setdefault(function, set())
        for handler in logging.getLogger(function).handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(self._tape)
        self._now = function
        try:
            with redirect_stdout(self._tape):
                yield
        finally:
            self._now = ""
            printed = self._tape.getvalue().splitlines()
            self._tape.seek(0)
            self._tape.truncate()
            # A line that is no JSON is a line that no log query finds.
            self.lines.setdefault(function, []).extend(json.loads(line) for line in printed)
