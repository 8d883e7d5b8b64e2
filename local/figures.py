"""What the stack itself says about the day: counters of `track`, requests at the front, funnels."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cli import funnel
from cli.config import Config
from cli.store import open_stores
from local.description import Description
from local.front import COUNTS
from local.inbox import ask
from local.outside import client
from local.policy import PROGRAMS
from rapport.domain import names
from rapport.viewing.finding import find

ACCEPTED = "EventsAccepted"
REPEATED = "EventsRepeated"
NAMESPACE = "Rapport"
HEARD = (
    names.MAIL_CLICKED,
    names.MAIL_REPLIED,
    names.TASK_OPENED,
    names.AUTO_REPLY_RECEIVED,
    names.PREFERENCES_CHANGED,
    names.UNSUBSCRIBED,
    names.APPLICATION_RECEIVED,
    names.APPLICATION_STAGE_CHANGED,
    names.APPLICATION_REJECTED,
    names.CANDIDATE_HIRED,
)


def requests(api_url: str) -> int:
    """How many requests came to the public door since the start."""
    counts: dict[str, int] = json.loads(ask("GET", f"{api_url}{COUNTS}").body)
    return sum(counts.values())


def counters(stack: Description) -> dict[str, int]:
    """Sum of each metric that `track` has written, by name.

    The metrics are Powertools' lines in the embedded metric format; CloudWatch makes metrics of
    them on AWS, the local one keeps the lines.
    """
    functions, logs = client(stack, "lambda"), client(stack, "logs")
    track = functions.get_function_configuration(FunctionName=stack["functions"]["track"])
    group = track["LoggingConfig"]["LogGroup"]
    totals: dict[str, int] = {}
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            for name, value in _metrics(event.get("message", "")):
                totals[name] = totals.get(name, 0) + value
    return totals


def steps(here: Config) -> dict[tuple[str, str, str], int]:
    """Of every program, how many mails became what: (program, step, reason) → count.

    The steps are those of `rapport funnel`, `intended` among them; a reason stands with mails that
    wait or were not sent.
    """
    stores, now = open_stores(here), datetime.now(UTC)
    since = (now - timedelta(days=1)).date().isoformat()
    found: dict[tuple[str, str, str], int] = {}
    for program in PROGRAMS:
        told = funnel.read(stores, program, since=since, now=now)
        found[program, "intended", ""] = told.intended
        for step, count in told.counts.items():
            found[program, step.name, step.detail] = count
    return found


def heard(here: Config, addresses: Sequence[str]) -> Mapping[str, int]:
    """What came back from these people and was taken for theirs, by the event's name."""
    stores = open_stores(here)
    counts: Counter[str] = Counter()
    for address in filter(None, addresses):
        for ref in find(stores, address).members:
            counts.update(e.type for e in stores.log.partition(ref) if e.type in HEARD)
    return counts


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
