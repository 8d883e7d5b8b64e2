"""Facts go to the bus in order; what the bus refuses is delivered again."""

from datetime import UTC, datetime

from functions.publish.flow import TOGETHER, Publish, Result, ViewWrite
from rapport.domain.decision import FactRef
from rapport.domain.identifiers import PersonId
from rapport.ports import FinderChange
from tests.support.fakes import FakeBus
from tests.support.finding import FakeFinder

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fact(event_id: str) -> FactRef:
    return FactRef(
        name="TalentNetworkJoined",
        event_id=event_id,
        person=PersonId("p_1"),
        origin="live",
        occurred_at=NOON,
        received_at=NOON,
        log_pk="anon#a",
        log_sk=f"2026-03-02T12#site#{event_id}",
    )


def write(position: int, *event_ids: str) -> ViewWrite:
    return ViewWrite(position=str(position), facts=tuple((fact(e), 1) for e in event_ids))


def test_a_view_without_facts_says_nothing() -> None:
    assert Publish(bus=FakeBus(), finder=FakeFinder()).batch([write(1), write(2)]) == Result(
        published=0
    )


def test_facts_keep_the_order_of_the_stream() -> None:
    bus = FakeBus()
    writes = [write(n, f"a{n}", f"b{n}") for n in range(TOGETHER)]
    assert Publish(bus=bus, finder=FakeFinder()).batch(writes) == Result(published=2 * TOGETHER)
    assert [f.event_id for f, _ in bus.taken] == [
        f"{x}{n}" for n in range(TOGETHER) for x in ("a", "b")
    ]


def test_the_lowest_refused_position_is_the_one_to_deliver_from() -> None:
    bus = FakeBus(refuse={"late", "early"})
    done = Publish(bus=bus, finder=FakeFinder()).batch(
        [write(1, "x"), write(2, "y", "early"), write(3, "late")]
    )
    assert done == Result(published=2, again_from="2")


def test_nothing_is_put_behind_ten_that_were_not_all_taken() -> None:
    bus = FakeBus(refuse={"no"})
    writes = [write(1, *(f"first{n}" for n in range(TOGETHER - 1)), "no"), write(2, "second")]
    assert Publish(bus=bus, finder=FakeFinder()).batch(writes).again_from == "1"
    assert "second" not in {f.event_id for f, _ in bus.taken}


def rows(position: int, who: str, version: int | None, row: bytes | None) -> ViewWrite:
    change = FinderChange(person=PersonId(who), version=version, row=row)
    return ViewWrite(position=str(position), facts=(), finder=change)


def test_of_a_person_only_the_latest_row_of_a_batch_is_written() -> None:
    finder = FakeFinder()
    done = Publish(bus=FakeBus(), finder=finder).batch(
        [rows(1, "p_a", 1, b"one"), rows(2, "p_b", 4, b"b"), rows(3, "p_a", 2, b"two")]
    )
    assert (done.found, done.again_from, finder.puts) == (2, None, 2)
    assert finder.row(PersonId("p_a")) == b"two"


def test_an_older_row_never_takes_the_place_of_a_newer_one_and_the_gone_are_not_found() -> None:
    finder = FakeFinder()
    publish = Publish(bus=FakeBus(), finder=finder)
    publish.batch([rows(1, "p_a", 5, b"five")])
    publish.batch([rows(2, "p_a", 4, b"four")])
    assert finder.row(PersonId("p_a")) == b"five"
    publish.batch([rows(3, "p_a", 6, None)])
    assert finder.row(PersonId("p_a")) is None
    publish.batch([rows(4, "p_a", 7, b"back"), rows(5, "p_a", None, None)])
    assert finder.row(PersonId("p_a")) is None


def test_a_row_that_cannot_be_written_is_delivered_again_whatever_the_bus_took() -> None:
    finder, bus = FakeFinder(), FakeBus(refuse={"no"})
    finder.refuse = {PersonId("p_b")}
    writes = [rows(1, "p_a", 1, b"a"), rows(2, "p_b", 1, b"b"), write(3, "no")]
    assert Publish(bus=bus, finder=finder).batch(writes) == Result(
        found=1, published=0, again_from="2"
    )
    finder.refuse = set()
    assert Publish(bus=bus, finder=finder).batch(writes).again_from == "3"
    assert finder.row(PersonId("p_b")) == b"b"
