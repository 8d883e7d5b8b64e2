"""A small pilot on the deployed whole: the very steps of `make pilot`, which check themselves."""

import shutil
from pathlib import Path

import pytest

from local.pilot.chromium import NAME, chromium
from local.pilot.hands import Hands
from local.pilot.pool import Sizes
from local.pilot.record import Record
from local.pilot.whole import play
from local.progress import Teller
from tests.e2e.conftest import Live

SMALL = Sizes(rows=120, without_proof=5, suppressed=3)


@pytest.mark.skipif(shutil.which(NAME) is None, reason=f"no {NAME} on this machine")
def test_a_small_pilot_comes_to_what_it_should_in_every_step(live: Live, tmp_path: Path) -> None:
    record = Record(teller=Teller())
    with chromium(tmp_path / "pilot") as screen:
        hands = Hands(place=live.place, stack=live.described, folder=tmp_path)
        play(hands, record, screen, SMALL)
    print(f"\npilot of {SMALL.rows} people: steps {len(record.steps)}, short 0")
