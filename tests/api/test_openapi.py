"""docs/openapi.yaml is the door: its routes, its codes, its vocabulary, no more and no less."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.track import problems
from functions.track.problems import Problem
from rapport import schemas
from rapport.domain import wire
from rapport.domain.wire import Refusal
from rapport.routes import REST, ROUTES
from rapport.vocabulary import TRACKED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PAGE.read_text(encoding="utf-8"))
METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}
# What the gateway calls `/` and `/{path+}`: OpenAPI has no sign for a path of any depth.
ANYTHING = "/{anything}"


def operations() -> dict[str, dict[str, Any]]:
    """Operation by the gateway's name for its route."""
    return {
        f"{method.upper()} {path}": told
        for path, item in DOCUMENT["paths"].items()
        for method, told in item.items()
        if method in METHODS
    }


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    table = {key for route in ROUTES for key in route.keys}
    rest = {f"{method} {ANYTHING}" for route in REST for method in route.methods}
    assert set(operations()) == table | rest
    print(f"inventory: {len(ROUTES)} paths, {len(table)} routes, all described")


def test_a_route_is_described_in_the_words_of_the_table() -> None:
    told = operations()
    for route in ROUTES:
        if route.function == "track":
            assert told[route.keys[0]]["summary"] == route.meaning


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [told["operationId"] for told in operations().values()]
    assert len(set(names)) == len(names)


def test_every_code_that_the_door_answers_is_listed() -> None:
    whole = {each.code for each in vars(problems).values() if isinstance(each, Problem)}
    listed = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert listed == sorted(whole | {refusal.value for refusal in Refusal})
    print(f"codes: {len(listed)}")


def test_the_vocabulary_is_referred_to_by_what_the_door_serves() -> None:
    told = DOCUMENT["components"]["schemas"]["Track"]["x-vocabulary"]
    assert told == {cls.event: schemas.path(cls) for cls in TRACKED}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.values])
def test_a_closed_part_of_a_path_lists_what_it_may_be(route: Any) -> None:
    item = DOCUMENT["paths"][route.path]
    shared = DOCUMENT["components"]["parameters"]
    found = {
        each["name"]: each
        for each in (
            shared.get(p.get("$ref", "").rpartition("/")[2], p) for p in item["parameters"]
        )
    }
    for name, values in route.values.items():
        assert tuple(found[name]["schema"]["enum"]) == values


def test_numbers_are_those_of_the_code() -> None:
    batch = DOCUMENT["components"]["schemas"]["Batch"]["properties"]["batch"]
    assert batch["maxItems"] == wire.MAX_BATCH
    words = DOCUMENT["components"]["schemas"]["Message"]["description"]
    for number in (
        f"{wire.MAX_MESSAGE_BYTES >> 10} KiB",
        f"{wire.MAX_DEPTH} levels",
        f"{wire.MAX_KEYS} keys",
        f"{wire.MAX_STRING_CHARS}\ncharacters",
    ):
        assert number in words
