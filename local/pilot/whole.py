"""All steps of a pilot, in order, on a stack that is up."""

from datetime import UTC, datetime

from local.pilot import playbook
from local.pilot.afterwards import Afterwards
from local.pilot.chromium import Chromium
from local.pilot.console import Console
from local.pilot.desk import Desk
from local.pilot.hands import Hands
from local.pilot.mailing import Mailing
from local.pilot.opening import Opening
from local.pilot.pool import Sizes
from local.pilot.record import Record
from local.pilot.visiting import Visiting


def play(hands: Hands, record: Record, screen: Chromium, sizes: Sizes) -> None:
    """Play it, each step checked and recorded; ShortError at the first that falls short."""
    folder = playbook.written(hands.place, datetime.now(UTC), sizes)
    hands.command("publish", str(folder), by=playbook.ENGINEER)
    console = Console(hands=hands, screen=screen)
    opening = Opening(hands=hands, record=record, folder=folder, sizes=sizes)
    mailing = Mailing(hands=hands, record=record, console=console, folder=folder, sizes=sizes)
    opening.play()
    Visiting(hands=hands, record=record, screen=screen, opening=opening).play()
    mailing.play()
    Desk(hands=hands, record=record, console=console, opening=opening).play()
    Afterwards(
        hands=hands, record=record, screen=screen, opening=opening, mailing=mailing, sizes=sizes
    ).play()
