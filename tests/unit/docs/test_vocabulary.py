"""docs/events.md and docs/reasons.md list what the code lists, and nothing else."""

import ast
import re
from pathlib import Path

from rapport.domain.reasons import OPENS_LATER, SENT, Reason
from rapport.events import FACTS, VOCABULARY

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


def _rows(page: str) -> list[list[str]]:
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    tables = [line for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in tables[2:]]


def test_every_event_is_documented_with_its_properties_and_its_fact() -> None:
    expected = {
        name: [
            "the engine" if cls.engine_only else "tracking",
            ", ".join(f"`{field}`" for field in cls.__struct_fields__) or "–",
            "–" if cls.fact is None else f"`{cls.fact.name}`",
            "yes" if cls.fact is not None and cls.fact.starts_playbooks else "no",
        ]
        for name, cls in VOCABULARY.items()
    }
    assert {row[0].strip("`"): row[1:] for row in _rows("events.md")} == expected


def test_the_name_of_an_event_is_spelled_in_one_place() -> None:
    # A fact may be called as its event is; it has that name of its own.
    spelled = set(VOCABULARY) - set(FACTS)
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ("layers", "functions", "cli", "infra")
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name != "names.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in spelled
    ]
    assert not found


def _outcome(reason: Reason) -> str:
    if reason in SENT:
        return "sent"
    return "waits, or not sent" if reason in OPENS_LATER else "not sent"


def test_every_reason_is_documented_with_its_own_sentence() -> None:
    expected = [[f"`{reason.value}`", _outcome(reason), reason.meaning] for reason in Reason]
    assert _rows("reasons.md") == expected


def test_links_between_pages_lead_somewhere() -> None:
    for page in sorted(DOCS.rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page} links to {target}"
