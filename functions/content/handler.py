"""`GET /content/v1/…` and `GET /jobs/v1…`: what the career site shows, as JSON."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from functions.content.flow import PREFIX, Answer, Asked, Content, refused
from functions.content.jobs import PREFIX as JOBS_PREFIX
from functions.content.jobs import Jobs
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.editions import S3Editions
from rapport.errors import MisconfiguredError, RetryableError
from rapport.headers import SAFE
from rapport.observability import MetricUnit, logger, metrics, tell_fault
from rapport.settings import ContentSettings


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request, whatever it is and whatever happens."""
    try:
        asked = _asked(event)
        rooms = _jobs() if asked.path.startswith(JOBS_PREFIX) else _content()
        answer = rooms.answer(asked)
    except (RetryableError, MisconfiguredError) as error:
        logger().warning("no content", error=type(error).__name__)
        answer = refused(503, "unavailable", "The content cannot be read just now.")
    except Exception as error:  # noqa: BLE001  (a page needs an answer with a code, whatever it is)
        tell_fault(error)
        answer = refused(500, "internal", "The fault is ours, and was logged.")
    metrics().add_metric(name="Answers", unit=MetricUnit.Count, value=1)
    metrics().flush_metrics()
    headless = event["requestContext"]["http"]["method"] == "HEAD"
    return {
        "statusCode": answer.status,
        "headers": _headers(answer),
        "body": "" if headless else answer.body.decode(),
        "isBase64Encoded": False,
    }


def _asked(event: dict[str, Any]) -> Asked:
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    # Before the path a stage may stand.
    path = event["rawPath"]
    prefix = PREFIX if PREFIX in path else JOBS_PREFIX
    _, found, rest = path.partition(prefix)
    return Asked(
        path=found + rest,
        query=_query(event.get("rawQueryString") or ""),
        accept_language=headers.get("accept-language", ""),
        if_none_match=headers.get("if-none-match", ""),
    )


def _headers(answer: Answer) -> dict[str, str]:
    told = {**SAFE, "content-type": "application/json"}
    if answer.keep:
        told |= {"cache-control": answer.keep, "etag": answer.etag, "vary": "Accept-Language"}
    if answer.languages:
        told["content-language"] = ", ".join(answer.languages)
    if answer.status == 503:  # noqa: PLR2004  (the number says it)
        told["retry-after"] = "10"
    return told


def _query(raw: str) -> dict[str, str]:
    """What is asked. A word that is left empty is not asked for; a number that is, is none."""
    told = parse_qsl(raw, keep_blank_values=True)
    return {name: value for name, value in told if value or name == "limit"}


@cache
def _jobs() -> Jobs:
    return Jobs(store=DynamoConfig(ContentSettings.from_env().book_table), now=_now)


@cache
def _content() -> Content:
    settings = ContentSettings.from_env()
    return Content(
        bundles=S3Bundles(settings.bundle_bucket),
        live=LiveBundle(DynamoConfig(settings.book_table).live_bundle).hash,
        editions=S3Editions(settings.bundle_bucket),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
