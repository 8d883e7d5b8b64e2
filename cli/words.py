"""The commands by which an operator has a word on who is one person."""

import getpass
from typing import Annotated

import typer

from cli import config, output, rulings
from cli import review as reviewing
from cli.rulings import Answer, Manner, Verb
from cli.store import Stores, open_stores

commands = typer.Typer()
review = typer.Typer(help="People who may be one person, and your answer.")

IdOf = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="E-mail address, phone number, LinkedIn page, user id, ats:<vendor>:<instance>:<id>"
        " or person id.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what it would change.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
By = Annotated[str, typer.Option(help="Who says so; by default your name on this machine.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the profiles.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


@commands.command()
def unmerge(
    one: IdOf,
    other: IdOf,
    *,
    dry_run: DryRun = False,
    undo: Undo = False,
    reason: Reason = "",
    by: By = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Say that two identifiers of one person are two people's."""
    manner = Manner(reason=reason, by=by or getpass.getuser(), dry=dry_run, wait=not no_wait)
    _say(Verb.UNMERGE, [one, other], manner, undo=undo, as_json=as_json)


@commands.command()
def link(
    one: IdOf,
    other: IdOf,
    *,
    dry_run: DryRun = False,
    undo: Undo = False,
    reason: Reason = "",
    by: By = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Say that two people are one person."""
    manner = Manner(reason=reason, by=by or getpass.getuser(), dry=dry_run, wait=not no_wait)
    _say(Verb.LINK, [one, other], manner, undo=undo, as_json=as_json)


@commands.command()
def block(
    asked: IdOf,
    *,
    dry_run: DryRun = False,
    undo: Undo = False,
    reason: Reason = "",
    by: By = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Say that an identifier joins nobody, as one that many people share."""
    manner = Manner(reason=reason, by=by or getpass.getuser(), dry=dry_run, wait=not no_wait)
    _say(Verb.BLOCK, [asked], manner, undo=undo, as_json=as_json)


@review.callback(invoke_without_command=True)
def review_list_by_default(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List what waits for an answer, unless another command is given."""
    if context.invoked_subcommand is None:
        review_list(as_json=as_json)


@review.command("list")
def review_list(*, as_json: AsJson = False) -> None:
    """List the people who may be one person, the likeliest first."""
    pairs = reviewing.queue(_stores())
    if as_json:
        output.print_json([reviewing.to_json(pair) for pair in pairs])
    else:
        reviewing.show_queue(pairs)


@review.command("show")
def review_show(one: IdOf, other: IdOf, *, as_json: AsJson = False) -> None:
    """Show two people side by side, with what suggests that they are one."""
    stores = _stores()
    pair = reviewing.pair_of(stores, one, other)
    left, right = reviewing.sides(stores, pair)
    if as_json:
        sides = [reviewing.side_json(left), reviewing.side_json(right)]
        output.print_json({**reviewing.to_json(pair), "sides": list(sides)})
    else:
        reviewing.show(pair, left, right)


@review.command("same")
def review_same(
    one: IdOf,
    other: IdOf,
    *,
    reason: Reason = "",
    by: By = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Answer that the two are one person."""
    manner = Manner(reason=reason, by=by or getpass.getuser(), wait=not no_wait)
    _tell(reviewing.same(_stores(), one, other, manner), as_json=as_json)


@review.command("different")
def review_different(
    one: IdOf,
    other: IdOf,
    *,
    reason: Reason = "",
    by: By = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Answer that the two are two people, whatever will name them together."""
    manner = Manner(reason=reason, by=by or getpass.getuser(), wait=not no_wait)
    _tell(reviewing.different(_stores(), one, other, manner), as_json=as_json)


def _stores() -> Stores:
    return open_stores(config.load())


def _say(verb: Verb, asked: list[str], manner: Manner, *, undo: bool, as_json: bool) -> None:
    stores = _stores()
    said = rulings.word(stores, verb, asked, undo=undo)
    _tell(rulings.say(stores, said, manner), as_json=as_json)


def _tell(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        output.print_json(rulings.to_json(answer))
    else:
        rulings.show(answer)
