"""How far campaigns have come: in memory and in DynamoDB alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.adapters.dynamo.rehearsals import DynamoRehearsals
from rapport.domain.identifiers import PersonId
from rapport.domain.launch import Launch, State, changed, page_added
from rapport.launching import Chunk, Launches
from rapport.rehearsing import Rehearsal, Rehearsals, Tally
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.support.agency import FakeRehearsals
from tests.support.launches import FakeLaunches

PEOPLE = tuple(PersonId(f"p_{n}") for n in range(3))


@pytest.fixture
def launches(stores: Stores) -> Launches:
    return FakeLaunches() if stores.name == "fake" else DynamoLaunches(TABLE_NAMES["book"])


@pytest.fixture
def rehearsals(stores: Stores) -> Rehearsals:
    return FakeRehearsals() if stores.name == "fake" else DynamoRehearsals(TABLE_NAMES["book"])


def test_a_launch_is_stored_once_by_version(launches: Launches) -> None:
    assert launches.get("one") == Launch(campaign="one")
    first = replace(changed(Launch(campaign="one"), "kari"), at=NOW, begins=NOW)
    assert launches.save(first)
    assert not launches.save(first)
    assert launches.get("one") == first
    assert launches.save(replace(first, version=2, state=State.RUNNING))
    assert launches.get("one").state is State.RUNNING


def test_an_audience_is_written_with_the_launch_or_not_at_all(launches: Launches) -> None:
    soon, later = NOW, NOW + timedelta(hours=3)
    chunks = [
        Chunk(due=later, page=0, people=PEOPLE[:1]),
        Chunk(due=soon, page=0, people=PEOPLE[1:]),
    ]
    launch = page_added(Launch(campaign="two"), people=3, after="", whole=True)
    assert launches.save(launch, chunks)
    assert not launches.save(launch, [Chunk(due=soon, page=9, people=PEOPLE)])
    due = launches.chunks("two", since="", until=NOW, limit=2)
    assert list(due) == [chunks[1]]
    assert list(launches.chunks("two", since=due[0].name, until=later, limit=2)) == [*chunks[::-1]]
    assert launches.next_due("two", after="") == soon
    assert launches.next_due("two", after=due[0].name) == later
    assert launches.next_due("two", after=chunks[0].name) is None


def test_no_more_is_spent_than_the_bound(launches: Launches) -> None:
    assert launches.spent("three") == 0
    assert [launches.spend("three", most=2) for _ in range(3)] == [True, True, False]
    assert launches.spent("three") == 2


def test_a_rehearsal_is_counted_page_by_page(rehearsals: Rehearsals) -> None:
    assert rehearsals.last("four") is None
    asked = Rehearsal(campaign="four", run="r1", by="kari", at=NOW, fingerprint="f")
    assert rehearsals.save(asked)
    listed = replace(asked, version=2, pages=1, people=3, listed=True)
    assert rehearsals.save(listed, PEOPLE)
    assert not rehearsals.save(listed, PEOPLE)
    assert rehearsals.last("four") == listed
    assert list(rehearsals.page("four", "r1", 0)) == list(PEOPLE)
    assert list(rehearsals.page("four", "r1", 1)) == []
    assert list(rehearsals.tallies("four", "r1")) == [None]
    tally = Tally(now=1, held={"ramp": 1}, until={"ramp": 5}, never={"no_consent": 1})
    rehearsals.judged("four", "r1", 0, tally)
    assert list(rehearsals.tallies("four", "r1")) == [tally]
    assert rehearsals.save(replace(asked, run="r2"))
    assert list(rehearsals.tallies("four", "r2")) == []
