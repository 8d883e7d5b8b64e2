"""The commands about the rules of who is one person, and about profiles made again."""

from pathlib import Path
from typing import Annotated

import typer

from cli import config, output
from cli.errors import CommandError
from cli.store import open_stores
from rapport.viewing.finding import find

commands = typer.Typer()
identity = typer.Typer(no_args_is_help=True, help="The rules of who is one person.")
commands.add_typer(identity, name="identity")

Rules = Annotated[Path, typer.Option(help="Rules, as in playbooks/identity.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


@identity.command("diff")
def identity_diff(rules: Rules, *, as_json: AsJson = False) -> None:
    """Read the whole log under other rules, and tell what they would change."""
    from cli import rules as room

    new = room.read(rules)
    answer = room.diff(open_stores(config.load()), new)
    if as_json:
        output.print_json(room.to_json(answer))
    else:
        room.show(answer)


@identity.command("apply")
def identity_apply(rules: Rules, *, as_json: AsJson = False) -> None:
    """Put rules in force, and make the profiles that are others under them. Starts no mail."""
    from cli import rules as room

    new = room.read(rules)
    done = room.apply(open_stores(config.load()), new)
    if as_json:
        output.print_json(
            {
                "rules": done.hash,
                "clusters": done.clusters,
                "regrouped": done.regrouped,
                "profiles": done.profiles,
            }
        )
        return
    output.line(
        f"Rules {done.hash} are in force: {done.regrouped} of {done.clusters} clusters hold other"
        f" people, {done.profiles} profiles were written."
    )


@commands.command()
def rebuild(
    asked: Annotated[str, typer.Argument(metavar="ID", help="Whom; as for `who`.")] = "",
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only compare.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fold people from the log again, compare them with what is stored, and mend what differs."""
    from cli import rebuilding as room

    if bool(asked) == everybody:
        msg = "Say whom: rapport rebuild ID, or rapport rebuild --all."
        raise CommandError(msg)
    stores = open_stores(config.load())
    if everybody:
        found = list(room.everybody(stores, check=check))
    else:
        found = [room.one(stores, find(stores, asked), check=check)]
    if as_json:
        output.print_json([room.to_json(each) for each in found])
    else:
        room.show(found)
    room.judge(found)
