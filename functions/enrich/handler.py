"""Records of the log's stream in, `batchItemFailures` out; see flow.py for what happens between."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from functions.enrich.flow import Enrich, Result
from functions.enrich.suggest import Suggest
from rapport.absorb import Absorb
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.stream import position, raw_position, sealed_events
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.domain.event import Event
from rapport.domain.observation import Observation
from rapport.extraction import observe, owner_of
from rapport.identity_rules import LiveRules
from rapport.observability import MetricUnit, logger, metrics
from rapport.refreshing.persons import Persons
from rapport.refreshing.receipts import Receipts
from rapport.refreshing.views import Views
from rapport.settings import EnrichSettings


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Apply a batch; at most one failure is reported, the lowest: Lambda's checkpoint."""
    records = event["Records"]
    result = _flow().batch(sealed_events(records))
    _tell(result)
    return {
        "batchItemFailures": [
            {"itemIdentifier": raw_position(r)} for r in records if position(r) == result.checkpoint
        ]
    }


@cache
def _flow() -> Enrich:
    settings = EnrichSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    refs = Pseudonymiser(vault)
    log = DynamoLog(settings.log_table, vault, owner_of=owner_of(refs))
    people, clusters = DynamoPeople(settings.people_table), DynamoClusters(settings.people_table)
    rules = LiveRules(DynamoConfig(settings.book_table), refs)

    def observed(event: Event) -> Observation:
        return observe(event, refs)

    views = Views(
        log=log,
        people=people,
        clusters=clusters,
        receipts=Receipts(clusters=clusters, rules=rules, alike=_alike),
        suggest=Suggest(
            people=people,
            clusters=clusters,
            queue=DynamoSuggestions(settings.people_table),
            refs=refs,
            rules=rules,
            at_least=lambda: rules.review().suggest_at,
            alike=_alike,
            now=_now,
            told=_without_suggestions,
        ),
        now=_now,
    )
    return Enrich(
        log=log,
        people=people,
        observe=observed,
        absorb=Absorb(clusters=clusters, rules=rules, alike=_alike, random=Random()),  # noqa: S311
        persons=Persons(views=views, clusters=clusters),
    )


def _alike(one: str, other: str) -> bool:
    """Names are compared seldom, and what compares them takes time to load."""
    from rapport.likeness import alike

    return alike(one, other)


def _without_suggestions(error: Exception) -> None:
    logger().warning("nobody was compared", error=type(error).__name__)


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(result: Result) -> None:
    counts = {"EventsApplied": result.applied, "ViewsWritten": result.views}
    for name, count in counts.items():
        if count:
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if any(counts.values()):
        metrics().flush_metrics()
    for failure in result.failures:
        logger().warning(
            "to be delivered again",
            sequence=failure.sequence,
            subject=failure.subject,
            error=type(failure.error).__name__,
        )
