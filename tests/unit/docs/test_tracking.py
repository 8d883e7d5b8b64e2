"""docs/tracking.md says only what is so: packages, options, events, codes."""

import importlib
import inspect
import json
import re
import tomllib
from pathlib import Path

import pytest

from cli.checking import check
from cli.files import SourceFile
from cli.main import commands
from functions.track import problems
from rapport import schemas
from rapport.domain.wire import Refusal
from rapport.extraction import FIELDS, MAX_READ

REPO = Path(__file__).resolve().parents[3]
PAGE = (REPO / "docs" / "tracking.md").read_text(encoding="utf-8")
# Where the client of each Python package is.
CLIENTS = {
    "segment-analytics-python": "segment.analytics.client",
    "rudder-sdk-python": "rudderstack.analytics.client",
    "customerio-cdp-analytics": "customerio.analytics.client",
}


def table(section: str, column: str) -> dict[str, list[str]]:
    """The first table with that first column: per row its first cell, and the others."""
    text = PAGE.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0].split(f"| {column} |", 1)[1]
    lines = [line for line in text.split("\n\n", 1)[0].splitlines() if line.startswith("|")][1:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in rows}


PACKAGES = {
    package: re.findall(r"`(\w+)`", cells[0])
    for section in ("In pages", "On servers")
    for package, cells in table(section, "package").items()
}


def test_every_sdk_that_the_tests_play_is_told_and_no_other() -> None:
    node = json.loads((REPO / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    python = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    groups = json.dumps(python["dependency-groups"])
    assert len(PACKAGES) == 11
    assert set(PACKAGES) - set(node) == set(CLIENTS)
    # What deploys, builds the tracker, and looks at pages as a screen reader would.
    assert set(node) - set(PACKAGES) == {"aws-cdk", "axe-core", "esbuild"}
    assert all(f'"{package}>=' in groups for package in CLIENTS)


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_an_sdk_takes_the_options_that_the_page_names(package: str) -> None:
    if package in CLIENTS:
        client = importlib.import_module(CLIENTS[package]).Client
        assert set(PACKAGES[package]) <= set(inspect.signature(client).parameters)
        return
    files = (REPO / "node_modules" / package).rglob("*.js")
    own = [file for file in files if f"{package}/node_modules" not in file.as_posix()]
    code = "\n".join(file.read_text(encoding="utf-8") for file in own)
    assert [name for name in PACKAGES[package] if not re.search(rf"\b{name}\b", code)] == []


def test_every_example_uses_its_package_with_those_options() -> None:
    blocks = re.findall(r"```(?:js|python)\n(.*?)```", PAGE, re.DOTALL)
    for package, options in PACKAGES.items():
        name = CLIENTS.get(package, package).split(".")[0]
        [block] = [each for each in blocks if re.search(rf'(?:"|from |or ){name}\b[^-]', each)]
        assert [option for option in options if f"{option}:" not in block.replace("=", ":")] == []


def test_every_field_that_names_a_person_is_told() -> None:
    section = PAGE.split("## Identifiers\n", 1)[1].split("\n## ", 1)[0]
    told = {name for row in re.findall(r"^\|.*", section, re.MULTILINE) for name in row.split("`")}
    assert {field for fields in FIELDS.values() for field in fields} <= told
    assert f"up to {MAX_READ} entries" in " ".join(section.split())


def test_every_example_message_is_read_as_it_was_meant(tmp_path: Path) -> None:
    [samples] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "samples.ndjson"
    file.write_text(samples, encoding="utf-8")
    found = check(file)
    assert len(found) == 6
    assert [checked for checked in found if not checked.fine or checked.type == "track"] == []


def test_the_fields_of_a_key_are_all_there_but_the_brand() -> None:
    assert set(table("Keys", "field")) == set(SourceFile.__struct_fields__) - {"brand"}


def test_the_refusals_are_those_of_the_door() -> None:
    section = "What is refused, and where it shows"
    told = {code: int(cells[0]) for code, cells in table(section, "code").items()}
    about = (401, 403, 429, 503)
    there_are = [each for each in vars(problems).values() if isinstance(each, problems.Problem)]
    assert told == {each.code: each.status for each in there_are if each.status in about}
    messages = {code: cells[0] for code, cells in table(section, "code of a message").items()}
    assert messages == {refusal.value: refusal.meaning for refusal in Refusal}


def test_every_command_and_schema_cited_exists() -> None:
    single = {info.callback.__name__ for info in commands.registered_commands if info.callback}
    cited = set(re.findall(r"`rapport (\w+)", PAGE))
    assert cited <= single | {group.name for group in commands.registered_groups}
    slugs = set(re.findall(r"/schemas/([a-z-]+)", PAGE))
    assert slugs
    assert all(schemas.schema(slug) for slug in slugs)
