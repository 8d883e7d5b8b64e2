"""The console script `rapport`. Commands find their deployment as `cli.config` describes.

What goes wrong is told in one line with the mend, and ends with code 1.
"""

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from cli import (
    aside,
    ats,
    campaigns,
    clock,
    config,
    consents,
    content,
    doctor,
    fitting,
    golive,
    identity,
    imports,
    operators,
    output,
    privacy,
    reporting,
    segments,
    stopping,
    tasks,
    words,
)
from cli.errors import CommandError
from cli.store import Stores, open_stores
from rapport.errors import ErasedError, RapportError, RetryableError
from rapport.viewing.finding import Found, find

PLAYBOOKS = Path(__file__).resolve().parents[1] / "playbooks"


def mend(failed: Exception) -> str:
    """What went wrong and what to do about it: a line, or one for each complaint of a command."""
    if isinstance(failed, CommandError):
        return "\n".join(output.clean(line) for line in str(failed).splitlines())
    detail = output.clean(" ".join(str(failed).split()))
    if isinstance(failed, ErasedError):
        return f"The data asked for was erased ({detail}); nothing can bring it back."
    if isinstance(failed, RapportError) and not isinstance(failed, RetryableError):
        return detail
    return (
        f"The deployment does not answer ({detail}); on a laptop run `make down` and `make up`,"
        " else check the AWS credentials and region."
    )


commands = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ask Rapport who a candidate is and why a mail went out; publish playbooks, load jobs.",
)
commands.add_typer(aside.events, name="events")
commands.add_typer(content.content, name="content")
commands.add_typer(ats.commands, name="ats")
for room in (
    *(campaigns, words, consents, privacy, fitting),
    *(imports, segments, doctor, golive, stopping, reporting),
):
    commands.registered_commands += room.commands.registered_commands
commands.add_typer(words.review, name="review")
commands.add_typer(identity.commands)
commands.add_typer(tasks.commands, name="tasks")
commands.add_typer(operators.commands, name="operators")
commands.add_typer(aside.quarantine, name="quarantine")
commands.add_typer(imports.imports, name="imports")
commands.add_typer(segments.lists, name="lists")

Who = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="E-mail address, phone number, LinkedIn page, user id, ats:<vendor>:<instance>:<id>,"
        " anonymous id, person id, send id or decision id.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


def _found(asked: str) -> tuple[Stores, Found]:
    if not asked.strip():
        msg = "Say who: make why WHO=address, or rapport why|who|timeline ID."
        raise CommandError(msg)
    stores = open_stores(config.load())
    return stores, find(stores, asked)


@commands.command()
def who(
    asked: Who,
    *,
    why: Annotated[
        bool, typer.Option("--why", help="What made them one person, and what did not.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a person: identities, attributes, interests, consents, waits, the last decisions."""
    from cli import joins
    from cli import who as room
    from rapport.viewing import who as viewing

    stores, found = _found(asked)
    if why:
        made = joins.joins(stores, found)
        if as_json:
            output.print_json({"person": found.person, **joins.to_json(made)})
        else:
            joins.show(made)
        return
    answer = viewing.who(stores, found, now=clock.now())
    if as_json:
        output.print_json(viewing.to_json(answer))
    else:
        room.show(answer)


@commands.command()
def timeline(asked: Who, *, as_json: AsJson = False) -> None:
    """Show everything that happened to a person, in order of time."""
    from cli import timeline as room
    from rapport.viewing import timeline as viewing

    stores, found = _found(asked)
    events = viewing.timeline(stores, found)
    if as_json:
        output.print_json([viewing.to_json(event) for event in events])
    else:
        room.show(found, events)


@commands.command()
def why(asked: Who, *, as_json: AsJson = False) -> None:
    """Tell why mails were sent or not, from the event to what SES said; and what waits."""
    from cli import why as room
    from rapport.viewing import waits as waiting
    from rapport.viewing import why as viewing

    stores, found = _found(asked)
    stories = viewing.stories(stores, found)
    waits = viewing.still_waiting(stores, found, now=clock.now())
    if as_json:
        told = [viewing.to_json(story) for story in stories]
        output.print_json([*told, *(waiting.story_json(wait, found.person) for wait in waits)])
    else:
        room.show(found, stories, waits)


@commands.command()
def write(
    asked: Who,
    *,
    subject: Annotated[str, typer.Option(help="The subject line.")],
    text: Annotated[str, typer.Option(help="The message.")] = "",
    file: Annotated[str, typer.Option(help="A file that holds the message.")] = "",
    block: Annotated[str, typer.Option(help="A content block beneath it, by its key.")] = "",
    sender_name: Annotated[str, typer.Option("--from", help="In whose name.")] = "",
    owner: Annotated[str, typer.Option(help="The address that answers are forwarded to.")] = "",
    by: words.By = "",
    dry_run: words.DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write one mail to one candidate; consent, budget and quiet hours hold for it as for all."""
    from cli import write as room
    from rapport.viewing import write as viewing

    what = room.message(
        subject=subject,
        text=text,
        file=file,
        block=block,
        sender_name=sender_name,
        owner=owner,
        by=by or getpass.getuser(),
    )
    stores, found = _found(asked)
    if block:
        room.check_block(block, consents.live(stores, config.load()))
    now = clock.now()
    written = viewing.write(stores, found, what, now=now, dry=dry_run)
    if as_json:
        output.print_json(viewing.to_json(written, now=now))
    else:
        room.show(written, now=now, dry=dry_run)


@commands.command()
def funnel(
    program: Annotated[str, typer.Argument(help="A playbook, by the name of its program.")],
    *,
    since: Annotated[str, typer.Option(help="From this day on: 2026-11-23. Else 30 days.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell what became of all mails that a playbook wanted to send: every one, by step."""
    from cli import funnel as room

    told = room.read(open_stores(config.load()), program, since=since, now=clock.now())
    if as_json:
        output.print_json(room.to_json(told))
    else:
        room.show(told)


@commands.command()
def event(
    key: Annotated[str, typer.Argument(help="The id of an event, as its form says.")],
) -> None:
    """Tell how full an event is, who came, and the link with which its door checks people in."""
    from cli import occasions as room

    deployed = config.load()
    for name, value in room.told(deployed, open_stores(deployed), key):
        output.line(f"{name:<12}{value}")


@commands.command()
def publish(
    folder: Annotated[
        Path, typer.Argument(help="What people edit; by default the folder of this checkout.")
    ] = PLAYBOOKS,
) -> None:
    """Check and compile playbooks, and make them the live ones."""
    from cli import publish as room
    from rapport.identity_rules import FILE

    done = room.publish(config.load(), folder, tell=output.line)
    verb = "Published" if done.changed else "Live already:"
    programs = ", ".join(done.programs)
    output.line(f"{verb} bundle {done.hash[:12]}: {programs}; {done.write_keys} write keys.")
    if done.closed:
        output.line(f"Revoked, for they are no longer listed: keys of {', '.join(done.closed)}.")
    if done.other_rules:
        rules = f"--rules {folder / FILE}"
        output.line(
            f"The rules in {FILE} are not those in force. `rapport identity diff {rules}` shows"
            f" what they would change; `rapport identity apply {rules}` puts them in force."
        )


@commands.command()
def jobs(
    feed: Annotated[str, typer.Argument(help="A job board's feed: a file or an http address.")],
) -> None:
    """Load the jobs of a job-board feed, in the shape Greenhouse serves it."""
    from cli import jobs as room

    loaded = room.load(config.load(), feed)
    total, opened = len(loaded.jobs), sum(job.open for job in loaded.jobs)
    output.line(
        f"{total} jobs loaded: {opened} open, {total - opened} closed; {loaded.gone} removed."
    )


@commands.command()
def job(ident: Annotated[str, typer.Argument(help="The job's id, as its feed tells it.")]) -> None:
    """Show what a job has been like: each of its versions."""
    from cli import jobs as room

    for told in room.history(config.load(), ident):
        output.line(told)


def app(args: Sequence[str] | None = None) -> None:
    """Run a command line; by default the one of this process. Always ends in SystemExit."""
    try:
        commands(args)
    except (RapportError, BotoCoreError, ClientError, PynamoDBException) as failed:
        for line in mend(failed).splitlines():
            sys.stderr.write(f"rapport: {line}\n")
        raise SystemExit(1) from None
