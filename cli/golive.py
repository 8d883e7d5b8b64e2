"""`rapport golive`: from the allow-list to everybody, when nothing is in the way."""

from typing import Annotated

import typer

from cli import config, doctor, output, trail
from cli.errors import CommandError
from cli.stopping import brake, published
from rapport.auditing import Ended

commands = typer.Typer()


@commands.command()
def golive(
    *,
    brand: Annotated[str, typer.Option(help="A brand's key; by default the published one.")] = "",
    accept: Annotated[
        str, typer.Option(help="Checks that cannot be told here and that you looked at: spf,dmarc.")
    ] = "",
    why: Annotated[str, typer.Option(help="Why those are accepted; kept with your name.")] = "",
    send: doctor.Send = False,
    audience: doctor.Audience = None,
) -> None:
    """Let mail reach everybody who agreed to it, if `rapport doctor` finds nothing in the way."""
    from rapport.doctor.findings import Level, in_the_way

    deployed = config.load()
    hand = brake(deployed)
    key, domain = published(deployed, brand)
    about = f"brand:{key}"
    accepted = tuple(name for each in accept.split(",") if (name := each.strip()))
    if accepted and not why.strip():
        msg = "Say why you accept what cannot be told: --why '…'; it is kept with your name."
        raise CommandError(msg)
    found = doctor.examined(deployed, send=send, audience=audience)
    told = f"accepted {', '.join(accepted)}: {why}" if accepted else why
    if unknown := sorted({*accepted} - {each.name for each in found}):
        msg = f"There is no check {unknown[0]!r}; there are {', '.join(e.name for e in found)}."
        raise CommandError(msg)
    if obstacles := in_the_way(found, accepted):
        doctor.show(found)
        trail.tell(deployed, "golive", about=about, ended=Ended.REFUSED, why=told)
        names = ", ".join(each.name for each in obstacles)
        msg = f"{key} stays as it is; in the way: {names}."
        if all(each.level is Level.UNKNOWN for each in obstacles):
            msg += f" Looked at them yourself? --accept {','.join(e.name for e in obstacles)}"
        raise CommandError(msg)
    done = hand.go_live(key, domain=domain)
    trail.tell(deployed, "golive", about=about, ended=Ended.DONE, why=told)
    day = done.first_days[domain]
    output.line(f"{key} is live: within a minute its mail goes to everybody who agreed to it.")
    output.line(f"The ramp of {domain} began on {day}. `rapport stop` stops everything.")
