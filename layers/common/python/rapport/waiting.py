"""What waiting needs from the world: ports beside those of `rapport.ports`, with the same rules.

And how the runs of a person are found, by whoever looks for them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.domain.decide import unkept
from rapport.domain.decision import Decision
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.jobs import Job
from rapport.domain.run import MAX_WAITING, Run, RunState, held_as, waiting
from rapport.errors import RetryableError
from rapport.identity import Clusters
from rapport.ports import People
from rapport.profiles import profile_of


class Jobs(Protocol):
    """Jobs by their refs."""

    def job(self, ref: str) -> Job | None:
        """A job, open or closed, by its `job_ref`; None when no feed ever had it."""
        ...


class Runs(Protocol):
    """What waits, and what has waited, for whom."""

    def put(self, run: Run) -> bool:
        """Store a run unless its subject has one for the occasion; whether it was new."""
        ...

    def of(self, subject: Ref) -> list[Run]:
        """All runs of a subject, in any state."""
        ...

    def end(self, run: Run, to: RunState, *, by: str = "") -> bool:
        """Move a run on if it still waits; False when it does not."""
        ...

    def hold(self, run: Run, *, anew: bool = False) -> bool:
        """Let a run wait until it is due, whether there was one for the occasion before or not.

        False, and nothing is changed, if an event has ended it; `anew` begins it again even then.
        """
        ...

    def move_on(self, run: Run, due: datetime, *, period: int) -> bool:
        """Let a rhythm that was due wait for a later period; False when it moved or ended."""
        ...


class Schedules(Protocol):
    """One wake-up per subject."""

    def set(self, subject: Ref, at: datetime) -> None:
        """Let the subject be woken then, and at no other time."""
        ...

    def clear(self, subject: Ref) -> None:
        """Let the subject sleep; nothing happens if nobody was going to wake it."""
        ...

    def again(self, subject: Ref) -> None:
        """Let the subject be looked at once more, in two minutes, whatever its schedule says."""
        ...


# As many as may begin or end for one person while somebody aims.
TRIES = 2 * MAX_WAITING


def aim(runs: Runs, schedules: Schedules, subject: Ref) -> bool:
    """Set the subject's schedule to the earliest due run; whether there is one.

    The runs are read again until what was aimed at is what is there. Of two that aim at once, the
    one that aims last has read what the other wrote: the later time never stays.
    """
    due = _earliest(runs, subject)
    for _ in range(TRIES):
        if due is None:
            schedules.clear(subject)
        else:
            schedules.set(subject, due)
        aimed, due = due, _earliest(runs, subject)
        if due == aimed:
            return due is not None
    msg = f"the runs of a person changed {TRIES} times in a row"
    raise RetryableError(msg)


def _earliest(runs: Runs, subject: Ref) -> datetime | None:
    return next((run.due for run in waiting(runs.of(subject))), None)


@dataclass(frozen=True, kw_only=True)
class Holds:
    """Keeps a mail that may not go out yet, so that it is judged afresh when it may."""

    runs: Runs
    schedules: Schedules

    def hold(self, decision: Decision) -> Decision:
        """Let the decision's intent wait until `decision.until`; harmless to repeat.

        The decision itself, or the drop in its place: an event may have ended what it would wait
        as, and of one program so many wait for a person and no more, whoever signs them up.
        Whoever dies after the run is stored is called again by the same intent, and aims.
        """
        if decision.until is None:
            return decision
        run = Run(
            subject=decision.subject,
            program=decision.intent.program,
            occurrence=held_as(decision.intent),
            fact=decision.intent.fact,
            due=decision.until,
        )
        alike = [r for r in waiting(self.runs.of(run.subject)) if r.program == run.program]
        crowd = len([each for each in alike if each.occasion != run.occasion]) >= MAX_WAITING
        if crowd or not self.runs.hold(run):
            return unkept(decision, ended=not crowd, most=MAX_WAITING)
        aim(self.runs, self.schedules, run.subject)
        return decision


def runs_of(
    people: People,
    clusters: Clusters,
    runs: Runs,
    *,
    whose: Ref,
    places: Iterable[Ref],
    wanted: Callable[[Run], bool] = lambda _: True,
) -> Iterator[Run]:
    """The person's runs, in any state; `places` are the identifiers under which they may stand.

    Only those that are `wanted`: of what is over there may be much, and whose each is costs a look.
    A run is theirs if its fact leads to them: a browser may be used by several, and what two people
    began to wait for while they were held to be one is each one's own again after a split.
    """
    roots = {person_id(whose): whose}
    for place in dict.fromkeys((whose, *places)):
        for run in filter(wanted, runs.of(place)):
            person = run.fact.person
            if person not in roots:
                roots[person] = profile_of(people, clusters, run.fact).group.root
            if roots[person] == whose:
                yield run
