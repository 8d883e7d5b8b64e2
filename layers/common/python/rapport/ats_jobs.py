"""What an ATS tells of its jobs → the stored jobs, one job and one transaction at a time.

A telling that is older than what is known of a job changes nothing. That a job is over, off the
air, deleted or confidential closes it at once; that nothing is told of it never does.

- A job that has an address where people apply is listed under the connection's name.
- Where a board of the same employer is read as well (`Connection.boards`) the board says what its
  jobs are like and which are new, and the ATS alone when they are over.
- A job without an address can be offered to nobody: it is stored only if it was known before.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from rapport.ats import Connection
from rapport.domain.ats import AtsEvent, AtsJob, Kind
from rapport.domain.closing import Change, Known, Step, mark_of
from rapport.domain.event import Origin
from rapport.domain.jobs import Job
from rapport.errors import ConflictError, RetryableError
from rapport.feeds.reading import city, first, link, places, text

_OF_POSTS = frozenset(
    {Kind.POST_PUBLISHED, Kind.POST_UPDATED, Kind.POST_UNPUBLISHED, Kind.POST_DELETED}
)
OF_JOBS = _OF_POSTS | {Kind.JOB_CREATED, Kind.JOB_UPDATED, Kind.JOB_CLOSED, Kind.JOB_DELETED}
_ENDS = frozenset({Kind.JOB_CLOSED, Kind.JOB_DELETED, Kind.POST_UNPUBLISHED, Kind.POST_DELETED})
_BEGINS = frozenset({Kind.JOB_CREATED, Kind.POST_PUBLISHED})
# How vendors call a job that people can apply for, and one that they cannot any more.
_OPEN = frozenset({"open", "published", "active", "live"})
_OVER = frozenset({"closed", "archived", "filled", "cancelled", "canceled", "internal"})
_TRIES = 8
_TOO_MANY = "the job is being written by too many at once"


class AtsJobs(Protocol):
    """The stored jobs, as one telling changes them."""

    def told_of(self, ids: Iterable[str]) -> Mapping[str, Known]:
        """What is stored under those ids, be it open or closed, of whichever source."""
        ...

    def of_requisitions(
        self, sources: Sequence[str], requisitions: Collection[str]
    ) -> Mapping[str, Sequence[str]]:
        """Per requisition of the ATS the ids of the open jobs of those sources that are of it."""
        ...

    def move(self, step: Step, *, before: int) -> None:
        """Store a job's next version and the fact to be told, whole or not at all.

        ConflictError when `before` is not its version any more.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What an event says of one job."""

    event: AtsEvent
    job: AtsJob

    @property
    def ends(self) -> bool:
        over = self.job.status.casefold() in _OVER
        return self.event.kind in _ENDS or over or self.job.confidential is True

    @property
    def of_post(self) -> bool:
        """Whether it is about one advertisement of a job and not about the job."""
        return self.event.kind in _OF_POSTS

    def names(self, connection: Connection) -> list[str]:
        """How the boards of the connection may call what it is about."""
        told = (self.job.post, "" if self.of_post else self.job.id)
        sources = ("", *(f"{source}." for source in connection.boards))
        return [f"{source}{name}" for name in told if name for source in sources]

    def opens(self, known: Known | None) -> bool:
        """Whether it says that people can apply; one that was closed may have been confidential."""
        if self.ends:
            return False
        if self.event.kind is Kind.POST_PUBLISHED:
            return True
        said = self.job.status.casefold() in _OPEN
        if known is None:
            begins = self.event.kind in _BEGINS and not self.job.status
            return said or begins
        return known.job.open or (said and self.job.confidential is False)

    def is_late(self, known: Known) -> bool:
        """Whether something newer is known."""
        clock, last = self.event.clock, known.job.updated_at
        return clock is not None and last is not None and clock < last


@dataclass(frozen=True, kw_only=True)
class JobIntake:
    """Changes the stored jobs."""

    store: AtsJobs
    now: Callable[[], datetime]

    def take(
        self,
        connection: Connection,
        events: Sequence[AtsEvent],
        *,
        origin: Origin,
        dry_run: bool = False,
    ) -> int:
        """Take in those of the events that are of jobs; tells how many jobs changed.

        Of what was so before somebody connected the ATS no fact tells. RetryableError when others
        write the same job all the time.
        """
        told = [
            _Told(event=event, job=job)
            for event in events
            if event.kind in OF_JOBS
            for job in event.jobs
        ]
        about = self._about(connection, told)
        if not about:
            return 0
        known = self.store.told_of(dict.fromkeys(ident for _, ident in about))
        live = origin is Origin.LIVE
        return sum(
            self._take(connection, each, known.get(ident), ident, live=live, dry_run=dry_run)
            for each, ident in about
        )

    def _about(self, connection: Connection, told: Sequence[_Told]) -> list[tuple[_Told, str]]:
        """Each with the ids under which what it tells of is stored, or will be."""
        if not connection.boards:
            names = [(each, each.job.post or each.job.id) for each in told]
            own = {
                name: known.job.source == connection.name
                for name, known in self.store.told_of({name for _, name in names}).items()
            }
            return [
                (each, name if own.get(name, True) else f"{connection.name}.{name}")
                for each, name in names
                if name
            ]
        ended = [each for each in told if each.ends]
        wanted = {each.job.id for each in ended if each.job.id and not each.of_post}
        shown = self.store.of_requisitions(connection.boards, wanted) if wanted else {}
        return [
            (each, ident)
            for each in ended
            for ident in dict.fromkeys(
                (*each.names(connection), *(() if each.of_post else shown.get(each.job.id, ())))
            )
        ]

    def _take(
        self,
        connection: Connection,
        told: _Told,
        known: Known | None,
        ident: str,
        *,
        live: bool,
        dry_run: bool,
    ) -> bool:
        for _ in range(_TRIES):
            step = _step(connection, told, ident, known, self.now())
            if step is None or dry_run:
                return step is not None
            step = step if live else replace(step, change=None)
            try:
                self.store.move(step, before=step.known.version - 1)
            except ConflictError:
                known = self.store.told_of([ident]).get(ident)
                continue
            return True
        raise RetryableError(_TOO_MANY)


def _step(
    connection: Connection, told: _Told, ident: str, known: Known | None, now: datetime
) -> Step | None:
    """The job's next version; None when it says nothing new, or of nothing that is ours."""
    if known is not None and told.is_late(known):
        return None
    if connection.boards:
        if known is None or not known.job.open or known.job.source not in connection.boards:
            return None
        job = replace(known.job, open=False, closed_at=now)
        after = Known(job=job, mark=known.mark, version=known.version + 1)
        return Step(known=after, change=Change.CLOSED, at=now, before=known.job)
    if known is None and not link(told.job.url):
        return None
    job = _after(connection, told, ident, known, now)
    was_open = known is not None and known.job.open
    mark = mark_of(job)
    after = Known(job=job, mark=mark, version=(known.version if known else 0) + 1)
    if known is not None and mark == known.mark and job.updated_at == known.job.updated_at:
        return None
    change = None
    if job.open != was_open:
        change = Change.OPENED if job.open else Change.CLOSED
    elif known is not None and mark != known.mark and job.open:
        change = Change.CHANGED
    return Step(known=after, change=change, at=now, before=known.job if known else None)


def _after(
    connection: Connection, told: _Told, ident: str, known: Known | None, now: datetime
) -> Job:
    """The job as it is then; what is not said stays as it was."""
    said, clock = told.job, told.event.clock
    before = known.job if known else _nothing(connection, ident, said.opened_at or clock or now)
    there = places(*said.locations) or before.places
    where = there[0] if there else ""
    job = replace(
        before,
        title=text(said.title) or before.title,
        category=first(*said.departments) or before.category,
        location=where,
        city=city(where),
        places=there,
        url=link(said.url) or before.url,
        opened_at=said.opened_at or before.opened_at,
        internal=text(said.id) or before.internal,
        updated_at=clock or before.updated_at,
    )
    if told.opens(known) and job.url and job.title:
        return replace(job, open=True, closed_at=None)
    return replace(job, open=False, closed_at=said.closed_at or before.closed_at or now)


def _nothing(connection: Connection, ident: str, at: datetime) -> Job:
    return Job(
        id=ident,
        title="",
        category="",
        location="",
        url="",
        opened_at=at,
        open=False,
        source=connection.name,
    )
