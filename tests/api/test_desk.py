"""docs/openapi-desk.yaml is the operators' door: its routes, scopes, codes and answers."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from functions.desk.answers import PROBLEMS
from functions.desk.table import SERVED
from rapport.domain.event import Json
from rapport.domain.operators import Grant, Role
from rapport.operator_routes import OPERATOR_ROUTES, scope_of
from tests.support.operating import BRAND, Office, document, status

PAGE = Path(__file__).resolve().parents[2] / "docs" / "openapi-desk.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PAGE.read_text(encoding="utf-8"))
METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}
OPERATIONS = {
    f"{method.upper()} {path}": told
    for path, item in DOCUMENT["paths"].items()
    for method, told in item.items()
    if method in METHODS
}
BODIES: dict[str, Json] = {
    "stop": {"why": "asked"},
    "note": {"text": "called"},
    "write": {"subject": "Hello", "text": "Well?"},
    "switchSending": {"stopped": True},
}


@pytest.fixture(scope="module")
def office() -> Office:
    made = Office()
    made.hire("everybody", *(Grant(role=role, brand=BRAND) for role in Role))
    return made


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    table = {key for route in OPERATOR_ROUTES for key in route.keys}
    assert set(OPERATIONS) == set(SERVED) == table
    print(f"operators' inventory: {len(table)} routes, all described")


def test_a_route_is_described_in_the_words_of_the_table_with_its_scope() -> None:
    for route in OPERATOR_ROUTES:
        for key, method in zip(route.keys, route.methods, strict=True):
            assert OPERATIONS[key]["summary"] == route.meaning
            assert OPERATIONS[key]["security"] == [{"operator": [scope_of(method)]}]


def test_the_codes_of_problems_are_those_of_the_code() -> None:
    told = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert told == sorted(problem.code for problem in PROBLEMS)


def schema_of(operation: dict[str, Any], code: int) -> dict[str, Any]:
    """The schema of an answer, with what it refers to beside it."""
    told = operation["responses"].get(str(code))
    content = DOCUMENT["components"]["responses"]["Problem"] if told is None else told
    (kind,) = content["content"].values()
    return {**kind["schema"], "components": DOCUMENT["components"]}


@pytest.mark.parametrize("key", OPERATIONS)
def test_every_answer_is_as_described_good_and_bad(office: Office, key: str) -> None:
    who = office.everybody[0] if office.everybody else office.add("kari", country="NO", pool=True)
    office.open_tasks_again()
    query: dict[str, dict[str, str]] = {
        "GET /desk/v1/people": {"q": f"{who.mark}@people.example"},
        "GET /desk/v1/audit": {"person": who.id},
    }
    operation = OPERATIONS[key]
    good = office.ask(
        "everybody",
        key,
        body=BODIES.get(operation["operationId"]),
        query=query.get(key),
        headers={"if-match": f'"{office.sendings.row.version}"'},
        person=who.id,
        task=who.task,
    )
    bad = office.ask("everybody", key, claims={}, person=who.id)
    assert (status(good), status(bad)) == (int(next(iter(operation["responses"]))), 401)
    for answer in (good, bad):
        jsonschema_rs.validate(schema_of(operation, status(answer)), document(answer))
