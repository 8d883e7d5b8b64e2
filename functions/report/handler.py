"""A tick of the rule that comes every hour in, figures out; see flow.py for what happens between.

It needs what `ReportSettings` names: `people` (read, scanned once a week), `book` (read; one row a
week), the bundle (read) and SES, which is called once per mail and never again by the SDK.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.report.flow import Result, Weekly
from rapport.adapters.bundles import S3Bundles
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.once import DynamoWeeks
from rapport.adapters.dynamo.reported import DynamoReported
from rapport.adapters.mailer import SesMailer
from rapport.bundle import Bundle
from rapport.observability import MetricUnit, logger, metrics
from rapport.reports import Reports
from rapport.settings import ReportSettings


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, int]:
    """Mail the week's report if it is due, and tell what came of it."""
    result = _flow().tick()
    _tell(result)
    return {"mailed": result.mailed, "unsure": result.unsure}


@cache
def _flow() -> Weekly:
    settings = ReportSettings.from_env()
    bundles = S3Bundles(settings.bundle_bucket)
    book = DynamoConfig(settings.book_table)

    def live() -> Bundle | None:
        bundle_hash = book.live_bundle()
        return None if bundle_hash is None else bundles.get(bundle_hash)

    reports = Reports(
        funnel=DynamoFates(settings.book_table),
        reported=DynamoReported(book=settings.book_table, people=settings.people_table),
        clusters=DynamoClusters(settings.people_table),
        bundles=bundles,
        now=_now,
    )
    return Weekly(
        bundle=live,
        report=reports.of,
        weeks=DynamoWeeks(settings.book_table),
        mailer=SesMailer(settings.configuration_set, endpoint=settings.ses_endpoint),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(result: Result) -> None:
    counts = {"ReportsMailed": result.mailed, "ReportsUnsure": result.unsure}
    for name, count in counts.items():
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    metrics().flush_metrics()
    if result.week is not None:
        logger().info("the week's report", week=result.week.isoformat(), counts=counts)
