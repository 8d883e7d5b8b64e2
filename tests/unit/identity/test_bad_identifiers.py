"""What goes wrong with identifiers in the field, and what becomes of it: nothing, or two people."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from rapport.domain.event import Event
from rapport.domain.identifiers import BLOCKED_VALUES, STRONG, Namespace, Ref, identifier
from rapport.domain.rules import Rules
from rapport.extraction import domain_tag, observe
from tests.support.door import REFS
from tests.support.sightings import Sightings, email, named, user

ANA = "ana@inbox.halden.example"
# What PostHog and Segment publish as known to be sent in place of an id, and quoted forms of it.
GARBAGE: tuple[Any, ...] = (
    *sorted(BLOCKED_VALUES),
    *(" Undefined ", "NULL", "'null'", '"undefined"', "[object Object]", "00000000", "0-0", "---"),
    *("00000000-0000-0000-0000-000000000000", "distinctId", "NaN", "\u200bnull\u200b", "\u00ad"),
    *(None, True, False, 0, -1, 0.5, [], {}, [[]], ["null"], {"id": "7"}, "\x00", "7\n8", "\ud800"),
    *("x" * 513, "\u0301" * 513, "x" * 1_000_000, 10**5_000),
)
PLACES = ("user", "ats", "linkedin", "email", "emails", "phone", "phones", "external")


def event(body: dict[str, Any], kind: str = "identify") -> Event:
    """An event as it lies in the log, whatever the door would have said to its body."""
    [stored] = Sightings().tell({"type": "page", "anonymousId": "c-1"}).door.events
    return replace(stored, type=kind, body=body)


def placed(place: str, value: Any) -> dict[str, Any]:
    match place:
        case "user":
            return {"userId": value}
        case "external":
            outside = [{"type": "ats:lever:halden", "id": value}, {"type": "email", "id": value}]
            return {"context": {"externalIds": outside}}
    return {"traits": {place: value}, "context": {"traits": {place: value}, "locale": "nb-NO"}}


@pytest.mark.parametrize("place", PLACES)
def test_garbage_is_nobody_wherever_it_stands(place: str) -> None:
    for junk in GARBAGE:
        told = observe(event(placed(place, junk)), REFS)
        assert (told.nodes, told.owner, told.tags) == ((), None, {}), repr(junk)[:40]


@pytest.mark.parametrize("part", ["traits", "properties", "context"])
@pytest.mark.parametrize("shape", [None, "", "x", 5, [], [{"email": ANA}], True, 1e300])
def test_a_part_of_another_shape_is_no_part(part: str, shape: Any) -> None:
    for kind in ("identify", "Application Submitted", "alias", "group", "page"):
        assert observe(event({part: shape}, kind), REFS).nodes == ()


def test_an_alias_with_garbage_in_it_ties_nothing() -> None:
    for junk in GARBAGE:
        for body in ({"userId": "7", "previousId": junk}, {"userId": junk, "previousId": "7"}):
            told = observe(event(body, "alias"), REFS)
            assert told.alias is None
            assert set(told.nodes) <= {user("7")}


def test_numbers_and_their_texts_are_the_same_id() -> None:
    assert observe(event({"userId": 424242}), REFS) == observe(event({"userId": "424242"}), REFS)
    assert observe(event({"userId": 424242.0}), REFS).nodes == ()


@pytest.mark.parametrize("ns", [*STRONG, Namespace.ANON])
def test_what_cannot_be_seen_makes_no_other_identifier(ns: Namespace) -> None:
    values = {
        Namespace.ATS: "lever:halden:a1",
        Namespace.LINKEDIN: "in/ana-berg",
        Namespace.EMAIL: ANA,
        Namespace.PHONE: "+4791234567",
    }
    plain = values.get(ns, "candidate-7")
    for unseen in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202e\u2066\u2069\u061c":
        for written in (unseen + plain, plain + unseen, plain[:2] + unseen + plain[2:]):
            assert identifier(ns, written) == identifier(ns, plain), hex(ord(unseen))


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert identifier(Namespace.USER, "Åse") == identifier(Namespace.USER, "A\u030ase")


@pytest.mark.parametrize(
    ("ns", "one", "other"),
    [
        (Namespace.USER, "ana", "аna"),  # the second begins with a Cyrillic letter
        (Namespace.USER, "ANA", "ＡＮＡ"),
        (Namespace.USER, "ana", "Ana"),
        (Namespace.LINKEDIN, "in/ana-berg", "in/аna-berg"),
        (Namespace.EMAIL, "ana@halden.example", "ana@hаlden.example"),
        (Namespace.ATS, "lever:halden:a1", "lever:halden:а1"),
    ],
)
def test_what_only_looks_alike_is_another(ns: Namespace, one: str, other: str) -> None:
    """Whoever could write the same name in other letters would else be let into a profile."""
    assert identifier(ns, one) is not None
    assert identifier(ns, one) != identifier(ns, other)


def test_an_address_whose_letters_only_look_latin_is_none() -> None:
    assert identifier(Namespace.EMAIL, "аna@halden.example") is None


@pytest.mark.parametrize("place", ["emails", "phones", "linkedin", "ats", "external"])
def test_ten_thousand_identifiers_are_read_as_quickly_as_a_few(place: str) -> None:
    form = {
        "emails": "a{}@inbox.halden.example",
        "phones": "+4722{:06d}",
        "linkedin": "in/ana-{}",
        "ats": "lever:halden:{}",
        "external": "a{}@inbox.halden.example",
    }[place]
    values = [form.format(i) for i in range(10_000)]
    body = placed(place, values)
    if place == "external":
        body = {"context": {"externalIds": [{"type": "email", "id": v} for v in values]}}
    told = observe(event(body), REFS)
    assert len(told.strong) == 8
    started = time.process_time()
    again = observe(event(body), REFS)
    took = time.process_time() - started
    print(f"10 000 identifiers in {place}: {took * 1000:.1f} ms")
    assert again == told
    assert took < 0.2


@pytest.mark.parametrize("place", PLACES)
def test_an_identifier_of_a_megabyte_is_refused_before_it_is_looked_at(place: str) -> None:
    huge = [c * (1_000_000 // len(c)) for c in ("x", "\u0301", "a@", "+4", "in/", "https://x/")]
    started = time.process_time()
    for value in huge:
        assert observe(event(placed(place, value)), REFS).nodes == ()
    assert time.process_time() - started < 1


def test_a_self_alias_is_a_mere_sight_of_its_user() -> None:
    sightings = Sightings().tell({"type": "alias", "userId": "7", "previousId": "7"})
    [told] = sightings.observations
    assert (told.strong, told.alias) == ((user("7"),), None)
    assert sightings.state.edges == {}


def test_a_cycle_of_aliases_is_one_person_in_any_order() -> None:
    aliases = [
        {"type": "alias", "userId": later, "previousId": earlier}
        for earlier, later in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    for order in permutations(aliases):
        sightings = Sightings().tell(*order, server=True)
        assert sightings.person(user("a")) == {user("a"), user("b"), user("c")}


def test_an_alias_may_come_before_either_of_its_ids_was_seen() -> None:
    alias = {"type": "alias", "userId": "7", "previousId": "6"}
    later: list[dict[str, Any]] = [
        {"type": "identify", "userId": each, "traits": {}} for each in ("6", "7")
    ]
    for order in permutations([alias, *later]):
        assert Sightings().tell(*order, server=True).person(user("7")) == {user("6"), user("7")}


def test_one_previous_id_of_two_people_was_a_browsers() -> None:
    """As of servers that alias the visitor's cookie to whoever logs in at a shared computer."""
    sightings = Sightings()
    for who in ("7", "8"):
        sightings.tell(
            {"type": "alias", "userId": who, "previousId": "kiosk"},
            {"type": "identify", "userId": who, "traits": {"email": f"{who}@x.example"}},
            server=True,
        )
    assert sightings.person(user("7")) == {user("7"), email("7@x.example")}
    assert sightings.person(user("kiosk")) == {user("kiosk")}


def test_two_users_on_one_cookie_in_one_second_are_two() -> None:
    second = "2026-11-23T12:00:00.000Z"
    sightings = Sightings().tell(
        *(
            {"type": "identify", "userId": who, "anonymousId": "c-1", "timestamp": second}
            for who in ("7", "8", "7")
        )
    )
    assert sightings.person(user("7")) == {user("7")}
    assert sightings.person(user("8")) == {user("8")}


def test_an_address_that_turns_out_to_be_an_offices_lets_people_go_again() -> None:
    desk = "desk.one@agency.example"
    ats = [f"greenhouse:halden:{i}" for i in (11, 12, 13)]
    sightings = Sightings().tell(
        *(
            {
                "type": "identify",
                "userId": None,
                "anonymousId": a,
                "traits": {"ats": a, "email": desk},
            }
            for a in ats
        ),
        server=True,
    )
    nodes = [named(Namespace.ATS, each) for each in ats]
    assert sightings.person(nodes[0]) == {*nodes, email(desk)}
    for rules in (
        Rules(blocked=frozenset({email(desk)})),
        Rules(blocked_tags=frozenset({"role", domain_tag("agency.example", REFS)})),
    ):
        assert [sightings.person(node, rules) for node in nodes] == [{node} for node in nodes]
    assert sightings.person(nodes[0]) == {*nodes, email(desk)}


@pytest.mark.parametrize("told", ["1926-11-23T12:00:00Z", "2226-11-23T12:00:00Z", "0001-01-01"])
def test_a_time_of_another_century_does_not_make_an_identifier_older_or_newer(told: str) -> None:
    message = {"type": "identify", "userId": "7", "timestamp": told, "traits": {"email": ANA}}
    for server in (False, True):
        sightings = Sightings().tell(message, server=server)
        seen = {node.first_seen for node in sightings.state.nodes.values()}
        received = {event.received_at for event in sightings.door.events}
        assert seen == {int(at.timestamp() * 1000) for at in received}


def test_a_clock_that_is_ahead_is_not_believed() -> None:
    message = {"type": "identify", "userId": "7", "timestamp": "2027-03-01T00:00:00Z"}
    [told] = Sightings().tell(message).observations
    assert told.at < datetime(2026, 11, 24, tzinfo=UTC)


def test_the_same_event_under_two_keys_says_it_once_and_is_trusted_if_one_is() -> None:
    message = {
        "type": "identify",
        "messageId": "m-same",
        "userId": "7",
        "anonymousId": "c-1",
        "timestamp": "2026-11-23T11:00:00Z",
        "traits": {"email": ANA},
    }
    once = Sightings().tell(message, server=True)
    twice = Sightings().tell(message).tell(message, server=True)
    assert len(twice.observations) == 2
    assert twice.resolution().groups == once.resolution().groups
    nodes: dict[Ref, bool] = {ref: node.verified for ref, node in twice.state.nodes.items()}
    assert nodes == {user("7"): True, email(ANA): True}
    [edge] = twice.state.edges.values()
    assert edge.verified
