"""`make pilot`: play the pilot on a stack of its own, and write `docs/pilot.md`.

PILOT_PEOPLE=120   a smaller pool; its record goes into the state folder, not into docs
"""

import os

from local.faults import command
from local.layout import REPO, Place
from local.pilot.chromium import chromium
from local.pilot.hands import Hands
from local.pilot.pool import Sizes
from local.pilot.record import Record
from local.pilot.whole import play
from local.progress import Teller
from local.stack import running

FULL = Sizes()
ENDS = """\
## What only a real account can show

- That mail arrives: SPF, DKIM, DMARC and MAIL FROM of your domain, and what mailbox providers make
  of it. The doctor looks at all of these, and `golive` refuses until they are as they must be.
- SES itself: production access, its quota and pace, its own reports of bounces and complaints. Here
  they were put where SES puts them, in its shapes.
- Days: the ramp's second day, a week of quiet hours, a reminder after twenty hours. Here an hour of
  a playbook is a second, and one day of the ramp was played.
- Speed and cost. The local AWS is one process; it reads one stream at a time, and bills nobody.
- A virus scanner for uploads, an alarm that wakes somebody, an identity provider of your own.
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
        record = Record(teller=teller)
        play(Hands(place=place, stack=stack, folder=folder), record, screen, sizes)
        record.write(docs / "pilot.md", ends=ENDS)
        teller.say(f"As expected in every step; written: {docs / 'pilot.md'}.")
    return 0


if __name__ == "__main__":
    command(main)
