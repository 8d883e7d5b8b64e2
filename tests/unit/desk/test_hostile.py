"""What nobody who means well sends: every route answers with a problem, and changes nothing."""

from typing import Any

import pytest

from functions.desk import routes_search
from functions.desk.answers import ProblemError
from functions.desk.table import SERVED
from rapport.domain.event import Json
from rapport.domain.operators import Grant, Role
from tests.support.desk_calls import PERSON, QUERIES, D, body_of, path_of
from tests.support.operating import BRAND, Office, document, status

HOSTILE = (
    *("", " ", "\x00", "..", "../../etc/passwd", "%2e%2e", "é" * 40, "\u202e", "\ud7ff"),
    *("' OR 1=1 --", "<script>alert(1)</script>", "${jndi:ldap://x}", "{{7*7}}", "=1+1"),
    *("9" * 5_000, "-1", "NaN", "null", "[]", "p_", "e_zz", "u_", "a|b", "a\nb"),
)
ASKED = ("q", "when", "list", "sort", "cursor", "limit", "since", "by", "step")
RAW = (
    *(b"", b"null", b"[]", b"{}", b'""', b"1e999", b'{"a":', b"\xff\xfe", b"[" * 60_000),
    *(b'{"__proto__": {}}', b'{"when": "\\ud800"}', b'{"when": 1}', b'{"people": "x"}'),
    *(b'{"letters": {"en": 1}}', b'{"fields": [[]]}', b'{"claim": {"given_at": "soon"}}'),
    b'{"source": "../..", "claim": {"evidence_upload": "../../x"}}',
)
# What does nothing but look, or needs no body, is not refused for what it is sent.
CONDITIONS = (
    *("person.country ==", "person.nobody == 1", '"a" in person.lists)', "1", "person"),
    *("person.lists.exists(x, true", "true // nobody", 'person.did("x", 1)', "x" * 2_001),
)


@pytest.fixture(scope="module")
def office() -> Office:
    made = Office()
    made.hire("all", *(Grant(role=role, brand=BRAND) for role in Role))
    made.add("kari", country="NO", pool=True)
    made.named = made.rooms.furnish()
    made.rooms.settle()
    return made


@pytest.mark.parametrize("key", SERVED)
def test_hostile_paths_queries_and_bodies_end_in_an_answer_and_never_in_a_defect(
    office: Office, key: str
) -> None:
    who, asked = office.everybody[0], 0
    path = path_of(office.named, who.id)
    live = office.rooms.saving.live()[0]
    good = body_of(key, who.id, live)
    names = [name for name in path if f"{{{name}}}" in key]
    calls: list[dict[str, Any]] = [
        {"path": {**path, name: each}, "body": good} for name in names for each in HOSTILE
    ]
    if key.startswith("GET"):
        usual = QUERIES.get(key, {})
        queries = [{**usual, name: each} for name in ASKED for each in HOSTILE]
        calls += [{"path": path, "query": query} for query in queries]
    else:
        calls += [{"path": path, "raw": raw} for raw in RAW]
    office.rooms.begin(key)
    for call in calls:
        answer = office.ask("all", key, headers={"if-match": '"0"'}, **call)
        asked += 1
        assert status(answer) < 500, (key, call, document(answer))
    print(f"{key}: {asked} hostile calls, none a defect")


@pytest.mark.parametrize("when", CONDITIONS)
def test_a_condition_that_is_none_is_told_with_its_place(office: Office, when: str) -> None:
    told = office.ask("all", f"POST {D}/segments/check", body={"when": f"true && {when}"[:4_000]})
    said = document(told)
    assert not said["ok"]
    assert said["message"]
    for key in (f"GET {D}/people", f"GET {D}/count"):
        assert status(office.ask("all", key, query={"when": when})) == 400


def test_the_part_of_a_condition_that_is_wrong_is_named() -> None:
    office = Office()
    office.hire("all", Grant(role=Role.MARKETER, brand=BRAND))
    when = 'person.country == "NO" && person.nobody == 1'
    said = document(office.ask("all", f"POST {D}/segments/check", body={"when": when}))
    assert (said["part"], said["at"]) == ("person.nobody == 1", when.index("person.nobody"))
    assert "there is no person.nobody" in said["message"]


def test_an_erasure_wants_its_words_and_may_be_held(office: Office) -> None:
    who = office.everybody[0]
    key = f"POST {PERSON}/erasure"
    for said in ("erase", f"erase {who.id} ", f"ERASE {who.id}", "erase p_other"):
        answer = office.ask("all", key, body={"confirm": said, "why": "asked"}, person=who.id)
        assert status(answer) == 400
    assert office.rooms.asked_of_privacy.queue == []


def test_of_two_who_save_at_once_neither_undoes_the_others_work() -> None:
    office = Office()
    office.hire("all", Grant(role=Role.MARKETER, brand=BRAND))
    one: dict[str, Json] = {"name": "One", "when": 'person.country == "NO"'}
    first = office.ask("all", f"PUT {D}/segments/{{segment}}", body=one, segment="one")
    version = document(first)["version"]
    two: dict[str, Json] = {**one, "name": "Two"}
    office.ask("all", f"PUT {D}/segments/{{segment}}", body=two, segment="one")
    late = office.ask(
        "all",
        f"PUT {D}/segments/{{segment}}",
        body={**one, "name": "Late"},
        headers={"if-match": f'"{version}"'},
        segment="one",
    )
    assert isinstance(late, ProblemError)
    assert status(late) == 412
    shown = document(office.ask("all", f"GET {D}/segments/{{segment}}", segment="one"))
    assert shown["name"] == "Two"


def test_a_list_is_changed_by_pages_and_everybody_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    office.hire("marketer", Grant(role=Role.MARKETER, brand=BRAND))
    for n in range(3):
        office.add(f"p{n}", country="NO")
    monkeypatch.setattr(routes_search, "MAX_PEOPLE", 2)
    key = f"POST {D}/lists/{{list}}/people"
    asked: dict[str, Json] = {"when": 'person.country == "NO"'}
    dry = document(office.ask("marketer", key, body={**asked, "dry_run": True}, list="spring"))
    assert (dry["people"], dry["written"]) == (3, 0)
    first = document(office.ask("marketer", key, body=asked, list="spring"))
    assert first["people"] == first["written"] == 2
    more: dict[str, Json] = {**asked, "cursor": first["next"]}
    for bad in ({**more, "cursor": f"{first['next']}x"}, {**more, "when": "true"}):
        assert status(office.ask("marketer", key, body=bad, list="spring")) == 400
    assert status(office.ask("marketer", key, body=more, list="autumn")) == 400
    last = document(office.ask("marketer", key, body=more, list="spring"))
    assert (last["people"], last["written"], last["next"]) == (1, 1, None)
    off = f"POST {D}/lists/{{list}}/removals"
    office.ask("marketer", off, body=asked, list="winter")
    shown = document(office.ask("marketer", f"GET {D}/lists"))["items"]
    assert {"key": "spring", "from": ["people"]} in shown
    # Nobody was put on these.
    assert {"autumn", "winter"}.isdisjoint(each["key"] for each in shown)
    joined = {event.home for event in office.log.rows.values() if event.type == "List Joined"}
    assert joined == {each.ref for each in office.everybody}
