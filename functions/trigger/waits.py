"""Runs and the schedule that wakes their person: what is stored first, and in which order.

1. The run is written, then the schedule is aimed at the earliest due run, then the runs are read
   again, until what was aimed at is what is there. Of two that aim at once, the one that aims last
   has read what the other wrote: the later time never stays.
2. A run ends by its state, then the schedule is aimed anew, or cleared if nobody waits.

Whoever dies in between is called again by the same fact or wake-up, and aims. The schedule deletes
itself some time after it has fired, and nobody can tell when: what was aimed at in that moment may
be deleted with it. So a wake-up that leaves somebody waiting is followed by a second look.

A run stays under the identifier that it began with. The person is looked for under every
identifier and browser that they have now; a run that is found there is theirs if its fact leads to
them, for a browser may be used by several, and who was one person may be two.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.identifiers import Ref
from rapport.domain.run import MAX_WAITING, Run, RunState, waiting
from rapport.errors import RetryableError
from rapport.identity import Clusters
from rapport.ports import People
from rapport.waiting import Runs, Schedules, runs_of

# As many as may begin or end for one person while somebody aims.
TRIES = 2 * MAX_WAITING


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Begins, ends and finds runs on their ports."""

    people: People
    clusters: Clusters
    runs: Runs
    schedules: Schedules

    def begin(self, run: Run, places: Iterable[Ref]) -> Run | None:
        """The run of this occasion: the one there is, or this one; None if too many wait already.

        `places` are the identifiers under which the person's runs may stand.
        """
        mine = list(
            self._of(
                run.subject,
                places,
                lambda other: other.state is RunState.WAITING or other.occasion == run.occasion,
            )
        )
        for other in mine:
            if other.occasion == run.occasion:
                return other
        if len(waiting(mine)) >= MAX_WAITING:
            return None
        self.runs.put(run)
        return run

    def cancel(
        self, program: str, occurrence: str, *, whose: Ref, places: Iterable[Ref], by: str
    ) -> Iterator[Run]:
        """End what waits for this occasion; the runs that this very event has ended, now or before.

        Of two ends one counts: a run that was woken meanwhile is no longer there to be cancelled.
        """
        for run in self._of(whose, places, lambda run: run.occasion == (program, occurrence)):
            if self.runs.end(run, RunState.CANCELLED, by=by) or run.ended_by == by:
                yield run

    def due(self, subject: Ref, now: datetime) -> list[Run]:
        """The subject's runs that are due, the earliest first."""
        return [run for run in waiting(self.runs.of(subject)) if run.due <= now]

    def aim(self, subject: Ref) -> bool:
        """Set the subject's schedule to the earliest due run; whether there is one."""
        due = self._earliest(subject)
        for _ in range(TRIES):
            if due is None:
                self.schedules.clear(subject)
            else:
                self.schedules.set(subject, due)
            aimed, due = due, self._earliest(subject)
            if due == aimed:
                return due is not None
        msg = f"the runs of a person changed {TRIES} times in a row"
        raise RetryableError(msg)

    def _earliest(self, subject: Ref) -> datetime | None:
        return next((run.due for run in waiting(self.runs.of(subject))), None)

    def _of(
        self, whose: Ref, places: Iterable[Ref], wanted: Callable[[Run], bool]
    ) -> Iterator[Run]:
        return runs_of(
            self.people, self.clusters, self.runs, whose=whose, places=places, wanted=wanted
        )
