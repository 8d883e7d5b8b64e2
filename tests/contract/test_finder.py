"""Rows of the finder, in memory and in DynamoDB alike: the view's later version stands."""

from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.domain.finder import shard_of
from rapport.domain.identifiers import PersonId
from rapport.ports import FinderChange
from tests.contract.conftest import Stores
from tests.support.finding import FakeFinder


def test_a_row_is_written_by_the_latest_view_listed_and_taken_away(stores: Stores) -> None:
    fake = stores.name == "fake"
    finder = FakeFinder() if fake else DynamoFinder(TABLE_NAMES["people"])
    ana, ben = _two_of_one_partition()

    def put(person: PersonId, version: int | None, row: bytes | None) -> None:
        finder.put(FinderChange(person=person, version=version, row=row))

    put(ana, 3, b"three")
    put(ana, 2, b"two")
    put(ana, 2, None)
    put(ana, 3, b"again")
    assert finder.row(ana) == b"three"
    put(ana, 4, b"four")
    put(ben, 1, b"one")
    page = finder.page(shard_of(ana), after=None)
    assert [*page.rows] == sorted([(ana, b"four"), (ben, b"one")])
    assert (page.read_units, page.after) == (0.5, None)
    last = max(ana, ben)
    assert [person for person, _ in finder.page(shard_of(ana), after=min(ana, ben)).rows] == [last]
    put(ana, 5, None)
    assert finder.row(ana) is None
    put(ben, None, None)
    assert not finder.page(shard_of(ana), after=None).rows


def _two_of_one_partition() -> tuple[PersonId, PersonId]:
    first = PersonId("p_0")
    others = (PersonId(f"p_{number}") for number in range(1, 1000))
    return first, next(each for each in others if shard_of(each) == shard_of(first))
