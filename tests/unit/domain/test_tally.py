"""What an event states of its person, and how large the rows become that keep it."""

import json

import pytest

from rapport.domain.capping import MOST
from rapport.domain.event import Json, Trust
from rapport.domain.identifiers import Ref
from rapport.domain.profile import MAX_COOKIES, fold_profile, from_json, to_json
from rapport.domain.statements import MAX_ATTRIBUTE_CHARS, interest_of, registers_of
from rapport.domain.tally import Tally, add, fold_partition, tally_to_json
from tests.support.histories import event

ANA = Ref("user#" + "a" * 22)
TABLET = Ref("anon#" + "t" * 22)
NODE_ID = "node-next-1771200000000-5d1ff1a2-7d8f-4a3e-9a39-7c4f8d2f1b00"


def stated(kind: str, body: dict[str, Json]) -> dict[str, str]:
    event_of_ana = event(0, user=ANA, kind=kind, body=body)
    return {name: register.value for name, register in registers_of(event_of_ana).items()}


def viewed(category: Json, minute: int = 0) -> Tally:
    return add(
        Tally(),
        event(minute, user=ANA, kind="Job Viewed", body={"properties": {"category": category}}),
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("Decision", {}),
        ("Mail Submitted", {}),
        ("Mail Reported", {"properties": {"kind": "Click"}}),
        ("Auto Reply Received", {}),
        ("page", {"bot": "headless"}),
    ],
    ids=["a decision", "a mail", "a scanner's click", "an automatic answer", "a robot's visit"],
)
def test_what_machines_do_makes_nobody_seen(kind: str, body: dict[str, Json]) -> None:
    mine = viewed("nursing")
    tally = add(mine, event(60, user=ANA, kind=kind, body=body))
    assert (tally.first, tally.last) == (mine.first, mine.last)
    nobody = add(Tally(), event(60, user=ANA, kind=kind, body=body))
    assert (nobody.first, nobody.last) == (None, None)
    clicked = add(mine, event(60, user=ANA, kind="Mail Clicked"))
    assert clicked.last != mine.last


def test_the_properties_of_a_page_say_nothing_of_its_reader() -> None:
    assert stated("page", {"properties": {"email": "author@halden.example"}}) == {}


def test_traits_come_before_the_context() -> None:
    body: dict[str, Json] = {
        "traits": {"firstName": "Ana", "phone": 4712345678, "email": " "},
        "context": {
            "locale": "nb-NO",
            "timezone": "Europe/Oslo",
            "traits": {"first_name": "Anna", "email": "ana@inbox.halden.example"},
        },
    }
    assert stated("identify", body) == {
        "email": "ana@inbox.halden.example",
        "first_name": "Ana",
        "phone": "4712345678",
        "locale": "nb-NO",
        "timezone": "Europe/Oslo",
    }


def test_a_category_chosen_in_the_form_is_the_persons() -> None:
    body: dict[str, Json] = {"properties": {"category": " Nursing ", "first_name": "Ana"}}
    assert stated("Talent Network Joined", body) == {
        "first_name": "Ana",
        "job_category": "nursing",
    }


@pytest.mark.parametrize(
    "value",
    [True, None, [], {}, 1.5, 10**5000, -(10**40), "", "  "],
    ids=[f"value{n}" for n in range(9)],
)
def test_what_is_no_text_is_no_attribute(value: Json) -> None:
    assert stated("identify", {"traits": {"email": value}}) == {}
    assert interest_of(event(user=ANA, kind="Job Viewed", body={"properties": value})) == ""


def test_text_that_cannot_be_stored_is_mended_and_long_text_is_cut() -> None:
    found = stated("identify", {"traits": {"first_name": "A\ud800", "last_name": "x" * 9000}})
    assert found == {"first_name": "A?", "last_name": "x" * MAX_ATTRIBUTE_CHARS}
    json.dumps(tally_to_json(viewed("\udfff")), ensure_ascii=False).encode()


def test_the_interests_kept_have_exact_counts_and_the_rest_is_owned_up_to() -> None:
    events = [
        event(n, user=ANA, kind="Job Viewed", body={"properties": {"category": f"c{n % 20}"}})
        for n in range(60)
    ]
    profile = fold_profile(ANA, [fold_partition(ANA, events)])
    assert len(profile.interests) == MOST
    assert set(profile.interests.values()) == {3}
    assert profile.overflow == ("interests",)


def test_a_person_of_many_cookies_shows_some_and_says_so() -> None:
    cookies = [Ref(f"anon#{n:022d}") for n in range(MAX_COOKIES + 1)]
    profile = fold_profile(
        ANA, [fold_partition(c, [event(0, cookie=c, user=ANA)]) for c in cookies]
    )
    assert profile.cookies == tuple(cookies[:MAX_COOKIES])
    assert profile.overflow == ("cookies",)
    assert profile.totals == {"page": MAX_COOKIES + 1}
    assert from_json(to_json(profile)) == profile


def test_the_rows_of_an_ordinary_person_cost_one_write_unit() -> None:
    day = 24 * 60
    kinds = ("page", "Job Viewed", "Content Viewed")
    history = [
        event(
            day * n,
            cookie=TABLET,
            user=ANA,
            kind=kinds[n % len(kinds)],
            body={"properties": {"category": ("nursing", "laboratory")[n % 2]}},
        )
        for n in range(1, 25)
    ]
    traits: dict[str, Json] = {
        "email": "ana.lindqvist@inbox.halden.example",
        "firstName": "Ana",
        "lastName": "Lindqvist",
        "phone": "+47 123 45 678",
    }
    context: dict[str, Json] = {"locale": "nb-NO", "timezone": "Europe/Oslo"}
    history += [
        event(
            day,
            cookie=TABLET,
            user=ANA,
            kind="identify",
            message_id=NODE_ID,
            trust=Trust.VERIFIED,
            body={"traits": traits, "context": context},
        ),
        event(
            day + 1,
            cookie=TABLET,
            user=ANA,
            kind="Talent Network Joined",
            message_id=NODE_ID[::-1],
            body={"properties": {"category": "nursing"}},
        ),
    ]
    partition = fold_partition(TABLET, history)
    months = {month for month, _ in partition.tallies}
    assert months == {"2026-03"}
    (tally,) = partition.tallies.values()
    # Beside it in the row: key, kind, owner, position.
    assert len(json.dumps(tally_to_json(tally), separators=(",", ":"))) < 1024 - 200
    # Beside it in the row: key, version, time of writing, one fact with its position.
    assert len(to_json(fold_profile(ANA, [partition])).encode()) < 1024 - 400
