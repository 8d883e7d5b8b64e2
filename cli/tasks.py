"""`rapport tasks`: what waits for a person of the employer, and saying that it is done.

The open tasks stand in rows of their own, so listing them is one query. What candidates wrote
stands in the log alone; `rapport timeline` shows it.
"""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from cli import clock, config, output
from cli.errors import CommandError
from cli.store import Stores, open_stores
from rapport.domain.event import Json
from rapport.domain.identifiers import Ref
from rapport.identity import groups_of
from rapport.tasks import ERASURE, REPLY, UNCERTAIN_MAIL, Task, closed_event

# So many characters of an id tell tasks apart for people.
_SHORT = 8
_PREFIX = "t_"

commands = typer.Typer(help="What waits for a person: answers, mails that nobody can tell of.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


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
    """Close the open task of that id, or whose id begins so; CommandError unless it is one."""
    start = asked.strip().removeprefix(_PREFIX)
    found = [task for task in stores.tasks.all() if start and _plain(task).startswith(start)]
    if len(found) != 1:
        msg = f"{len(found)} open tasks begin with {asked!r}; `rapport tasks` lists them."
        raise CommandError(msg)
    [task] = found
    stores.log.append([closed_event(task, by=by, now=now)])
    stores.tasks.remove(task)
    return task


def _plain(task: Task) -> str:
    return task.id.removeprefix(_PREFIX)


def _short(task: Task, among: Sequence[Task]) -> str:
    """The least of an id that is no other's beginning."""
    whole = _plain(task)
    size = len(task.kind) + 1 + _SHORT
    while sum(_plain(each).startswith(whole[:size]) for each in among) > 1:
        size += 1
    return whole[:size]


def to_json(each: Open) -> dict[str, Json]:
    """A task for programs."""
    return {
        "id": each.task.id,
        "kind": each.task.kind,
        "person": each.person,
        "address": each.address,
        "program": each.program,
        "send_id": each.task.send_id,
        "due": output.iso(each.task.due),
        "to_do": each.to_do,
    }


def show(tasks: Sequence[Open], *, now: datetime) -> None:
    """The open tasks for people."""
    if not tasks:
        output.line("Nothing waits for you.")
        return
    among = [each.task for each in tasks]
    lines = [
        (
            _short(each.task, among),
            output.clock(each.task.due),
            "overdue" if each.task.due < now else "",
            each.address or each.person,
            each.program,
            each.to_do,
        )
        for each in tasks
    ]
    output.rows(("task", "due (UTC)", "", "candidate", "mail", "what to do"), lines)
    output.line(f"`rapport tasks done {_short(among[0], among)}` says that the first is done.")


@commands.callback(invoke_without_command=True)
def list_by_default(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List what waits, unless another command is given."""
    if context.invoked_subcommand is None:
        list_open(as_json=as_json)


@commands.command("list")
def list_open(*, as_json: AsJson = False) -> None:
    """List the open tasks, the one that is due first first."""
    found = opened(open_stores(config.load()))
    if as_json:
        output.print_json([to_json(each) for each in found])
    else:
        show(found, now=clock.now())


@commands.command("done")
def say_done(
    asked: Annotated[str, typer.Argument(metavar="ID", help="As `rapport tasks` tells it.")],
    *,
    by: Annotated[str, typer.Option(help="Who did it; by default your name here.")] = "",
) -> None:
    """Say that a task is done."""
    stores = open_stores(config.load())
    task = done(stores, asked, by=by or getpass.getuser(), now=clock.now())
    output.line(f"Done: {_plain(task)}.")
