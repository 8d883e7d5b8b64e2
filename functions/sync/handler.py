"""A message of the queue, or a tick of the clock, in; `batchItemFailures` out.

A message that fails is delivered again and ends in the dead-letter queue after its last try. A
file that was dropped comes as the event of S3 that tells of it.

It needs what `SyncSettings` names: `log` (read, append), `people` (read), `book` (read, write),
`vault` (keys), the secrets of connections (read), the queue in front of itself (put), and the
bucket of rosters (read, write).
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.sync.composing import composed
from functions.sync.flow import Sync
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError, PoisonError
from rapport.observability import MetricUnit, logger, metrics
from rapport.settings import DROP_PREFIX, SyncSettings

# Left of the call's time when no further page is begun: reading one and taking it in.
RESERVE = timedelta(seconds=100)
# What becomes a metric; everything is in the log line.
_METRICS = (
    *("PullsFinished", "PullsGoingOn", "PullsResting", "PullsTroubled", "PullsRefused"),
    *("PullsDoneBefore", "PullsLate", "WithoutAccess", "EntitiesFetched", "EntitiesRead"),
    *(
        "EntitiesMissing",
        "EntitiesUnreadable",
        "RosterFaults",
        "Drift",
        "BoardsFailed",
        "JobFactsUntold",
    ),
    *("FilesApplied", "FilesUnderWay", "FilesRepeated", "FilesSetAside", "FilesGone"),
    *("RowsKeptAside", "FileDrift"),
    *("ImportsFinished", "ImportedOverdue", "ImportedSpared"),
)
_TICK: Mapping[str, Json] = {"do": "tick"}


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Do what the messages of a batch say, or what the clock wants."""
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    until = _now() + left - RESERVE
    figures: Counter[str] = Counter()
    if "Records" not in event:
        _done(_TICK, until, figures)
        _tell(figures)
        return {}
    failed = []
    for record in event["Records"]:
        try:
            _done(_message(record["body"]), until, figures)
        except Exception as error:  # noqa: BLE001  (the other messages of the batch go on)
            logger().warning(
                "to be delivered again",
                message_id=record["messageId"],
                error=type(error).__name__,
                # Only what lacks in a deployment is told in full: it holds nothing of a person.
                mend=str(error) if isinstance(error, MisconfiguredError) else "",
            )
            failed.append({"itemIdentifier": record["messageId"]})
    _tell(figures)
    return {"batchItemFailures": failed}


def _done(message: Mapping[str, Json], until: datetime, figures: Counter[str]) -> None:
    result = _flow().do(message, until=until)
    figures[result.came.value] += 1
    figures.update(result.figures)
    logger().info(
        "done",
        did=message["do"],
        connection=message.get("connection", ""),
        came=result.came.value,
        figures=dict(result.figures),
        why=result.why,
    )


def _message(body: str) -> Mapping[str, Json]:
    """What a message says; PoisonError for what is none."""
    try:
        found = json.loads(body)
    except ValueError as error:
        msg = f"this is no message: {type(error).__name__}"
        raise PoisonError(msg) from None
    match found:
        case {"do": str()}:
            return dict(found)
        case {"detail": {"object": {"key": str(name)}}} if name.startswith(DROP_PREFIX):
            return {"do": "drop", "key": name}
        case _:
            msg = "this message says nothing that can be done"
            raise PoisonError(msg)


def _tell(figures: Mapping[str, int]) -> None:
    told = {name: figures[name] for name in _METRICS if name in figures}
    for name, count in told.items():
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if told:
        metrics().flush_metrics()


@cache
def _flow() -> Sync:
    return composed(SyncSettings.from_env(), now=_now)


def _now() -> datetime:
    return datetime.now(UTC)
