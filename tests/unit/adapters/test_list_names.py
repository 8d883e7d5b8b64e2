"""The names of lists, in memory and in the table: the same words for both."""

from collections.abc import Iterator

import pytest

from rapport.adapters.dynamo.lists import DynamoListNames
from rapport.listing import ListNames
from tests.support import on_moto
from tests.support.finding import FakeListNames


@pytest.fixture(params=["memory", "table"])
def names(request: pytest.FixtureRequest) -> Iterator[ListNames]:
    if request.param == "memory":
        yield FakeListNames()
        return
    with on_moto.tables():
        yield DynamoListNames(on_moto.TABLES["book"])


def test_a_name_is_kept_once_and_all_are_told_in_order(names: ListNames) -> None:
    assert [*names.all()] == []
    for key in ("spring", "autumn", "spring"):
        names.note(key)
    assert [*names.all()] == ["autumn", "spring"]
