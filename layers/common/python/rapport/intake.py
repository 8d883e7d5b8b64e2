"""The intake: canonical events of applicant tracking systems → the log, and what is ours to keep.

1. Read the rows of the application and of the candidates that an event names.
2. Judge it against them (`rapport.ats_judgement`, `rapport.ats_candidates`).
3. Count the mails that the ATS writes about it; open a task if somebody is to be forgotten. Both
   are harmless to repeat, and whoever dies here is told again.
4. In one transaction write the rows, the log events, and the suppressions that a no raises.
A race that was lost starts again at 1.

Jobs go to the stored jobs (`rapport.ats_jobs`); what an ATS says of its connection is passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rapport.ats import Connection, Refetch, Taken, asked_for
from rapport.ats_candidates import judge_candidate, judge_winner
from rapport.ats_closing import ROOM, ahead, closings
from rapport.ats_forgetting import request, taken_back
from rapport.ats_jobs import JobIntake
from rapport.ats_judgement import Plan, judge_application
from rapport.ats_rows import (
    MAX_MERGES,
    AtsBook,
    AtsRows,
    Echo,
    Known,
    KnownApplication,
    KnownCandidate,
)
from rapport.ats_telling import (
    OF_APPLICATIONS,
    OF_CANDIDATES,
    Telling,
    apart,
    mailboxes,
    telling,
)
from rapport.domain.address import LedgerEntry
from rapport.domain.ats import AtsEvent
from rapport.domain.decision import digest
from rapport.domain.event import Event, Origin
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError, ErasedError, RetryableError
from rapport.identity import Clusters
from rapport.ports import Log, Pseudonyms
from rapport.tasks import Tasks

_TRIES = 8
_TOO_MANY = "the candidate is being written by too many at once"


@dataclass(frozen=True, kw_only=True)
class AtsIntake:
    """The port `Intake`. What `echo` knows again is taken in as imported, so it starts nothing."""

    rows: AtsRows
    log: Log
    book: AtsBook
    clusters: Clusters
    tasks: Tasks
    refs: Pseudonyms
    now: Callable[[], datetime]
    jobs: JobIntake
    echo: Echo | None = None

    def take(
        self,
        connection: Connection,
        events: Sequence[AtsEvent],
        *,
        origin: Origin,
        pulled: bool = False,
        dry_run: bool = False,
    ) -> Taken:
        """Take them in; durable when it returns, and harmless to repeat."""
        sum_of = _Sum()
        sum_of.jobs = self.jobs.take(connection, events, origin=origin, dry_run=dry_run)
        for event in (each for told in events for each in apart(told)):
            if wanted := asked_for(connection, event):
                sum_of.refetches[wanted] = None
                continue
            if event.kind not in OF_CANDIDATES | OF_APPLICATIONS:
                continue
            told = telling(
                connection,
                event,
                self.refs,
                origin=self._origin(connection, event, origin),
                pulled=pulled,
                now=self.now(),
            )
            sum_of.add(told, self._take(told, dry_run=dry_run))
        return sum_of.taken()

    def _origin(self, connection: Connection, event: AtsEvent, origin: Origin) -> Origin:
        if origin is not Origin.LIVE or self.echo is None:
            return origin
        return Origin.IMPORT if self.echo.pushed(connection, event) else origin

    def _take(self, told: Telling, *, dry_run: bool) -> Plan:
        for attempt in range(_TRIES):
            seen = self._read(told)
            plan = self._judged(told, seen)
            if dry_run:
                return plan
            try:
                self._write(told, seen, plan, again=attempt > 0)
            except ConflictError:
                continue
            for subject in plan.merged:
                self.tasks.remove(taken_back(told, subject)[1])
            return plan
        raise RetryableError(_TOO_MANY)

    def _read(self, told: Telling) -> Mapping[Ref, Known]:
        """The rows that it names; of an application by another name the row that this leads to."""
        named = (told.application, told.candidate, told.winner, *told.also)
        seen = dict(self.rows.read(ref for ref in named if ref is not None))
        known = None if told.application is None else seen.get(told.application)
        if isinstance(known, KnownApplication) and known.of is not None:
            seen.update(self.rows.read([known.of]))
        self._read_merged(seen)
        return seen

    def _read_merged(self, seen: dict[Ref, Known]) -> None:
        """Whoever is one with the candidates that were read, so far as a transaction has room."""
        for _ in range(MAX_MERGES):
            candidates = [row for row in seen.values() if isinstance(row, KnownCandidate)]
            others = {
                ref
                for row in candidates
                for ref in (row.into, *row.merged)
                if ref is not None and ref not in seen
            }
            wanted = sorted(others)[: max(0, MAX_MERGES - len(candidates))]
            found = self.rows.read(wanted) if wanted else {}
            if not found:
                return
            seen.update(found)

    def _judged(self, told: Telling, seen: Mapping[Ref, Known]) -> Plan:
        plan = Plan()
        ref = told.application
        if ref is not None and told.event.kind in OF_APPLICATIONS:
            known = seen.get(ref)
            if isinstance(known, KnownApplication) and known.of is not None:
                ref = known.of
                known = seen.get(ref)
            judge_application(
                told, ref, known if isinstance(known, KnownApplication) else None, plan
            )
            for alias in told.also:
                if alias in seen:
                    plan.rows.pop(alias, None)
        if told.candidate is not None:
            known = seen.get(told.candidate)
            held = known if isinstance(known, KnownCandidate) else None
            judge_candidate(told, held, mailboxes(told.event, self.refs), plan)
        if told.winner is not None:
            known = seen.get(told.winner)
            held = known if isinstance(known, KnownCandidate) else None
            judge_winner(told, held, plan)
        return plan

    def _write(self, told: Telling, seen: Mapping[Ref, Known], plan: Plan, *, again: bool) -> None:
        if not plan.rows:
            return
        found = closings(told, seen, plan, clusters=self.clusters, book=self.book)
        for row in plan.spoken:
            self._count(told, row, seen)
        events = [*plan.events, *(taken_back(told, subject)[0] for subject in plan.spared)]
        for subject, because in plan.forget.items():
            asked, task = request(told, subject, because)
            self.tasks.add(task)
            events += asked
        if again:
            events = [event for event in events if not self._is_known(event)]
        rows = [replace(row, version=row.version + 1) for row in plan.rows.values()]
        # What does not fit is closed before: too early is harmless.
        while early := ahead(found, len(rows) + len(events)):
            first, found = found[: min(early, ROOM)], found[min(early, ROOM) :]
            self.rows.settle([], [], first)
        self.rows.settle(rows, events, found)

    def _count(self, told: Telling, row: Event, seen: Mapping[Ref, Known]) -> None:
        """A mail that the ATS writes uses up the candidate's budget as one of ours does."""
        candidate = None if told.candidate is None else seen.get(told.candidate)
        known = candidate.addresses if isinstance(candidate, KnownCandidate) else ()
        main = next(iter((*mailboxes(told.event, self.refs), *known)), None)
        if main is None:
            return
        program = f"ats:{told.connection.name}"
        key = digest("ats", row.partition, row.message_id)
        self.book.count_elsewhere(main, LedgerEntry(at=row.at, program=program, send_key=key))

    def _is_known(self, event: Event) -> bool:
        try:
            return self.log.get(event.key) is not None
        except ErasedError:
            return True


class _Sum:
    """What many tellings came to."""

    def __init__(self) -> None:
        self.news = self.repeated = self.jobs = 0
        self.refetches: dict[Refetch, None] = {}
        self.drift: dict[str, int] = {}
        self.unmapped: set[str] = set()
        self.candidates: dict[Ref, None] = {}

    def add(self, told: Telling, plan: Plan) -> None:
        self.news += len(plan.events)
        self.repeated += not plan.events
        self.refetches |= dict.fromkeys(plan.refetches)
        self.unmapped |= plan.unmapped
        if told.candidate is not None:
            self.candidates[told.candidate] = None
        for kind in plan.drift:
            self.drift[kind] = self.drift.get(kind, 0) + 1

    def taken(self) -> Taken:
        return Taken(
            news=self.news,
            repeated=self.repeated,
            jobs=self.jobs,
            refetches=tuple(self.refetches),
            drift=self.drift,
            unmapped=frozenset(self.unmapped),
            candidates=tuple(self.candidates),
        )
