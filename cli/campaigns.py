"""`rapport campaigns`, `rapport campaign KEY …`: look at one mail to many, approve, launch, end."""

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import clock, config, output
from cli.errors import CommandError

if TYPE_CHECKING:
    from cli.config import Config
    from rapport.campaign_work import Standing
    from rapport.campaigning import Campaigns

commands = typer.Typer()
SHOW: Final = "show"
Key = Annotated[str, typer.Argument(help="The campaign's key: the name of its file.")]
By = Annotated[str, typer.Option(help="Who you are, if not who is signed in here.")]


@commands.command("campaigns")
def list_all() -> None:
    """List the published campaigns, and how far each has come."""
    rows = [
        (s.campaign.key, s.launch.state.value, f"{s.launch.put} of {s.launch.audience}", s.lacking)
        for s in opened(config.load()).all()
    ]
    output.rows(("campaign", "state", "put", "lacks"), rows)


@commands.command("campaign")
def one(
    key: Key,
    what: Annotated[
        str,
        typer.Argument(
            help="show, preview, examples, seed, approve, launch, pause, resume, cancel or result."
        ),
    ] = SHOW,
    *,
    why: Annotated[str, typer.Option(help="Why it is paused.")] = "",
    by: By = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, no text.")] = False,
) -> None:
    """Show a campaign, or do something with it."""
    room, who = opened(config.load()), by or getpass.getuser()
    moves: dict[str, Callable[[], Standing]] = {
        SHOW: lambda: room.show(key),
        "result": lambda: room.show(key),
        "approve": lambda: room.approve(key, by=who),
        "launch": lambda: room.launch(key, by=who),
        "pause": lambda: room.pause(key, why=why),
        "resume": lambda: room.resume(key),
        "cancel": lambda: room.cancel(key),
    }
    if what in moves:
        standing = moves[what]()
        output.print_json(standing.to_json()) if as_json else _show(standing)
    elif what == "preview":
        _preview(room, key, who)
    elif what == "examples":
        output.print_json([example.to_json() for example in room.examples(key)])
    elif what == "seed":
        for address, said in room.seed(key).items():
            output.line(f"{address}: {said}")
    else:
        msg = f"Nobody can {what} a campaign; see `rapport campaign --help`."
        raise CommandError(msg)


def opened(deployed: "Config") -> "Campaigns":
    """What can be done with the campaigns of a deployment."""
    import boto3

    from cli import previewing
    from cli.store import use
    from functions.campaign.composing import composed

    use(deployed)
    from rapport.adapters.dynamo.counts import DynamoCounts
    from rapport.adapters.dynamo.fates import DynamoFates
    from rapport.adapters.dynamo.vault import TOKEN_RING, DynamoVault
    from rapport.adapters.mailer import SesMailer
    from rapport.campaigning import Campaigns
    from rapport.settings import CampaignSettings

    client = boto3.client("lambda")
    found = client.get_function_configuration(FunctionName=deployed.functions["campaign"])
    drive = composed(CampaignSettings.from_env(found["Environment"]["Variables"]), now=clock.now)
    way, vault = previewing.sending(deployed), DynamoVault(deployed.tables["vault"])
    return Campaigns(
        live=lambda: (drive.bundles.get(drive.live()), drive.live()),
        launches=drive.launches,
        rehearsals=drive.rehearsals,
        audiences=drive.audiences,
        work=drive.work,
        reader=drive.reader,
        composer=drive.composer,
        mailer=SesMailer(way.configuration_set, endpoint=way.endpoint),
        counts=DynamoCounts(deployed.tables["book"]),
        funnel=DynamoFates(deployed.tables["book"]),
        test_link=lambda address: previewing.unsubscribe_link(
            way.public_url, vault.ring(TOKEN_RING), address
        ),
        now=clock.now,
    )


def _preview(room: "Campaigns", key: str, who: str) -> None:
    outlook = room.outlook(key)
    if outlook is None or outlook.fingerprint != room.show(key).fingerprint:
        room.rehearse(key, by=who)
        output.line("Everybody is being judged; ask again in a while for what they come to.")
        return
    output.print_json(outlook.to_json())


def _show(standing: "Standing") -> None:
    launch = standing.launch
    output.heading(f"{standing.campaign.key}: {launch.state.value}")
    if launch.why or standing.lacking:
        output.line(standing.lacking or f"Paused: {launch.why}.")
    agreed = "may go out as it is" if standing.approved else "nobody agreed to it as it is"
    output.line(f"{launch.audience} people, {launch.put} put in front of `send`; {agreed}.")
    rows = [(name, f"{count}") for name, count in sorted(standing.counts.items())]
    if rows:
        output.rows(("became", "people"), rows)
