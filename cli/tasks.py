"""`rapport tasks`: what waits for a person of the employer, and saying that it is done.

The open tasks stand in rows of their own, so listing them is one query. What candidates wrote
stands in the log alone; `rapport timeline` shows it.
"""

import getpass
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from cli import clock, config, output
from cli.store import open_stores
from rapport.domain.event import Json
from rapport.tasks import Task
from rapport.viewing.tasks import Open, done, opened, plain

# So many characters of an id tell tasks apart for people.
_SHORT = 8


commands = typer.Typer(help="What waits for a person: answers, mails that nobody can tell of.")


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


def _short(task: Task, among: Sequence[Task]) -> str:
    """The least of an id that is no other's beginning."""
    whole = plain(task)
    size = len(task.kind) + 1 + _SHORT
    while sum(plain(each).startswith(whole[:size]) for each in among) > 1:
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
    output.line(f"Done: {plain(task)}.")
