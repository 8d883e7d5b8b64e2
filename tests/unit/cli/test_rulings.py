"""An operator's word on who is one person: foreseen, said, followed, taken back."""

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from cli import rulings
from rapport.absorb import Absorb
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, PersonId, person_id
from rapport.domain.names import IDENTITY_DECREED
from rapport.domain.observation import Ruling
from rapport.extraction import observe
from rapport.ruling import decreed_event
from tests.unit.cli.conftest import START, Desk
from tests.unit.cli.test_waiting import a_wait

ANA, PHONE = "ana@inbox.halden.example", "+4722334455"


def _sisters(desk: Desk) -> None:
    """Ana and her sister Eva have used one address; Tom has nothing to do with them."""
    desk.say(user="u-7", email=ANA, first_name="Ana", last_name="Berg")
    desk.say(
        kind="Talent Network Joined",
        minute=1,
        email=ANA,
        phone=PHONE,
        first_name="Anna",
        last_name="Berg",
        category="Nursing",
    )
    applied = desk.say(kind="Application Started", minute=2, email=ANA, job_id="4401")
    desk.say(user="u-8", first_name="Tom", last_name="Sand", minute=3)
    desk.enrich()
    a_wait(desk, applied)


def _id(desk: Desk, ns: Namespace, value: str) -> PersonId:
    return person_id(desk.ref(ns, value))


def _answer(desk: Desk, *args: str) -> Any:
    said = desk.run(*args, "--json")
    assert said.code == 0, args
    return json.loads(said.out)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def _persons(desk: Desk, *asked: str) -> list[str]:
    return [_answer(desk, "who", each)["person"] for each in asked]


def _decrees(desk: Desk) -> int:
    events = _answer(desk, "timeline", "u-7")
    return sum(event["type"] == IDENTITY_DECREED for event in events)


def test_a_dry_run_tells_who_would_be_whom_and_writes_nothing(desk: Desk) -> None:
    _sisters(desk)
    before = _persons(desk, "u-7", ANA, PHONE)
    told = desk.run("unmerge", "u-7", ANA, "--dry-run")
    lines = _lines(told.out)
    assert lines[0] == "Nothing is written. What it would change:"
    assert f"{_id(desk, Namespace.EMAIL, ANA)} (a person of their own)" in lines
    assert f"identifiers: address {ANA}, phone {PHONE}" in lines
    assert "identifiers: user id u-7" in lines
    assert "changes attribute first_name Anna Ana" in lines
    assert f"loses attribute phone {PHONE} –" in lines
    assert "loses interest nursing 1× –" in lines
    assert "gains application 4401 – started" in lines
    assert "gains wait application-reminder 4401 – due 2026-11-24 05:02:00" in lines
    assert "loses wait application-reminder 4401 due 2026-11-24 05:02:00 –" in lines
    answer = _answer(desk, "unmerge", "u-7", ANA, "--dry-run")
    assert list(answer) == ["event_id", "followed", "before", "after", "gone"]
    assert (answer["event_id"], answer["followed"], answer["gone"]) == (None, None, [])
    assert [person["new"] for person in answer["after"]].count(True) == 1
    assert list(answer["after"][0]) == ["person", "root", "identifiers", "new", "changes"]
    assert list(answer["after"][0]["changes"][0]) == ["what", "name", "before", "after"]
    assert _persons(desk, "u-7", ANA, PHONE) == before
    assert _decrees(desk) == 0


def test_what_was_foreseen_is_what_comes_and_taking_it_back_restores_it(desk: Desk) -> None:
    _sisters(desk)
    before = _answer(desk, "who", "u-7")
    foreseen = _answer(desk, "unmerge", "u-7", ANA, "--dry-run")
    done = _answer(desk, "unmerge", "u-7", ANA, "--reason", "two sisters", "--by", "mia")
    assert done["followed"] is True
    assert done["event_id"]
    assert (done["before"], done["after"]) == (foreseen["before"], foreseen["after"])
    for person in done["after"]:
        now = _answer(desk, "who", person["person"])
        assert [each["ref"] for each in now["identities"]] == sorted(
            person["identifiers"], key=lambda ref: (ref.startswith(("email", "phone")), ref)
        )
        changed = {c["name"]: c["after"] for c in person["changes"] if c["what"] == "attribute"}
        stated = {name: found["value"] for name, found in now["attributes"].items()}
        assert {name: stated.get(name, "") for name in changed} == changed
    assert "apart, says mia (two sisters)" in desk.run("timeline", ANA).out
    assert len(json.loads(desk.run("why", ANA, "--json").out)) == 1
    assert json.loads(desk.run("why", "u-7", "--json").out) == []
    foreseen = _answer(desk, "unmerge", ANA, "u-7", "--undo", "--dry-run")
    back = _answer(desk, "unmerge", ANA, "u-7", "--undo")
    assert back["after"] == foreseen["after"]
    assert back["gone"] == [
        {
            "person": _id(desk, Namespace.EMAIL, ANA),
            "leads_to": _id(desk, Namespace.USER, "u-7"),
        }
    ]
    after = _answer(desk, "who", "u-7")
    for name in ("person", "attributes", "interests", "applications", "waiting", "cookies"):
        assert after[name] == before[name], name


def test_two_people_are_linked_by_their_ids_and_parted_by_them_again(desk: Desk) -> None:
    _sisters(desk)
    one, other = _persons(desk, "u-7", "u-8")
    done = desk.run("link", one, other, "--by", "mia")
    assert _lines(done.out)[0] == "Done. What changed:"
    assert f"{max(one, other)} is nobody" in done.out or f"{min(one, other)} is nobody" in done.out
    assert _persons(desk, "u-7", "u-8", one, other).count(_persons(desk, "u-7")[0]) == 4
    why = desk.run("who", "u-8", "--why").out
    assert "user id u-7" in why
    assert "mia said so on 2026-11-23 10:00:00 UTC" in why
    desk.run("link", one, other, "--undo")
    assert _persons(desk, "u-7", "u-8") == [one, other]


def test_a_blocked_identifier_joins_nobody_until_that_is_taken_back(desk: Desk) -> None:
    _sisters(desk)
    done = _answer(desk, "block", ANA, "--reason", "the reception")
    assert len(done["after"]) == 3
    assert len(set(_persons(desk, "u-7", ANA))) == 2
    why = desk.run("who", "u-7", "--why").out
    assert f"address {ANA} was blocked by an operator" in why
    _answer(desk, "block", ANA, "--undo")
    assert len(set(_persons(desk, "u-7", ANA, PHONE))) == 1


def test_nobody_needs_to_wait_and_whoever_waits_in_vain_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sisters(desk)
    assert rulings.PATIENCE_SECONDS == 20
    monkeypatch.setattr(rulings, "PATIENCE_SECONDS", 2.0)
    waited: list[float] = []
    monkeypatch.setattr("cli.clock.pause", waited.append)
    said = desk.run("link", "u-7", "u-8", "--no-wait")
    assert _lines(said.out)[0] == "Said; the profiles follow within seconds. What will change:"
    assert waited == []
    said = desk.run("unmerge", "u-7", ANA)
    assert said.code == 0
    assert _lines(said.out)[0].startswith("Said, but the profiles have not followed within 2 s;")
    assert sum(waited) == 2

    # Identifiers are told apart, but the profiles are not: that is half of it.
    stores = desk.stores
    absorb = Absorb(
        clusters=stores.clusters, rules=stores.rules, alike=stores.alike, random=Random(7)
    )

    def half(_: float) -> None:
        said = stores.log.partition(desk.ref(Namespace.EMAIL, ANA))
        absorb.take_all(observe(event, stores.pseudonyms) for event in said)

    monkeypatch.setattr("cli.clock.pause", half)
    assert _answer(desk, "unmerge", ANA, PHONE)["followed"] is False


CANNOT_BE_SAID = {
    ("unmerge", "u-7", "u-8"): "u-7 and u-8 are not one person, so there is nothing to part.",
    ("unmerge", "u-7", "u-7"): "u-7 and u-7 are the same identifier; give two.",
    ("link", "u-7", ANA): f"u-7 and {ANA} are one person already ({{u-7}}).",
    ("link", "u-7", "nobody"): "Nobody is known as nobody;",
    ("link", "u-7", "c-1"): "c-1 is a browser, which joins nobody and is parted from nobody; give",
    ("block", "c-1"): "c-1 is a browser, which joins nobody; give an identifier of a person.",
    ("block", "{u-7}"): "{u-7} is a person; say which of their identifiers shall join nobody.",
    ("unmerge", "u-7", "u-8", "--undo"): (
        "u-7 and u-8 were never declared two people; there is nothing to take back."
    ),
    ("link", "u-7", "u-8", "--undo"): (
        "u-7 and u-8 were never declared one person; there is nothing to take back."
    ),
    ("block", ANA, "--undo"): f"{ANA} was never blocked; there is nothing to take back.",
    ("review", "show", "u-7", "u-8"): (
        "Nothing suggests that u-7 and u-8 are one person; rapport review lists what waits."
    ),
    ("review", "same", "u-7", "u-8"): "Nothing suggests that u-7 and u-8 are one person;",
    ("review", "different", "u-7", "u-8"): "Nothing suggests that u-7 and u-8 are one person;",
}


def test_what_cannot_be_said_is_told_in_a_sentence(desk: Desk) -> None:
    desk.say(user="u-7", email=ANA)
    desk.say(user="u-8", minute=1)
    desk.tell(desk.ref(Namespace.ANON, "c-1"), minute=2)
    desk.enrich()
    person = _id(desk, Namespace.USER, "u-7")
    for args, told in CANNOT_BE_SAID.items():
        said = desk.run(*(each.replace("{u-7}", person) for each in args))
        assert (said.code, said.out) == (1, ""), args
        assert said.err.startswith(f"rapport: {told.replace('{u-7}', person)}"), args
        assert said.err.count("\n") == 1
    assert _decrees(desk) == 0


def test_what_was_said_before_and_what_stands_in_the_way_is_told(desk: Desk) -> None:
    _sisters(desk)
    _answer(desk, "unmerge", "u-7", ANA)
    said = desk.run("unmerge", "u-7", ANA)
    assert "that was said before and stands; --undo takes it back." in said.err
    # Whoever is kept apart from one of a person's identifiers is not linked to another of them.
    _answer(desk, "link", "u-7", PHONE)
    said = desk.run("link", ANA, PHONE)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("rapport: They would stay two people:")
    assert f"address {ANA}" in said.err
    assert "were declared two people; rapport unmerge --undo takes such a word back." in said.err
    # By whichever identifiers of the two it is taken back.
    assert _answer(desk, "unmerge", ANA, PHONE, "--undo")["followed"] is True
    assert len(set(_persons(desk, "u-7", ANA, PHONE))) == 1


def test_a_word_of_a_clock_that_was_ahead_can_be_taken_back(desk: Desk) -> None:
    _sisters(desk)
    desk.clock.forward(hours=2)
    _answer(desk, "unmerge", "u-7", ANA)
    desk.clock.moment -= timedelta(hours=1)
    assert _answer(desk, "unmerge", "u-7", ANA, "--undo")["followed"] is True
    assert len(set(_persons(desk, "u-7", ANA))) == 1


def test_the_operator_is_whoever_is_logged_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "kari")
    desk.say(user="u-7", email=ANA, trust=Trust.VERIFIED)
    desk.enrich()
    desk.run("unmerge", "u-7", ANA)
    assert "apart, says kari" in desk.run("timeline", ANA).out + desk.run("timeline", "u-7").out


def test_a_word_said_twice_in_a_second_is_one_event(desk: Desk) -> None:
    a, b = desk.ref(Namespace.USER, "u-7"), desk.ref(Namespace.EMAIL, ANA)

    def said(
        *nodes: Any, seconds: float = 0, ruling: Ruling = Ruling.APART, by: str = "mia"
    ) -> str:
        now = START + timedelta(seconds=seconds)
        event = decreed_event([nodes], ruling, reason="", by=by, now=now)
        assert event.home in nodes
        return event.message_id

    assert said(a, b) == said(b, a) == said(a, b, seconds=0.9)
    others = {
        said(a, b, seconds=1),
        said(a, b, by="kari"),
        said(a, b, ruling=Ruling.NONE),
        said(a),
        said(b),
    }
    assert len(others - {said(a, b)}) == 5
