"""A tick of the nightly rule in, three figures out; see flow.py for what happens between."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.audit.flow import SAMPLE, Audit, Result
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.sample import DynamoSample
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.extraction import observe, owner_of
from rapport.identity_rules import LiveRules
from rapport.likeness import alike
from rapport.observability import MetricUnit, logger, metrics
from rapport.rebuild import Rebuild
from rapport.settings import AuditSettings


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Compare a sample with the log and tell what came of it."""
    now = _now()
    until = now + timedelta(milliseconds=context.get_remaining_time_in_millis())
    result = _flow().run(size=SAMPLE, until=until)
    _tell(result)
    return {"checked": result.checked, "differing": len(result.differing), "busy": result.busy}


@cache
def _flow() -> Audit:
    settings = AuditSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    refs = Pseudonymiser(vault)
    rules = LiveRules(DynamoConfig(settings.book_table), refs)
    rebuild = Rebuild(
        log=DynamoLog(settings.log_table, vault, owner_of=owner_of(refs)),
        people=DynamoPeople(settings.people_table),
        clusters=DynamoClusters(settings.people_table),
        observe=lambda each: observe(each, refs),
        rules=rules,
        alike=alike,
        now=_now,
        finder=DynamoFinder(settings.people_table).row,
    )
    sample = DynamoSample(settings.people_table, random=random.SystemRandom())
    return Audit(sample=sample, person=rebuild.person, now=_now)


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(result: Result) -> None:
    figures = {
        "ProfilesChecked": result.checked,
        "ProfilesDiffering": len(result.differing),
        "ProfilesBusy": result.busy,
    }
    for name, value in figures.items():
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics().flush_metrics()
    for person, differences in result.differing.items():
        logger().error(
            "a stored profile is not what the log says",
            person=person,
            differences=list(differences[:8]),
        )
