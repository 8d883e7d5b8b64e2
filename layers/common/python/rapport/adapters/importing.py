"""Importing on the account's own stores: one composition for the queue and for the command line."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Any

from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.calls import side_by_side
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.imports import DynamoImports, DynamoTakesBack
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.adapters.import_shelf import S3Shelf
from rapport.bundle import Bundle
from rapport.domain.event import Event
from rapport.domain.identifiers import PersonId
from rapport.domain.observation import Observation
from rapport.domain.profile import Profile
from rapport.extraction import observe, owner_of
from rapport.identity_rules import LiveRules
from rapport.importing.applying import Applying
from rapport.importing.judging import Judge
from rapport.importing.overdue import Overdue
from rapport.importing.undoing import Undoing
from rapport.importing.unmaking import Unmaking
from rapport.imports import Imports
from rapport.likeness import alike
from rapport.mending import Mending
from rapport.pulls import Work

# Transactions and reads of one page that are under way together.
AT_ONCE = 8


class Tables:
    """The names of what importing works on."""

    def __init__(
        self, *, log: str, people: str, book: str, vault: str, bundles: str, drop: str
    ) -> None:
        self.log, self.people, self.book, self.vault = log, people, book, vault
        self.bundles, self.drop = bundles, drop


class Composed:
    """The class `Imports` and what goes with it, on DynamoDB and S3."""

    def __init__(
        self, tables: Tables, work: Work, privacy: Work, *, now: Callable[[], datetime]
    ) -> None:
        """Name the tables; `work` is the queue of imports, `privacy` that of who erases."""
        vault = DynamoVault(tables.vault)
        refs = Pseudonymiser(vault)
        self._people = DynamoPeople(tables.people)
        log = DynamoLog(tables.log, vault, owner_of=owner_of(refs))
        book = DynamoBook(tables.book, log=log)
        clusters = DynamoClusters(tables.people)
        rows = DynamoImports(tables.book)
        shelf = S3Shelf(tables.drop, vault)
        bundles, live = S3Bundles(tables.bundles), LiveBundle(book.live_bundle)

        rules = LiveRules(book, refs)

        def bundle() -> Bundle:
            return bundles.get(live.hash())

        judge = Judge(
            clusters=clusters,
            address=book.address,
            profile=self._profile,
            refs=refs,
            rules=rules,
            alike=alike,
            bundle=bundle,
            now=now,
            spread=_spread,
        )
        applying = Applying(
            rows=rows,
            shelf=shelf,
            log=log,
            book=book,
            judge=judge,
            now=now,
            spread=_spread,
        )

        def observed(event: Event) -> Observation:
            return observe(event, refs)

        mending = Mending(
            log=log,
            people=self._people,
            clusters=clusters,
            observe=observed,
            rules=rules,
            alike=alike,
            random=Random(),  # noqa: S311  (it spreads retries)
            now=now,
            finder=DynamoFinder(tables.people).row,
        )
        undoing = Undoing(
            rows=rows,
            shelf=shelf,
            log=log,
            words=DynamoTakesBack(book),
            mend=Unmaking(mending=mending, eraser=self._people).mend,
            now=now,
        )
        self.imports = Imports(applying=applying, work=work, now=now, undoing=undoing)
        self.overdue = Overdue(
            rows=rows, clusters=clusters, profile=self._profile, privacy=privacy, now=now
        )

    def _profile(self, person: PersonId) -> Profile | None:
        view = self._people.view(person)
        return view.profile if view else None


def _spread(work: Callable[[Any], Any], each: Sequence[Any]) -> list[Any]:
    return side_by_side(work, each, at_once=AT_ONCE)
