"""`make pilot`: play the pilot on a stack of its own, and write `docs/pilot.md`.

PILOT_PEOPLE=120   a smaller pool; then nothing is written but into the state folder
"""

import os
from datetime import UTC, datetime

from local.faults import command
from local.layout import REPO, Place
from local.pilot import playbook
from local.pilot.afterwards import Afterwards
from local.pilot.chromium import chromium
from local.pilot.hands import Hands
from local.pilot.mailing import Mailing
from local.pilot.opening import Opening
from local.pilot.pool import Sizes
from local.pilot.record import Record
from local.progress import Teller
from local.stack import running

FULL = Sizes()
ENDS = """\
## What only a real account can show
"""


def sized(people: int) -> Sizes:
    """A pool of so many, with shares as in the full one."""
    if people == FULL.rows:
        return FULL
    return Sizes(rows=people, without_proof=people // 25, suppressed=3)


def main() -> int:
    """Start, play, write, stop."""
    place, teller = Place.from_env(), Teller()
    sizes = sized(int(os.environ.get("PILOT_PEOPLE", "") or FULL.rows))
    docs = REPO / "docs" if sizes == FULL else place.state
    with running(place, teller) as stack, chromium(docs / "pilot") as screen:
        folder = place.state / "pilot"
        folder.mkdir(exist_ok=True)
        hands = Hands(place=place, stack=stack, folder=folder)
        record = Record(teller=teller)
        playbooks = playbook.written(place, datetime.now(UTC), sizes)
        hands.command("publish", str(playbooks), by=playbook.ENGINEER)
        opening = Opening(hands=hands, record=record, screen=screen, folder=playbooks, sizes=sizes)
        mailing = Mailing(hands=hands, record=record, folder=playbooks, sizes=sizes)
        opening.play()
        mailing.play()
        Afterwards(
            hands=hands,
            record=record,
            screen=screen,
            opening=opening,
            mailing=mailing,
            sizes=sizes,
        ).play()
        record.write(docs / "pilot.md", ends=ENDS)
        teller.say(f"As expected in every step; written: {docs / 'pilot.md'}.")
    return 0


if __name__ == "__main__":
    command(main)
