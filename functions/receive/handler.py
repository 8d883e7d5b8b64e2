"""Messages of a queue in, each naming an object in the inbox; `batchItemFailures` out.

A message that fails is delivered again and ends in the dead-letter queue after its last try.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.receive.flow import Came, Receive
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.forwards import DynamoForwards
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault
from rapport.adapters.inbox import S3Inbox
from rapport.adapters.mailer import SesMailer
from rapport.errors import PoisonError
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import INBOX_PREFIX, ReceiveSettings

_METRICS = {
    Came.REPLY: "Replies",
    Came.AUTO_REPLY: "AutoReplies",
    Came.BOUNCE: "BouncesIgnored",
    Came.LEFT: "Withdrawals",
    Came.NOBODYS: "MessagesNobodys",
    Came.UNSAFE: "MessagesUnsafe",
    Came.UNREADABLE: "MessagesUnreadable",
    Came.GONE: "",
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Work through a batch; failures are reported one by one."""
    failed = []
    counts: Counter[str] = Counter()
    for record in event["Records"]:
        try:
            came = _flow().take(_named(record["body"]))
        except Exception as error:  # noqa: BLE001  (the other messages of the batch go on)
            logger().warning(
                "to be delivered again", message_id=record["messageId"], error=type(error).__name__
            )
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            logger().info("mail came in", message_id=record["messageId"], came=came.value)
            counts[_METRICS[came]] += 1
    _tell(counts)
    return {"batchItemFailures": failed}


def _named(body: str) -> str:
    """The object that an event of S3 on the bus is about; PoisonError for anything else."""
    try:
        name = str(json.loads(body)["detail"]["object"]["key"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"this is no event of an object: {type(error).__name__}"
        raise PoisonError(msg) from None
    if not name.startswith(INBOX_PREFIX):
        msg = "this object is not in the inbox"
        raise PoisonError(msg)
    return name


def _tell(counts: Mapping[str, int]) -> None:
    told = {name: count for name, count in counts.items() if name}
    for name, count in told.items():
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if told:
        metrics().flush_metrics()


@cache
def _flow() -> Receive:
    settings = ReceiveSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    log = DynamoLog(settings.log_table, vault)
    book = DynamoBook(settings.book_table, log=log)
    fates = DynamoFates(settings.book_table)
    return Receive(
        inbox=S3Inbox(settings.inbox_bucket),
        book=book,
        log=log,
        bundles=S3Bundles(settings.bundle_bucket),
        fates=fates,
        marks=fates,
        forwards=DynamoForwards(settings.book_table),
        tasks=DynamoTasks(settings.book_table),
        mailer=SesMailer(settings.configuration_set, endpoint=settings.ses_endpoint),
        ring=lambda: vault.ring(TOKEN_RING),
        live=LiveBundle(book.live_bundle).hash,
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
