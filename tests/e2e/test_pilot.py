"""A small pilot on the deployed whole: the very steps of `make pilot`, which check themselves."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.pilot import playbook
from local.pilot.afterwards import Afterwards
from local.pilot.chromium import NAME, chromium
from local.pilot.hands import Hands, ShortError, expect
from local.pilot.mailing import Mailing
from local.pilot.opening import Opening
from local.pilot.pool import Sizes, suppressed, table
from local.pilot.record import Record
from local.pilot.visiting import Visiting
from local.progress import Teller
from tests.e2e.conftest import Live

SMALL = Sizes(rows=120, without_proof=5, suppressed=3)


def test_the_pool_has_as_many_of_each_kind_as_it_says_and_is_the_same_each_time() -> None:
    rows = table(SMALL).decode().splitlines()[1:]
    assert len(rows) == SMALL.rows
    assert sum(";none;" in row for row in rows) == SMALL.without_proof
    assert len(suppressed(SMALL)) == SMALL.suppressed
    assert table(SMALL) == table(SMALL)


def test_a_record_says_nothing_that_differs_from_run_to_run(tmp_path: Path) -> None:
    for name in ("one.md", "two.md"):
        record = Record(teller=Teller())
        step = record.begin("A step", who="Somebody", door="a door")
        step.figure("rows", 5000)
        record.done(step)
        record.write(tmp_path / name, ends="The end.")
    assert (tmp_path / "one.md").read_text() == (tmp_path / "two.md").read_text()
    assert "| rows | 5 000 |" in (tmp_path / "one.md").read_text()


def test_a_step_that_falls_short_ends_the_pilot() -> None:
    with pytest.raises(ShortError, match="letters: 3, not 4"):
        expect("letters", 3, 4)


@pytest.mark.skipif(shutil.which(NAME) is None, reason=f"no {NAME} on this machine")
def test_a_small_pilot_comes_to_what_it_should_in_every_step(live: Live, tmp_path: Path) -> None:
    hands = Hands(place=live.place, stack=live.described, folder=tmp_path)
    record = Record(teller=Teller())
    folder = playbook.written(live.place, datetime.now(UTC), SMALL)
    hands.command("publish", str(folder), by=playbook.ENGINEER)
    with chromium(tmp_path / "pilot") as screen:
        opening = Opening(hands=hands, record=record, folder=folder, sizes=SMALL)
        mailing = Mailing(hands=hands, record=record, folder=folder, sizes=SMALL)
        opening.play()
        Visiting(hands=hands, record=record, screen=screen, opening=opening).play()
        mailing.play()
        Afterwards(
            hands=hands,
            record=record,
            screen=screen,
            opening=opening,
            mailing=mailing,
            sizes=SMALL,
        ).play()
    print(f"\npilot of {SMALL.rows} people: steps {len(record.steps)}, short 0")
