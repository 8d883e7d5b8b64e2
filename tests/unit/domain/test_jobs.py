"""How a job is named in keys, and how far an application has come."""

import json

import pytest

from rapport.domain.capping import MOST
from rapport.domain.event import Json
from rapport.domain.identifiers import Ref
from rapport.domain.jobs import Application, job_ref
from rapport.domain.profile import Profile, fold_profile, from_json, to_json
from rapport.domain.statements import registers_of
from rapport.domain.tally import Tally, add, fold_partition, tally_from_json, tally_to_json
from tests.support.histories import EVE, USERS, event

ANA = USERS[0]
BOT: dict[str, Json] = {"because": ["the user agent is a crawler's"]}


def applied(kind: str, minute: int = 0, *, job: Json = "4105", **more: Json) -> Profile:
    return fold([(kind, minute, {"job_id": job, **more})])


def fold(told: list[tuple[str, int, dict[str, Json]]], *, bot: bool = False) -> Profile:
    signs: dict[str, Json] = {"bot": BOT} if bot else {}
    rows = [
        event(minute, user=ANA, kind=kind, body={"properties": properties, **signs})
        for kind, minute, properties in told
    ]
    return fold_profile(ANA, [fold_partition(ANA, rows)])


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("41-05", "41-05"),
        (4105, "4105"),
        (4105.0, "4105"),
        (" REQ-2026.11_b ", "REQ-2026.11_b"),
        ("x" * 64, "x" * 64),
        ("", ""),
        ("  ", ""),
        (None, ""),
        (True, ""),
        (1.5, ""),
        (10**40, ""),
        ([], ""),
        ({"id": "4105"}, ""),
    ],
)
def test_a_job_is_named_by_its_id_and_not_at_all_by_what_is_none(raw: Json, name: str) -> None:
    assert job_ref(raw) == name


@pytest.mark.parametrize(
    "raw",
    ["Ward nurse, nights", "ana@inbox.halden.example", "x" * 65, "é", "a#b", "\ud800", "a\nb"],
)
def test_a_name_that_may_not_stand_in_keys_is_hashed_and_hashed_no_more(raw: str) -> None:
    name = job_ref(raw)
    assert raw not in name
    assert job_ref(name) == name
    assert job_ref(f" {raw} ") == name
    assert name != job_ref(f"{raw}!")


def test_long_names_that_begin_alike_are_two_jobs() -> None:
    assert job_ref("x" * 1000 + "1") != job_ref("x" * 1000 + "2")


def test_an_application_is_its_first_start_its_furthest_step_and_its_first_submission() -> None:
    steps: list[tuple[str, int, dict[str, Json]]] = [
        ("Application Submitted", 90, {"job_id": 4105}),
        ("Application Step Completed", 20, {"job_id": "4105", "step": 2}),
        ("Application Step Completed", 10, {"job_id": "4105", "step": "1"}),
        ("Application Started", 5, {"job_id": "4105"}),
        ("Application Started", 60, {"job_id": "4105"}),
        ("Application Started", 1, {"job_id": "4106"}),
        ("Application Submitted", 95, {"job_id": "4105"}),
    ]
    profile = fold(steps)
    start, end = (event(minute, user=ANA).at for minute in (5, 90))
    assert profile.applications == {
        "4105": Application(started=start, step=2, submitted=end),
        "4106": Application(started=event(1, user=ANA).at),
    }
    assert fold(steps[::-1]) == profile
    assert from_json(to_json(profile)) == profile


def test_a_step_shows_that_the_application_was_started() -> None:
    profile = applied("Application Step Completed", 3, step=1)
    assert profile.applications == {"4105": Application(started=event(3, user=ANA).at, step=1)}


@pytest.mark.parametrize("step", [0, -1, 1000, 1.5, True, None, "two", "", [2], "²", 10**30])
def test_a_step_that_is_none_is_not_counted(step: Json) -> None:
    profile = applied("Application Step Completed", step=step)
    assert [a.step for a in profile.applications.values()] == [0]


@pytest.mark.parametrize("job", [None, "", [], True])
def test_without_a_job_there_is_no_application(job: Json) -> None:
    profile = applied("Application Started", job=job)
    assert profile.applications == {}
    assert profile.totals == {"Application Started": 1}


def test_the_jobs_kept_are_told_exactly_and_the_rest_is_owned_up_to() -> None:
    told: list[tuple[str, int, dict[str, Json]]] = [
        (kind, n, {"job_id": n % 20})
        for n in range(60)
        for kind in ("Application Started", "Application Submitted")
    ]
    profile = fold(told)
    assert len(profile.applications) == MOST
    assert profile.overflow == ("applications",)
    for job, application in profile.applications.items():
        first = event(int(job), user=ANA).at
        assert application == Application(started=first, submitted=first)


def test_a_machine_counts_apart_and_neither_applies_nor_shows_interest() -> None:
    told: list[tuple[str, int, dict[str, Json]]] = [
        ("Application Started", 0, {"job_id": "4105", "category": "nursing"}),
        ("Job Viewed", 1, {"job_id": "4105", "category": "nursing"}),
    ]
    profile = fold(told, bot=True)
    assert profile.totals == {"Application Started (bot)": 1, "Job Viewed (bot)": 1}
    assert profile.applications == {}
    assert profile.interests == {}
    assert fold(told).interests == {"nursing": 2}


@pytest.mark.parametrize(
    "kind",
    ["Application Started", "Application Step Completed", "Application Submitted"],
)
def test_a_form_states_who_fills_it_in_and_its_category_is_the_jobs(kind: str) -> None:
    properties: dict[str, Json] = {
        "email": "ana@inbox.halden.example",
        "first_name": "Ana",
        "category": "nursing",
        "job_category": "nursing",
    }
    body: dict[str, Json] = {"properties": properties, "bot": BOT}
    found = registers_of(event(user=ANA, kind=kind, body=body))
    assert {name: register.value for name, register in found.items()} == {
        "email": "ana@inbox.halden.example",
        "first_name": "Ana",
    }


def test_an_alerts_category_is_what_the_person_chose() -> None:
    body: dict[str, Json] = {"properties": {"category": "Nursing"}}
    found = registers_of(event(user=ANA, kind="Job Alert Created", body=body))
    assert found["job_category"].value == "nursing"


def test_whom_somebody_recommends_a_job_to_is_not_who_they_are() -> None:
    body: dict[str, Json] = {"properties": {"email": "bo@inbox.halden.example"}}
    assert registers_of(event(user=ANA, kind="Referral Made", body=body)) == {}


def test_rows_from_before_there_were_applications_read_as_they_were_and_lose_nothing() -> None:
    tally = {"c": {"Job Viewed": "s2"}, "f": 1, "l": 2, "i": {"nursing": 2}}
    assert tally_to_json(tally_from_json(tally)) == tally  # type: ignore[arg-type]
    profile = '{"f":1,"i":{"nursing":2},"l":2,"n":{"page":1},"r":"user#ana"}'
    read = from_json(profile)
    assert (read.root, read.totals, read.interests) == ("user#ana", {"page": 1}, {"nursing": 2})
    # Totals are written shorter today, by a letter for the name; an old row that is read, written
    # and read again says the same.
    assert from_json(to_json(read)) == read
    assert to_json(read).replace('"X":1', '"page":1') == profile


def test_an_application_costs_its_row_a_few_bytes_and_others_none() -> None:
    job = event(user=ANA, kind="Application Started", body={"properties": {"job_id": "4105"}})
    grown = len(json.dumps(tally_to_json(add(Tally(), job))))
    other = event(user=ANA, kind="Application Started")
    assert grown - len(json.dumps(tally_to_json(add(Tally(), other)))) < 40
    assert to_json(Profile(root=Ref("user#ana"), first=EVE)).count('"j"') == 0
