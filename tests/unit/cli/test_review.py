"""People who may be one person, looked at and answered in the terminal."""

import json

from rapport.domain.cluster import pair
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.suggestions import Suggestion
from tests.unit.cli.conftest import START, Desk

ANA, OTHER = "ana@inbox.halden.example", "a.berg@post.halden.example"
EVIDENCE = ("The same name.", "The same city.")


def _two(desk: Desk) -> tuple[Ref, Ref]:
    """One person under two addresses, as far as anybody can see."""
    desk.say(email=ANA, first_name="Ana", last_name="Berg", phone="+4722334455")
    desk.say(email=OTHER, first_name="Ana", last_name="Berg", minute=1)
    for name in ("u-8", "u-9"):
        desk.say(user=name, minute=2)
    desk.enrich()
    one, other = desk.ref(Namespace.EMAIL, ANA), desk.ref(Namespace.EMAIL, OTHER)
    suggest(desk, one, other, score=83)
    suggest(desk, *(desk.ref(Namespace.USER, name) for name in ("u-8", "u-9")), score=51)
    return one, other


def suggest(desk: Desk, one: Ref, other: Ref, *, score: int) -> None:
    found = Suggestion(pair=pair(one, other), score=score, evidence=EVIDENCE, at=START)
    desk.stores.suggestions.put([found])


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_queue_and_a_pair_of_it_are_shown_with_score_and_evidence(desk: Desk) -> None:
    one, other = _two(desk)
    told = _lines(desk.run("review").out)
    assert told == _lines(desk.run("review", "list").out)
    assert told[0] == "score one the other evidence"
    first, second = sorted((one, other))
    assert told[1] == f"83 {person_id(first)} {person_id(second)} The same name. The same city."
    assert told[2].startswith("51 ")
    queue = json.loads(desk.run("review", "list", "--json").out)
    assert [each["score"] for each in queue] == [83, 51]
    assert list(queue[0]) == ["people", "pair", "score", "evidence", "at"]

    lines = _lines(desk.run("review", "show", ANA, OTHER).out)
    assert lines[:3] == ["score 83 of 100", "· The same name.", "· The same city."]
    assert f"{person_id(one)} {person_id(other)}" in lines
    assert f"identifiers address {ANA}, phone +4722334455 address {OTHER}" in lines
    assert "first_name Ana Ana" in lines
    assert "phone +4722334455 –" in lines
    shown = json.loads(desk.run("review", "show", ANA, OTHER, "--json").out)
    assert [side["person"] for side in shown["sides"]] == [person_id(one), person_id(other)]
    assert list(shown["sides"][0]) == ["person", "identities", "attributes", "totals"]

    maybe = json.loads(desk.run("who", OTHER, "--json").out)["suggestions"]
    assert maybe == [{"person": person_id(one), "score": 83, "evidence": list(EVIDENCE)}]
    assert "83 " + person_id(one) in " ".join(_lines(desk.run("who", OTHER).out))


def test_those_who_are_the_same_become_one_and_leave_the_queue(desk: Desk) -> None:
    one, other = _two(desk)
    said = json.loads(
        desk.run("review", "same", person_id(one), person_id(other), "--by", "mia", "--json").out
    )
    assert said["followed"] is True
    assert [len(person["identifiers"]) for person in said["after"]] == [3]
    queue = json.loads(desk.run("review", "list", "--json").out)
    assert [each["score"] for each in queue] == [51]
    assert "mia said so" in desk.run("who", OTHER, "--why").out


def test_those_who_are_different_stay_two_whatever_names_them_together(desk: Desk) -> None:
    _two(desk)
    assert desk.run("review", "different", ANA, OTHER, "--reason", "cousins").code == 0
    assert len(json.loads(desk.run("review", "list", "--json").out)) == 1
    desk.say(user="u-10", email=ANA, minute=5)
    desk.say(user="u-10", email=OTHER, minute=6)
    desk.enrich()
    people = {json.loads(desk.run("who", who, "--json").out)["person"] for who in (ANA, OTHER)}
    assert len(people) == 2
    assert "(“cousins”)" in desk.run("who", ANA, "--why").out


def test_a_pair_that_is_one_person_by_now_is_left_out(desk: Desk) -> None:
    _two(desk)
    desk.run("link", "u-9", "u-8")
    # As one that was found before the two became one person, and noted after.
    suggest(desk, *(desk.ref(Namespace.USER, name) for name in ("u-8", "u-9")), score=51)
    assert [each["score"] for each in json.loads(desk.run("review", "--json").out)] == [83]
