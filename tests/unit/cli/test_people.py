"""Finding a person by whatever is known of them, and telling who they are."""

import json
from random import Random

import pytest

from rapport.absorb import Absorb
from rapport.domain.event import Json, Trust
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.extraction import observe
from rapport.records import engine_event
from rapport.viewing.finding import NobodyError, find
from tests.unit.cli.conftest import START, Desk

ANA = "ana@inbox.halden.example"


def _ana(desk: Desk) -> Ref:
    """Ana browsed, then joined with her address, in one browser."""
    cookie, ana = desk.ref(Namespace.ANON, "c-1"), desk.ref(Namespace.EMAIL, ANA)
    desk.tell(cookie, minute=0, body={"name": "Home"})
    desk.tell(
        ana,
        partition=cookie,
        kind="Talent Network Joined",
        minute=2,
        body={"properties": {"email": ANA, "first_name": "Ana", "category": "Nursing"}},
    )
    desk.tell(
        cookie,
        kind="Job Viewed",
        minute=1,
        received_minute=3,
        body={"properties": {"title": "Ward Nurse", "category": "nursing"}},
    )
    desk.enrich()
    return ana


def test_one_person_is_found_by_address_browser_and_person_id(desk: Desk) -> None:
    ana = _ana(desk)
    for asked in (ANA, " ANA@inbox.Halden.example ", "c-1", person_id(ana)):
        assert find(desk.stores, asked).root == ana, asked


def test_a_user_id_is_looked_up_before_a_browser(desk: Desk) -> None:
    user = desk.ref(Namespace.USER, "u-7")
    desk.tell(user, kind="identify", body={"traits": {"email": ANA}})
    desk.tell(desk.ref(Namespace.ANON, "u-7"))
    assert find(desk.stores, "u-7").root == user


def test_whatever_a_person_is_known_by_leads_to_them(desk: Desk) -> None:
    desk.say(
        user="u-7",
        email=ANA.upper(),
        phone="+47 22 33 44 55",
        linkedin="https://no.linkedin.com/in/Ana-Berg/",
        ats="greenhouse:halden:4711",
    )
    desk.enrich()
    user = desk.ref(Namespace.USER, "u-7")
    for asked in (
        "u-7",
        ANA,
        "+4722334455",
        "+47 2233 4455",
        "linkedin.com/in/ana-berg",
        "ats:greenhouse:halden:4711",
        "greenhouse:halden:4711",
        person_id(user),
    ):
        assert find(desk.stores, asked).root == user, asked
    assert find(desk.stores, ANA).members == tuple(sorted(find(desk.stores, "u-7").members))


def test_an_id_of_somebody_who_is_part_of_another_person_leads_there(desk: Desk) -> None:
    desk.say(email=ANA)
    desk.enrich()
    old = person_id(desk.ref(Namespace.EMAIL, ANA))
    desk.say(user="u-7", email=ANA, minute=1)
    desk.enrich()
    user = desk.ref(Namespace.USER, "u-7")
    assert find(desk.stores, old).root == user
    assert json.loads(desk.run("who", old, "--json").out)["person"] == person_id(user) != old


def test_an_address_that_many_share_asks_for_one_of_them(desk: Desk) -> None:
    for minute, name in enumerate(("u-7", "u-8", "u-9")):
        desk.say(user=name, email=ANA, minute=minute)
    desk.enrich()
    with pytest.raises(NobodyError, match="Several people gave this") as told:
        find(desk.stores, ANA)
    for name in ("u-7", "u-8", "u-9"):
        assert person_id(desk.ref(Namespace.USER, name)) in str(told.value)


def test_a_browser_of_two_people_asks_for_one_of_them(desk: Desk) -> None:
    cookie = desk.ref(Namespace.ANON, "kiosk")
    for minute, name in enumerate(("u-7", "u-8")):
        desk.tell(desk.ref(Namespace.USER, name), partition=cookie, minute=minute)
    with pytest.raises(NobodyError, match="Several people used this browser"):
        find(desk.stores, "kiosk")


@pytest.mark.parametrize(
    "asked", ["nobody@inbox.halden.example", "p_nothing", "d_none", "undefined", "f" * 64, "x#y"]
)
def test_an_unknown_id_is_told_in_one_line(desk: Desk, asked: str) -> None:
    said = desk.run("who", asked)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"rapport: Nobody is known as {asked};")
    assert said.err.count("\n") == 1


def test_who_tells_attributes_with_trust_totals_interests_and_address(desk: Desk) -> None:
    _ana(desk)
    said = desk.run("who", ANA)
    assert said.code == 0
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "first_name asserted 2026-11-23 09:02:00 Ana" in lines
    assert "Job Viewed 1" in lines
    assert "nursing 2" in lines
    assert "Not confirmed, and never asked to confirm." in lines
    assert "None was made." in lines


def test_who_as_json_is_one_document(desk: Desk) -> None:
    ana = _ana(desk)
    answer = json.loads(desk.run("who", ANA, "--json").out)
    assert answer["person"] == person_id(ana)
    assert answer["version"] == 1
    assert answer["attributes"]["first_name"] == {
        "value": "Ana",
        "trust": Trust.ASSERTED.value,
        "at": "2026-11-23T09:02:00.000Z",
    }
    assert answer["totals"] == {"page": 1, "Job Viewed": 1, "Talent Network Joined": 1}
    assert answer["address"]["consents"] == {}


def test_who_tells_identities_what_brought_them_interest_consents_and_mails(desk: Desk) -> None:
    context: dict[str, Json] = {"campaign": {"source": "Newsletter", "name": "spring"}}
    desk.say(user="u-7", email=ANA, trust=Trust.VERIFIED)
    user, ana = desk.ref(Namespace.USER, "u-7"), desk.ref(Namespace.EMAIL, ANA)
    desk.tell(user, minute=1, body={"context": context})
    told = {"email": ANA, "topic": "talent-network", "statement": "s-1", "statement_hash": "h"}
    properties: dict[str, Json] = {"send_id": "s", "kind": "Delivery"}
    desk.stores.log.append(
        [
            engine_event(
                kind, subject=ana, message_id=kind, cause_at=START, now=START, properties=p
            )
            for kind, p in (("Address Confirmed", told), ("Mail Reported", properties))
        ]
    )
    desk.enrich()
    answer = json.loads(desk.run("who", ANA, "--json").out)
    assert answer["identities"] == [
        {
            "ref": ref,
            "namespace": namespace,
            "value": value,
            "trust": "verified",
            "since": "2026-11-23T09:00:00.000Z",
        }
        for ref, namespace, value in ((user, "user", "u-7"), (ana, "email", ANA))
    ]
    assert answer["first_touch"] == answer["last_touch"]
    assert answer["first_touch"]["source"] == "newsletter"
    assert answer["first_touch"]["at"] == "2026-11-23T09:01:00.000Z"
    assert answer["consents"] == {
        "talent-network": {"status": "granted", "at": "2026-11-23T09:00:00.000Z"}
    }
    assert answer["mails"] == {"Delivery": 1}
    assert answer["score"] > 0
    earlier = answer["score"]
    lines = [" ".join(line.split()) for line in desk.run("who", ANA).out.splitlines()]
    assert "user id verified 2026-11-23 09:00:00 u-7" in lines
    assert "first touch 2026-11-23 09:01:00: newsletter, spring" in lines
    assert "talent-network granted 2026-11-23 09:00:00" in lines
    desk.clock.forward(hours=3)
    assert json.loads(desk.run("who", ANA, "--json").out)["score"] == earlier - 3


def test_who_says_when_the_profile_is_not_stored_yet(desk: Desk) -> None:
    cookie = desk.ref(Namespace.ANON, "c-9")
    desk.tell(cookie)
    said = desk.run("who", "c-9")
    assert "not stored yet" in said.out
    assert "No e-mail address is known." in said.out


def test_who_does_not_tell_a_profile_that_is_behind_its_identifiers(desk: Desk) -> None:
    desk.say(user="u-7")
    desk.enrich()
    joined, stores = desk.say(user="u-7", email=ANA, first_name="Ana", minute=1), desk.stores
    absorb = Absorb(
        clusters=stores.clusters, rules=stores.rules, alike=stores.alike, random=Random(7)
    )
    absorb.take(observe(joined, stores.pseudonyms))
    answer = json.loads(desk.run("who", ANA, "--json").out)
    assert (answer["version"], answer["attributes"]["first_name"]["value"]) == (0, "Ana")


def test_a_name_cannot_steer_the_terminal(desk: Desk) -> None:
    user = desk.ref(Namespace.USER, "u-7")
    desk.tell(user, kind="identify", body={"traits": {"firstName": "A\x1b[2Jna\u202e"}})
    for args in (("who", "u-7"), ("timeline", "u-7"), ("who", "u-7", "--json")):
        said = desk.run(*args)
        assert said.code == 0
        assert not set(said.out) & set("\x1b\u202e"), args


def test_a_timeline_is_in_order_of_corrected_time(desk: Desk) -> None:
    _ana(desk)
    events = json.loads(desk.run("timeline", ANA, "--json").out)
    assert [event["type"] for event in events] == ["page", "Job Viewed", "Talent Network Joined"]
    assert events[1]["at"] == "2026-11-23T09:01:00.000Z"
    assert events[1]["received_at"] == "2026-11-23T09:03:00.000Z"


def test_a_timeline_for_people_says_what_was_seen(desk: Desk) -> None:
    _ana(desk)
    lines = desk.run("timeline", ANA).out.splitlines()
    assert lines[0].endswith("known as ana@inbox.halden.example: 3 events")
    assert "Ward Nurse" in lines[3]


def test_a_shared_browser_shows_each_person_their_own_rows(desk: Desk) -> None:
    cookie = desk.ref(Namespace.ANON, "shared")
    one, two = (desk.ref(Namespace.USER, name) for name in ("u-1", "u-2"))
    desk.tell(one, partition=cookie, kind="identify", minute=10)
    desk.tell(cookie, kind="Job Viewed", minute=15)
    desk.tell(two, partition=cookie, kind="identify", minute=20)
    desk.tell(cookie, kind="Content Viewed", minute=25)
    desk.enrich()
    mine = {
        user: [e["type"] for e in json.loads(desk.run("timeline", user, "--json").out)]
        for user in ("u-1", "u-2")
    }
    assert mine == {
        "u-1": ["identify", "Job Viewed"],
        "u-2": ["identify", "Content Viewed"],
    }


def test_applications_are_told_with_how_far_they_came(desk: Desk) -> None:
    user = desk.ref(Namespace.USER, "u-7")
    steps: list[tuple[str, dict[str, Json]]] = [
        ("Application Started", {"job_id": 4105}),
        ("Application Step Completed", {"job_id": "4105", "step": 2, "step_name": "experience"}),
        ("Application Submitted", {"job_id": "4106"}),
    ]
    for minute, (kind, properties) in enumerate(steps):
        desk.tell(user, kind=kind, minute=minute, body={"properties": properties})
    desk.enrich()
    lines = [" ".join(line.split()) for line in desk.run("who", "u-7").out.splitlines()]
    assert "4105 2026-11-23 09:00:00 2 –" in lines
    assert "4106 – – 2026-11-23 09:02:00" in lines
    answer = json.loads(desk.run("who", "u-7", "--json").out)
    assert answer["applications"] == {
        "4105": {"started": "2026-11-23T09:00:00.000Z", "step": 2, "submitted": None},
        "4106": {"started": None, "step": 0, "submitted": "2026-11-23T09:02:00.000Z"},
    }
    assert "experience" in desk.run("timeline", "u-7").out


def test_a_timeline_says_what_the_door_noted_of_a_visit(desk: Desk) -> None:
    cookie = desk.ref(Namespace.ANON, "c-1")
    noted: list[dict[str, Json]] = [
        {"bot": {"because": ["the browser is driven by a program"]}},
        {"privacy": {"gpc": True, "analytics": "denied"}},
        {"bot": True, "privacy": []},
    ]
    for minute, body in enumerate(noted):
        desk.tell(cookie, minute=minute, body={"name": "Home", **body})
    lines = desk.run("timeline", "c-1").out.splitlines()
    assert "Home [bot: the browser is driven by a program]" in lines[2]
    assert "Home [GPC; analytics denied]" in lines[3]
    assert lines[4].rstrip().endswith("Home")
    answer = json.loads(desk.run("timeline", "c-1", "--json").out)
    assert answer[1]["labels"] == "GPC; analytics denied"
