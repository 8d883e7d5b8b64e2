"""Runs: a playbook that waits for a person before it mails, about one occasion.

A run is stored once per occasion. While it waits it is found by its due time; what it comes to is
written over its state, and the row stays, so that the occasion never starts a second one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rapport.domain.decision import FactRef
from rapport.domain.identifiers import Ref

# So many runs of one person may wait at a time; whoever has the public key could start any number.
MAX_WAITING = 16


class RunState(StrEnum):
    """What has become of a run."""

    WAITING = "waiting"
    CANCELLED = "cancelled"
    WOKEN = "woken"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One program's wait for one occasion.

    `subject` is the identifier that the person was rooted at when it began: it finds the run, and
    names the schedule. `ended_by` is the event that cancelled it.
    """

    subject: Ref
    program: str
    occurrence: str
    fact: FactRef
    due: datetime
    state: RunState = RunState.WAITING
    ended_by: str = ""

    @property
    def occasion(self) -> tuple[str, str]:
        """What it is once for."""
        return (self.program, self.occurrence)


def waiting(runs: Iterable[Run]) -> list[Run]:
    """Those that still wait, the earliest due first."""
    found = [run for run in runs if run.state is RunState.WAITING]
    return sorted(found, key=lambda run: (run.due, run.program, run.occurrence))
