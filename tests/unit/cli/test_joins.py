"""`rapport who ID --why`: what made somebody one person, and what did not, told to an operator."""

import json
from typing import Any

from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, person_id
from tests.unit.cli.conftest import Desk

ANA, PHONE = "ana@inbox.halden.example", "+4722334455"


def _why(desk: Desk, asked: str) -> tuple[list[str], Any]:
    told, answer = desk.run("who", asked, "--why"), desk.run("who", asked, "--why", "--json")
    assert (told.code, answer.code) == (0, 0)
    return [" ".join(line.split()) for line in told.out.splitlines()], json.loads(answer.out)


def test_every_join_is_told_with_its_event_its_trust_and_what_each_side_brought(desk: Desk) -> None:
    desk.say(user="u-7", email=ANA, first_name="Ana", last_name="Berg", trust=Trust.VERIFIED)
    joined = desk.say(
        kind="Talent Network Joined", minute=1, email=ANA, phone=PHONE, first_name="Anna"
    )
    desk.say(user="u-8", email=ANA, first_name="Tom", minute=2)
    desk.enrich()
    lines, answer = _why(desk, PHONE)
    assert (
        f"address {ANA} and user id u-7: named together by “identify” of site on"
        " 2026-11-23 09:00:00 UTC, verified by a secret key."
    ) in lines
    assert (
        f"address {ANA} and phone {PHONE}: named together by “Talent Network Joined” of site on"
        " 2026-11-23 09:01:00 UTC, asserted only, as by a browser."
    ) in lines
    assert "first_name Anna Ana Ana" in lines
    assert (
        f"address {ANA} and user id u-8: one person would have 2 user ids, and 1 may be." in lines
    )
    assert list(answer) == ["person", "quarantined", "joins", "refused", "receipts"]
    assert answer["quarantined"] is False
    keys = ["pair", "rule", "verified", "because", "left", "right", "event", "brought"]
    assert [list(join) for join in answer["joins"]] == [keys, keys]
    asserted = next(join for join in answer["joins"] if not join["verified"])
    assert asserted["event"] == {
        "type": "Talent Network Joined",
        "at": "2026-11-23T09:01:00.000Z",
        "source": "site",
        "trust": "asserted",
        "message_id": joined.message_id,
        "partition": joined.partition,
    }
    verified = next(join for join in answer["joins"] if join["verified"])
    assert {b["name"]: b["won"] for b in verified["brought"]}["first_name"] == "Ana"
    [refused] = answer["refused"]
    assert refused["guard"] == "cap"
    assert person_id(desk.ref(Namespace.USER, "u-8")) in refused["people"]
    assert list(refused) == ["pair", "guard", "because", "people"]


def test_a_mailbox_of_two_people_is_told_by_what_kept_them_apart(desk: Desk) -> None:
    desk.say(email=ANA, phone=PHONE, first_name="Ana", last_name="Berg")
    desk.say(user="u-8", email=ANA, first_name="Tom", last_name="Sand", minute=1)
    desk.say(user="u-9", email="jobs@halden.example", minute=2)
    desk.enrich()
    lines, answer = _why(desk, "u-8")
    assert "There is nothing to join: one identifier is known." in lines
    assert (
        f"address {ANA} and user id u-8: the names that the two sides go by cannot be one person's."
        in lines
    )
    assert [refused["guard"] for refused in answer["refused"]] == ["names"]
    lines, answer = _why(desk, "u-9")
    [refused] = answer["refused"]
    assert refused["guard"] == "blocked"
    assert "is a mailbox of the kind role:jobs, which the rules block" in refused["because"]


def test_what_was_stored_when_it_happened_is_told_with_the_words_of_operators(desk: Desk) -> None:
    desk.say(email=ANA, first_name="Anna")
    desk.enrich()
    desk.say(user="u-7", first_name="Ana", minute=1)
    desk.enrich()
    desk.say(user="u-7", email=ANA, minute=2)
    desk.enrich()
    lines, answer = _why(desk, ANA)
    [receipt] = answer["receipts"]
    assert receipt["type"] == "Profile Merged"
    assert {"before", "after", "joins", "rules", "brought", "won"} <= set(receipt)
    happened = lines[lines.index("When it happened") + 1]
    assert f"(address {ANA}) and (user id u-7) became (address {ANA}, user id u-7)" in happened
    assert "first_name “Ana” of" in happened
    desk.run("unmerge", "u-7", ANA, "--by", "mia", "--reason", "two sisters")
    lines, answer = _why(desk, "u-7")
    assert (
        f"address {ANA} and user id u-7 were declared two people: mia said so on"
        " 2026-11-23 10:00:00 UTC (“two sisters”)."
    ) in lines
    assert [refused["guard"] for refused in answer["refused"]] == ["apart"]
    assert "Profile Split" in {each["type"] for each in answer["receipts"]}


def test_a_browser_and_somebody_of_one_identifier_were_joined_by_nothing(desk: Desk) -> None:
    desk.tell(desk.ref(Namespace.ANON, "c-1"))
    desk.enrich()
    lines, answer = _why(desk, "c-1")
    assert "There is nothing to join: one identifier is known." in lines
    assert (answer["joins"], answer["refused"], answer["receipts"]) == ([], [], [])


def test_what_is_not_kept_any_more_is_told_by_its_key(desk: Desk) -> None:
    """The body of an event that was erased tells no value; the join stands."""
    desk.say(user="u-7", email=ANA)
    desk.enrich()
    desk.forget(desk.ref(Namespace.USER, "u-7"))
    _, answer = _why(desk, "u-7")
    [join] = answer["joins"]
    assert join["event"] is None
    assert ANA not in join["because"]
    assert "named together by an event that is not kept" in join["because"]
