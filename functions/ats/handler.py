"""`POST /webhooks/{connection}`: deliveries verified, stored, and answered as vendors want it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.ats.flow import REFUSALS, Code, Delivery, Door, Received
from rapport.adapters.ats import VENDORS, adapter_for
from rapport.adapters.ats.connections import SecretConnections
from rapport.adapters.ats.intake import composed
from rapport.adapters.ats.kept import KeptInQuarantine
from rapport.adapters.dynamo.once import DynamoOnce
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.quarantine import S3Quarantine
from rapport.adapters.refetches import SqsRefetches, SqsWork
from rapport.headers import SAFE
from rapport.observability import MetricUnit, logger, metrics, tell_fault
from rapport.settings import AtsSettings

RETRY_AFTER_S = 30


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one delivery, whatever it is and whatever happens."""
    try:
        delivery = _delivery(event)
        if delivery is None:
            return _refused(400, "invalid_encoding", "The body is no base64.")
        received = _door().receive(delivery)
    except Exception as error:  # noqa: BLE001  (a vendor needs an answer that has it deliver again)
        tell_fault(error)
        return _refused(500, "internal", "The fault is ours, and was logged.")
    _tell(received, event)
    if received.reply is None:
        return _refused(*_answer(received.code))
    reply = received.reply
    return {
        "statusCode": reply.status,
        "headers": {**SAFE, "content-type": "application/json", **reply.headers},
        "body": b64encode(reply.body).decode(),
        "isBase64Encoded": True,
    }


def _delivery(event: Mapping[str, Any]) -> Delivery | None:
    """The bytes as they were sent: the signature is over them and over nothing else."""
    body = event.get("body") or ""
    try:
        raw = b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except ValueError:
        return None
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Delivery(connection=event["pathParameters"]["connection"], headers=headers, body=raw)


def _answer(code: Code) -> tuple[int, str, str]:
    status, message = REFUSALS[code]
    return status, code, message


def _refused(status: int, code: str, message: str) -> dict[str, Any]:
    headers = {**SAFE, "content-type": "application/json"}
    if status == 503:  # noqa: PLR2004  (the number says it)
        headers["retry-after"] = str(RETRY_AFTER_S)
    body = {"success": False, "code": code, "message": message}
    return {
        "statusCode": status,
        "headers": headers,
        "body": json.dumps(body, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def _tell(received: Received, event: Mapping[str, Any]) -> None:
    """Count what became of it. No word of a payload: its connection, codes and numbers."""
    if received.fault is not None:
        tell_fault(received.fault)
    counts = {
        "Deliveries": 1,
        "DeliveriesKept": int(received.code == "kept"),
        "DeliveriesRefused": int(received.code == "bad_signature"),
        "DeliveriesPutOff": int(received.code in {"unavailable", "no_secret"}),
        "EventsAccepted": received.taken.news,
        "EventsRepeated": received.taken.repeated,
        "Refetches": len(received.taken.refetches),
        "StagesUnmapped": len(received.taken.unmapped),
    }
    for name, count in counts.items():
        if count:
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    metrics().flush_metrics()
    if received.reply is None or received.code == "kept" or received.taken.unmapped:
        logger().warning(
            "delivery",
            request_id=event.get("requestContext", {}).get("requestId", ""),
            # Only of a connection that exists: before that the name is a stranger's text.
            connection=event["pathParameters"]["connection"] if received.vendor else "",
            vendor=received.vendor,
            code=received.code,
            reason=received.reason,
            unmapped=len(received.taken.unmapped),
        )


@cache
def _door() -> Door:
    settings = AtsSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    return Door(
        connections=SecretConnections(settings.secrets_prefix, now=_now),
        adapters=lambda vendor: adapter_for(vendor) if vendor in VENDORS else None,
        intake=composed(settings, vault, now=_now),
        refetches=SqsRefetches(SqsWork(settings.sync_queue_url), now=_now),
        once=DynamoOnce(settings.book_table),
        kept=KeptInQuarantine(S3Quarantine(settings.quarantine_bucket, vault, now=_now)),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
