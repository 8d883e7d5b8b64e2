"""Runs: a playbook that waits for a person before it mails, about one occasion.

A run is stored once per occasion. While it waits it is found by its due time; what it comes to is
written over its state, and the row stays, so that the occasion never starts a second one.

A rhythm is one run that comes back: each time it is due it mails the occasion of its period
(`every:0`, `every:1`, …) and waits for the next. A mail that was held waits as a run of its own
occasion.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rapport.domain.decision import FactRef, Intent
from rapport.domain.identifiers import Ref

# So many runs of one person may wait at a time; whoever has the public key could start any number.
MAX_WAITING = 16
# The occurrence of a rhythm's run, and what the occurrences of its periods start with.
RHYTHM = "every"
ONCE = "ever"
PER_STAGE = "stage:"


class RunState(StrEnum):
    """What has become of a run."""

    WAITING = "waiting"
    CANCELLED = "cancelled"
    WOKEN = "woken"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One program's wait for one occasion.

    `subject` is the identifier that the person was rooted at when it began: it finds the run, and
    names the schedule. `ended_by` is the event that cancelled it. `period` counts how often a
    rhythm was due before.
    """

    subject: Ref
    program: str
    occurrence: str
    fact: FactRef
    due: datetime
    state: RunState = RunState.WAITING
    ended_by: str = ""
    period: int = 0

    @property
    def occasion(self) -> tuple[str, str]:
        """What it is once for."""
        return (self.program, self.occurrence)


def of_period(number: int) -> str:
    """The occurrence of a rhythm's mail: `every:3`."""
    return f"{RHYTHM}:{number}"


def held_as(intent: Intent) -> str:
    """The occurrence of the run that a held mail waits as: that of its wait, if it had one.

    What goes out once in a lifetime, or once in a stage, waits per fact.
    """
    per_fact = intent.occurrence == ONCE or intent.occurrence.startswith(PER_STAGE)
    return intent.fact.event_id if per_fact else intent.occurrence


def next_due(due: datetime, every: timedelta, now: datetime) -> datetime:
    """When a rhythm is due again: the first of its times after `now`, whatever was missed."""
    missed = max((now - due) // every, 0)
    return due + (missed + 1) * every


def waiting(runs: Iterable[Run]) -> list[Run]:
    """Those that still wait, the earliest due first."""
    found = [run for run in runs if run.state is RunState.WAITING]
    return sorted(found, key=lambda run: (run.due, run.program, run.occurrence))
