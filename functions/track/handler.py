"""The public tracking door: calls are read, stored and answered, documents are served.

Success is said only after the log wrote.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.track.dialects import Goal, Way, way_to
from functions.track.flow import Outcome, Track
from functions.track.http import Request, read_http
from functions.track.keys import RememberedKeys
from functions.track.pixels import image
from functions.track.problems import INTERNAL, UNAVAILABLE, Problem, answer
from functions.track.request import read_delivery
from rapport.adapters.dynamo.allowance import DynamoAllowance
from rapport.adapters.dynamo.calls import calls_of_this_process
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.vault import SEALER_SECONDS, DynamoVault, Pseudonymiser
from rapport.adapters.dynamo.write_keys import DynamoWriteKeys
from rapport.adapters.quarantine import S3Quarantine
from rapport.errors import RetryableError
from rapport.observability import MetricUnit, logger, metrics, tell_fault
from rapport.settings import TrackSettings


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request, whatever it is and whatever happens."""
    request: Request | None = None
    try:
        request = read_http(event)
        told = _answer(request, way_to(request.method, request.path, base=request.base))
    except Exception as error:  # noqa: BLE001  (SDKs need an answer with a code, whatever it is)
        told = answer(_problem(error))
    headless = request is not None and request.method == "HEAD"
    return {**told, "body": ""} if headless else told


def _answer(request: Request, way: Way | Problem) -> dict[str, Any]:
    if isinstance(way, Problem):
        _tell(Outcome(problem=way), request.request_id)
        return answer(way)
    match way.goal:
        case Goal.CALL:
            return answer(_received(request, way).problem)
        case Goal.PIXEL:
            # Whoever asks for nothing but the headers shows no image to anybody.
            if request.method == "GET":
                _received(request, way)
            return image()
        case Goal.SETTINGS | Goal.SOURCE_CONFIG:
            from functions.track.source_settings import settings_answer

            return settings_answer(request, way, _track().keys)
        case _:
            from functions.track.documents import document_answer

            return document_answer(request, way)


def _received(request: Request, way: Way) -> Outcome:
    try:
        outcome = _track().receive(read_delivery(request, way))
    except Exception as error:  # noqa: BLE001  (as above; and an image is shown come what may)
        outcome = Outcome(problem=_problem(error))
    _tell(outcome, request.request_id)
    return outcome


def _problem(error: Exception) -> Problem:
    if isinstance(error, RetryableError):
        logger().warning("store out of reach", error=type(error).__name__)
        return UNAVAILABLE
    tell_fault(error)
    return INTERNAL


@cache
def _track() -> Track:
    settings = TrackSettings.from_env()
    through = calls_of_this_process(settings.dynamodb)
    vault = DynamoVault(settings.vault_table, sealer_seconds=SEALER_SECONDS, through=through)
    return Track(
        keys=RememberedKeys(DynamoWriteKeys(settings.book_table, through=through), now=_now),
        log=DynamoLog(settings.log_table, vault, through=through),
        refs=Pseudonymiser(vault),
        quarantine=S3Quarantine(settings.quarantine_bucket, vault, now=_now),
        allowance=DynamoAllowance(settings.book_table, through=through),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(outcome: Outcome, request_id: str) -> None:
    """Count events; log refusals by reason, with the gateway's request id and no word of a body."""
    for fault in outcome.faults:
        tell_fault(fault)
    counts = {
        "EventsAccepted": outcome.accepted,
        "EventsRepeated": outcome.repeated,
        "EventsRefused": sum(outcome.refused.values()),
        "EventsUnchecked": outcome.unchecked,
        "RefusedKept": outcome.kept,
        "RefusedNotKept": outcome.not_kept,
    }
    for name, count in counts.items():
        if count:
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if any(counts.values()):
        metrics().flush_metrics()
    if outcome.problem is not None or outcome.refused:
        logger().warning(
            "refused",
            request_id=request_id,
            source=outcome.source,
            code="" if outcome.problem is None else outcome.problem.code,
            reasons={reason.value: count for reason, count in outcome.refused.items()},
        )
