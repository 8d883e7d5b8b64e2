"""`rapport ats …`: connections to applicant tracking systems, from the first click to a push."""

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import clock, config, output
from cli.ats_setup import SET_UPS
from cli.errors import CommandError

commands = typer.Typer(
    no_args_is_help=True,
    help="Applicant tracking systems: connect, test, read, see what was missed.",
)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The connection: the last word of its address.")
]
Who = Annotated[str, typer.Argument(metavar="WHO", help="As `rapport who` takes it.")]
To = Annotated[str, typer.Option("--to", help="Into which connection.")]
Job = Annotated[str, typer.Option(help="The job, by the ATS's own id; none: for no job.")]
_TOKEN_BYTES = 12


@commands.command()
def connect(
    name: Name,
    *,
    vendor: Annotated[str, typer.Option(help=f"{', '.join(SET_UPS)}; or any, for files.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="YAML: brand, stages, speaks, api, mapping …")
    ] = None,
    secret: Annotated[
        str, typer.Option(help="What deliveries are signed with; `-` asks for it, unseen.")
    ] = "",
    rotate: Annotated[
        bool, typer.Option("--rotate", help="A new secret; the one before stays good.")
    ] = False,
    api: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE for its API; NAME alone asks for the value, unseen."),
    ] = None,
) -> None:
    """Connect a system, or change a connection; tells what to click there."""
    from cli import ats_connecting as room
    from cli.ats_store import Desk

    desk = Desk(config.load())
    before = desk.connections.get(name, fresh=True)
    if rotate and before is None:
        msg = f"There is no connection {name} whose secret could be rotated."
        raise CommandError(msg)
    fields = room.settings(file)
    asked = room.Asked(
        name=name,
        vendor=vendor,
        fields=fields,
        api=room.api_of(api or [], _unseen),
        secret=_unseen("secret") if secret == "-" else secret,  # noqa: S105  (it asks)
        rotate=rotate,
    )
    made, told = room.drafted(asked, before), ""
    set_up = SET_UPS.get(made.vendor)
    has_one = made.secrets or made.event_secrets
    if set_up is not None and not asked.secret and (rotate or not has_one):
        if set_up.chosen:
            told = room.generated(made.vendor, secrets.token_bytes)
        given = told or _unseen("secret that the vendor shows (empty: later)")
        made = room.drafted(room.with_secret(asked, given), before)
    desk.connections.put(made)
    room.show_made(desk, made, new=before is None, told=told)


def _unseen(what: str) -> str:
    """Asked at the terminal without an echo; else the next line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt(what, hide_input=True, default="", show_default=False))


@commands.command("list")
def list_all() -> None:
    """List the connections."""
    from cli import ats_connecting as room
    from cli.ats_store import Desk

    room.show_list(Desk(config.load()))


@commands.command()
def show(name: Name) -> None:
    """Show a connection, without its secrets."""
    from cli import ats_connecting as room
    from cli.ats_store import Desk

    desk = Desk(config.load())
    room.show_one(desk, desk.connection(name))


@commands.command()
def disconnect(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking once more.")] = False,
) -> None:
    """Take a connection away; what it told stays."""
    from cli.ats_store import Desk

    desk = Desk(config.load())
    if name not in desk.connections.names():
        desk.connection(name)
    if not yes:
        typer.confirm(f"Delete {name} with its secrets for good?", abort=True)
    desk.pulls.retire(name)
    desk.connections.delete(name)
    output.line(
        f"Disconnected {name}. Take its webhooks away there, too: they get 404 from now on."
    )


@commands.command()
def stages(
    name: Name,
    *,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the API for more of them.")] = False,
) -> None:
    """List the system's stages and what playbooks call them, unmapped ones first."""
    from cli import ats_stages as room
    from cli.ats_store import Desk
    from cli.store import open_stores

    desk = Desk(config.load())
    found = desk.connection(name)
    room.show(found, room.stages(desk, open_stores(desk.config), found, ask=ask))


@commands.command()
def test(name: Name) -> None:
    """Send a signed and a forged ping to the door, ask the API for a page; code 1 if one fails."""
    from cli import ats_testing as room
    from cli.ats_store import Desk

    desk = Desk(config.load())
    found, token = desk.connection(name), secrets.token_hex(_TOKEN_BYTES)
    if not room.show(room.tried(desk, found, now=clock.now(), token=token)):
        raise SystemExit(1)


@commands.command()
def backfill(
    name: Name,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would come of it; write nothing.")
    ] = False,
    kind: Annotated[str, typer.Option(help="Only jobs, candidates or applications.")] = "",
    in_process: Annotated[
        bool, typer.Option("--here", help="In this process, not by the function.")
    ] = False,
) -> None:
    """Read everything by the API, from where a run stands; watch it. Nothing of it is mailed."""
    from cli import ats_reading as room
    from cli.ats_store import Desk

    desk = Desk(config.load())
    found = desk.connection(name)
    before = room.begin(desk, found, dry=dry_run, kind=kind)
    output.line(room.told_before(before, dry=dry_run))
    now = clock.now()
    told = room.message(name, dry=dry_run, kind=kind, now=now)
    with room.display(name, now) as tell:
        if in_process:
            done = room.here(desk, told, tell)
        else:
            desk.work.put(told)
            done = room.watched(desk, told, now, tell)
    room.show_done(done)


@commands.command()
def drift(name: Name) -> None:
    """Tell how the last run went, what the webhooks had missed, and what waits."""
    from cli import ats_reading as room
    from cli.ats_store import Desk

    desk = Desk(config.load())
    room.show_drift(desk, desk.connection(name))


@commands.command()
def replay(
    name: Name,
    *,
    ident: Annotated[str, typer.Option("--id", help="One body, as it is listed.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All that is kept.")] = False,
) -> None:
    """Take in again what nobody could read, once the cause is mended; else list it."""
    from cli import ats_replaying as room
    from cli.ats_store import Desk

    desk = Desk(config.load())
    desk.connection(name)
    if not (ident or everything):
        room.show_kept(name, desk.kept(name))
        return
    kept, left = room.chosen(desk, name, ident=ident, everything=everything), 0
    for done in room.replay(desk, kept, now=clock.now()):
        room.show(done)
        left += bool(done.reason)
    output.line(f"{len(kept) - left} taken in, {left} stay.")
    if left:
        raise SystemExit(1)


@commands.command()
def push(
    asked: Who,
    *,
    to: To,
    job: Job = "",
    note: Annotated[str, typer.Option(help="A note for the recruiters.")] = "",
    source: Annotated[str, typer.Option(help="Where they came from.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the requests; make none.")
    ] = False,
) -> None:
    """Put a candidate into a system as a prospect, at most once."""
    from cli import ats_pushing as room
    from cli.ats_store import Desk
    from cli.store import open_stores
    from rapport.viewing.finding import find

    desk = Desk(config.load())
    stores, into = open_stores(desk.config), desk.connection(to)
    done = room.push(
        stores,
        desk,
        find(stores, asked),
        into,
        job=job,
        note=note,
        source=source,
        dry=dry_run,
    )
    if not room.show(done, into):
        raise SystemExit(1)


@commands.command()
def settle(
    asked: Who,
    *,
    to: To,
    job: Job = "",
    made: Annotated[
        bool, typer.Option("--made/--not-made", help="Whether they are there.", prompt=True)
    ],
) -> None:
    """Say what came of a push that nobody could tell of, after a look into the system."""
    from cli import ats_pushing as room
    from cli.ats_store import Desk
    from cli.store import open_stores
    from rapport.viewing.finding import find

    desk = Desk(config.load())
    stores, into = open_stores(desk.config), desk.connection(to)
    room.show(room.settle(stores, desk, find(stores, asked), into, job=job, made=made), into)
