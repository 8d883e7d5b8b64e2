"""Runs and the schedule that wakes their person: what is stored first, and in which order.

1. The run is written, then the schedule is aimed at the earliest due run (`rapport.waiting.aim`).
2. A run ends by its state, then the schedule is aimed anew, or cleared if nobody waits.

Whoever dies in between is called again by the same fact or wake-up, and aims. The schedule deletes
itself some time after it has fired, and nobody can tell when: what was aimed at in that moment may
be deleted with it. So a wake-up that leaves somebody waiting is followed by a second look.

A run stays under the identifier that it began with. The person is looked for under every
identifier and browser that they have now; a run that is found there is theirs if its fact leads to
them, for a browser may be used by several, and who was one person may be two.

Of a rhythm one person has one run. Of two people who turned out to be one there are two: that of
the lesser identifier mails, the other goes along in silence, and by itself again if they are two
after all. Neither ends the other, so of two that are due in the same moment one goes on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rapport.domain.identifiers import Ref
from rapport.domain.run import MAX_WAITING, RHYTHM, Run, RunState, next_due, waiting
from rapport.identity import Clusters
from rapport.ports import People
from rapport.waiting import Runs, Schedules, aim, runs_of


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
            if other.occasion == run.occasion and not _may_begin_again(other, run):
                return other
        if len(waiting(mine)) >= MAX_WAITING:
            return None
        if run.occurrence == RHYTHM:
            # Whoever comes back after an end goes on counting: no period goes out a second time.
            before = [other.period for other in mine if other.occasion == run.occasion]
            run = replace(run, period=max(before, default=-1) + 1)
            self.runs.hold(run, anew=True)
        else:
            self.runs.put(run)
        return run

    def turn(self, run: Run, places: Iterable[Ref]) -> tuple[bool, int]:
        """Whether a rhythm that is due mails for its person, and which of its periods is due.

        The period is no earlier than that of any other rhythm of theirs: what one has mailed the
        other does not mail again.
        """
        others = list(
            self._of(
                run.subject,
                places,
                lambda other: other.occasion == run.occasion and other.subject != run.subject,
            )
        )
        leads = run.subject == min(each.subject for each in (run, *waiting(others)))
        return leads, max(each.period for each in (run, *others))

    def go_on(self, run: Run, every: timedelta, now: datetime, period: int) -> None:
        """Let a rhythm that was due wait for its next time, which will be that period."""
        self.runs.move_on(run, next_due(run.due, every, now), period=period)

    def cancel(
        self,
        program: str,
        occurrence: str,
        *,
        whose: Ref,
        places: Iterable[Ref],
        by: str,
        about: str = "",
        occasion: str = "",
    ) -> Iterator[Run]:
        """End what waits for this occasion; the runs that this very event has ended, now or before.

        An empty occurrence is every one of the program. An event `about` an application of an ATS
        ends nothing that waits because of another one, nor one about an `occasion`. Of two
        ends one counts: a run that was woken meanwhile is no longer there to be cancelled.
        """
        for run in self._of(
            whose,
            places,
            lambda run: (
                run.program == program
                and occurrence in {"", run.occurrence}
                and ("" in {occasion, run.fact.occasion} or occasion == run.fact.occasion)
                and ("" in {about, run.fact.application} or about == run.fact.application)
            ),
        ):
            if self.runs.end(run, RunState.CANCELLED, by=by) or run.ended_by == by:
                yield run

    def due(self, subject: Ref, now: datetime) -> list[Run]:
        """The subject's runs that are due, the earliest first."""
        return [run for run in waiting(self.runs.of(subject)) if run.due <= now]

    def aim(self, subject: Ref) -> bool:
        """Set the subject's schedule to the earliest due run; whether there is one."""
        return aim(self.runs, self.schedules, subject)

    def _of(
        self, whose: Ref, places: Iterable[Ref], wanted: Callable[[Run], bool]
    ) -> Iterator[Run]:
        return runs_of(
            self.people, self.clusters, self.runs, whose=whose, places=places, wanted=wanted
        )


def _may_begin_again(other: Run, run: Run) -> bool:
    """A rhythm that has ended begins anew with a fact of later; nothing else does."""
    return (
        run.occurrence == RHYTHM
        and other.state is not RunState.WAITING
        and run.fact.event_id != other.fact.event_id
        and run.fact.received_at > other.fact.received_at
    )
