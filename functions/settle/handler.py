"""A tick of the rule that comes every minute in, figures out; see flow.py for what happens between.

It needs what `SettleSettings` names: `log` (read, append), `people` (of which `book` names the
clusters; it is not read), `book` (read, write, delete), `vault` (keys), and the queue in front of
`send` (put). It never calls SES.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.settle.flow import Came, Settle
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.unsettled import DynamoUnsettled
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.intents import SqsIntents
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import SettleSettings

# Left of the call's time when no further batch is begun.
RESERVE = timedelta(seconds=15)


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Settle what is due and tell what came of it."""
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    counts = _flow().run(until=_now() + left - RESERVE)
    for came in Came:
        metrics().add_metric(name=came.value, unit=MetricUnit.Count, value=counts.get(came, 0))
    metrics().flush_metrics()
    lost, set_apart = counts.get(Came.LOST, 0), counts.get(Came.QUARANTINED, 0)
    if lost or set_apart:
        logger().warning("mails that nobody can tell of", lost=lost, set_apart=set_apart)
    return {came.value: count for came, count in counts.items()}


@cache
def _flow() -> Settle:
    settings = SettleSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    log = DynamoLog(settings.log_table, vault)
    return Settle(
        unsettled=DynamoUnsettled(settings.book_table),
        book=DynamoBook(settings.book_table, log=log, people_table=settings.people_table),
        log=log,
        intents=SqsIntents(settings.send_queue_url),
        tasks=DynamoTasks(settings.book_table),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
