"""What waits for a person, and what was cancelled lately: read from the runs, judged by nobody.

A run knows the event that cancelled it by its id only; when that was stands in the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.domain.event import Event, Json
from rapport.domain.gates import day
from rapport.domain.identifiers import PersonId
from rapport.domain.run import Run, RunState, waiting
from rapport.events import VOCABULARY, fact_of
from rapport.viewing.finding import Found, partitions
from rapport.viewing.moments import iso
from rapport.viewing.people import runs_of
from rapport.viewing.stores import Stores

LATELY = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A run that waits; `overdue` when its time has come and it was not judged yet."""

    run: Run
    overdue: bool

    @property
    def sentence(self) -> str:
        """The wait in words."""
        run = self.run
        job = f" for job {run.fact.job}" if run.fact.job else ""
        if self.overdue:
            return f"{run.program} waits{job}; it was due {day(run.due)} and is not judged yet."
        return f"{run.program} waits until {day(run.due)}{job}; judged again then."


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """A run that an event has ended; `by` is None when the log no longer has the event."""

    run: Run
    by: Event | None

    @property
    def at(self) -> datetime | None:
        """When that event reached Rapport."""
        return None if self.by is None else self.by.received_at


@dataclass(frozen=True, kw_only=True)
class Waits:
    """The waits of one person: those that go on, and those that were cancelled lately."""

    waiting: tuple[Wait, ...]
    cancelled: tuple[Cancelled, ...]


def waits(stores: Stores, found: Found, *, now: datetime) -> Waits:
    """What stands under any identifier of the person and is theirs; the earliest first."""
    runs = _runs(stores, found)
    ended = [run for run in runs if run.state is RunState.CANCELLED]
    events = _events(stores, found) if ended else {}
    cancelled = [Cancelled(run=run, by=events.get(run.ended_by)) for run in ended]
    # Whose event is gone was cancelled before it was due, as a rule.
    lately = [each for each in cancelled if (each.at or each.run.due) >= now - LATELY]
    return Waits(
        waiting=_waiting(runs, now),
        cancelled=tuple(sorted(lately, key=lambda each: each.at or each.run.due)),
    )


def waiting_for(stores: Stores, found: Found, *, now: datetime) -> tuple[Wait, ...]:
    """What waits for the person, the earliest due first."""
    return _waiting(_runs(stores, found), now)


def _runs(stores: Stores, found: Found) -> list[Run]:
    places = stores.people.partitions_of(found.members)
    return list(runs_of(stores, places, found.members))


def _waiting(runs: Sequence[Run], now: datetime) -> tuple[Wait, ...]:
    return tuple(Wait(run=run, overdue=run.due <= now) for run in waiting(runs))


def _events(stores: Stores, found: Found) -> dict[str, Event]:
    """The person's events that may have ended something, by their ids."""
    rows = [event for _, rows in partitions(stores, found.members) for event in rows]
    return {event.message_id: event for event in rows if fact_of(event.type) is not None}


def to_json(found: Waits) -> dict[str, Json]:
    """Both kinds for programs."""
    return {
        "waiting": [wait_json(each) for each in found.waiting],
        "cancelled": [
            {
                **_run_json(each.run),
                "cancelled_at": None if each.at is None else iso(each.at),
                "by": {
                    "event": None if each.by is None else each.by.type,
                    "event_id": each.run.ended_by,
                },
            }
            for each in found.cancelled
        ],
    }


def wait_json(wait: Wait) -> dict[str, Json]:
    """A wait for programs."""
    return {**_run_json(wait.run), "overdue": wait.overdue}


def story_json(wait: Wait, person: PersonId) -> dict[str, Json]:
    """A wait among the stories of decisions, with the keys that these have in common."""
    return {
        "id": None,
        "at": None,
        "outcome": "wait",
        "reason": None,
        "meaning": wait.sentence,
        "send_id": "",
        "person": person,
        **wait_json(wait),
        "story": [{"part": "wait", "text": wait.sentence}],
    }


def _run_json(run: Run) -> dict[str, Json]:
    return {
        "program": run.program,
        "occurrence": run.occurrence,
        "job": run.fact.job,
        "due": iso(run.due),
        "since": {
            "event": event_of(run.fact.name),
            "event_id": run.fact.event_id,
            "at": iso(run.fact.occurred_at),
        },
    }


def event_of(fact: str) -> str:
    """The event that gives rise to a fact; the fact's own name if there is none any more."""
    named = (kind for kind, cls in VOCABULARY.items() if cls.fact and cls.fact.name == fact)
    return next(named, fact)
