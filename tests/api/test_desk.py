"""docs/openapi-desk.yaml is the operators' door: its routes, scopes, codes and answers."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from functions.desk.answers import JSON, PROBLEMS, Answer
from functions.desk.table import SERVED
from rapport.domain.operators import Grant, Role
from rapport.operator_routes import OPERATOR_ROUTES, scope_of
from tests.support.desk_calls import QUERIES, body_of, path_of
from tests.support.operating import BRAND, Office, Somebody, document, status, told

PAGE = Path(__file__).resolve().parents[2] / "docs" / "openapi-desk.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PAGE.read_text(encoding="utf-8"))
METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}
OPERATIONS = {
    f"{method.upper()} {path}": told
    for path, item in DOCUMENT["paths"].items()
    for method, told in item.items()
    if method in METHODS
}


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
def test_every_answer_is_as_described_good_and_bad(key: str) -> None:
    office = Office()
    office.hire("everybody", *(Grant(role=role, brand=BRAND) for role in Role))
    who = office.add("kari", country="NO", pool=True)
    named = path_of(office.rooms.furnish(), who.id)
    begun(office, who, named, key)
    operation = OPERATIONS[key]
    good = office.ask(
        "everybody",
        key,
        body=body_of(key, who.id, office.rooms.saving.live()[0]),
        query=QUERIES.get(key),
        headers={"if-match": f'"{office.sendings.row.version}"'} if "sending" in key else {},
        task=who.task,
        path=named,
    )
    bad = office.ask("everybody", key, claims={}, path=named)
    wanted = int(next(iter(operation["responses"])))
    assert (status(good), status(bad)) == (wanted, 401), told(good)
    for answer in (good, bad):
        schema = schema_of(operation, status(answer))
        assert not isinstance(answer, Answer) or answer.kind != JSON or schema
        jsonschema_rs.validate(schema, document(answer))


def begun(office: Office, who: Somebody, named: dict[str, str], key: str) -> None:
    """What has to have happened for the call to be a good one."""
    rooms = office.rooms
    if key == "GET /desk/v1/erasures/{erasure}":
        asked = office.ask(
            "everybody",
            "POST /desk/v1/people/{person}/erasure",
            body={"confirm": f"erase {who.id}", "why": "they asked"},
            person=who.id,
        )
        named["erasure"] = document(asked)["erasure"]
    if key == "GET /desk/v1/tables/{table}":
        asked = office.ask("everybody", "POST /desk/v1/tables", body={"when": "true"})
        named["table"] = document(asked)["table"]
        office.write_tables()
    if key.endswith("/campaigns/{campaign}"):
        # One that is under way is not taken away.
        return
    if key.endswith(("/pause", "/resume", "/cancel", "/result")):
        rooms.campaigns().launch(named["campaign"], by="liv")
