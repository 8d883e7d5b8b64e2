"""docs/security.md names tests that exist, and says where there is none."""

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
PAGE = (REPO / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| risk ")
]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert named
    sources = {path: (REPO / path).read_text(encoding="utf-8") for path, _ in named}
    assert [f"{path}::{name}" for path, name in named if f"def {name}(" not in sources[path]] == []


def test_what_has_no_test_says_that_it_is_open_or_why_it_needs_none() -> None:
    for risk, answer, test in ROWS:
        told = "::" in test or test == "by design" or "*open*" in f"{answer} {test}".lower()
        assert told, risk


def test_every_row_of_the_checklist_is_spoken_of() -> None:
    told = {int(number) for number in re.findall(r"\bS(\d+)\b", PAGE)}
    assert told == set(range(1, 29))
