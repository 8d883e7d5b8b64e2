"""The open tasks, with whom they are about."""

from dataclasses import dataclass
from datetime import datetime

from rapport.domain.identifiers import Ref
from rapport.errors import RapportError
from rapport.identity import groups_of
from rapport.tasks import ERASURE, HELD, REPLY, UNCERTAIN_MAIL, Task, closed_event
from rapport.viewing.stores import Stores

_PREFIX = "t_"


class NoTaskError(RapportError):
    """Not one open task is meant; the message says what is."""


@dataclass(frozen=True, kw_only=True)
class Open:
    """An open task. `address` and `program` are empty where nobody knows them any more."""

    task: Task
    person: str
    address: str
    program: str

    @property
    def to_do(self) -> str:
        """What somebody has to do."""
        who = self.address or self.person
        match self.task.kind:
            case kind if kind == REPLY:
                return f"Answer: `rapport timeline {who}` shows what they wrote."
            case kind if kind == UNCERTAIN_MAIL:
                return (
                    f"Ask whether it came, and write again if not: `rapport why {who}` tells what"
                    " it was."
                )
            case kind if kind == ERASURE:
                return (
                    f"Forget them, and say when it is done: `rapport timeline {who}` says why, and"
                    " from when on."
                )
            case kind if kind == HELD:
                return (
                    "Tell them that they cannot be forgotten yet, and why:"
                    f" `rapport erase {who} --dry-run` says what holds them."
                )
            case kind:
                return kind


def opened(stores: Stores) -> list[Open]:
    """Every open task, the one that is due first first, with whom it is about."""
    return [_open(stores, task) for task in stores.tasks.all()]


def _open(stores: Stores, task: Task) -> Open:
    ref = Ref(task.opened.pk)
    person = groups_of(stores.clusters, [ref])[ref].person
    view = stores.people.view(person)
    record = stores.book.send(task.send_id) if task.send_id else None
    return Open(
        task=task,
        person=person,
        address="" if view is None else view.profile.attribute("email"),
        program="" if record is None else record.program,
    )


def done(stores: Stores, asked: str, *, by: str, now: datetime) -> Task:
    """Close the open task of that id, or whose id begins so; NoTaskError unless it is one."""
    start = asked.strip().removeprefix(_PREFIX)
    found = [task for task in stores.tasks.all() if start and plain(task).startswith(start)]
    if len(found) != 1:
        msg = f"{len(found)} open tasks begin with {asked!r}; `rapport tasks` lists them."
        raise NoTaskError(msg)
    [task] = found
    stores.log.append([closed_event(task, by=by, now=now)])
    stores.tasks.remove(task)
    return task


def plain(task: Task) -> str:
    """The id of a task as people are told it."""
    return task.id.removeprefix(_PREFIX)
