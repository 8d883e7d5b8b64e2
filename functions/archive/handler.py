"""Records of the log's stream in, objects in S3 out. Any error makes Lambda deliver again."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.archive.flow import Archiving
from rapport.adapters.archive import S3Archive
from rapport.adapters.dynamo.stream import sealed_events
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import ArchiveSettings


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Archive a batch whole, or raise: a part of a batch has no object of its own."""
    kept = _flow().batch(sealed_events(event["Records"]))
    if kept:
        metrics().add_metric(name="RowsArchived", unit=MetricUnit.Count, value=kept)
        metrics().flush_metrics()
    logger().debug("archived", rows=kept)
    return {"batchItemFailures": []}


@cache
def _flow() -> Archiving:
    return Archiving(archive=S3Archive(ArchiveSettings.from_env().archive_bucket))
