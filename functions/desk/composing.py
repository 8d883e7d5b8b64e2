"""The desk on the account's own stores, as the settings name them."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from secrets import token_hex

from functions.desk.calls import Desk
from functions.desk.requests import LINK_SECONDS, Privacy
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.campaigning import Judging
from rapport.adapters.dynamo.ats_rows import DynamoAtsRows
from rapport.adapters.dynamo.audits import DynamoAudits
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.erasures import DynamoErasures
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.lists import DynamoListNames
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.reported import DynamoReported
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault, Pseudonymiser
from rapport.adapters.dynamo.wishes import DynamoPreferences
from rapport.adapters.exports import S3ExportLinks
from rapport.adapters.import_shelf import S3Shelf
from rapport.adapters.pool_files import S3PoolFiles
from rapport.adapters.refetches import SqsWork
from rapport.adapters.schedule import SqsWakes
from rapport.adapters.uploads import S3HandedIn
from rapport.brake import Brake
from rapport.bundle import Bundle
from rapport.campaigning import Campaigns
from rapport.contact import Contact
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.extraction import owner_of
from rapport.imports import Imports
from rapport.listing import Lists
from rapport.operators import Known
from rapport.pool_files import PoolFiles
from rapport.reports import Reports
from rapport.saving import Saving
from rapport.searching import Segments
from rapport.settings import DeskSettings
from rapport.viewing.stores import NoDecisions, Stores

TOKEN_BYTES = 16


def composed(settings: DeskSettings, operators: Known, *, now: Callable[[], datetime]) -> Desk:
    """Everything that a route may need; clients are made when they are first asked."""
    vault = DynamoVault(settings.vault_table)
    pseudonyms = Pseudonymiser(vault)
    log = DynamoLog(settings.log_table, vault, owner_of=owner_of(pseudonyms))
    book = DynamoBook(settings.book_table, log=log)
    rows = DynamoAtsRows(settings.book_table, log=log)
    people = DynamoPeople(settings.people_table)
    bundles, live = S3Bundles(settings.bundle_bucket), LiveBundle(book.live_bundle)
    saving = Saving(
        bundles=bundles,
        pointer=DynamoConfig(settings.book_table),
        launches=DynamoLaunches(settings.book_table),
        wakes=SqsWakes(settings.wake_queue_url),
        now=now,
    )

    def bundle() -> Bundle | None:
        return bundles.get(live.hash())

    def profile(person: PersonId) -> Profile | None:
        view = people.view(person)
        return None if view is None else view.profile

    def name_of(subject: str) -> str:
        known = operators.get(subject)
        return subject if known is None else known.name

    segments = Segments(
        rows=DynamoFinder(settings.people_table),
        profile=profile,
        ring=lambda: vault.ring(TOKEN_RING),
        now=now,
    )
    return Desk(
        stores=Stores(
            log=log,
            people=people,
            clusters=DynamoClusters(settings.people_table),
            suggestions=DynamoSuggestions(settings.people_table),
            book=book,
            preferences=DynamoPreferences(book, log),
            runs=DynamoRuns(settings.book_table),
            tasks=DynamoTasks(settings.book_table),
            ats_rows=rows,
            pseudonyms=pseudonyms,
            occasions=DynamoOccasions(settings.book_table, log),
            finder=NoDecisions(),
        ),
        contact=Contact(book=book, rows=rows, log=log, now=now),
        brake=Brake(sendings=DynamoSendings(settings.book_table), now=now),
        audits=DynamoAudits(settings.book_table),
        bundle=bundle,
        ring=lambda: vault.ring(TOKEN_RING),
        now=now,
        segments=segments,
        lists=Lists(
            segments=segments,
            append=log.append,
            names=DynamoListNames(settings.book_table),
            now=now,
        ),
        saving=saving,
        campaigns=cache(lambda: _campaigns(settings, now)),
        imports=cache(lambda: _imports(settings, now)),
        files=PoolFiles(
            files=S3PoolFiles(settings.drop_bucket, now=now),
            shelf=S3Shelf(settings.drop_bucket, vault),
            work=SqsWork(settings.sync_queue_url),
            now=now,
        ),
        privacy=Privacy(
            work=SqsWork(settings.privacy_queue_url),
            # Only `functions/privacy` begins any, and copies them into the archive.
            erasures=DynamoErasures(settings.book_table, vault, ""),
            exports=S3ExportLinks(settings.drop_bucket, seconds=LINK_SECONDS),
        ),
        resumes=S3HandedIn(settings.drop_bucket, seconds=LINK_SECONDS),
        reports=cache(lambda: _reports(settings, bundles, now)),
        site=settings.public_url,
        name_of=name_of,
        token=lambda: token_hex(TOKEN_BYTES),
    )


def _campaigns(settings: DeskSettings, now: Callable[[], datetime]) -> Campaigns:
    judging = Judging(
        log=settings.log_table,
        people=settings.people_table,
        book=settings.book_table,
        vault=settings.vault_table,
        bundles=settings.bundle_bucket,
        public_url=settings.public_url,
        ses_endpoint=settings.ses_endpoint,
        now=now,
    )
    return judging.campaigns(
        SqsWork(settings.campaign_queue_url), configuration_set=settings.configuration_set
    )


def _imports(settings: DeskSettings, now: Callable[[], datetime]) -> Imports:
    """Of which rows are read, and undoing is asked: pages are applied by `functions/sync`."""
    from rapport.adapters.importing import Composed, Tables

    tables = Tables(
        log=settings.log_table,
        people=settings.people_table,
        book=settings.book_table,
        vault=settings.vault_table,
        bundles=settings.bundle_bucket,
        drop=settings.drop_bucket,
    )
    queue, privacy = SqsWork(settings.sync_queue_url), SqsWork(settings.privacy_queue_url)
    return Composed(tables, queue, privacy, now=now).imports


def _reports(settings: DeskSettings, bundles: S3Bundles, now: Callable[[], datetime]) -> Reports:
    return Reports(
        funnel=DynamoFates(settings.book_table),
        reported=DynamoReported(book=settings.book_table, people=settings.people_table),
        clusters=DynamoClusters(settings.people_table),
        bundles=bundles,
        now=now,
    )
