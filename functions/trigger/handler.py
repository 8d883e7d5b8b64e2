"""One fact from EventBridge: parse, start what listens to it, count. Raising makes Lambda retry."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.trigger.flow import Started, Trigger
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.intents import SqsIntents
from rapport.domain.decision import FactRef, fact_from_json
from rapport.errors import PoisonError
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import TriggerSettings


def lambda_handler(event: Mapping[str, Any], context: object) -> None:
    """Answer one fact with intents and holds."""
    fact = _fact(event)
    _tell(fact, _flow().start(fact))


def _fact(event: Mapping[str, Any]) -> FactRef:
    try:
        return fact_from_json(event["detail"])
    except (KeyError, TypeError, ValueError) as error:
        msg = f"this is no fact: {type(error).__name__}"
        raise PoisonError(msg) from None


@cache
def _flow() -> Trigger:
    settings = TriggerSettings.from_env()
    return Trigger(
        people=DynamoPeople(settings.people_table),
        log=DynamoLog(settings.log_table, DynamoVault(settings.vault_table)),
        bundles=S3Bundles(settings.bundle_bucket),
        intents=SqsIntents(settings.send_queue_url),
        live=LiveBundle(DynamoConfig(settings.book_table).live_bundle).hash,
        now=_now,
        wait_divisor=settings.wait_divisor,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(fact: FactRef, started: Started) -> None:
    counts = {"Intents": len(started.intents), "Holds": len(started.holds)}
    for name, count in counts.items():
        if count:
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if any(counts.values()):
        metrics().flush_metrics()
    logger().info(
        "fact answered",
        fact=fact.name,
        person=fact.person,
        event_id=fact.event_id,
        intents=[intent.id for intent in started.intents],
        holds=[reason.value for reason in started.holds],
    )
