"""One fact from EventBridge, or wake-ups from a queue: parse, start what follows, count.

Raising makes Lambda deliver a fact again; a wake-up that fails is reported, and the others go on.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from functions.trigger.flow import Started, Trigger
from functions.trigger.moves import Moves
from functions.trigger.waits import Waits
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.intents import SqsIntents
from rapport.adapters.schedule import EventBridgeSchedules, SqsWakes, Wake, decode
from rapport.brake import LiveBrake, SwitchedBundles
from rapport.domain.decision import FactRef, fact_from_json
from rapport.domain.identifiers import person_id
from rapport.errors import PoisonError
from rapport.observability import MetricUnit, logger, metrics
from rapport.occasions import Moved
from rapport.profiles import patiently
from rapport.settings import TriggerSettings


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any] | None:
    """Answer one fact, or a batch of wake-ups, with intents, waits and holds."""
    if "Records" in event:
        return {"batchItemFailures": list(_wake_all(event["Records"]))}
    fact = _fact(event)
    started = patiently(lambda: _flow().start(fact), time.sleep)
    _tell("fact answered", started, fact=fact.name, person=fact.person, event_id=fact.event_id)
    return None


def _wake_all(records: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, str]]:
    for record in records:
        try:
            asked = decode(record["body"])
            if isinstance(asked, Moved):
                woken = patiently(partial(_moves().follow, asked), time.sleep)
                logger().info("event moved", occasion=asked.occasion, woken=woken)
                continue
            started = patiently(_waking(asked), time.sleep)
        except Exception as error:  # noqa: BLE001  (the other people are woken all the same)
            message = record["messageId"]
            logger().warning(
                "to be delivered again", message_id=message, error=type(error).__name__
            )
            yield {"itemIdentifier": message}
        else:
            _tell("woken", started, person=person_id(asked.subject), again=asked.again)


def _waking(wake: Wake) -> Callable[[], Started]:
    return lambda: _flow().wake(wake.subject, again=wake.again)


def _fact(event: Mapping[str, Any]) -> FactRef:
    try:
        return fact_from_json(event["detail"])
    except (KeyError, TypeError, ValueError) as error:
        msg = f"this is no fact: {type(error).__name__}"
        raise PoisonError(msg) from None


@cache
def _flow() -> Trigger:
    settings = TriggerSettings.from_env()
    people, clusters = DynamoPeople(settings.people_table), DynamoClusters(settings.people_table)
    book, runs = DynamoConfig(settings.book_table), DynamoRuns(settings.book_table)
    brake = LiveBrake(DynamoSendings(settings.book_table).sending)
    schedules = EventBridgeSchedules(
        group=settings.schedule_group,
        role_arn=settings.schedule_role_arn,
        queue_arn=settings.wake_queue_arn,
        queue_url=settings.wake_queue_url,
        dead_letters_arn=settings.wake_dead_letters_arn,
        now=_now,
    )
    return Trigger(
        people=people,
        clusters=clusters,
        log=DynamoLog(settings.log_table, DynamoVault(settings.vault_table)),
        bundles=SwitchedBundles(S3Bundles(settings.bundle_bucket), brake),
        jobs=book,
        intents=SqsIntents(settings.send_queue_url),
        waits=Waits(people=people, clusters=clusters, runs=runs, schedules=schedules),
        funnel=DynamoFates(settings.book_table),
        live=LiveBundle(book.live_bundle).hash,
        now=_now,
        wait_divisor=settings.wait_divisor,
    )


@cache
def _moves() -> Moves:
    from rapport.adapters.dynamo.occasions import DynamoOccasions

    settings = TriggerSettings.from_env()
    log = DynamoLog(settings.log_table, DynamoVault(settings.vault_table))
    return Moves(
        occasions=DynamoOccasions(settings.book_table, log),
        clusters=DynamoClusters(settings.people_table),
        wakes=SqsWakes(settings.wake_queue_url),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(what: str, started: Started, **about: Any) -> None:
    counts = {
        "Intents": len(started.intents),
        "Waits": len(started.waits),
        "Holds": len(started.holds),
    }
    for name, count in counts.items():
        if count:
            metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if any(counts.values()):
        metrics().flush_metrics()
    logger().info(
        what,
        **about,
        intents=[intent.id for intent in started.intents],
        waits=len(started.waits),
        holds=[reason.value for reason in started.holds],
    )
