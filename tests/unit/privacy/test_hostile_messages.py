"""Erasures that two people ask for, that come twice, and whose worker dies half way."""

import pytest

from functions.privacy.flow import LOOK_AGAIN_SECONDS, Came
from rapport.domain.event import Json
from rapport.forgetting import State
from tests.support.fakes import START, CrashError
from tests.support.mailroom import ANA
from tests.unit.privacy.test_flow import BO, Office


def _gone(office: Office, email: str) -> None:
    """The store of people has forgotten them."""
    del office.room.people.views[office.people[email]]


def test_whoever_is_gone_already_is_nobody_and_no_dead_letter() -> None:
    office = Office()
    asked: dict[str, Json] = {"do": "erase", "person": office.people[ANA], "by": "dpo"}
    assert office.do(asked).erased == 1
    _gone(office, ANA)
    told = [
        office.do(asked),
        office.do({"do": "export", "person": office.people[ANA], "name": "x1"}),
        office.do({"do": "erase", "person": "p_of_nobody", "by": "dpo"}),
    ]
    assert told == [Came(said="nobody")] * 3
    assert len(office.erasures.rows) == 1
    assert office.exports == {}


def test_a_worker_that_dies_half_way_leaves_a_message_that_brings_it_to_its_end() -> None:
    deaths = 0
    for fail_after in range(9):
        office = Office()
        office.shelf.calls.fail_after = fail_after
        asked: dict[str, Json] = {"do": "erase", "person": office.people[ANA], "by": "dpo"}
        try:
            office.do(asked)
        except CrashError:
            deaths += 1
        else:
            break
        office.shelf.calls.fail_after = None
        _gone(office, ANA)
        assert office.do(asked) == Came(said="nobody"), "by the id nobody is found any more"
        [(message, after_s)] = office.queue.put_in
        assert after_s == LOOK_AGAIN_SECONDS
        assert office.do(message).erased == 1
        assert {each.state for each in office.erasures.rows.values()} == {State.DONE}
    print(f"erasures whose worker died {deaths}, left half way 0")
    assert deaths > 2


def test_a_second_look_that_is_out_of_time_goes_on_later() -> None:
    office = Office()
    assert office.erase(BO, until=START) == Came(said="going on")
    [(later, _), _] = office.queue.put_in
    assert office.do(later, until=START) == Came(said="going on")
    assert office.queue.put_in[-1][0]["do"] == "run"


@pytest.mark.parametrize("times", [2, 3])
def test_a_message_that_comes_again_after_the_end_changes_nothing(times: int) -> None:
    office = Office()
    office.erase(ANA)
    [(message, _)] = office.queue.put_in
    for _ in range(times):
        assert office.do(message) == Came(said="looked again")
    assert len(office.queue.put_in) == 1
