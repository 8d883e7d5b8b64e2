"""No identifier of a person stands in any output: what tests print is looked at, passing or not.

The persons of these tests have addresses that end in `.example`, and whoever is sent through a
door of these tests is known by cookie and user id from then on (`know`). A test whose captured
output names one of them fails, whatever else it proves; `tests.suites` looks at whole suites.
What an operator is shown on purpose is read through typer's `CliRunner`, which captures by itself.
"""

import re
from collections.abc import Generator, Iterable, Mapping
from typing import Any

import pytest

# The employer's own: the sender of playbooks/brand.yaml.
OURS = frozenset({"careers@halden.example"})
NAMING = frozenset({"anonymousId", "userId", "previousId"})
# Shorter ones are words of any log line.
SHORTEST = 8
_ADDRESS = re.compile(r"[\w.+'-]+(?:@|%40)(?:[a-z0-9-]+\.)+example\b", re.IGNORECASE | re.ASCII)
_known: set[str] = set()


def know(message: object) -> None:
    """Remember the cookies and user ids in a message, or in a batch of them."""
    if isinstance(message, Mapping):
        for name, value in message.items():
            if name in NAMING and isinstance(value, str) and len(value) >= SHORTEST:
                _known.add(value)
            know(value)
    elif isinstance(message, list | tuple):
        for each in message:
            know(each)


def leaks(text: str, persons: Iterable[str] | None = None) -> list[str]:
    """The identifiers of persons in a text; `persons` instead of those who are known so far."""
    found = {each for each in _ADDRESS.findall(text) if each.lower() not in OURS}
    found |= {each for each in (_known if persons is None else persons) if each in text}
    return sorted(found)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose captured output names a person."""
    report = yield
    # Each report repeats what earlier phases of its test printed.
    printed = [text for title, text in report.sections if title.endswith(report.when)]
    named = leaks("\n".join(printed))
    if named and not report.failed:
        report.outcome = "failed"
        report.longrepr = f"the captured output names {len(named)} identifier(s) of persons"
    return report
