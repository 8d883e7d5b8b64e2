"""`rapport campaigns`, `rapport campaign KEY …`: look at one mail to many, approve, launch, end."""

import getpass
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import clock, config, output
from cli.errors import CommandError

if TYPE_CHECKING:
    from cli.config import Config
    from cli.previewing import Sending
    from rapport.campaign_work import Standing
    from rapport.campaigning import Campaigns
    from rapport.settings import CampaignSettings

commands = typer.Typer()
SHOW: Final = "show"
FINGERPRINT_CHARS: Final = 12
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
            help="show, preview, examples, seed, ask, approve, launch, pause, resume, cancel"
            " or result."
        ),
    ] = SHOW,
    *,
    why: Annotated[str, typer.Option(help="Why it is paused.")] = "",
    seen: Annotated[str, typer.Option(help="Approve only what begins so, as `show` tells.")] = "",
    by: By = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, no text.")] = False,
) -> None:
    """Show a campaign, or do something with it."""
    asked, who = opened(config.load()), by or getpass.getuser()
    moves: dict[str, Callable[[], Standing]] = {
        SHOW: lambda: asked.show(key),
        "result": lambda: asked.show(key),
        "ask": lambda: asked.ask(key, by=who),
        "approve": lambda: asked.approve(key, by=who, seen=seen),
        "launch": lambda: asked.launch(key, by=who),
        "pause": lambda: asked.pause(key, why=why),
        "resume": lambda: asked.resume(key),
        "cancel": lambda: asked.cancel(key),
    }
    if what in moves:
        standing = moves[what]()
        output.print_json(standing.to_json()) if as_json else _show(standing)
    elif what == "preview":
        _preview(asked, key, who)
    elif what == "examples":
        output.print_json([example.to_json() for example in asked.examples(key)])
    elif what == "seed":
        for address, said in asked.seed(key).items():
            output.line(f"{address}: {said}")
    else:
        msg = f"Nobody can {what} a campaign; see `rapport campaign --help`."
        raise CommandError(msg)


def opened(deployed: "Config") -> "Campaigns":
    """What can be done with the campaigns of a deployment, as its functions were told."""
    import boto3

    from cli import previewing
    from cli.store import use

    use(deployed)
    from rapport.settings import CampaignSettings

    client = boto3.client("lambda")
    found = client.get_function_configuration(FunctionName=deployed.functions["campaign"])
    told = CampaignSettings.from_env(found["Environment"]["Variables"])
    return room(told, previewing.sending(deployed))


def room(
    told: "CampaignSettings", way: "Sending", now: Callable[[], datetime] = clock.now
) -> "Campaigns":
    """The same, by the settings of `campaign` and the way in which `send` sends."""
    from rapport.adapters.campaigning import Judging
    from rapport.adapters.refetches import SqsWork

    judging = Judging(
        log=told.log_table,
        people=told.people_table,
        book=told.book_table,
        vault=told.vault_table,
        bundles=told.bundle_bucket,
        public_url=told.public_url,
        ses_endpoint=way.endpoint,
        now=now,
    )
    return judging.campaigns(
        SqsWork(told.campaign_queue_url), configuration_set=way.configuration_set
    )


def _preview(asked: "Campaigns", key: str, who: str) -> None:
    outlook = asked.outlook(key)
    if outlook is None or outlook.fingerprint != asked.show(key).fingerprint:
        asked.rehearse(key, by=who)
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
    if launch.asked is not None and standing.waits:
        output.line(f"A second person's word was asked for by {launch.asked.by}.")
    output.line(f"As it is now: {standing.fingerprint[:FINGERPRINT_CHARS]}.")
    rows = [(name, f"{count}") for name, count in sorted(standing.counts.items())]
    if rows:
        output.rows(("became", "people"), rows)
