"""The commands about what sites send: a look before it is sent, and at what the door refused."""

from pathlib import Path
from typing import Annotated

import typer

from cli import config, output

events = typer.Typer(no_args_is_help=True, help="The events that a site sends.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


@events.command("check")
def events_check(
    file: Annotated[
        Path, typer.Argument(help="One message, or one request with a batch, a line; in JSON.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what would be stored and read of messages; code 1 if one is not as it was meant."""
    from cli import checking as room

    found = room.check(file)
    if as_json:
        output.print_json([room.to_json(checked) for checked in found])
    else:
        room.show(found)
    if not all(checked.fine for checked in found):
        raise SystemExit(1)


quarantine = typer.Typer(
    no_args_is_help=True, help="What the tracking door refused, and delivering it again."
)
KeptId = Annotated[str, typer.Argument(metavar="ID", help="As `rapport quarantine list` tells it.")]


@quarantine.command("list")
def quarantine_list(
    *,
    day: Annotated[str, typer.Option(help="Of one day only: 2026-11-23.")] = "",
    source: Annotated[str, typer.Option(help="Of one source only.")] = "",
    reason: Annotated[str, typer.Option(help="Of one reason only, as its code.")] = "",
) -> None:
    """List what is kept: when, of which source, why, how many messages."""
    from cli import quarantine as room

    room.show_list(room.Desk(config.load()).listed(day=day, source=source, reason=reason))


@quarantine.command("show")
def quarantine_show(kept: KeptId) -> None:
    """Show what was sent, opened: it may hold personal data."""
    from cli import quarantine as room

    desk = room.Desk(config.load())
    output.print_json(room.shown(desk.content(desk.found(kept))))


@quarantine.command("replay")
def quarantine_replay(
    kept: KeptId,
    *,
    live: Annotated[bool, typer.Option(help="As if it came now: mails may be started.")] = False,
) -> None:
    """Deliver it again, with the write keys as they are now; it starts nothing unless live."""
    from cli import quarantine as room

    desk = room.Desk(config.load())
    found = desk.found(kept)
    room.show_replayed(found, desk.replay(found, live=live))


@quarantine.command("drop")
def quarantine_drop(kept: KeptId) -> None:
    """Forget it for good."""
    from cli import quarantine as room

    desk = room.Desk(config.load())
    found = desk.found(kept)
    desk.drop(found)
    output.line(f"Dropped {found.id}: {found.count} messages of {found.source}, {found.reason}.")
