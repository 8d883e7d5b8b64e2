"""What waiting needs from the world: ports beside those of `rapport.ports`, with the same rules.

And how the runs of a person are found, by whoever looks for them.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Protocol

from rapport.domain.identifiers import Ref, person_id
from rapport.domain.run import Run, RunState
from rapport.identity import Clusters
from rapport.ports import Job, People
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
