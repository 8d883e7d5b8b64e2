"""The pages of Greenhouse, Ashby and the standard name what is read, and show what is taken."""

import json
import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from types import ModuleType

import jsonschema_rs
import pytest

from rapport.adapters.ats import adapter_for, ashby, greenhouse, standard, standard_form
from rapport.domain.ats import Kind
from rapport.domain.event import Json
from rapport.errors import PoisonError
from tests.support.ats.histories import histories

DOCS = Path(__file__).resolve().parents[3] / "docs"
GREENHOUSE, ASHBY, STANDARD = (
    (DOCS / f"ats-{name}.md").read_text("utf-8") for name in ("greenhouse", "ashby", "standard")
)
NEEDS = re.compile(r"^\| (`\w+\.[^|]+) \| ([^|;]+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "adapter"),
    [(GREENHOUSE, greenhouse), (ASHBY, ashby)],
    ids=["greenhouse", "ashby"],
)
def test_every_event_that_is_read_is_in_its_table_and_no_other(
    section: str, adapter: ModuleType
) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    assert sorted(listed) == sorted({*adapter.READERS} - {"ping"})
    assert all(f"`{name}`" in section for name in adapter.SILENT)


def test_what_is_read_again_is_what_the_page_says() -> None:
    marks = {
        name: "*read again*" in row
        for name, row in re.findall(r"^\| `(\w+)` \|(.*)$", GREENHOUSE + ASHBY, re.MULTILINE)
    }
    found = {
        event.vendor_event: event.needs_refetch
        for history in histories()
        for each in history.deliveries
        if each.vendor in {greenhouse.ADAPTER.vendor, ashby.ADAPTER.vendor}
        for event in adapter_for(each.vendor).normalise(
            json.loads(each.body), each.headers, history.connection
        )
    }

    assert found == {name: marks[name] for name in found}
    assert {True, False} == {*found.values()}


def test_the_example_is_taken() -> None:
    found = re.search(r"```json\n(.*?)```", STANDARD, re.DOTALL)
    assert found
    example = json.loads(found[1])

    published = json.loads((DOCS / "ats-standard.schema.json").read_text("utf-8"))
    assert published == json.loads(json.dumps(standard.schema()))
    jsonschema_rs.validate(published, example)
    event = standard_form.decode(example)

    assert (event.kind, event.needs_refetch) == (Kind.APPLICATION_STAGE_CHANGED, False)
    assert event.says("/from_stage")


def test_every_type_needs_what_the_table_says_and_nothing_else() -> None:
    table = {
        name: re.findall(r"`([^`]+)`", needs)
        for names, needs in NEEDS.findall(STANDARD)
        for name in re.findall(r"`([^`]+)`", names)
    }
    assert {f"{standard_form.PREFIX}{name}" for name in table} == {*standard_form.TYPES}

    for name, needs in table.items():
        for there in product((True, False), repeat=len(needs)):
            given = [path for path, kept in zip(needs, there, strict=True) if kept]
            assert taken(name, given) == all(there), (name, given)


def taken(name: str, paths: list[str]) -> bool:
    data: dict[str, Json] = {}
    for path in paths:
        whose, key = path.rsplit(".", 1)
        held: Mapping[str, Json] = {key: "x"}
        if whose == "jobs[0]":
            data["jobs"] = [dict(held)]
        else:
            known = data.get(whose)
            data[whose] = {**(known if isinstance(known, dict) else {}), **held}
    envelope: dict[str, Json] = {
        "specversion": "1.0",
        "id": "1",
        "type": f"{standard_form.PREFIX}{name}",
        "source": "/x",
        "data": data,
    }
    try:
        standard_form.decode(envelope)
    except PoisonError:
        return False
    return True
