"""What judges the mails of a campaign and tells who is in its audience, on the account's stores."""

from collections.abc import Callable
from datetime import datetime

from rapport.adapters.accounts import SesAccounts
from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.brake import DynamoSendings
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.counts import DynamoCounts
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.suggestions import DynamoSuggestions
from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault, Pseudonymiser
from rapport.brake import LiveBrake, SwitchedBundles
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
        keys = DynamoVault(vault)
        told = DynamoLog(log, keys)
        kept = DynamoBook(book, log=told, people_table=people)
        refs = Pseudonymiser(keys)
        brake = LiveBrake(DynamoSendings(book).sending)
        self.people, self.clusters = DynamoPeople(people), DynamoClusters(people)
        self.counts = DynamoCounts(book)
        self.accounts = SesAccounts(now=now, endpoint=ses_endpoint)
        self.bundles = SwitchedBundles(S3Bundles(bundles), brake)
        self.live = LiveBundle(kept.live_bundle).hash
        self.composer = Composer(ring=lambda: keys.ring(TOKEN_RING), public_url=public_url)
        self.reader = Reader(
            people=self.people,
            clusters=self.clusters,
            book=kept,
            bundles=self.bundles,
            pseudonyms=refs,
            live=self.live,
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

    def _profile(self, person: PersonId) -> Profile | None:
        view = self.people.view(person)
        return view.profile if view else None
