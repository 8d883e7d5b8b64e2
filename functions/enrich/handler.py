"""Records of the log's stream in, `batchItemFailures` out; see flow.py for what happens between."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.enrich.flow import Enrich, Result
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.stream import position, raw_position, sealed_events
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import EnrichSettings


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Apply a batch; at most one failure is reported, the lowest: Lambda's checkpoint."""
    records = event["Records"]
    result = _flow().batch(sealed_events(records))
    _tell(result)
    return {
        "batchItemFailures": [
            {"itemIdentifier": raw_position(r)} for r in records if position(r) == result.checkpoint
        ]
    }


@cache
def _flow() -> Enrich:
    settings = EnrichSettings.from_env()
    return Enrich(
        log=DynamoLog(settings.log_table, DynamoVault(settings.vault_table)),
        people=DynamoPeople(settings.people_table),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(result: Result) -> None:
    counts = {"EventsApplied": result.applied, "ViewsWritten": result.views}
    for name, count in counts.items():
        if count:
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if any(counts.values()):
        metrics().flush_metrics()
    for failure in result.failures:
        logger().warning(
            "to be delivered again",
            sequence=failure.sequence,
            subject=failure.subject,
            error=type(failure.error).__name__,
        )
