"""Who may what, about whom: every route × role × brand × country × pool, and every person."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest

from functions.desk.answers import Answer, ProblemError
from functions.desk.calls import Over
from functions.desk.table import SERVED
from rapport.domain.event import Json
from rapport.domain.operators import ANY, Grant, Role
from rapport.operator_routes import OPERATOR_ROUTES
from tests.support.operating import BRAND, POOL, Office, Somebody, document, status, told

PERSON = "/desk/v1/people/{person}"
LOOKING = "viewer recruiter marketer privacy"
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
}
BODIES: dict[str, Json] = {
    f"POST {PERSON}/stop": {"why": "asked on the phone"},
    f"POST {PERSON}/notes": {"text": "called"},
    f"POST {PERSON}/messages": {"subject": "Hello", "text": "Are you well?"},
    "PUT /desk/v1/sending": {"stopped": True},
}
GRANTS = [
    Grant(role=role, brand=brand, country=country, pool=pool)
    for role, brand, country, pool in product(
        Role, (BRAND, "another", ANY), ("NO", "SE", ANY), (POOL, ANY)
    )
]
NOBODY = "p_nobody-has-this-id"


@pytest.fixture
def office() -> Office:
    return Office()


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
    elif key == "POST /desk/v1/tasks/{task}/done":
        yield "path", {"task": who.task}


def test_every_route_has_its_line_in_the_table_and_here() -> None:
    assert set(SERVED) == {key for route in OPERATOR_ROUTES for key in route.keys} == set(ROLES)


Cell = tuple[bool, Answer | ProblemError]


def one_by_one(office: Office, subject: str, grant: Grant, key: str) -> Iterator[Cell]:
    """A route about one person, asked about everybody; the hidden are as nobody is."""
    none = office.ask(subject, key, body=BODIES.get(key), person=NOBODY)
    for who in office.everybody:
        allowed = grant.role.value in ROLES[key].split() and covers(grant, who)
        answer = office.ask(subject, key, body=BODIES.get(key), person=who.id)
        same = (status(answer), told(answer)) == (404, told(none))
        yield allowed and not same, answer
        assert allowed or same, f"{grant.text} tells {key} of somebody from nobody"


def among_many(office: Office, subject: str, grant: Grant, key: str) -> Iterator[Cell]:
    """A route about many, asked what it may be asked about each."""
    in_role = grant.role.value in ROLES[key].split()
    finding = key == "GET /desk/v1/people"
    for who in office.everybody:
        shown = in_role and covers(grant, who)
        for how, what in asked(key, who):
            query = what if how == "query" else {}
            answer = office.ask(subject, key, query=query, task=what.get("task", ""))
            yield shown or (in_role and finding), answer
            if finding and in_role:
                items = document(answer)["items"]
                assert [each["person"] for each in items] == [who.id] * shown


def as_a_whole(office: Office, subject: str, grant: Grant, key: str) -> Iterator[Cell]:
    """A route about the brand, or about nothing but the operator."""
    whole = grant.brand != "another" and grant.country == grant.pool == ANY
    allowed = whole or SERVED[key].over is Over.ME
    etag = {"if-match": f'"{office.sendings.row.version}"'}
    answer = office.ask(subject, key, body=BODIES.get(key), headers=etag)
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
        before = office.state()
        found = [*ways.get(SERVED[key].over, as_a_whole)(office, subject, grant, key)]
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


def test_somebody_without_grants_and_somebody_unknown_get_nothing(office: Office) -> None:
    who = office.add("kari", country="NO")
    office.hire("nothing")
    for subject in ("nothing", "a stranger"):
        for key in ROLES:
            answer = office.ask(subject, key, body=BODIES.get(key), person=who.id, task=who.task)
            assert status(answer) in ({403, 404} if subject == "nothing" else {403}) or (
                (subject, key) == ("nothing", "GET /desk/v1/me")
            )
            assert who.mark.encode() not in told(answer)
