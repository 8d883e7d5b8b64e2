"""The jobs of every source: what is open, each by its ref, its versions, and what is still untold.

Written in an order in which whatever a crash leaves undone is done again by the next fetch, under
the same names: versions, postings, the facts to be told, and last the list of open jobs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.job_rows import (
    job_of,
    job_of_text,
    known_of,
    list_row,
    posting_row,
    untold_row,
    version_row,
)
from rapport.adapters.dynamo.models import (
    BoardRow,
    BookTable,
    FeedRow,
    JobRow,
    PostingRow,
    UntoldRow,
    VersionRow,
    bind,
    store_errors,
)
from rapport.domain.closing import BoardState, Change, Known, Plan, Step, Version, plan
from rapport.domain.decision import digest
from rapport.domain.event import LogKey, from_millis, millis
from rapport.domain.jobs import Job, JobFact, job_ref
from rapport.errors import ConflictError

# As long as a function may run.
LEASE_S = 900


class DynamoJobs:
    """The port `Boards`, and the jobs as mails and the career site read them."""

    def __init__(self, table: str) -> None:
        """Work on the book table of that name."""
        bind(book=table)

    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        """The newest open jobs of a category, newest first; of all when it is empty."""
        found: list[Job] = []
        with store_errors():
            rows = JobRow.query(
                keys.JOBS,
                JobRow.sk.startswith(f"{category}#") if category else None,
                scan_index_forward=False,
                consistent_read=True,
            )
            for row in rows:
                # Rows sort by category first: of all jobs the newest may come last.
                if category and len(found) == limit:
                    break
                if row.open:
                    found.append(job_of(row))
        return sorted(found, key=lambda job: (job.opened_at, job.id), reverse=True)[:limit]

    def jobs_mark(self) -> str:
        """What tells the stored jobs from others; empty when none was ever loaded."""
        with store_errors():
            try:
                return str(FeedRow.get(*keys.feed_key(), consistent_read=True).mark)
            except FeedRow.DoesNotExist:
                return ""

    def job(self, ref: str) -> Job | None:
        """A job by its `job_ref`, open or closed; None when no feed ever had it."""
        with store_errors():
            try:
                return job_of(PostingRow.get(*keys.posting_key(ref), consistent_read=True))
            except PostingRow.DoesNotExist:
                return None

    def put_jobs(self, jobs: Sequence[Job], *, now: datetime) -> int:
        """Make the jobs without a source those of a file; tells how many it no longer had.

        Somebody loads the file and answers for it: what it does not have is closed at once.
        """
        stored, jobs = self.known("", jobs)
        ids = {job.id for job in jobs}
        self.store(plan(stored, jobs, now, truth=True))
        return sum(known.job.open and key not in ids for key, known in stored.items())

    def known(self, source: str, told: Sequence[Job]) -> tuple[dict[str, Known], list[Job]]:
        """What is stored of a source, and the jobs under the ids that they have here."""
        with store_errors():
            mine = _listed(source)
            names = {job.id: f"{source}.{job.id}" for job in told if source}
            named = {job.id: names.get(job.id, "") for job in told if job.id not in mine}
            wanted = {ident for ident, longer in named.items() if longer not in mine}
            taken = _postings(wanted)
            longer = {
                ident: names[ident]
                for ident, row in taken.items()
                if (row.source or "") != source and ident in names
            }
            longer |= {ident: name for ident, name in named.items() if name in mine}
            stored = taken | _postings({*longer.values()} - mine.keys())
        for ident, row in stored.items():
            if (row.source or "") == source and ident not in mine and (was := _unlisted(row)):
                mine[ident] = was
        jobs = (replace(job, id=longer.get(job.id, job.id), source=source) for job in told)
        return mine, list(jobs)

    def store(self, plan: Plan) -> None:
        """Store what follows from a fetch, with the facts to be told. Harmless to repeat."""
        with store_errors():
            steps = _described(plan.steps)
            with BookTable.batch_write() as batch:
                for step in steps:
                    for row in (version_row(step), posting_row(step.known)):
                        batch.save(row)
            with BookTable.batch_write() as batch:
                for step in steps:
                    if step.change is not None:
                        batch.save(untold_row(step, step.change))
            listed = [*plan.missing, *(s.known for s in steps if s.known.job.open)]
            with BookTable.batch_write() as batch:
                for known in listed:
                    batch.save(list_row(known))
            # Last, so that a job that moves to another category is listed at every moment.
            with BookTable.batch_write() as batch:
                for place in _left(steps):
                    batch.delete(JobRow(*place))
            self._mark([step.event_id for step in steps])

    def untold(self) -> list[JobFact]:
        """The facts that the bus has not taken yet, of every source, as they happened."""
        with store_errors():
            rows = [*UntoldRow.query(keys.UNTOLD_JOBS, consistent_read=True)]
            postings = {job_ref(k): row for k, row in _postings({row.ref for row in rows}).items()}
        found = [
            JobFact(
                change=row.change,
                event_id=row.event_id,
                job=job_of(postings[row.ref]),
                version=int(row.version),
                at=from_millis(int(row.at)),
            )
            for row in rows
            if row.ref in postings
        ]
        return sorted(found, key=lambda fact: (fact.at, fact.version))

    def told(self, facts: Sequence[JobFact]) -> None:
        """The bus has taken these."""
        with store_errors(), BookTable.batch_write() as batch:
            for fact in facts:
                place = keys.untold_key(job_ref(fact.job.id), fact.version)
                batch.delete(UntoldRow(*place))

    def versions(self, ref: str) -> list[Version]:
        """What a job has been like, the first version first; empty when no feed ever had it."""
        pk, _ = keys.posting_key(ref)
        with store_errors():
            rows = [*VersionRow.query(pk, VersionRow.sk.startswith(keys.VERSION_PREFIX))]
        return [
            Version(
                number=int(row.number),
                at=from_millis(int(row.at)),
                change=Change(row.change) if row.change else None,
                job=job_of_text(row.job),
            )
            for row in rows
        ]

    def lease(self, source: str, now: datetime) -> BoardState | None:
        """Have a board for oneself for `LEASE_S`; None while somebody else has it."""
        with store_errors():
            try:
                row = BoardRow.get(*keys.board_key(source), consistent_read=True)
            except BoardRow.DoesNotExist:
                row = BoardRow(*keys.board_key(source), asked_at=None, succeeded_at=None)
        before = int(row.until)
        if before > millis(now):
            return None
        state = BoardState(
            asked_at=_time(row.asked_at),
            succeeded_at=_time(row.succeeded_at),
            jobs=int(row.jobs),
            failures=int(row.failures),
            problem=row.problem or "",
        )
        row.until = millis(now + timedelta(seconds=LEASE_S))
        same = BoardRow.until.does_not_exist() | (BoardRow.until == before)
        try:
            with store_errors():
                row.save(condition=same)
        except ConflictError:
            return None
        return state

    def leave(self, source: str, state: BoardState) -> None:
        """Write down how it fared, and give it back."""
        row = BoardRow(
            *keys.board_key(source),
            asked_at=None if state.asked_at is None else millis(state.asked_at),
            succeeded_at=None if state.succeeded_at is None else millis(state.succeeded_at),
            jobs=state.jobs,
            failures=state.failures,
            problem=state.problem or None,
            until=0,
        )
        with store_errors():
            row.save()

    def _mark(self, event_ids: Sequence[str]) -> None:
        before = self.jobs_mark()
        if event_ids or not before:
            FeedRow(*keys.feed_key(), mark=digest(before, *sorted(event_ids))).save()


def _listed(source: str) -> dict[str, Known]:
    """The listed jobs of a source by id; a place that a crash left behind is cleared away."""
    found: dict[str, Known] = {}
    left: list[LogKey] = []
    for row in JobRow.query(keys.JOBS, consistent_read=True):
        if (row.source or "") != source:
            continue
        known = known_of(row)
        other = found.get(known.job.id)
        if other is None:
            found[known.job.id] = known
            continue
        stale, found[known.job.id] = sorted((other, known), key=lambda each: each.version)
        left.append(keys.job_key(stale.job))
    with JobRow.batch_write() as batch:
        for place in left:
            batch.delete(JobRow(*place))
    return found


def _unlisted(row: PostingRow) -> Known | None:
    """What is known of a job that is on no list; None when that is nothing yet.

    One that is open was about to be listed when a crash came: that is done again.
    """
    known = known_of(row)
    if not known.job.open:
        return known
    if known.version <= 1:
        return None
    return replace(known, job=replace(known.job, open=False), version=known.version - 1)


def _postings(ids: Iterable[str]) -> dict[str, PostingRow]:
    by_ref = {job_ref(ident): ident for ident in ids if ident}
    rows = PostingRow.batch_get([tuple(keys.posting_key(r)) for r in by_ref], consistent_read=True)
    return {by_ref[row.pk.removeprefix("J#")]: row for row in rows}


def _described(steps: Sequence[Step]) -> list[Step]:
    """The steps, with the descriptions that lists of jobs leave out."""
    closed = (step.known.job for step in steps if step.change is Change.CLOSED)
    bare = {job.id for job in closed if not job.description}
    stored = {ident: job_of(row).description for ident, row in _postings(bare).items()}
    return [
        replace(step, known=replace(step.known, job=replace(job, description=stored[job.id])))
        if (job := step.known.job).id in stored
        else step
        for step in steps
    ]


def _left(steps: Sequence[Step]) -> set[LogKey]:
    """Where jobs were listed and are not any more."""
    before = {keys.job_key(step.before) for step in steps if step.before is not None}
    return before - {keys.job_key(s.known.job) for s in steps if s.known.job.open}


def _time(raw: float | None) -> datetime | None:
    return None if raw is None else from_millis(int(raw))
