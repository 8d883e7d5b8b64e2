"""`make run`: the whole stack, a demo day through it, and a table of what came of it.

ONCE=1 ends after the table; the exit code is then 1 if anything fell short. Without it the stack
stays up until Ctrl-C. Either way everything that was started is stopped again.
"""

import os
import signal

from cli import config, report
from local import day, figures, operators, outcome
from local.description import Description
from local.faults import command
from local.inbox import Inbox
from local.layout import Place
from local.outcome import Outcome
from local.players import Players
from local.policy import TOLD
from local.progress import Teller
from local.stack import running
from local.table import programs, reasons, table
from local.visitors import INBOX

EXAMPLES = (
    ("ana", "a welcome, education, job alerts with reasons"),
    ("bram", "answered a recruiter: no clock mails them any more"),
    ("chidi", "asked for a pause: what waits, and until when"),
    ("dana", "over the budget: not sent"),
    ("nora", "invited, told what happens there, hired: no mail to a candidate any more"),
    ("kiri", "it is night there: waits for the morning"),
)


def main() -> int:
    """Start, play, tell; then wait or end."""
    place = Place.from_env()
    teller = Teller()
    once = os.environ.get("ONCE", "") not in {"", "0"}
    with running(place, teller) as stack:
        short = play(place, stack, teller)
        if once:
            return 1 if short else 0
        teller.say()
        tell_urls(stack, teller)
        for who, what in EXAMPLES:
            teller.say(f"make why WHO={who + '@' + INBOX:<28} {what}")
        teller.say("Ctrl-C stops all of it.")
        signal.pause()
    return 0


def play(place: Place, stack: Description, teller: Teller) -> bool:
    """Play the day and print its table; True if anything fell short."""
    total = day.steps()
    with (
        Players(place) as players,
        teller.count("Playing a day", "A day of sixteen visitors played", total) as advance,
    ):
        played = day.Player(place, stack, players, advance).play()
    wanted = outcome.expected(played)
    here = config.load(place.local_json)

    def look() -> Outcome:
        return outcome.found(
            counters=figures.counters(stack),
            summary=report.summary(here),
            mails=Inbox(stack["mailbox_url"]).mails(),
            steps=figures.steps(here),
            heard=figures.heard(here, [visitor.email for visitor in played.visitors]),
        )

    with teller.step("Waiting for the last decisions", "Every decision made"):
        got = outcome.settled(look, wanted)
    requests = figures.requests(stack["api_url"])
    teller.say(TOLD)
    for drawn in (
        table(visitors=len(played.visitors), requests=requests, got=got, clicks=played.clicks),
        programs(got),
        reasons(got),
    ):
        teller.console.print(drawn)
    short = [*played.troubles, *outcome.shortfalls(wanted, got)]
    if short:
        teller.console.print("[bold red]Fell short[/bold red]")
        for line in short:
            teller.say(f"  {line}")
    else:
        teller.say(f"As expected in every row, {teller.seconds:.0f} s after the start.")
    return bool(short)


def tell_urls(stack: Description, teller: Teller) -> None:
    """Where to look."""
    for name, url in (
        ("Career site", stack["site_url"]),
        ("Mailbox", stack["mailbox_url"]),
        ("API", stack["api_url"]),
        ("Console", f"{stack['api_url']}/console"),
        ("Local AWS", stack["emulator_url"]),
    ):
        teller.say(f"{name:<12} {url}")
    teller.say(operators.told())


if __name__ == "__main__":
    command(main)
