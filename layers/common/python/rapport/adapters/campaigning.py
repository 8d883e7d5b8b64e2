"""Campaigns on the account's stores: what judges their mails, who they are to, what people do."""

from collections.abc import Callable
from datetime import datetime

from rapport.adapters.accounts import SesAccounts
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.counts import DynamoCounts
from rapport.adapters.dynamo.fates import DynamoFates
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.rehearsals import DynamoRehearsals
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault, Pseudonymiser
from rapport.adapters.mailer import SesMailer
from rapport.brake import LiveBrake, SwitchedBundles
from rapport.bundle import Bundle
from rapport.campaign_work import SegmentAudiences, Work, unsubscribe_link
from rapport.campaigning import Campaigns
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.identity_rules import LiveRules
from rapport.launching import AsIfLaunched
from rapport.mailing.around import Around
from rapport.mailing.compose import Composer
from rapport.mailing.doubt import Doubts
from rapport.mailing.snapshot import Reader
from rapport.searching import Segments
from rapport.slates import Picker, Shelf


class Judging:
    """Composed once; clients are made when they are first asked. `public_url`: of `/u/…`."""

    def __init__(
        self,
        *,
        log: str,
        people: str,
        book: str,
        vault: str,
        bundles: str,
        public_url: str,
        ses_endpoint: str,
        now: Callable[[], datetime],
    ) -> None:
        """Name the tables, and the bucket of bundles."""
        self._keys, self._public_url, self._now = DynamoVault(vault), public_url, now
        self._ses_endpoint = ses_endpoint
        keys = self._keys
        told = DynamoLog(log, keys)
        kept = DynamoBook(book, log=told, people_table=people)
        refs = Pseudonymiser(keys)
        brake = LiveBrake(DynamoSendings(book).sending)
        self.people, self.clusters = DynamoPeople(people), DynamoClusters(people)
        self.counts, self.funnel = DynamoCounts(book), DynamoFates(book)
        self.launches, self.rehearsals = DynamoLaunches(book), DynamoRehearsals(book)
        self.accounts = SesAccounts(now=now, endpoint=ses_endpoint)
        self.bundles = SwitchedBundles(S3Bundles(bundles), brake)
        pointer = LiveBundle(kept.live_bundle)
        # What was published a second ago may be what is to be worked on.
        self.live = pointer.anew
        self.composer = Composer(ring=lambda: keys.ring(TOKEN_RING), public_url=public_url)
        self.reader = Reader(
            people=self.people,
            clusters=self.clusters,
            book=kept,
            bundles=self.bundles,
            pseudonyms=refs,
            live=pointer.hash,
            stopped=brake.stopped,
            stands=AsIfLaunched(),
            doubts=Doubts(
                review=LiveRules(kept, refs).review,
                suggestions=DynamoSuggestions(people),
            ),
            around=Around(
                accounts=self.accounts,
                counts=self.counts,
                runs=DynamoRuns(book),
                picker=Picker(book=kept, log=told, shelf=Shelf(book=kept), now=now),
                now=now,
            ),
        )
        self.segments = Segments(
            rows=DynamoFinder(people),
            profile=self._profile,
            ring=lambda: keys.ring(TOKEN_RING),
            now=now,
        )
        self.audiences = SegmentAudiences(self.segments)

    def campaigns(self, work: Work, *, configuration_set: str) -> Campaigns:
        """What people do with campaigns. `work`: the worker's queue; `configuration_set`: SES's."""
        return Campaigns(
            live=self._live,
            launches=self.launches,
            rehearsals=self.rehearsals,
            audiences=self.audiences,
            work=work,
            reader=self.reader,
            composer=self.composer,
            mailer=SesMailer(configuration_set, endpoint=self._ses_endpoint),
            counts=self.counts,
            funnel=self.funnel,
            test_link=self._test_link,
            now=self._now,
        )

    def _live(self) -> tuple[Bundle, str]:
        found = self.live()
        return self.bundles.get(found), found

    def _test_link(self, address: str) -> str:
        return unsubscribe_link(self._public_url, self._keys.ring(TOKEN_RING), address)

    def _profile(self, person: PersonId) -> Profile | None:
        view = self.people.view(person)
        return view.profile if view else None
