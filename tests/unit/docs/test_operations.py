"""docs/operations.md names every metric and alarm there is, and no command that there is not."""

import re
from pathlib import Path

from typer.core import TyperGroup
from typer.main import get_command

from cli.main import commands

REPO = Path(__file__).resolve().parents[3]
PAGE = (REPO / "docs" / "operations.md").read_text(encoding="utf-8")
FUNCTIONS = sorted(path.parent for path in (REPO / "functions").glob("*/handler.py"))


def test_every_metric_is_listed_with_its_function_and_no_other() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (`[A-Z]\w+`(?:, `\w+`)*) \|$", PAGE, re.MULTILINE))
    assert set(rows) == {folder.name for folder in FUNCTIONS}
    for folder in FUNCTIONS:
        told = re.findall(r"`(\w+)`", rows[folder.name])
        code = (folder / "handler.py").read_text(encoding="utf-8")
        # `tell_fault` counts for every handler that calls it.
        code += '{"Faults"}' if "tell_fault(" in code else ""
        # Some flows name what they come to as the metrics are named; some have modules beside them.
        named = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py")) + code
        assert [name for name in told if f'"{name}"' not in named] == []
        told_to_metrics = re.findall(r'"([A-Z][a-z][A-Za-z]+)"(?=[:,}]| if|\n)', code)
        assert set(told_to_metrics) <= set(told), folder.name


def test_every_kind_of_alarm_is_explained() -> None:
    code = (REPO / "infra" / "constructs" / "alarms.py").read_text(encoding="utf-8")
    kinds = re.findall(r'_alarm\(scope, "(\w+)"', code)
    assert kinds
    names = re.findall(r"`([\w<>]+)`", PAGE)
    assert [kind for kind in kinds if not any(name.endswith(kind) for name in names)] == []


def test_every_command_of_rapport_that_is_cited_exists() -> None:
    group = get_command(commands)
    assert isinstance(group, TyperGroup)
    cited = set(re.findall(r"`rapport (\w+)", PAGE))
    assert cited
    assert cited <= set(group.commands)
