"""The command that tells which jobs fit a person, and which people a job."""

from typing import Annotated

import typer

from cli import clock, config, output
from cli.errors import CommandError
from cli.store import open_stores, use
from rapport.viewing.finding import find

commands = typer.Typer()


@commands.command()
def match(
    asked: Annotated[str, typer.Argument(metavar="[ID]", help="A person, as `who` takes it.")] = "",
    *,
    job: Annotated[str, typer.Option(help="A job's id instead: whom it fits.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, all rows.")] = False,
) -> None:
    """Tell which open jobs fit a person, or whom a job fits, with scores, vetoes and reasons."""
    from cli import match as room
    from rapport.adapters.bundles import S3Bundles

    if bool(asked.strip()) == bool(job.strip()):
        msg = "Say either who, as in rapport match ID, or which job, as in rapport match --job ID."
        raise CommandError(msg)
    deployment = config.load()
    use(deployment)
    stores = open_stores(deployment)
    live = stores.book.live_bundle()
    if live is None:
        msg = "No playbooks are published; `rapport publish` does that."
        raise CommandError(msg)
    bundle = S3Bundles(deployment.buckets["bundle"]).get(live)
    now = clock.now()
    if job.strip():
        answer = room.people_of(stores, job.strip(), bundle, now=now)
    else:
        answer = room.jobs_for(stores, find(stores, asked), bundle, now=now)
    if as_json:
        output.print_json(room.to_json(answer))
    else:
        room.show(answer)
