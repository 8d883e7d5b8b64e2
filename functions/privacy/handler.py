"""A message of the queue, or a tick of the clock, in; `batchItemFailures` out.

A message that fails is delivered again: whatever it asks for may be done twice.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.privacy.composing import composed
from functions.privacy.flow import Privacy
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import PrivacySettings

# Left of the call's time when no further store is begun.
RESERVE = timedelta(seconds=120)


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Do what the messages of a batch ask for, or what the clock does."""
    until = _now() + timedelta(milliseconds=context.get_remaining_time_in_millis()) - RESERVE
    if "Records" not in event:
        _do(event, until)
        return {}
    failed = []
    for record in event["Records"]:
        try:
            _do(json.loads(record["body"]), until)
        except Exception as error:  # noqa: BLE001  (the other messages of the batch go on)
            logger().warning(
                "to be delivered again",
                message_id=record["messageId"],
                error=type(error).__name__,
            )
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _do(message: Mapping[str, Any], until: datetime) -> None:
    came = _flow().do(message, until=until)
    logger().info("done", did=message["do"], came=came.said)
    for name, count in (("PeopleErased", came.erased), ("PeopleHeld", came.held)):
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    metrics().flush_metrics()


@cache
def _flow() -> Privacy:
    own = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
    return composed(PrivacySettings.from_env(), now=_now, own_log_group=own)


def _now() -> datetime:
    return datetime.now(UTC)
