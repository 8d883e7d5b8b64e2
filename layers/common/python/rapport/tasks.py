"""What somebody of the employer has to look at: an answer, a mail that nobody can tell of.

A task is an event of the log, as everything that happens. Beside it stands a row for as long as the
task is open, so that the open ones are read without the log. Rows hold ids alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport import events
from rapport.domain.address import SendRecord
from rapport.domain.event import Event, LogKey, millis
from rapport.domain.identifiers import Ref
from rapport.errors import ErasedError
from rapport.ports import Log
from rapport.records import engine_event

REPLY = "reply"
UNCERTAIN_MAIL = "uncertain_mail"
ERASURE = "erasure"
HELD = "erasure_held"


@dataclass(frozen=True, kw_only=True)
class Task:
    """An open task. `opened`: the event that tells of it, `send_id`: the mail that it is about.

    A task that is about a person and no mail has no `send_id`.
    """

    id: str
    kind: str
    send_id: str
    due: datetime
    opened: LogKey


class Tasks(Protocol):
    """The open tasks, by their ids."""

    def add(self, task: Task) -> None:
        """Keep a task as open; harmless to repeat."""
        ...

    def all(self) -> Sequence[Task]:
        """Every open task, the one that is due first first."""
        ...

    def remove(self, task: Task) -> None:
        """It is open no more; harmless to repeat."""
        ...


def open_task(
    record: SendRecord,
    kind: str,
    about: str,
    *,
    due: datetime,
    now: datetime,
    log: Log,
    tasks: Tasks,
) -> Event:
    """Keep a task about a mail as open, and the event to put into the log next.

    `about` tells tasks of one kind apart; the same again is the same task. The row goes first:
    whoever dies in between comes again. What the log knows already is not opened anew, for by now
    it may be done.
    """
    event = task_event(
        record.subject,
        kind,
        about,
        cause_at=record.claimed_at,
        due=due,
        now=now,
        send_id=record.send_id,
    )
    if not _is_known(event, log):
        tasks.add(
            Task(id=event.message_id, kind=kind, send_id=record.send_id, due=due, opened=event.key)
        )
    return event


def task_event(
    subject: Ref,
    kind: str,
    about: str,
    *,
    cause_at: datetime,
    due: datetime,
    now: datetime,
    send_id: str = "",
) -> Event:
    """That a task about a person was opened, as it stands in the log."""
    return engine_event(
        events.TaskOpened.event,
        subject=subject,
        message_id=f"t_{kind}_{about}",
        cause_at=cause_at,
        now=now,
        properties={"kind": kind, "send_id": send_id, "due": millis(due)},
    )


def _is_known(event: Event, log: Log) -> bool:
    try:
        return log.get(event.key) is not None
    except ErasedError:
        return True


def closed_event(task: Task, *, by: str, now: datetime) -> Event:
    """That somebody did what a task asked for; `by` says who."""
    return engine_event(
        events.TaskClosed.event,
        subject=Ref(task.opened.pk),
        message_id=f"{task.id}_closed",
        cause_at=now,
        now=now,
        properties={"kind": task.kind, "send_id": task.send_id, "by": by},
    )
