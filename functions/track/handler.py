"""`POST /v1/…` from the gateway: read, store, answer. Success is said only after the log wrote."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from traceback import extract_tb
from typing import Any

from functions.track.flow import Outcome, Track
from functions.track.keys import RememberedKeys
from functions.track.problems import INTERNAL, UNAVAILABLE, Problem, answer
from functions.track.request import read_request
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.errors import RetryableError
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import TrackSettings


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request with status, JSON body and nothing else."""
    try:
        delivery = read_request(event)
        outcome = (
            Outcome(problem=delivery)
            if isinstance(delivery, Problem)
            else _track().receive(delivery)
        )
    except RetryableError as error:
        logger().warning("store out of reach", error=type(error).__name__)
        outcome = Outcome(problem=UNAVAILABLE)
    except Exception as error:  # noqa: BLE001  (SDKs need an answer with a code, whatever it is)
        _tell_fault(error)
        outcome = Outcome(problem=INTERNAL)
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


def _tell_fault(error: Exception) -> None:
    """Count and log a defect by type and place; its text may hold a word of a body."""
    metrics().add_metric(name="Faults", unit=MetricUnit.Count, value=1)
    metrics().flush_metrics()
    last = extract_tb(error.__traceback__)[-1]
    logger().error("fault", error=type(error).__name__, place=f"{last.filename}:{last.lineno}")


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
