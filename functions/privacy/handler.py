"""A message of the queue, or a tick of the clock, in; `batchItemFailures` out.

A message that fails is delivered again: whatever it asks for may be done twice.
"""

import json
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
    """Do what the messages of a batch ask for, or what is due by the clock."""
    until = _now() + timedelta(milliseconds=context.get_remaining_time_in_millis()) - RESERVE
    if "Records" not in event:
        logger().info("done", did="due", came=_flow().do({"do": "due"}, until=until))
        return {}
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            came = _flow().do(message, until=until)
            logger().info("done", did=message["do"], came=came)
            if came == "erased":
                metrics().add_metric(name="PeopleErased", unit=MetricUnit.Count, value=1)
                metrics().flush_metrics()
        except Exception as error:  # noqa: BLE001  (the other messages of the batch go on)
            logger().warning(
                "to be delivered again",
                message_id=record["messageId"],
                error=type(error).__name__,
            )
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


@cache
def _flow() -> Privacy:
    return composed(PrivacySettings.from_env(), now=_now)


def _now() -> datetime:
    return datetime.now(UTC)
