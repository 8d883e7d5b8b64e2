"""Importing on the account's own stores: one composition for the queue and for the command line."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from rapport.adapters.bundles import LiveBundle, S3Bundles
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.calls import side_by_side
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.imports import DynamoImports, DynamoTakesBack
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.vault import DynamoVault, Pseudonymiser
from rapport.adapters.import_shelf import S3Shelf
from rapport.bundle import Bundle
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.profile import Profile
from rapport.extraction import owner_of
from rapport.identity_rules import LiveRules
from rapport.importing.applying import Applying
from rapport.importing.judging import Judge
from rapport.importing.overdue import Overdue
from rapport.importing.ports import Kept
from rapport.importing.undoing import Undoing
from rapport.imports import Imports
from rapport.likeness import alike
from rapport.pulls import Work
from rapport.tasks import ERASURE, Task, task_event

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
        self,
        tables: Tables,
        work: Work,
        *,
        now: Callable[[], datetime],
        mend: Callable[[Iterable[Ref]], None] | None = None,
    ) -> None:
        """Name the tables; `mend` folds persons anew, where somebody can."""
        vault = DynamoVault(tables.vault)
        refs = Pseudonymiser(vault)
        self._now = now
        self._people = DynamoPeople(tables.people)
        self._log = DynamoLog(tables.log, vault, owner_of=owner_of(refs))
        book = DynamoBook(tables.book, log=self._log)
        clusters = DynamoClusters(tables.people)
        self._tasks = DynamoTasks(tables.book)
        rows = DynamoImports(tables.book)
        shelf = S3Shelf(tables.drop, vault)
        bundles, live = S3Bundles(tables.bundles), LiveBundle(book.live_bundle)

        def bundle() -> Bundle:
            return bundles.get(live.hash())

        judge = Judge(
            clusters=clusters,
            address=book.address,
            profile=self._profile,
            refs=refs,
            rules=LiveRules(book, refs),
            alike=alike,
            bundle=bundle,
            now=now,
            spread=_spread,
        )
        applying = Applying(
            rows=rows,
            shelf=shelf,
            log=self._log,
            book=book,
            judge=judge,
            now=now,
            spread=_spread,
        )
        undoing = None
        if mend is not None:
            undoing = Undoing(
                rows=rows,
                shelf=shelf,
                log=self._log,
                words=DynamoTakesBack(book),
                mend=mend,
                now=now,
            )
        self.imports = Imports(applying=applying, work=work, now=now, undoing=undoing)
        self.overdue = Overdue(
            rows=rows, clusters=clusters, profile=self._profile, forget=self._forget, now=now
        )

    def _profile(self, person: PersonId) -> Profile | None:
        view = self._people.view(person)
        return view.profile if view else None

    def _forget(self, home: Ref, kept: Kept) -> None:
        """Open the task of forgetting somebody. The row first: whoever dies comes again."""
        now = self._now()
        event = task_event(
            home,
            ERASURE,
            kept.import_id,
            cause_at=datetime.combine(kept.until, datetime.min.time(), tzinfo=now.tzinfo),
            due=now,
            now=now,
        )
        task_id = f"{event.message_id}_{home.partition('#')[2]}"
        self._tasks.add(Task(id=task_id, kind=ERASURE, send_id="", due=now, opened=event.key))
        self._log.append([event])


def _spread(work: Callable[[Any], Any], each: Sequence[Any]) -> list[Any]:
    return side_by_side(work, each, at_once=AT_ONCE)
