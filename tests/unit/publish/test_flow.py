"""Facts go to the bus in order; what the bus refuses is delivered again."""

from datetime import UTC, datetime

from functions.publish.flow import TOGETHER, Publish, Result, ViewWrite
from rapport.domain.decision import FactRef
from rapport.domain.identifiers import PersonId
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
    assert Publish(bus=FakeBus(), finder=FakeFinder()).batch([write(1), write(2)]) == Result(published=0)


def test_facts_keep_the_order_of_the_stream() -> None:
    bus = FakeBus()
    writes = [write(n, f"a{n}", f"b{n}") for n in range(TOGETHER)]
    assert Publish(bus=bus, finder=FakeFinder()).batch(writes) == Result(published=2 * TOGETHER)
    assert [f.event_id for f, _ in bus.taken] == [
        f"{x}{n}" for n in range(TOGETHER) for x in ("a", "b")
    ]


def test_the_lowest_refused_position_is_the_one_to_deliver_from() -> None:
    bus = FakeBus(refuse={"late", "early"})
    done = Publish(bus=bus, finder=FakeFinder()).batch([write(1, "x"), write(2, "y", "early"), write(3, "late")])
    assert done == Result(published=2, again_from="2")


def test_nothing_is_put_behind_ten_that_were_not_all_taken() -> None:
    bus = FakeBus(refuse={"no"})
    writes = [write(1, *(f"first{n}" for n in range(TOGETHER - 1)), "no"), write(2, "second")]
    assert Publish(bus=bus, finder=FakeFinder()).batch(writes).again_from == "1"
    assert "second" not in {f.event_id for f, _ in bus.taken}
