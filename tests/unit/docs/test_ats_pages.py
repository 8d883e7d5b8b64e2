"""The pages on dropped files and on pushes say what the code does."""

import json
import re
from pathlib import Path

from rapport.filedrop import checking, mapping
from rapport.pushes import OWNERS

DOCS = Path(__file__).resolve().parents[3] / "docs"
FILES = (DOCS / "ats-files.md").read_text(encoding="utf-8")
PUSH = (DOCS / "ats-push.md").read_text(encoding="utf-8")
CODE = "".join(
    path.read_text(encoding="utf-8")
    for path in [
        *Path(checking.__file__).parent.glob("*.py"),
        Path(__file__).resolve().parents[3] / "functions" / "sync" / "drop.py",
    ]
)


def test_the_examples_of_mappings_are_mappings() -> None:
    blocks = re.findall(r"```json\n(.*?)```", FILES, re.DOTALL)
    found = [each for block in blocks for each in mapping.mappings(json.loads(block))]
    assert {each.kind for each in found} == {*mapping.KINDS}
    assert "All of these are unproven" in FILES


def test_every_field_and_every_reason_is_on_the_page() -> None:
    told = {*re.findall(r"`([\w.]+)`", FILES)}
    assert mapping.FIELDS - told == set()
    reasons = {*re.findall(r'reason="(\w+)"|reason = "(\w+)"|bad="(\w+)"|msg = "(\w+)"', CODE)}
    named = {word for group in reasons for word in group if word}
    assert named - told == set()


def test_who_owns_which_field_is_told_as_it_is() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (ATS|Rapport) \| (once|never) \|$", PUSH, re.MULTILINE)
    assert {field: (owner, pushed == "once") for field, owner, pushed in rows} == dict(OWNERS)
