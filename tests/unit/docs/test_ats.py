"""docs/ats.md and the pages that it leads to say what the code does."""

import re
from pathlib import Path

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from cli.ats_setup import SET_UPS
from cli.main import commands
from rapport.adapters.ats import VENDORS, adapter_for
from rapport.ats import READABLE, Connection, Outcome, Verdict
from rapport.ats_telling import OF_APPLICATIONS, OF_CANDIDATES
from rapport.domain import names
from rapport.domain.ats import Kind, Speaks
from rapport.domain.reasons import Reason

REPO = Path(__file__).resolve().parents[3]
DOCS = REPO / "docs"
FRONT = (DOCS / "ats.md").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("ats*.md"))}
COMMAND = re.compile(r"rapport ats (\w+)((?: +[^`\n#]*)?)")


def _rows(heading: str) -> list[list[str]]:
    section = FRONT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _part_of(vendor: str) -> str:
    """What is written on a vendor: a page, or a section of one."""
    page = PAGES.get(f"ats-{vendor}.md")
    if page is not None:
        return page
    found = re.search(
        rf"^## {vendor}\n(.*?)^## ",
        PAGES["ats-others.md"],
        re.DOTALL | re.IGNORECASE | re.MULTILINE,
    )
    assert found, vendor
    return found[1]


def test_every_kind_of_event_is_on_the_front_page_with_what_it_becomes() -> None:
    told = {name: row[1] for row in _rows("What is synced") for name in _named(row[0])}

    assert set(told) == {kind.value for kind in Kind}
    logged = {kind.value for kind in OF_CANDIDATES | OF_APPLICATIONS}
    events = {value for key, value in vars(names).items() if key.isupper()}
    becomes = {kind: set(_named(what)) & events for kind, what in told.items()}
    assert {kind for kind, found in becomes.items() if found} == logged


def test_every_setting_of_a_connection_is_listed_and_no_other() -> None:
    listed = [name for row in _rows("Connecting, step by step") for name in _named(row[0])]

    assert sorted(listed) == sorted(Connection.__dataclass_fields__)


def test_who_may_speak_and_why_nothing_goes_out_are_words_of_the_code() -> None:
    heading = "Stages, and who writes about them"
    section = FRONT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    example = re.search(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert example
    settings = yaml.safe_load(example[1])
    section = section.replace(example[0], "")
    known = {reason.value for reason in Reason}

    assert {row[0].split(",")[0].strip("`") for row in _rows(heading)} == {*Speaks}
    assert {Speaks(who) for who in settings["speaks"].values()} == {*Speaks}
    assert {"ats_speaks", "stage_moved_on", "halted", "suppressed"} <= known & {*_named(section)}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_is_linked_and_its_success_is_the_one_that_is_answered(vendor: str) -> None:
    page = f"ats-{vendor}.md" if f"ats-{vendor}.md" in PAGES else "ats-others.md"
    answered = adapter_for(vendor).reply(Verdict(outcome=Outcome.GENUINE), {}, b"{}").status
    part = " ".join(_part_of(vendor).split())

    assert f"({page})" in FRONT
    assert f"Rapport says {answered}" in part or f"Success is {answered} and nothing else" in part


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_page_asks_for_what_reading_its_api_needs(vendor: str) -> None:
    set_up, part = SET_UPS[vendor], " ".join(_part_of(vendor).split())

    # Its API is read by what the page has asked for.
    asked = {*re.findall(r"--api (\w+)", part)}
    assert asked >= {*set_up.api}
    assert bool(set_up.api) == (vendor in READABLE)


def test_every_command_and_option_that_is_told_exists() -> None:
    group = get_command(commands)
    assert isinstance(group, TyperGroup)
    ats = group.commands["ats"]
    assert isinstance(ats, TyperGroup)
    told = [found for page in PAGES.values() for found in COMMAND.findall(page)]

    assert {name for name, _ in told} >= {
        "connect",
        "test",
        "stages",
        "backfill",
        "drift",
        "replay",
    }
    assert {name for name, _ in told} <= {*ats.commands}
    for name, rest in told:
        options = {opt for param in ats.commands[name].params for opt in param.opts}
        assert {*re.findall(r"--[\w-]+", rest)} <= options, name


def test_every_test_that_gives_a_figure_exists_and_prints_one() -> None:
    tests = [path for row in _rows("Figures") for path in _named(row[1])]

    assert tests
    assert [path for path in tests if "print(" not in (REPO / path).read_text("utf-8")] == []


def _named(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)
