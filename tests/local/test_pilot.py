"""What the steps of `make pilot` are made of."""

from pathlib import Path

import pytest

from local.pilot.hands import ShortError, expect
from local.pilot.pool import Sizes, suppressed, table
from local.pilot.record import Record
from local.progress import Teller

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
