"""The flow on the stores of a deployment: for the function and for the command line."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from functions.privacy.flow import Privacy
from rapport.adapters import aws
from rapport.adapters.bundles import S3Bundles
from rapport.adapters.dynamo.audits import DynamoAudits
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.erasers import stores
from rapport.adapters.dynamo.erasures import DynamoErasures
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.holdings import DynamoHoldings
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.operators import DynamoOperators
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.adapters.erasing_buckets import buckets
from rapport.adapters.looking import DeadLetters, LogLines
from rapport.adapters.schedule import EventBridgeSchedules
from rapport.adapters.uploads import S3Resumes
from rapport.bundle import Bundle
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.exporting import Exporting
from rapport.extraction import owner_of
from rapport.forgetting import Forgetting, Looker
from rapport.people_files import PeopleFiles
from rapport.searching import Segments
from rapport.settings import EXPORTS_PREFIX, PrivacySettings
from rapport.tracing import Tracing


class SqsPrivacy:
    """The port `Queue`."""

    def __init__(self, url: str) -> None:
        """Put into the queue of that URL."""
        self._url = url

    def put(self, message: Mapping[str, Json], *, after_s: int = 0) -> None:
        """Ask for something, now or later."""
        body = json.dumps(message, separators=(",", ":"))
        aws.client("sqs").send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=after_s)


class S3Exports:
    """The port `Exports`."""

    def __init__(self, bucket: str) -> None:
        """Keep them in that bucket, which forgets them by itself."""
        self._bucket = bucket

    def put(self, name: str, body: bytes, told: Mapping[str, str] | None = None) -> None:
        """Keep one under a name, with what is told of it."""
        key = f"{EXPORTS_PREFIX}{name}"
        aws.client("s3").put_object(Bucket=self._bucket, Key=key, Body=body, Metadata=told or {})


def composed(
    told: PrivacySettings, *, now: Callable[[], datetime], own_log_group: str = ""
) -> Privacy:
    """The flow as these settings say. A function knows its own log group from Lambda alone."""
    vault = DynamoVault(told.vault_table)
    log = DynamoLog(told.log_table, vault, owner_of=owner_of(Pseudonymiser(vault)))
    book = DynamoBook(told.book_table, log=log, people_table=told.people_table)
    people, clusters = DynamoPeople(told.people_table), DynamoClusters(told.people_table)
    erasures = DynamoErasures(told.book_table, vault, told.archive_bucket)
    schedules = EventBridgeSchedules(
        group=told.schedule_group,
        role_arn=told.schedule_role_arn,
        queue_arn=told.wake_queue_arn,
        queue_url=told.wake_queue_url,
        dead_letters_arn=told.wake_dead_letters_arn,
        now=now,
    )
    tracing = Tracing(log=log, people=people, clusters=clusters, book=book, holds=erasures, now=now)
    erasers = [
        *stores(
            vault=vault,
            log=log,
            book=book,
            people=people,
            clusters=clusters,
            schedules=schedules,
            occasions=DynamoOccasions(told.book_table, log),
        ),
        *buckets(
            failed=told.failed_bucket,
            inbox=told.inbox_bucket,
            drop=told.drop_bucket,
            vault=vault,
        ),
    ]
    lookers: list[Looker] = [
        LogLines([group for group in (*told.log_groups.split(","), own_log_group) if group]),
        DeadLetters([url for url in told.dead_letters.split(",") if url]),
    ]
    bundles, exports = S3Bundles(told.bundle_bucket), S3Exports(told.drop_bucket)

    def bundle() -> Bundle | None:
        live = book.live_bundle()
        return None if live is None else bundles.get(live)

    def profile(person: PersonId) -> Profile | None:
        view = people.view(person)
        return None if view is None else view.profile

    return Privacy(
        people=people,
        log=log,
        clusters=clusters,
        tracing=tracing,
        forgetting=Forgetting(
            erasers=erasers,
            lookers=lookers,
            erasures=erasures,
            clusters=clusters,
            rings=vault,
            now=now,
        ),
        exporting=Exporting(
            tracing=tracing,
            log=log,
            holdings=DynamoHoldings(),
            resumes=S3Resumes(told.drop_bucket),
            words=_Words(bundle),
            now=now,
        ),
        exports=exports,
        people_files=PeopleFiles(
            segments=Segments(
                rows=DynamoFinder(told.people_table),
                profile=profile,
                ring=dict,
                now=now,
            ),
            operator=DynamoOperators(told.book_table).get,
            bundle=bundle,
            audits=DynamoAudits(told.book_table),
            tables=exports,
            now=now,
        ),
        tasks=DynamoTasks(told.book_table),
        queue=SqsPrivacy(told.privacy_queue_url),
        now=now,
    )


class _Words:
    """The texts of statements in the live bundle; of older ones the word itself has the hash."""

    def __init__(self, bundle: Callable[[], Bundle | None]) -> None:
        self._bundle = bundle

    def __call__(self, statement: str, language: str) -> str:
        live = self._bundle()
        for each in () if live is None else live.statements:
            if statement == each.id:
                shown = {w.language: w.text for w in each.wordings}
                return shown.get(language, each.text)
        return ""
