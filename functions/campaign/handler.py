"""Messages of its queue in, `batchItemFailures` out; see flow.py for what happens between.

It needs what `CampaignSettings` names: `people` (read), `book` (read, write), `log` (read), `vault`
(keys), the bundle (read), SES's word on the account, the queue in front of `send` (put, count), and
the queue in front of itself (put). It mails nobody.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.campaign.composing import composed
from functions.campaign.flow import Drive
from rapport.domain.event import Json
from rapport.errors import PoisonError
from rapport.observability import MetricUnit, logger, metrics
from rapport.profiles import patiently
from rapport.settings import CampaignSettings

# Left of the call's time when nothing further is begun: the page or batch that is under way.
RESERVE = timedelta(seconds=30)


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Do what the messages of a batch say; failures are delivered again."""
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    until = _now() + left - RESERVE
    failed, figures = [], Counter[str]()
    for record in event["Records"]:
        try:
            message = _message(record["body"])
            came = patiently(lambda asked=message: _drive().do(asked, until=until), time.sleep)  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001  (the other messages of the batch go on)
            logger().warning(
                "to be delivered again", message_id=record["messageId"], error=type(error).__name__
            )
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        figures[came.value] += 1
        logger().info("done", did=message["do"], campaign=message["campaign"], came=came.value)
    for name, count in figures.items():
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if figures:
        metrics().flush_metrics()
    return {"batchItemFailures": failed}


def _message(body: str) -> Mapping[str, Json]:
    """What a message says; PoisonError for what is none."""
    try:
        found = json.loads(body)
    except ValueError as error:
        msg = f"this is no message: {type(error).__name__}"
        raise PoisonError(msg) from None
    if not isinstance(found, dict) or not isinstance(found.get("campaign"), str):
        msg = "this message names no campaign"
        raise PoisonError(msg)
    return {"do": "", **found}


@cache
def _drive() -> Drive:
    return composed(CampaignSettings.from_env(), now=_now)


def _now() -> datetime:
    return datetime.now(UTC)
