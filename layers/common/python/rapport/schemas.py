"""The vocabulary for machines: a JSON Schema of each event's `properties`, made from its class.

`index()` lists what may be tracked, `schema()` gives one, `problems()` tells beforehand what a
reader could not use. A schema describes and refuses nothing: more properties are welcome, and what
breaks it is stored all the same.
"""

from collections.abc import Mapping
from typing import cast

import msgspec

from rapport.domain.event import Json
from rapport.domain.statements import whole
from rapport.events import VOCABULARY
from rapport.vocabulary import TRACKED, Properties

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PATH = "/schemas"


def slug(event: str) -> str:
    """The name of an event as it stands in a path: `job-viewed`."""
    return event.lower().replace(" ", "-")


def path(cls: type[Properties]) -> str:
    """Where the schema of an event is served; a schema's `$id`, relative to any host."""
    return f"{PATH}/{slug(cls.event)}/{cls.schema_version}"


def index() -> dict[str, Json]:
    """All schemas there are."""
    return {
        "schemas": [
            {
                "name": cls.event,
                "version": cls.schema_version,
                "url": path(cls),
                "meaning": _meaning(cls),
            }
            for cls in TRACKED
        ]
    }


def schema(name: str, version: str | int | None = None) -> dict[str, Json] | None:
    """The schema of a slug, without a version the latest; None when there is none such."""
    found = next((cls for cls in TRACKED if slug(cls.event) == name), None)
    if found is None or version not in {None, found.schema_version, str(found.schema_version)}:
        return None
    return _schema(found)


def problems(event: str, properties: Json) -> tuple[str, ...]:
    """Which properties of a stored type have a wrong type or value, each in a sentence.

    Nothing for an event outside of the vocabulary; properties that it does not name are free.
    """
    cls = VOCABULARY.get(event)
    if cls is None or properties is None:
        return ()
    if not isinstance(properties, Mapping):
        return ("properties must be an object.",)
    found = []
    for field in msgspec.structs.fields(cls):
        if field.encode_name not in properties:
            continue
        try:
            msgspec.convert(whole(properties[field.encode_name]), field.type)
        except msgspec.ValidationError as error:
            found.append(f"{field.encode_name}: {error}.")
    return tuple(found)


def _schema(cls: type[Properties]) -> dict[str, Json]:
    _, components = msgspec.json.schema_components((cls,), ref_template="#/$defs/{name}")
    made = cast("dict[str, dict[str, dict[str, dict[str, Json]]]]", components)
    properties = made[cls.__name__]["properties"]
    described: dict[str, Json] = {
        # A default is how Rapport reads what is missing, nothing that a sender should send.
        name: {key: value for key, value in told.items() if key != "default"}
        for name, told in properties.items()
    }
    return {
        "$schema": DIALECT,
        "$id": path(cls),
        "title": cls.event,
        "description": f"The `properties` of a track call “{cls.event}”. {_meaning(cls)}",
        "type": "object",
        "properties": described,
        "additionalProperties": True,
        "examples": [
            {name: cast("list[Json]", told["examples"])[0] for name, told in properties.items()}
        ],
    }


def _meaning(cls: type[Properties]) -> str:
    return " ".join((cls.__doc__ or "").split())
