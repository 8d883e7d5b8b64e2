"""Operators and the trail, in memory and in the table: the same words for both."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from rapport.adapters.dynamo.audits import DynamoAudits
from rapport.adapters.dynamo.operators import DynamoOperators
from rapport.auditing import Audits, Ended, Entry
from rapport.domain.operators import Grant, Operator, Role
from rapport.operators import Operators
from tests.support import on_moto
from tests.support.operating import FakeAudits, FakeOperators

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(params=["memory", "table"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[Operators, Audits]]:
    if request.param == "memory":
        yield FakeOperators(), FakeAudits()
        return
    with on_moto.tables():
        book = on_moto.TABLES["book"]
        yield DynamoOperators(book), DynamoAudits(book)


def entry(number: int, *, about: str = "") -> Entry:
    return Entry(
        id=f"r-{number}",
        at=AT + timedelta(minutes=number),
        who="s-1",
        action="view:GET",
        ended=Ended.DONE,
        about=about,
        fields=("identities",) if about else (),
        status=200,
    )


def test_operators_are_found_changed_listed_and_removed(stores: tuple[Operators, Audits]) -> None:
    operators, _ = stores
    grant = Grant(role=Role.RECRUITER, brand="halden", country="NO")
    rita = Operator(subject="s-1", name="rita", grants=(grant,), added_at=AT)
    ann = Operator(subject="s-2", name="ann")
    operators.put(rita)
    operators.put(ann)
    assert [*operators.all()] == [ann, rita]
    assert operators.get("s-1") == rita
    operators.remove("s-1")
    operators.remove("s-1")
    assert operators.get("s-1") is None
    assert [*operators.all()] == [ann]


def test_the_trail_is_read_by_day_and_by_person_the_newest_first(
    stores: tuple[Operators, Audits],
) -> None:
    _, audits = stores
    told = [entry(n, about="p_kari" if n % 2 else "sending") for n in range(5)]
    for each in (*told, *told):
        audits.put(each)
    first = audits.of("2026-11-23", limit=3)
    rest = audits.of("2026-11-23", after=first.after, limit=3)
    assert [*first.entries, *rest.entries] == told[::-1]
    assert rest.after == ""
    assert [*audits.of("p_kari").entries] == [told[3], told[1]]
    assert [*audits.of("2026-11-24").entries] == []
