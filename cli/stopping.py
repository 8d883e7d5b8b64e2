"""`rapport stop`, `rapport go`, `rapport mode`: the hand on the brake."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import clock, config, output, trail
from cli.errors import CommandError
from cli.store import use
from rapport.auditing import Ended
from rapport.domain.gates import SendMode

if TYPE_CHECKING:
    from rapport.brake import Brake, Sending

commands = typer.Typer()
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Why = Annotated[str, typer.Option(help="For whoever asks later.")]
ALL = "sending:all"


@commands.command()
def stop(*, why: Why = "", as_json: AsJson = False) -> None:
    """Stop all mail to candidates, of every kind, within a minute; what would leave is held."""
    deployed = config.load()
    found = brake(deployed).stop(by=trail.who(), why=why)
    trail.tell(deployed, "stop", about=ALL, ended=Ended.DONE, why=why)
    _show(found, as_json=as_json)


@commands.command()
def go(*, why: Why = "", as_json: AsJson = False) -> None:
    """Let mail go again; what was held is judged afresh within 15 minutes, and then goes."""
    deployed = config.load()
    found = brake(deployed).go()
    trail.tell(deployed, "go", about=ALL, ended=Ended.DONE, why=why)
    _show(found, as_json=as_json)


@commands.command()
def mode(
    to: Annotated[str, typer.Argument(help="off, allow-list or live; none: show it.")] = "",
    *,
    brand: Annotated[str, typer.Option(help="A brand's key; by default the published one.")] = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Set how far mail may reach, in the place of `send_mode` in brand.yaml; or show it."""
    deployed = config.load()
    hand = brake(deployed)
    if not to:
        _show(hand.state(), as_json=as_json)
        return
    if to not in {*SendMode}:
        msg = f"There is no mode {to!r}; write one of {', '.join(SendMode)}."
        raise CommandError(msg)
    key, domain = published(deployed, brand)
    found = hand.mode(key, SendMode(to), domain=domain)
    trail.tell(deployed, f"mode {to}", about=f"brand:{key}", ended=Ended.DONE, why=why)
    _show(found, as_json=as_json)


def brake(deployed: config.Config) -> "Brake":
    """The brake of a deployment; nothing but its book has to answer."""
    use(deployed)
    from rapport.adapters.dynamo.brake import DynamoSendings
    from rapport.brake import Brake

    return Brake(sendings=DynamoSendings(deployed.tables["book"]), now=clock.now)


def published(deployed: config.Config, brand: str) -> tuple[str, str]:
    """The published brand's key and the domain that it sends from; CommandError for another."""
    from rapport.adapters.bundles import S3Bundles
    from rapport.adapters.dynamo.config import DynamoConfig
    from rapport.brake import domain_of

    live = DynamoConfig(deployed.tables["book"]).live_bundle()
    if live is None:
        msg = "Nothing is published yet; run `rapport publish`."
        raise CommandError(msg)
    found = S3Bundles(deployed.buckets["bundle"]).get(live).brand
    if brand not in {"", found.key}:
        msg = f"There is no brand {brand!r}; the published one is {found.key}."
        raise CommandError(msg)
    return found.key, domain_of(found.sender)


def _show(found: "Sending", *, as_json: bool) -> None:
    if as_json:
        output.print_json(found.to_json())
        return
    if found.stop is None:
        output.line("Mail goes.")
    else:
        why = f": {found.stop.why}" if found.stop.why else ""
        since = output.clock(found.stop.at)
        output.line(f"All mail is stopped since {since} UTC, by {found.stop.by}{why}.")
        output.line("Within a minute none leaves. `rapport go` lets it go again.")
    for brand, set_to in sorted(found.modes.items()):
        output.line(f"{brand}: {set_to}, whatever brand.yaml says.")
    for domain, day in sorted(found.first_days.items()):
        output.line(f"{domain}: its ramp began on {day}.")
