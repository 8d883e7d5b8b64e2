"""`Drive` on the account's own stores, as the settings name them."""

from collections.abc import Callable
from datetime import datetime

from functions.campaign.flow import Drive
from rapport.adapters.accounts import SesAccounts
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.counts import DynamoCounts
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.rehearsals import DynamoRehearsals
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault, Pseudonymiser
from rapport.adapters.intents import SqsIntents
from rapport.adapters.refetches import SqsWork
from rapport.brake import LiveBrake, SwitchedBundles
from rapport.campaign_work import SegmentAudiences
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.identity_rules import LiveRules
from rapport.launching import AsIfLaunched
from rapport.mailing.around import Around
from rapport.mailing.compose import Composer
from rapport.mailing.doubt import Doubts
from rapport.mailing.snapshot import Reader
from rapport.searching import Segments
from rapport.settings import CampaignSettings
from rapport.slates import Picker, Shelf


def composed(settings: CampaignSettings, *, now: Callable[[], datetime]) -> Drive:
    """Everything that a message may need; clients are made when they are first asked."""
    vault = DynamoVault(settings.vault_table)
    log = DynamoLog(settings.log_table, vault)
    book = DynamoBook(settings.book_table, log=log, people_table=settings.people_table)
    refs, people = Pseudonymiser(vault), DynamoPeople(settings.people_table)
    clusters = DynamoClusters(settings.people_table)
    brake = LiveBrake(DynamoSendings(settings.book_table).sending)
    bundles = SwitchedBundles(S3Bundles(settings.bundle_bucket), brake)
    live = LiveBundle(book.live_bundle).hash
    accounts = SesAccounts(now=now, endpoint=settings.ses_endpoint)

    def profile(person: PersonId) -> Profile | None:
        view = people.view(person)
        return view.profile if view else None

    reader = Reader(
        people=people,
        clusters=clusters,
        book=book,
        bundles=bundles,
        pseudonyms=refs,
        live=live,
        stopped=brake.stopped,
        stands=AsIfLaunched(),
        doubts=Doubts(
            review=LiveRules(book, refs).review,
            suggestions=DynamoSuggestions(settings.people_table),
        ),
        around=Around(
            accounts=accounts,
            counts=DynamoCounts(settings.book_table),
            runs=DynamoRuns(settings.book_table),
            picker=Picker(book=book, log=log, shelf=Shelf(book=book), now=now),
            now=now,
        ),
    )
    segments = Segments(
        rows=DynamoFinder(settings.people_table),
        profile=profile,
        ring=lambda: vault.ring(TOKEN_RING),
        now=now,
    )
    return Drive(
        live=live,
        bundles=bundles,
        launches=DynamoLaunches(settings.book_table),
        rehearsals=DynamoRehearsals(settings.book_table),
        audiences=SegmentAudiences(segments),
        people=people,
        clusters=clusters,
        reader=reader,
        composer=Composer(ring=lambda: vault.ring(TOKEN_RING), public_url=settings.public_url),
        queue=SqsIntents(settings.send_queue_url),
        accounts=accounts,
        work=SqsWork(settings.campaign_queue_url),
        now=now,
    )
