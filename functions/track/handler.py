"""`POST /v1/…` from the gateway: read, store, answer. Success is said only after the log wrote."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.errors import RetryableError
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import TrackSettings

from functions.track.flow import Outcome, Track
from functions.track.keys import RememberedKeys
from functions.track.problems import UNAVAILABLE, Problem, answer
from functions.track.request import read_request


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request with status, JSON body and nothing else."""
    delivery = read_request(event)
    try:
        outcome = (
            Outcome(problem=delivery)
            if isinstance(delivery, Problem)
            else _track().receive(delivery)
        )
    except RetryableError as error:
        logger().warning("store out of reach", error=type(error).__name__)
        outcome = Outcome(problem=UNAVAILABLE)
    _tell(outcome, event)
    return answer(outcome.problem)


@cache
def _track() -> Track:
    settings = TrackSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    return Track(
        keys=RememberedKeys(DynamoConfig(settings.book_table), now=_now),
        log=DynamoLog(settings.log_table, vault),
        refs=Pseudonymiser(vault),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(outcome: Outcome, event: Mapping[str, Any]) -> None:
    """Count events; log refusals by reason, with the gateway's request id and no word of a body."""
    counts = {
        "EventsAccepted": outcome.accepted,
        "EventsRepeated": outcome.repeated,
        "EventsRefused": sum(outcome.refused.values()),
    }
    for name, count in counts.items():
        if count:
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if any(counts.values()):
        metrics().flush_metrics()
    if outcome.problem is not None or outcome.refused:
        logger().warning(
            "refused",
            request_id=event["requestContext"].get("requestId", ""),
            source=outcome.source,
            code="" if outcome.problem is None else outcome.problem.code,
            reasons={reason.value: count for reason, count in outcome.refused.items()},
        )
