"""Whether calls and answers are as `docs/openapi-desk.yaml` describes them."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from tests.support.synth import REPO

_JSON = "application/json"


@cache
def _described() -> Any:
    return yaml.safe_load((REPO / "docs/openapi-desk.yaml").read_text(encoding="utf-8"))


def operation_of(method: str, path: str) -> tuple[str, Any]:
    """The route's key and its operation; of two that fit the one with fewer parameters."""
    paths = sorted(_described()["paths"].items(), key=lambda found: found[0].count("{"))
    for each, operations in paths:
        short = each.removeprefix("/desk/v1")
        pattern = re.sub(r"\{\w+\}", "[^/]+", short)
        if re.fullmatch(pattern, path) and method.lower() in operations:
            return f"{method} {short}", operations[method.lower()]
    return f"{method} {path}", None


def done_by(key: str) -> int:
    """The status of an operation that went well."""
    method, _, path = key.partition(" ")
    return int(next(iter(_described()["paths"][f"/desk/v1{path}"][method.lower()]["responses"])))


def of_request(key: str, operation: Any, query: Mapping[str, str], body: Any) -> Iterator[str]:
    """Where a call is not as the operation says."""
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    yield from (f"{key}: no parameter {name}" for name in query.keys() - known)
    described = operation.get("requestBody")
    if described is not None:
        yield from _unlike(body, described["content"][_JSON]["schema"], f"{key} asks")


def of_answer(key: str, operation: Any, status: int, body: Any) -> Iterator[str]:
    """Where an answer is not as the operation says."""
    content = operation["responses"][str(status)]["content"]
    if _JSON in content:
        yield from _unlike(body, content[_JSON]["schema"], f"{key} tells")


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def _unlike(value: Any, schema: Any, place: str) -> Iterator[str]:
    """Where a document is not as its schema says; of JSON Schema what the description uses."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _unlike(value, _described()["components"]["schemas"][name], place)
        return
    if "oneOf" in schema:
        if all([*_unlike(value, each, place)] for each in schema["oneOf"]):
            yield f"{place}: none of several"
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{place}: {type(value).__name__} is not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value} is none of {schema['enum']}"
    if isinstance(value, dict):
        yield from _unlike_object(value, schema, place)
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _unlike(each, schema.get("items", {}), f"{place}[{number}]")


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


def _unlike_object(value: dict[str, Any], schema: Any, place: str) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    yield from (
        f"{place}: lacks {name}" for name in schema.get("required", ()) if name not in value
    )
    for name, each in value.items():
        if name in properties:
            yield from _unlike(each, properties[name], f"{place}.{name}")
        elif others is False:
            yield f"{place}: {name} is not described"
        elif isinstance(others, dict):
            yield from _unlike(each, others, f"{place}.{name}")
