"""In-memory twins of the ports that wait, and a day of somebody who applies."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapport.domain.identifiers import Ref
from rapport.domain.run import Run, RunState
from rapport.occasions import Moved
from tests.support.fakes import Calls


class FakeRuns:
    """Runs in a dict."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.rows: dict[tuple[Ref, str, str], Run] = {}
        # Called after a reading, before its reader goes on, to let somebody else in.
        self.after_reading: Callable[[], None] | None = None

    def put(self, run: Run) -> bool:
        self.calls.touch("runs.put")
        new = _place(run) not in self.rows
        self.rows.setdefault(_place(run), run)
        return new

    def of(self, subject: Ref) -> list[Run]:
        self.calls.touch("runs.of")
        found = [run for (whose, _, _), run in sorted(self.rows.items()) if whose == subject]
        if self.after_reading is not None:
            meanwhile, self.after_reading = self.after_reading, None
            meanwhile()
        return found

    def end(self, run: Run, to: RunState, *, by: str = "") -> bool:
        self.calls.touch("runs.end")
        stored = self.rows.get(_place(run))
        if stored is None or stored.state is not RunState.WAITING:
            return False
        self.rows[_place(run)] = replace(stored, state=to, ended_by=by)
        return True

    def hold(self, run: Run, *, anew: bool = False) -> bool:
        self.calls.touch("runs.hold")
        stored = self.rows.get(_place(run))
        if stored is not None and stored.state is RunState.CANCELLED and not anew:
            return False
        self.rows[_place(run)] = run
        return True

    def move_on(self, run: Run, due: datetime, *, period: int) -> bool:
        self.calls.touch("runs.move_on")
        stored = self.rows.get(_place(run))
        if stored is None or stored.state is not RunState.WAITING or stored.period != run.period:
            return False
        self.rows[_place(run)] = replace(run, due=due, period=period)
        return True


class FakeSchedules:
    """One wake-up per subject, and the second looks that were asked for."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.at: dict[Ref, datetime] = {}
        self.looks: list[Ref] = []

    def set(self, subject: Ref, at: datetime) -> None:
        self.at[subject] = at
        # Set before the process may die: the answer is what gets lost.
        self.calls.touch("schedules.set")

    def clear(self, subject: Ref) -> None:
        self.at.pop(subject, None)
        self.calls.touch("schedules.clear")

    def again(self, subject: Ref) -> None:
        self.calls.touch("schedules.again")
        self.looks.append(subject)


@dataclass
class FakeWakes:
    """Events that were moved, each with when it is looked at, and who was woken at once."""

    events: list[tuple[Moved, int]] = field(default_factory=list)
    woken: list[Ref] = field(default_factory=list)

    def moved(self, moved: Moved, *, after_s: int = 0) -> None:
        self.events.append((moved, after_s))

    def wake(self, subjects: Iterable[Ref]) -> None:
        self.woken += subjects


def _place(run: Run) -> tuple[Ref, str, str]:
    return run.subject, run.program, run.occurrence
