"""A batch of the log's stream: partitions first, then one view write per person.

1. Open the rows; those whose key was destroyed are skipped.
2. Per log partition, in order: add its records (partitions.py).
3. Per person touched: fold the view and write it, with the facts of this batch (views.py).

What fails does not stop the others. Lambda takes the lowest position reported as its checkpoint and
delivers everything after it again, also what succeeded. That is harmless here, because positions
and `seen` tell repeats apart; so a candidate is never kept waiting by somebody else's bad row.
Within a partition the order is kept: nothing behind a row that cannot be opened is applied before
Lambda has given that row up (bounded retries, then the on-failure destination).
A vault out of reach fails the batch as a whole. So does an error that is not Rapport's own: Lambda
then halves the batch until the row that provokes it stands alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.enrich.partitions import News, Record, apply
from functions.enrich.views import refresh
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.errors import PoisonError, RapportError
from rapport.ports import Log, People, SealedEvent


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Work to be delivered again from a position on; `subject` is a ref or a log key's part."""

    sequence: str
    subject: str
    error: RapportError


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a batch came to."""

    applied: int
    views: int
    failures: tuple[Failure, ...]

    @property
    def checkpoint(self) -> str | None:
        """The position from which Lambda shall deliver again; None when all is done."""
        return min((f.sequence for f in self.failures), default=None)


@dataclass(kw_only=True)
class _Touch:
    """A person to look at: the first position that led there, and the news."""

    sequence: str
    news: list[News] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Enrich:
    """The flow on its ports."""

    log: Log
    people: People
    now: Callable[[], datetime]

    def batch(self, rows: Sequence[SealedEvent]) -> Result:
        """Apply a batch in stream order. May be repeated, whole or in parts, at any time."""
        failures: list[Failure] = []
        applied, views = 0, 0
        touched: dict[Ref, _Touch] = {}
        for ref, records in self._partitions(rows, failures).items():
            first = records[0].sequence
            try:
                done = apply(ref, records, log=self.log, people=self.people)
            except RapportError as error:
                failures.append(Failure(sequence=first, subject=ref, error=error))
                continue
            applied += done.count
            for root, news in done.touched.items():
                touch = touched.setdefault(root, _Touch(sequence=first))
                touch.sequence = min(first, touch.sequence)
                touch.news += news
        for root, touch in touched.items():
            try:
                views += refresh(root, touch.news, people=self.people, now=self.now)
            except RapportError as error:
                failures.append(Failure(sequence=touch.sequence, subject=root, error=error))
        return Result(applied=applied, views=views, failures=tuple(failures))

    def _partitions(
        self, rows: Sequence[SealedEvent], failures: list[Failure]
    ) -> dict[Ref, list[Record]]:
        """The records by log partition, each up to the first row that cannot be opened."""
        found: dict[Ref, list[Record]] = {}
        stopped: set[str] = set()
        for row, event in zip(rows, self._open(rows), strict=True):
            if row.key.pk in stopped or event is None:
                continue
            if isinstance(event, RapportError):
                stopped.add(row.key.pk)
                failures.append(Failure(sequence=row.sequence, subject=row.key.pk, error=event))
            else:
                record = Record(sequence=row.sequence, event=event)
                found.setdefault(event.partition, []).append(record)
        return found

    def _open(self, rows: Sequence[SealedEvent]) -> list[Event | RapportError | None]:
        """All rows at once; one by one only if one of them spoils the rest."""
        try:
            return [*self.log.open(rows)]
        except PoisonError:
            return [self._open_alone(row) for row in rows]

    def _open_alone(self, row: SealedEvent) -> Event | RapportError | None:
        try:
            return self.log.open([row])[0]
        except PoisonError as error:
            return error
