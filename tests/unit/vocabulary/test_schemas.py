"""The schemas of the vocabulary: what they let pass, and that `problems` says the same."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport import schemas
from rapport.domain.event import Json
from rapport.seekers import READ
from rapport.vocabulary import TRACKED, Properties, Wished

NAMES = [schemas.slug(cls.event) for cls in TRACKED]
# What a tag manager may put where text or a number belongs.
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2000),
    st.floats(-5, 2000),
    st.text("abc é", max_size=5),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text("ab", max_size=2), st.none(), max_size=2),
)
FIELDS = sorted({field for cls in TRACKED for field in cls.__struct_fields__} | {"more"})


def served(name: str) -> dict[str, Any]:
    found = schemas.schema(name)
    assert found is not None
    read: dict[str, Any] = json.loads(json.dumps(found))
    return read


def test_every_event_that_can_be_tracked_is_in_the_index_and_leads_to_its_schema() -> None:
    listed = schemas.index()["schemas"]
    assert isinstance(listed, list)
    assert len(listed) == len(TRACKED)
    for row in listed:
        assert isinstance(row, dict)
        _, _, name, version = str(row["url"]).split("/")
        found = schemas.schema(name, version)
        assert found is not None
        assert (found["$id"], found["title"]) == (row["url"], row["name"])
        assert found == schemas.schema(name), "the latest is the only one yet"


@pytest.mark.parametrize(
    ("name", "version"),
    [("job-viewed", "2"), ("job-viewed", "01"), ("job viewed", None), ("decision", None), ("", "")],
)
def test_what_there_is_no_schema_of_has_none(name: str, version: str | None) -> None:
    assert schemas.schema(name, version) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_by_its_own_dialect_and_its_example_keeps_it(name: str) -> None:
    schema = served(name)
    jsonschema_rs.meta.validate(schema)
    (example,), properties = schema["examples"], schema["properties"]
    jsonschema_rs.validate(schema, example)
    assert example.keys() == properties.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described_and_none_is_required(name: str) -> None:
    schema = served(name)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert all(isinstance(told, dict) and told["description"] for told in properties.values())
    jsonschema_rs.validate(schema, {})
    jsonschema_rs.validate(schema, {"colour_of_the_button": ["teal", None]})


@pytest.mark.parametrize(
    ("event", "properties"),
    [
        ("Job Viewed", {"category": None}),
        ("Job Viewed", {"job_id": 4105.5}),
        ("Job Searched", {"results": -1}),
        ("Application Started", {"email": ["ana@inbox.halden.example"]}),
        ("Application Step Completed", {"step": "2"}),
        ("Application Step Completed", {"step": 0}),
        ("Application Step Completed", {"step": True}),
        ("Event Registered", "open-day-2026"),
    ],
)
def test_what_is_wrong_is_told_beforehand(event: str, properties: Json) -> None:
    assert not jsonschema_rs.is_valid(served(schemas.slug(event)), properties)
    (told,) = schemas.problems(event, properties)
    assert told.endswith(".")
    if isinstance(properties, dict):
        assert told.startswith(next(iter(properties)))


@pytest.mark.parametrize(
    ("event", "properties"),
    [
        ("Application Step Completed", {"job_id": 4105, "step": 2.0}),
        ("Job Searched", {"results": 0}),
        ("Job Viewed", {"job_id": "4105", "salary": {"min": None}}),
    ],
)
def test_numbers_however_written_and_whatever_else_is_sent_are_welcome(
    event: str, properties: Json
) -> None:
    assert jsonschema_rs.is_valid(served(schemas.slug(event)), properties)
    assert schemas.problems(event, properties) == ()


@given(
    st.sampled_from(TRACKED),
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4),
)
def test_schema_and_problems_agree_on_whatever_is_sent(
    cls: type[Properties], properties: dict[str, Json]
) -> None:
    valid = jsonschema_rs.is_valid(served(schemas.slug(cls.event)), properties)
    assert valid is not bool(schemas.problems(cls.event, properties))


def test_events_outside_of_the_vocabulary_are_free() -> None:
    assert schemas.problems("track", {"job_id": []}) == ()
    assert schemas.problems("Job Viewed", None) == ()


def test_every_wish_that_a_form_may_ask_for_is_read_by_matching() -> None:
    person = {"email", "first_name", "category"}
    assert set(Wished.__struct_fields__) - person <= READ
