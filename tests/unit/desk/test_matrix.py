"""Who may what, about whom: every route × role × brand × country × pool, and every person."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from functions.desk.answers import Answer, ProblemError
from functions.desk.calls import Over
from functions.desk.table import SERVED
from rapport.cursors import cursor_to
from rapport.domain.event import Json
from rapport.domain.operators import ANY, Grant, Role
from rapport.operator_routes import OPERATOR_ROUTES
from tests.support.desk_calls import CAMPAIGN, PERSON, QUERIES, D, body_of, path_of
from tests.support.operating import BRAND, POOL, Office, Somebody, document, status, told

LOOKING = "viewer recruiter marketer privacy"
PLANNING = "viewer marketer approver"
# Said once more, by hand: what the code allows is compared with this, and not with itself.
ROLES = {
    "GET /desk/v1/me": "viewer recruiter marketer approver privacy admin",
    "GET /desk/v1/people": LOOKING,
    f"GET {PERSON}": LOOKING,
    f"GET {PERSON}/timeline": LOOKING,
    f"GET {PERSON}/why": LOOKING,
    f"POST {PERSON}/stop": "recruiter marketer privacy",
    f"DELETE {PERSON}/stop": "recruiter marketer privacy",
    f"POST {PERSON}/notes": "recruiter",
    f"POST {PERSON}/messages": "recruiter",
    "GET /desk/v1/tasks": "recruiter privacy",
    "POST /desk/v1/tasks/{task}/done": "recruiter privacy",
    "GET /desk/v1/audit": "privacy admin",
    "GET /desk/v1/sending": "viewer recruiter marketer approver admin",
    "PUT /desk/v1/sending": "admin",
    f"GET {D}/count": LOOKING,
    f"GET {D}/segments": f"{PLANNING} recruiter",
    f"POST {D}/segments/check": f"{PLANNING} recruiter",
    f"GET {D}/segments/{{segment}}": f"{PLANNING} recruiter",
    f"PUT {D}/segments/{{segment}}": "marketer",
    f"DELETE {D}/segments/{{segment}}": "marketer",
    f"GET {D}/lists": f"{PLANNING} recruiter",
    f"POST {D}/lists/{{list}}/people": "recruiter marketer",
    f"POST {D}/lists/{{list}}/removals": "recruiter marketer",
    f"POST {D}/tables": "recruiter marketer",
    f"GET {D}/tables/{{table}}": "recruiter marketer",
    f"GET {D}/forms": PLANNING,
    f"GET {D}/forms/{{form}}": PLANNING,
    f"PUT {D}/forms/{{form}}": "marketer",
    f"DELETE {D}/forms/{{form}}": "marketer",
    f"POST {D}/uploads": "marketer",
    f"GET {D}/uploads/{{upload}}": "marketer",
    f"POST {D}/uploads/{{upload}}/look": "marketer",
    f"POST {D}/uploads/{{upload}}/start": "marketer",
    f"GET {D}/imports": "marketer",
    f"GET {D}/imports/{{import}}": "marketer",
    f"POST {D}/imports/{{import}}/undo": "marketer",
    f"POST {D}/imports/{{import}}/ask": "marketer",
    f"GET {D}/campaigns": PLANNING,
    f"GET {CAMPAIGN}": PLANNING,
    f"PUT {CAMPAIGN}": "marketer",
    f"DELETE {CAMPAIGN}": "marketer",
    f"POST {CAMPAIGN}/preview": PLANNING,
    f"GET {CAMPAIGN}/preview": PLANNING,
    f"GET {CAMPAIGN}/examples": PLANNING,
    f"POST {CAMPAIGN}/seed": "marketer",
    f"POST {CAMPAIGN}/ask": "marketer",
    f"POST {CAMPAIGN}/approve": "approver",
    f"POST {CAMPAIGN}/launch": "marketer",
    f"POST {CAMPAIGN}/pause": "marketer",
    f"POST {CAMPAIGN}/resume": "marketer",
    f"POST {CAMPAIGN}/cancel": "marketer",
    f"GET {CAMPAIGN}/result": PLANNING,
    f"GET {D}/bundle": f"{PLANNING} recruiter",
    f"GET {D}/bundle/files": PLANNING,
    f"POST {PERSON}/erasure": "privacy",
    f"GET {D}/erasures/{{erasure}}": "privacy",
    f"GET {PERSON}/resumes": "recruiter admin",
    f"POST {PERSON}/exports": "privacy",
    f"GET {PERSON}/exports/{{export}}": "privacy",
    f"GET {D}/report": PLANNING,
    f"GET {D}/report/csv": PLANNING,
    f"GET {D}/report/page": PLANNING,
    f"GET {D}/report/people": PLANNING,
}
# Of many people each is told, or changed, alone.
SEARCHING = (f"GET {D}/people", f"GET {D}/count")
LISTING = (f"POST {D}/lists/{{list}}/people", f"POST {D}/lists/{{list}}/removals")
GRANTS = [
    Grant(role=role, brand=brand, country=country, pool=pool)
    for role, brand, country, pool in product(
        Role, (BRAND, "another", ANY), ("NO", "SE", ANY), (POOL, ANY)
    )
]
NOBODY = "p_nobody-has-this-id"
ERASURE = f"GET {D}/erasures/{{erasure}}"


@pytest.fixture
def office() -> Office:
    made = Office()
    made.named = made.rooms.furnish()
    made.rooms.settle()
    ticket = cursor_to("0|ref|somebody else", made.desk.ring(), "erasure")
    made.named["erasure"] = ticket
    return made


def crowd(office: Office) -> list[Somebody]:
    """Two countries and none, in the pool and out of it."""
    return [
        office.add("kari-in-the-pool", country="NO", pool=True),
        office.add("ola-of-no-pool", country="NO"),
        office.add("sven-in-the-pool", country="SE", pool=True),
        office.add("rin-of-nowhere"),
    ]


def covers(grant: Grant, who: Somebody) -> bool:
    return (
        grant.brand in {BRAND, ANY}
        and grant.country in {who.country or "nowhere", ANY}
        and (grant.pool == ANY or grant.pool in who.lists)
    )


def asked(key: str, who: Somebody) -> Iterator[tuple[str, dict[str, str]]]:
    """What a route that is about many may be asked about one person."""
    if key == "GET /desk/v1/people":
        yield "query", {"q": f"{who.mark}@people.example"}
        yield "query", {"q": who.id}
    elif key == "GET /desk/v1/audit":
        yield "query", {"person": who.id}
    elif key == f"GET {D}/count":
        yield "query", {"when": f'person.id == "{who.id}"'}
    elif key in LISTING:
        yield "path", {"person": who.id}
    elif key == "POST /desk/v1/tasks/{task}/done":
        yield "path", {"task": who.task}


def test_every_route_has_its_line_in_the_table_and_here() -> None:
    assert set(SERVED) == {key for route in OPERATOR_ROUTES for key in route.keys} == set(ROLES)


Cell = tuple[bool, Answer | ProblemError]


def call(office: Office, subject: str, key: str, person: str, **more: Any) -> Answer | ProblemError:
    """A good call about a person, as things were at the beginning."""
    office.rooms.begin(key)
    live = office.rooms.saving.live()[0]
    told = {**path_of(office.named, person), **more.pop("path", {})}
    if key.endswith("/erasures/{erasure}"):
        told["erasure"] = office.named["erasure"]
    body = more.pop("body", None) or body_of(key, person, live)
    query = more.pop("query", None) or QUERIES.get(key)
    return office.ask(subject, key, body=body, query=query, path=told, **more)


def one_by_one(office: Office, subject: str, grant: Grant, key: str) -> Iterator[Cell]:
    """A route about one person, asked about everybody; the hidden are as nobody is."""
    none = call(office, subject, key, NOBODY)
    for who in office.everybody:
        allowed = grant.role.value in ROLES[key].split() and covers(grant, who)
        answer = call(office, subject, key, who.id)
        same = (status(answer), told(answer)) == (404, told(none))
        yield allowed and not same, answer
        assert allowed or same, f"{grant.text} tells {key} of somebody from nobody"


def among_many(office: Office, subject: str, grant: Grant, key: str) -> Iterator[Cell]:
    """A route about many, asked what it may be asked about each."""
    in_role = grant.role.value in ROLES[key].split()
    for who in office.everybody:
        shown = in_role and covers(grant, who)
        for how, what in asked(key, who):
            body = {"people": [who.id], "dry_run": True} if key in LISTING else None
            query = what if how == "query" else None
            answer = call(office, subject, key, who.id, body=body, query=query, path=what)
            yield shown or (in_role and key in (*SEARCHING, *LISTING)), answer
            if not in_role:
                continue
            if key == f"GET {D}/people":
                items = document(answer)["items"]
                assert [each["person"] for each in items] == [who.id] * shown
            elif key in (*SEARCHING, *LISTING):
                on_list = POOL in who.lists
                counts = shown if key in SEARCHING else shown and on_list is ("removals" in key)
                assert document(answer)["people"] == counts, f"{grant.text} counts by {key}"


def as_a_whole(office: Office, subject: str, grant: Grant, key: str) -> Iterator[Cell]:
    """A route about the brand, or about nothing but the operator; an erasure is of another."""
    over = SERVED[key].over
    whole = grant.brand != "another" and (over is Over.COMMON or grant.country == grant.pool == ANY)
    allowed = whole or over is Over.ME
    etag = {"if-match": f'"{office.sendings.row.version}"'} if "sending" in key else {}
    answer = call(office, subject, key, NOBODY, headers=etag)
    yield grant.role.value in ROLES[key].split() and allowed, answer


def test_nobody_sees_or_changes_anything_across_a_line(office: Office) -> None:
    crowd(office)
    ways = {Over.PERSON: one_by_one, Over.MANY: among_many}
    cells: Counter[str] = Counter()
    leaks: list[str] = []
    for (number, grant), key in product(enumerate(GRANTS), ROLES):
        subject = office.hire(f"s-{number}", grant)
        office.open_tasks_again()
        hidden = [who for who in office.everybody if not covers(grant, who)]
        marks = [mark.encode() for who in hidden for mark in (who.mark, who.id)]
        office.rooms.begin(key)
        before = office.state()
        way = as_a_whole if key == ERASURE else ways.get(SERVED[key].over, as_a_whole)
        found = [*way(office, subject, grant, key)]
        cells[SERVED[key].over.value] += len(found)
        for allowed, answer in found:
            if (status(answer) < 400) is not allowed:
                leaks.append(f"{grant.text} got {status(answer)} of {key}")
            if any(mark in told(answer) for mark in marks):
                leaks.append(f"{grant.text} read of somebody hidden by {key}")
        if not any(allowed for allowed, _ in found) and office.state() != before:
            leaks.append(f"{grant.text} changed something by {key}")
    assert leaks == []
    audited = len({row.id for row in office.audits.rows.values()})
    assert audited == office.calls
    print(f"{cells.total()} cells {dict(cells)}, leaks {len(leaks)}, audited {audited} calls")


def test_an_erasure_is_followed_by_who_asked_for_it_and_by_who_has_no_bounds(
    office: Office,
) -> None:
    who = office.add("kari", country="NO")
    grants = {"asked": "NO", "beside": "NO", "whole": ANY}
    for subject, country in grants.items():
        office.hire(subject, Grant(role=Role.PRIVACY, brand=BRAND, country=country))
    said: Json = {"confirm": f"erase {who.id}", "why": "they asked"}
    ticket = document(office.ask("asked", f"POST {PERSON}/erasure", body=said, person=who.id))
    codes = {s: status(office.ask(s, ERASURE, erasure=ticket["erasure"])) for s in grants}
    assert codes == {"asked": 200, "beside": 404, "whole": 200}
    assert status(office.ask("asked", ERASURE, erasure=f"{ticket['erasure']}x")) == 404
    office.hire("asked", Grant(role=Role.VIEWER, brand=BRAND))
    office.clock.forward(seconds=60)
    assert status(office.ask("asked", ERASURE, erasure=ticket["erasure"])) == 403


def test_lists_are_narrowed_before_they_are_counted(office: Office) -> None:
    people = crowd(office)
    for number, grant in enumerate(GRANTS):
        subject = office.hire(f"s-{number}", grant)
        seen = {who.id for who in people if covers(grant, who)}
        answer = office.ask(subject, "GET /desk/v1/tasks")
        if grant.role in {Role.RECRUITER, Role.PRIVACY}:
            assert {each["person"] for each in document(answer)["items"]} == seen
        else:
            assert status(answer) == 403
        for query in ({"when": "true"}, {"sort": "score"}, {"list": POOL}):
            answer = office.ask(subject, f"GET {D}/people", query=query)
            count = office.ask(subject, f"GET {D}/count", query={**query})
            if grant.role.value not in LOOKING.split():
                assert status(answer) == status(count) == 403
                continue
            wanted = {who.id for who in people if who.id in seen}
            wanted &= {who.id for who in people if "list" not in query or POOL in who.lists}
            assert {each["person"] for each in document(answer)["items"]} == wanted
            assert document(count)["people"] == len(wanted)


def test_somebody_without_grants_and_somebody_unknown_get_nothing(office: Office) -> None:
    who = office.add("kari", country="NO")
    office.hire("nothing")
    for subject in ("nothing", "a stranger"):
        for key in ROLES:
            answer = call(office, subject, key, who.id, path={"task": who.task})
            assert status(answer) in ({403, 404} if subject == "nothing" else {403}) or (
                (subject, key) == ("nothing", "GET /desk/v1/me")
            )
            assert who.mark.encode() not in told(answer)
