"""People as a file for spreadsheets: whose rows are in it, who may fetch it, what is told of it."""

import csv
from dataclasses import replace
from io import StringIO
from itertools import product

import pytest

from rapport.domain.event import Json, Trust
from rapport.domain.operators import ALLOWED, ANY, Action, Grant, Role
from rapport.domain.statements import Register
from rapport.people_files import COLUMNS
from rapport.ports import View
from tests.support.fakes import START
from tests.support.operating import BRAND, POOL, Office, Somebody, document, status

ASK, FETCH = "POST /desk/v1/tables", "GET /desk/v1/tables/{table}"
EVERYBODY: Json = {"when": "true"}


@pytest.fixture
def office() -> Office:
    return Office()


def crowd(office: Office) -> list[Somebody]:
    return [
        office.add("kari", country="NO", pool=True),
        office.add("ola", country="NO"),
        office.add("sven", country="SE", pool=True),
        office.add("rin"),
    ]


def asked(office: Office, who: str, body: Json = EVERYBODY) -> str:
    answer = office.ask(who, ASK, body=body)
    assert status(answer) == 202
    ticket: str = document(answer)["table"]
    return ticket


def rows(office: Office) -> list[dict[str, str]]:
    """What stands in the file that was written last."""
    [*_, content] = office.rooms.exports.files.values()
    assert content.startswith(b"\xef\xbb\xbf")
    return [*csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""))]


def test_a_file_holds_those_alone_whom_its_operator_may_see(office: Office) -> None:
    people = crowd(office)
    files = 0
    for role, brand, country, pool in product(
        Role, (BRAND, "another", ANY), ("NO", "SE", ANY), (POOL, ANY)
    ):
        grant = Grant(role=role, brand=brand, country=country, pool=pool)
        subject = office.hire(f"{grant.text}", grant)
        answer = office.ask(subject, ASK, body=EVERYBODY)
        if Action.EXPORT_PEOPLE not in ALLOWED[role]:
            assert (status(answer), office.rooms.asked_of_privacy.queue) == (403, [])
            continue
        office.write_tables()
        files += 1
        wanted = {
            who.id
            for who in people
            if brand in {BRAND, ANY}
            and country in {who.country, ANY}
            and (pool == ANY or pool in who.lists)
        }
        assert {row["person"] for row in rows(office)} == wanted, grant.text
    assert {role for role in Role if Action.EXPORT_PEOPLE in ALLOWED[role]} == {
        Role.RECRUITER,
        Role.MARKETER,
    }
    print(f"{files} files of {len(people)} people, of somebody hidden 0")


def test_it_is_fetched_by_who_asked_once_it_is_there(office: Office) -> None:
    crowd(office)
    for who in ("asked", "beside"):
        office.hire(who, Grant(role=Role.MARKETER, brand=BRAND))
    ticket = asked(office, "asked", {"list": POOL, "columns": ["person", "email"]})
    told = document(office.ask("asked", FETCH, table=ticket))
    assert (told["state"], told["url"]) == ("asked", None)
    office.write_tables()
    told = document(office.ask("asked", FETCH, table=ticket))
    assert (told["state"], told["people"], told["left_out"]) == ("done", 2, 0)
    assert told["url"].endswith(".csv")
    assert [*rows(office)[0]] == ["person", "email"]
    assert status(office.ask("beside", FETCH, table=ticket)) == 404
    assert status(office.ask("asked", FETCH, table=f"{ticket}x")) == 404
    assert status(office.ask("asked", FETCH, table="")) == 404
    office.hire("asked", Grant(role=Role.MARKETER, brand=BRAND, country="SE"))
    office.clock.forward(seconds=60)
    told = document(office.ask("asked", FETCH, table=ticket))
    assert (told["state"], told["url"], told["people"]) == ("refused", None, None)


def test_a_grant_that_is_taken_back_before_it_is_written_leaves_an_empty_file_and_is_told(
    office: Office,
) -> None:
    crowd(office)
    office.hire("kari", Grant(role=Role.MARKETER, brand=BRAND))
    ticket = asked(office, "kari")
    office.hire("kari", Grant(role=Role.APPROVER, brand=BRAND))
    assert office.write_tables() == [None]
    assert [*office.rooms.exports.files.values()] == [b""]
    office.clock.forward(seconds=60)
    assert status(office.ask("kari", FETCH, table=ticket)) == 403
    # Given back, it does not wait for what was refused meanwhile.
    office.hire("kari", Grant(role=Role.MARKETER, brand=BRAND))
    office.clock.forward(seconds=60)
    told = document(office.ask("kari", FETCH, table=ticket))
    assert (told["state"], told["url"]) == ("refused", None)


def test_no_more_than_the_bound_are_told_of_and_how_many_were_left_out_is(office: Office) -> None:
    crowd(office)
    office.hire("kari", Grant(role=Role.RECRUITER, brand=BRAND))
    ticket = asked(office, "kari")
    office.write_tables(most=3)
    told = document(office.ask("kari", FETCH, table=ticket))
    assert (told["people"], told["left_out"], len(rows(office))) == (3, 1, 3)


def test_the_trail_has_how_many_people_a_file_tells_of(office: Office) -> None:
    crowd(office)
    office.hire("kari", Grant(role=Role.RECRUITER, brand=BRAND, country="NO"))
    asked(office, "kari", {"when": 'person.country == "NO"', "columns": ["email", "phone"]})
    office.write_tables()
    kept = {row.id: row for row in office.audits.rows.values() if row.who == "kari"}
    posted, written = kept.values()
    assert (posted.action, posted.people) == ("export_people:POST", 0)
    assert (written.action, written.people) == ("export_people:written", 2)
    assert (written.fields, written.request) == (("email", "phone"), posted.request)


def test_no_cell_of_it_is_a_formula(office: Office) -> None:
    [kari, *_] = crowd(office)
    office.hire("kari", Grant(role=Role.MARKETER, brand=BRAND))
    view = office.people.views[kari.id].profile
    typed = {"first_name": "=cmd()", "last_name": "\tTab", "phone": "+4790000000", "email": "@x"}
    more = {
        name: Register(trust=Trust.ASSERTED, at=START, message_id="m", value=value)
        for name, value in typed.items()
    }
    evil = replace(view, attributes={**view.attributes, **more})
    office.people.views[kari.id] = View(profile=evil, version=2)
    asked(office, "kari", {"when": f'person.id == "{kari.id}"'})
    office.write_tables()
    [row] = rows(office)
    assert {name: row[name] for name in typed} == {n: f"'{v}" for n, v in typed.items()}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"when": "true", "list": POOL},
        {"when": "person.email =="},
        {"when": "true", "columns": []},
        {"when": "true", "columns": ["notes"]},
        {"when": "true", "columns": [*COLUMNS, "email"]},
        {"list": "No List"},
    ],
)
def test_what_is_no_question_is_refused_and_nothing_is_asked_for(
    office: Office, body: Json
) -> None:
    office.hire("kari", Grant(role=Role.MARKETER, brand=BRAND))
    assert status(office.ask("kari", ASK, body=body)) == 400
    assert office.rooms.asked_of_privacy.queue == []
