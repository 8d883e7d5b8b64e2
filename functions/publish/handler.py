"""The views' stream in, `batchItemFailures` out; see flow.py for what happens between."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.publish.flow import Publish, ViewWrite
from rapport.adapters.bus import EventBridgeBus
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.stream import finder_change, raw_position, view_occurrences
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import PublishSettings


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Publish a batch; at most one failure is reported, the lowest: Lambda's checkpoint."""
    result = _flow().batch(
        [
            ViewWrite(
                position=raw_position(record),
                facts=tuple(view_occurrences(record)),
                finder=finder_change(record),
            )
            for record in event["Records"]
        ]
    )
    if result.published or result.found:
        figures = {"FactsPublished": result.published, "FinderRowsWritten": result.found}
        for name, value in figures.items():
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)
        metrics().flush_metrics()
    if result.again_from is None:
        return {"batchItemFailures": []}
    logger().warning("the bus or the store refused", sequence=result.again_from)
    return {"batchItemFailures": [{"itemIdentifier": result.again_from}]}


@cache
def _flow() -> Publish:
    settings = PublishSettings.from_env()
    return Publish(
        bus=EventBridgeBus(settings.bus_name), finder=DynamoFinder(settings.people_table)
    )
