"""A batch of the log's stream: who is one person, then partitions, then one view per person.

1. Open the rows; those whose key was destroyed are skipped.
2. Per log partition: what its records will make of it (`refreshing/partitions.py`). Then the views
   of those whom that touches are read, before anything is written (`refreshing/ahead.py`).
3. Per log partition: what its records say of who is one person (`rapport.absorb`), and then what
   they count. Identity comes first, so that whoever finds an identifier counted finds it in a
   cluster.
4. Per person touched (`refreshing/persons.py`): fold the view and write it, with the facts of this
   batch (`views.py` there). Profiles that became one, or several, leave a receipt in the log.

What fails does not stop the others. Lambda takes the lowest position reported as its checkpoint and
delivers everything after it again, also what succeeded. That is harmless here, because positions
and `seen` tell repeats apart; so a candidate is never kept waiting by somebody else's bad row.
Within a partition the order is kept: nothing behind a row that cannot be opened is applied before
Lambda has given that row up (bounded retries, then the on-failure destination).
A vault out of reach fails the batch as a whole. So does an error that is not Rapport's own: Lambda
then halves the batch until the row that provokes it stands alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapport.absorb import Absorb, Taken
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation
from rapport.errors import PoisonError, RapportError
from rapport.ports import Log, People, SealedEvent
from rapport.refreshing.ahead import Ahead
from rapport.refreshing.partitions import Applied, Planned, Record, apply, planned
from rapport.refreshing.persons import Failure, Persons
from rapport.refreshing.views import Look


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


@dataclass(frozen=True, kw_only=True)
class Enrich:
    """The flow on its ports. `observe` tells what an event says of who its person is."""

    log: Log
    people: People
    observe: Callable[[Event], Observation]
    absorb: Absorb
    persons: Persons

    def batch(self, rows: Sequence[SealedEvent]) -> Result:
        """Apply a batch in stream order. May be repeated, whole or in parts, at any time."""
        failures: list[Failure] = []
        applied = 0
        touched: dict[Ref, Look] = {}
        plans = self._plans(rows, failures)
        ahead = Ahead()
        ahead.read(self.people, {ref for plan in plans for ref in plan.touched})
        for plan in plans:
            first = plan.records[0]
            try:
                nodes, done = self._apply(plan, ahead)
            except RapportError as error:
                failures.append(Failure(sequence=first.sequence, subject=plan.ref, error=error))
                continue
            applied += done.count
            for who in sorted(nodes | done.touched.keys()):
                news = list(done.touched.get(who, ()))
                look = Look(cause=first, news=news, thorough=done.repeated)
                if who in touched:
                    touched[who].add(look)
                else:
                    touched[who] = look
        seen = self.persons.refresh(touched, ahead)
        return Result(applied=applied, views=seen.views, failures=(*failures, *seen.failures))

    def _plans(self, rows: Sequence[SealedEvent], failures: list[Failure]) -> list[Planned]:
        """What the batch will make of each log partition that can be read."""
        plans = []
        for ref, records in self._partitions(rows, failures).items():
            try:
                plans.append(planned(ref, records, log=self.log, people=self.people))
            except RapportError as error:
                at = records[0].sequence
                failures.append(Failure(sequence=at, subject=ref, error=error))
        return plans

    def _apply(self, plan: Planned, ahead: Ahead) -> tuple[frozenset[Ref], Applied]:
        """Whom the records of a partition name, and what was counted."""
        taken = self.absorb.take_all([self.observe(r.event) for r in plan.records])
        ahead.note(taken.clusters.values())
        done = apply(self._without(plan, taken), log=self.log, people=self.people)
        if done.whole is not None:
            ahead.partitions[plan.ref] = done.whole
        return taken.nodes, done

    def _without(self, plan: Planned, taken: Taken) -> Planned:
        """The plan without what happened to a person before they were erased, and what machines
        tell of them afterwards.

        A late copy of it may have come after its row was taken away. It is taken away again.
        """
        late = [r.event.key for r in plan.records if _is_of_erased(taken, r.event)]
        if not late:
            return plan
        self.log.remove(late)
        return planned(plan.ref, plan.records, log=self.log, people=self.people, anew=True)

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


def _is_of_erased(taken: Taken, event: Event) -> bool:
    """Whether an event is of somebody who was erased, and has not come back since."""
    if event.owner is None or event.owner not in taken.erased:
        return False
    return event.at <= taken.erased[event.owner] or event.owner in taken.barred
