"""`Sync` on the account's own stores, as the settings name them."""

from collections.abc import Callable
from datetime import datetime

from functions.sync import boards
from functions.sync.drop import FileDrop
from functions.sync.flow import Sync
from functions.sync.importing import Importing
from functions.sync.preview import Preview
from functions.sync.pulls import Puller
from rapport.adapters.ats.apis import pages_for
from rapport.adapters.ats.connections import SecretConnections
from rapport.adapters.ats.intake import composed as intake_on
from rapport.adapters.ats.kept import KeptInQuarantine
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.bus import EventBridgeBus
from rapport.adapters.drops import S3Drops
from rapport.adapters.dynamo.ats_runs import DynamoPulls
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.file_runs import DynamoFileRuns
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.vault import DynamoVault
from rapport.adapters.http import Http
from rapport.adapters.import_shelf import S3Shelf
from rapport.adapters.importing import Composed, Tables
from rapport.adapters.pool_files import S3PoolFiles
from rapport.adapters.quarantine import S3Quarantine
from rapport.adapters.refetches import SqsRefetches, SqsWork
from rapport.adapters.rosters import S3Rosters
from rapport.ats import Connection, Pages
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.imports import DO, FORGET
from rapport.pool_files import ASK, PoolFiles
from rapport.pool_files import DO as FILE
from rapport.settings import SyncSettings


def composed(settings: SyncSettings, *, now: Callable[[], datetime]) -> Sync:
    """Everything that a message may need; clients are made when they are first asked."""
    vault = DynamoVault(settings.vault_table)
    work = SqsWork(settings.sync_queue_url)
    http = Http()
    known: dict[str, tuple[Connection, Pages | None]] = {}

    def pages(connection: Connection) -> Pages | None:
        # The same object as long as its secret is the same, so that a token serves several calls.
        if known.get(connection.name, (None, None))[0] != connection:
            known[connection.name] = (connection, pages_for(connection, http=http, now=now))
        return known[connection.name][1]

    people = DynamoPeople(settings.people_table)

    def profile(person: PersonId) -> Profile | None:
        view = people.view(person)
        return view.profile if view else None

    intake = intake_on(settings, vault, now=now)
    puller = Puller(
        pulls=DynamoPulls(settings.book_table),
        rosters=S3Rosters(settings.drop_bucket, vault),
        intake=intake,
        refetches=SqsRefetches(work, now=now),
        work=work,
        now=now,
        preview=Preview(clusters=intake.clusters, profile=profile, refs=intake.refs),
    )
    connections = SecretConnections(settings.secrets_prefix, now=now)
    book, bundles = DynamoConfig(settings.book_table), S3Bundles(settings.bundle_bucket)
    live = LiveBundle(book.live_bundle)
    reader = boards.Boards(
        bundle=lambda: bundles.get(live.hash()),
        jobs=book,
        bus=EventBridgeBus(settings.bus_name),
        web=http,
        connections=connections,
        work=work,
        now=now,
    )
    files = FileDrop(
        connections=connections,
        drops=S3Drops(settings.drop_bucket),
        runs=DynamoFileRuns(settings.book_table),
        rosters=puller.rosters,
        kept=KeptInQuarantine(S3Quarantine(settings.quarantine_bucket, vault)),
        intake=intake,
        refetches=puller.refetches,
        work=work,
        asks=lambda connection: pages(connection) is not None,
        now=now,
    )
    importing = Composed(
        Tables(
            log=settings.log_table,
            people=settings.people_table,
            book=settings.book_table,
            vault=settings.vault_table,
            bundles=settings.bundle_bucket,
            drop=settings.drop_bucket,
        ),
        work,
        SqsWork(settings.privacy_queue_url),
        now=now,
    )
    importer = Importing(
        imports=importing.imports,
        overdue=importing.overdue,
        files=PoolFiles(
            files=S3PoolFiles(settings.drop_bucket, now=now),
            shelf=S3Shelf(settings.drop_bucket, vault),
            work=work,
            now=now,
        ),
        work=work,
        now=now,
    )
    return Sync(
        connections=connections,
        pages_for=pages,
        puller=puller,
        others={
            boards.ALL: reader.all,
            boards.ONE: reader.one,
            "drop": files.do,
            DO: importer.do,
            FORGET: importer.forget,
            ASK: importer.ask,
            FILE: importer.file,
        },
        hourly=({"do": boards.ALL}, {"do": FORGET}),
    )
