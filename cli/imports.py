"""`rapport import FILE` and `rapport imports`: a pool of people brought in, watched, taken back."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import config, importing, output
from cli.errors import CommandError
from cli.pulling import as_yaml
from rapport.errors import MisconfiguredError
from rapport.importing.ports import KEPT_DAYS, ask_list
from rapport.importing.proof import ASKABLE, Basis, Claim
from rapport.importing.reporting import Asked
from rapport.imports import Imports

commands = typer.Typer()
imports = typer.Typer(help="Imports of people: what they came to, and taking them back.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
Which = Annotated[str, typer.Argument(metavar="ID", help="As `rapport imports list` tells it.")]


@commands.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help="A table of people as CSV.")],
    *,
    source: Annotated[str, typer.Option(help="Where it is from: `fair-2026`.")],
    mapping: Annotated[str, typer.Option(help="A YAML file: what the columns mean.")] = "",
    basis: Annotated[str, typer.Option(help=f"One of {', '.join(Basis)}.")] = "none",
    statement: Annotated[str, typer.Option(help="The consent statement, by its id.")] = "",
    text: Annotated[str, typer.Option(help="A file with the text that was agreed to.")] = "",
    topic: Annotated[str, typer.Option(help="Which mail that text is about.")] = "",
    language: Annotated[str, typer.Option(help="In which language it was read.")] = "",
    consent_date: Annotated[str, typer.Option(help="When they agreed: 2026-11-23.")] = "",
    consent_source: Annotated[str, typer.Option(help="Through what: `stand at the fair`.")] = "",
    evidence: Annotated[str, typer.Option(help="A file that proves it, or where it is kept.")] = "",
    as_of: Annotated[str, typer.Option(help="When the file was made, if it is older.")] = "",
    to_list: Annotated[str, typer.Option("--list", help="A static list to put them on.")] = "",
    keep_days: Annotated[
        int, typer.Option(help="How long whoever has no proof stays.")
    ] = KEPT_DAYS,
    dry_run: Annotated[
        bool, typer.Option(help="Tell what it would come to; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="The suggested mapping is right.")] = False,
    here: Annotated[bool, typer.Option(help="Apply it in this process.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring in a pool of people, with proof. Nothing of it starts a mail."""
    try:
        stream = file.open("rb")
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}."
        raise CommandError(msg) from None
    proof, reference = importing.evidence_of(evidence)
    claim = Claim(
        basis=_basis(basis),
        statement=statement,
        text=_text(text),
        topic=topic,
        language=language,
        given_at=_day(consent_date, "--consent-date"),
        source=consent_source,
        evidence=reference,
    )
    with stream:
        asked = Asked(
            file=stream,
            source=source,
            by=getpass.getuser(),
            columns=importing.mapping_of(mapping),
            claim=claim,
            evidence=proof,
            list=to_list,
            kept_days=keep_days,
            as_of=_day(as_of, "--as-of"),
        )
        room = importing.Room(config.load()).imports
        if dry_run:
            _look(room, asked, as_json=as_json)
        else:
            _start(room, asked, yes=yes, here=here, as_json=as_json)


def _look(room: Imports, asked: Asked, *, as_json: bool) -> None:
    found = room.look(asked)
    if as_json:
        output.print_json(found.to_json())
    else:
        importing.show_look(found)


def _start(room: Imports, asked: Asked, *, yes: bool, here: bool, as_json: bool) -> None:
    _, sure = room.columns(asked)
    if not (sure or yes):
        msg = (
            f"Nobody said yet what the columns of {asked.source} mean. `--dry-run` shows a"
            " suggestion to save and give with --mapping; `--yes` takes it as it is."
        )
        raise CommandError(msg)
    by = room.start(asked)
    with importing.progress(f"Import {by.id}") as tell:
        by = importing.finished(room, by, tell, here=here)
    if as_json:
        output.print_json(importing.to_json(by))
    else:
        importing.show(by)
        output.line(f"`rapport imports undo {by.id}` takes all of it back.")


@imports.command("list")
def list_all(*, as_json: AsJson = False) -> None:
    """List all imports, the newest first."""
    found = importing.Room(config.load()).imports.all()
    if as_json:
        output.print_json([importing.to_json(by) for by in found])
        return
    if not found:
        output.line("Nothing was imported yet; `rapport import FILE --source NAME --dry-run`.")
        return
    lines = [
        (by.id, by.source, output.clock(by.started_at), by.stage.value, by.rows, by.by)
        for by in found
    ]
    output.rows(("import", "source", "begun (UTC)", "", "rows", "by"), lines)


@imports.command("show")
def show(asked: Which, *, as_json: AsJson = False) -> None:
    """Show how far an import has come, and what it came to."""
    by = importing.Room(config.load()).imports.get(asked)
    if as_json:
        output.print_json(importing.to_json(by))
    else:
        importing.show(by)


@imports.command("undo")
def undo(
    asked: Which,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking again.")] = False,
    here: Annotated[bool, typer.Option(help="Take it back in this process.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a whole import back: what came of it goes, what people did since stays."""
    room = importing.Room(config.load()).imports
    by = room.get(asked)
    if not yes and not typer.confirm(f"Take {by.rows} rows of {by.source} back?"):
        msg = "Nothing was taken back."
        raise CommandError(msg)
    with importing.progress(f"Import {by.id}, back") as tell:
        by = room.undo(asked, by=getpass.getuser())
        by = importing.finished(room, by, tell, here=here)
    if as_json:
        output.print_json(importing.to_json(by))
    else:
        output.line(f"Import {by.id} is {by.stage.value}.")


@imports.command("repermission")
def repermission(asked: Which) -> None:
    """Put those whose basis allows one mail on a list, and print a campaign that asks them.

    Nothing is sent: the campaign is a draft for `playbooks/campaigns/`.
    """
    room = importing.Room(config.load()).imports
    by = room.get(asked)
    made = importing.draft(by, room.applying.judge.bundle(), getpass.getuser())
    count = room.ask_again(asked)
    if not count:
        names = " or ".join(sorted(ASKABLE))
        msg = f"Nobody of import {by.id} may be asked: one mail is for the basis {names}."
        raise CommandError(msg)
    output.line(f"{count} people are on the list {ask_list(by)}; nothing is sent.")
    output.line(f"# playbooks/campaigns/{ask_list(by)}.yaml")
    for line in as_yaml(made).splitlines():
        output.line(line)


def _basis(told: str) -> Basis:
    try:
        return Basis(told)
    except ValueError:
        msg = f"--basis is one of {', '.join(Basis)}."
        raise CommandError(msg) from None


def _text(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise CommandError(msg) from None


def _day(told: str, option: str) -> datetime | None:
    if not told:
        return None
    try:
        return datetime.strptime(told, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        msg = f"{option} is a day as 2026-11-23."
        raise MisconfiguredError(msg) from None
