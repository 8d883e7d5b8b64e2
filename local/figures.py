"""What the stack itself says about the day: counters of `track`, and requests at the front."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
from botocore.config import Config

from local.description import Description
from local.front import COUNTS
from local.inbox import ask

ACCEPTED = "EventsAccepted"
REPEATED = "EventsRepeated"
NAMESPACE = "Rapport"


def requests(api_url: str) -> int:
    """How many requests came to the public door since the start."""
    counts: dict[str, int] = json.loads(ask("GET", f"{api_url}{COUNTS}").body)
    return sum(counts.values())


def counters(stack: Description) -> dict[str, int]:
    """Sum of each metric that `track` has written, by name.

    The metrics are Powertools' lines in the embedded metric format; CloudWatch makes metrics of
    them on AWS, the local one keeps the lines.
    """
    session = boto3.Session(
        region_name=stack["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the local AWS takes any
    )
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    endpoint = stack["emulator_url"]
    functions = session.client("lambda", endpoint_url=endpoint, config=config)
    track = functions.get_function_configuration(FunctionName=stack["functions"]["track"])
    client = session.client("logs", endpoint_url=endpoint, config=config)
    group = track["LoggingConfig"]["LogGroup"]
    totals: dict[str, int] = {}
    for page in client.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            for name, value in _metrics(event.get("message", "")):
                totals[name] = totals.get(name, 0) + value
    return totals


def _metrics(message: str) -> Iterator[tuple[str, int]]:
    try:
        line: Any = json.loads(message)
    except ValueError:
        return
    described = line.get("_aws") if isinstance(line, dict) else None
    for directive in described["CloudWatchMetrics"] if described else ():
        if directive["Namespace"] != NAMESPACE:
            continue
        for metric in directive["Metrics"]:
            # A value is a number, or a list where a metric was added more than once.
            value = line[metric["Name"]]
            yield metric["Name"], round(sum(value) if isinstance(value, list) else value)


def percentile(values: Sequence[int], share: float) -> int | None:
    """The smallest value that at least `share` of all do not exceed; None without values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
