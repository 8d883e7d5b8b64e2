"""Messages of both queues in, `batchItemFailures` out; each message stands for itself.

A message that fails is delivered again and ends in the dead-letter queue after its last try.
"""

import random
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.send.feedback import Feedback, Heard
from functions.send.flow import Done, Send
from functions.send.links import Linker
from functions.send.pacing import Pacing
from functions.send.reports import is_intent, read_message, read_report
from rapport.adapters.accounts import SesAccounts
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.counts import DynamoCounts
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.pace import DynamoSlowdowns, DynamoTurns
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault, Pseudonymiser
from rapport.adapters.intents import SqsIntents, decode
from rapport.adapters.judgements import SqsJudgements, judged_mail
from rapport.adapters.mailer import SesMailer
from rapport.adapters.schedule import EventBridgeSchedules
from rapport.brake import LiveBrake, SwitchedBundles
from rapport.identity_rules import LiveRules
from rapport.launching import LiveStands
from rapport.mailing.around import Around
from rapport.mailing.compose import Composer
from rapport.mailing.doubt import Doubts
from rapport.mailing.snapshot import Reader
from rapport.observability import MetricUnit, logger, metrics
from rapport.profiles import patiently
from rapport.settings import SendSettings
from rapport.signs import Noticing
from rapport.slates import Picker, Shelf
from rapport.waiting import Holds

_METRICS = {
    Done.ACCEPTED: "MailsAccepted",
    Done.HELD: "Holds",
    Done.DROPPED: "Drops",
    Done.FAILED: "Failed",
    Done.UNCERTAIN: "Uncertain",
    Done.PUT_BACK: "PutBack",
    Done.THROTTLED: "Throttled",
}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Work through a batch; failures are reported one by one."""
    failed = []
    counts: Counter[str] = Counter()
    for record in event["Records"]:
        try:
            counts[_one(record["body"])] += 1
        except Exception as error:  # noqa: BLE001  (the other messages of the batch go on)
            logger().warning(
                "to be delivered again", message_id=record["messageId"], error=type(error).__name__
            )
            failed.append({"itemIdentifier": record["messageId"]})
    _tell(counts)
    return {"batchItemFailures": failed}


def _one(body: str) -> str:
    """Settle one message; tells the metric that counts it, if any."""
    message = read_message(body)
    if is_intent(message):
        intent = decode(body)
        result = patiently(lambda: _send().deliver(intent), time.sleep)
        logger().info(
            "intent settled",
            intent=intent.id,
            done=result.done.value,
            reason=None if result.reason is None else result.reason.value,
            send_id=result.send_id,
        )
        return _METRICS.get(result.done, "")
    mail = judged_mail(message)
    if mail:
        judged = _feedback().noticing.judge(mail)
        told = [f"{sign.act} {verdict.who}" for sign, verdict in judged]
        logger().info("signs judged", send_id=mail, verdicts=told)
        return "SignsJudged"
    report = read_report(message)
    if report is None:
        return "ReportsIgnored"
    heard = _feedback().hear(report)
    logger().info("report", kind=report.kind, heard=heard.value, send_id=report.send_id)
    return "ReportsDropped" if heard is Heard.DROPPED else "Reports"


def _tell(counts: Mapping[str, int]) -> None:
    told = {name: count for name, count in counts.items() if name}
    for name, count in told.items():
        metrics().add_metric(name=name, unit=MetricUnit.Count, value=count)
    if told:
        metrics().flush_metrics()


@cache
def _book() -> tuple[SendSettings, DynamoVault, DynamoLog, DynamoBook]:
    settings = SendSettings.from_env()
    vault = DynamoVault(settings.vault_table)
    log = DynamoLog(settings.log_table, vault)
    book = DynamoBook(settings.book_table, log=log, people_table=settings.people_table)
    return settings, vault, log, book


@cache
def _send() -> Send:
    settings, vault, log, book = _book()
    refs = Pseudonymiser(vault)
    accounts = SesAccounts(now=_now, endpoint=settings.ses_endpoint)
    counts = DynamoCounts(settings.book_table)
    runs = DynamoRuns(settings.book_table)
    fates = DynamoFates(settings.book_table)
    brake = LiveBrake(DynamoSendings(settings.book_table).sending)
    live = LiveBundle(book.live_bundle)
    return Send(
        reader=Reader(
            people=DynamoPeople(settings.people_table),
            clusters=DynamoClusters(settings.people_table),
            book=book,
            bundles=SwitchedBundles(S3Bundles(settings.bundle_bucket), brake),
            pseudonyms=refs,
            live=live.hash,
            anew=live.anew,
            stopped=brake.stopped,
            stands=LiveStands(DynamoLaunches(settings.book_table)),
            doubts=Doubts(
                review=LiveRules(book, refs).review,
                suggestions=DynamoSuggestions(settings.people_table),
            ),
            around=Around(
                accounts=accounts,
                counts=counts,
                runs=runs,
                picker=Picker(book=book, log=log, shelf=Shelf(book=book), now=_now),
                now=_now,
            ),
        ),
        composer=Composer(ring=lambda: vault.ring(TOKEN_RING), public_url=settings.public_url),
        book=book,
        log=log,
        mailer=SesMailer(settings.configuration_set, endpoint=settings.ses_endpoint),
        linker=Linker(
            ring=lambda: vault.ring(TOKEN_RING), public_url=settings.public_url, links=fates
        ),
        funnel=fates,
        holds=Holds(runs=runs, schedules=_schedules(settings)),
        accounts=accounts,
        counts=counts,
        pacing=Pacing(
            accounts=accounts,
            turns=DynamoTurns(settings.book_table),
            slowdowns=DynamoSlowdowns(settings.book_table, now=_now),
            intents=SqsIntents(settings.send_queue_url),
            chance=random.random,
            pause=time.sleep,
            now=_now,
        ),
        now=_now,
    )


def _schedules(settings: SendSettings) -> EventBridgeSchedules:
    return EventBridgeSchedules(
        group=settings.schedule_group,
        role_arn=settings.schedule_role_arn,
        queue_arn=settings.wake_queue_arn,
        queue_url=settings.wake_queue_url,
        dead_letters_arn=settings.wake_dead_letters_arn,
        now=_now,
    )


@cache
def _feedback() -> Feedback:
    settings, vault, log, book = _book()
    bundles, live = S3Bundles(settings.bundle_bucket), LiveBundle(book.live_bundle)
    fates = DynamoFates(settings.book_table)
    queue = settings.judge_queue_url
    return Feedback(
        book=book,
        log=log,
        fates=fates,
        noticing=Noticing(
            book=book,
            log=log,
            fates=fates,
            signs=fates,
            links=fates,
            marks=fates,
            pseudonyms=Pseudonymiser(vault),
            judgements=SqsJudgements(queue, after_s=settings.judge_after_s) if queue else None,
            now=_now,
        ),
        policy=lambda: bundles.get(live.hash()).policy,
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
