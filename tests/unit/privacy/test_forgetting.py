"""An erasure goes on from where it was left, whoever dies, and ends with a certificate."""

from dataclasses import replace

import pytest

from rapport.certificates import is_clean, is_genuine
from rapport.domain.identifiers import person_id
from rapport.domain.spellings import Needles, spellings
from rapport.domain.tombstones import traces_from_json, traces_to_json
from rapport.forgetting import MAX_ROUNDS, State
from tests.support.fakes import START, Calls, CrashError
from tests.support.forgetting import PLAN, TRACES, Desk
from tests.support.observed import ANA


def test_killed_after_each_call_it_ends_the_same() -> None:
    calm = Desk()
    calm.forgetting.begin(PLAN, why="asked", by="dpo")
    should = calm.run()
    assert should.certificate is not None
    deaths = 0
    for calls in range(len(calm.calls.names)):
        desk = Desk(Calls(fail_after=calls))
        desk.forgetting.begin(PLAN, why="asked", by="dpo")
        with pytest.raises(CrashError):
            desk.run()
        deaths += 1
        desk.calls.fail_after = None
        ended = desk.run()
        assert ended.state is State.DONE
        assert [shelf.rows for shelf in desk.shelves] == [0, 0, 0]
        assert ended.certificate is not None
        assert is_genuine(ended.certificate, desk.rings)
    print(f"killed at each of {deaths} calls: all ended")


def test_what_is_written_meanwhile_is_found_by_another_round() -> None:
    desk = Desk()
    desk.shelves[1].comes_back = 1
    desk.forgetting.begin(PLAN, why="asked", by="dpo")
    done = desk.run()
    assert done.round == 3
    assert done.total == {"marks": 2, "log": 3, "book": 2, "lines": 0}
    assert desk.run() == done
    desk = Desk()
    desk.shelves[2].comes_back = 99
    desk.forgetting.begin(PLAN, why="asked", by="dpo")
    restless = desk.run()
    assert restless.round == MAX_ROUNDS
    assert restless.certificate is not None
    assert restless.certificate["restless"] == ["book"]
    assert not is_clean(restless.certificate), "something is still written there"


def test_places_where_nothing_is_taken_away_are_looked_at_once_and_at_the_end() -> None:
    desk = Desk()
    desk.shelves[1].comes_back = 1
    desk.lines.hits = ("lines of track",)
    desk.forgetting.begin(PLAN, why="asked", by="dpo")
    certificate = desk.run().certificate
    assert desk.calls.names[-3:] == ["lines", "put", "finish"]
    assert [needles.names for needles in desk.lines.saw] == [PLAN.names]
    assert certificate is not None
    assert not is_clean(certificate)
    assert certificate["restless"] == []
    assert certificate["names_looked_for"] == 1


def test_out_of_time_it_stops_between_two_stores_and_goes_on_later() -> None:
    desk = Desk()
    desk.forgetting.begin(PLAN, why="asked", by="dpo")
    assert desk.forgetting.run(TRACES.id, until=START).state is State.RUNNING
    assert desk.calls.names == []
    assert desk.run().state is State.DONE
    assert all(saw == PLAN.words for shelf in desk.shelves for saw in shelf.saw)


def test_a_certificate_that_tells_of_a_leak_is_not_clean_and_a_changed_one_is_not_ours() -> None:
    desk = Desk()
    desk.forgetting.begin(PLAN, why="asked", by="dpo")
    certificate = desk.run().certificate
    assert certificate is not None
    assert is_clean(certificate)
    assert not is_clean({"restless": [], "stores": [{"hits": ["view row"]}]})
    assert not is_genuine({**certificate, "rounds": 9}, desk.rings)
    assert not is_genuine({}, desk.rings)
    assert "ana" not in str(certificate)


def test_a_plan_is_read_as_it_was_written() -> None:
    assert traces_from_json(traces_to_json(TRACES)) == TRACES
    back = TRACES.without({ANA})
    assert ANA not in back.strong
    assert person_id(ANA) not in back.persons
    assert back.tokens < TRACES.tokens
    assert replace(TRACES, strong=()).tokens


@pytest.mark.parametrize(
    "text",
    [
        b"x Ana.Berg@Inbox.Halden.Example y",
        b"to=ana.berg%40inbox.halden.example&x",
        b"eHhhbmEuYmVyZ0BpbmJveC5oYWxkZW4uZXhhbXBsZXl5",
        b"eGFuYS5iZXJnQGluYm94LmhhbGRlbi5leGFtcGxleXk=",
        b"YW5hLmJlcmdAaW5ib3guaGFsZGVuLmV4YW1wbGU=",
    ],
)
def test_a_word_is_found_however_it_is_spelled(text: bytes) -> None:
    word = "ana.berg@inbox.halden.example"
    assert Needles([word]).found_in(text)


def test_unkeyed_hashes_are_found_and_short_words_are_not_looked_for() -> None:
    word = "ana.berg@inbox.halden.example"
    assert len([s for s in spellings(word) if len(s) in {32, 40, 64}]) >= 3
    assert not Needles(["7", "bo"])
    assert Needles(["7", "bo"]).exact == {"7", "bo"}
    assert not Needles([word]).found_in(b"bo.berg@inbox.halden.example")
