"""What an ATS tells of its jobs: what is listed, what closes, and what is told of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.job_tellings import DynamoJobTellings
from rapport.ats import Connection
from rapport.ats_jobs import JobIntake
from rapport.domain.ats import AtsEvent, AtsJob, Kind
from rapport.domain.event import Origin
from rapport.domain.jobs import Job, job_ref
from tests.support import on_moto
from tests.support.boards import FakeJobs

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OWN = Connection(name="halden", vendor="standard")
BEHIND_A_BOARD = Connection(name="halden", vendor="greenhouse", boards=("careers",))
NURSE = AtsJob(
    id="r1",
    post="p1",
    title="Ward nurse",
    url="https://careers.halden.example/p1",
    status="open",
    locations=("Halden, Norway",),
    departments=("Nursing",),
)


class _Both(DynamoJobTellings, DynamoConfig):
    """The tables as an ATS changes them and as everybody reads them."""


@pytest.fixture(params=["memory", "moto"])
def store(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield FakeJobs()
        return
    with on_moto.tables():
        yield _Both(on_moto.TABLES["book"])


def says(kind: Kind, hour: int | None = None, job: AtsJob = NURSE) -> AtsEvent:
    clock = None if hour is None else NOW - timedelta(days=1) + timedelta(hours=hour)
    return AtsEvent(kind=kind, vendor_event=kind.value, clock=clock, jobs=(job,))


def tell(
    store: Any,
    *events: AtsEvent,
    connection: Connection = OWN,
    origin: Origin = Origin.LIVE,
    dry_run: bool = False,
) -> int:
    intake = JobIntake(store=store, now=lambda: NOW)
    return sum(intake.take(connection, [e], origin=origin, dry_run=dry_run) for e in events)


def listed(store: Any) -> list[str]:
    return sorted(job.id for job in store.open_jobs("", limit=99))


def facts(store: Any) -> list[tuple[str, str]]:
    return [(fact.change, fact.job.id) for fact in store.untold()]


def on_board(ident: str, **other: Any) -> Job:
    return replace(
        Job(
            id=ident,
            title="Ward nurse",
            category="Nursing",
            location="Halden",
            url=f"https://careers.halden.example/{ident}",
            opened_at=NOW - timedelta(days=9),
            source="careers",
        ),
        **other,
    )


def put_on_board(store: Any, *jobs: Job) -> None:
    from rapport.domain.closing import plan

    known, told = store.known(jobs[0].source, jobs)
    store.store(plan(known, told, NOW - timedelta(days=8)))
    store.told(store.untold())


def test_a_job_opens_changes_and_closes_and_each_is_told_once(store: Any) -> None:
    opened, renamed = (says(Kind.JOB_CREATED, 1), replace(NURSE, title="Head nurse"))
    assert tell(store, opened, opened) == 1
    assert listed(store) == ["p1"]
    job = store.job("p1")
    assert (job.source, job.internal, job.city, job.category) == (
        "halden",
        "r1",
        "Halden",
        "Nursing",
    )
    changed, closed = (
        says(Kind.JOB_UPDATED, 2, renamed),
        says(Kind.JOB_CLOSED, 3, AtsJob(id="r1", post="p1")),
    )
    assert tell(store, changed, changed, closed, closed) == 2
    assert listed(store) == []
    job = store.job("p1")
    assert (job.open, job.title, job.closed_at) == (False, "Head nurse", NOW)
    assert sorted(facts(store)) == [("changed", "p1"), ("closed", "p1"), ("opened", "p1")]


@pytest.mark.parametrize(
    "ends",
    [
        says(Kind.JOB_CLOSED, 5),
        says(Kind.JOB_DELETED, 5, AtsJob(id="r1", post="p1")),
        says(Kind.POST_UNPUBLISHED, 5),
        says(Kind.POST_DELETED),
        says(Kind.JOB_UPDATED, 5, replace(NURSE, status="Filled")),
        says(Kind.JOB_UPDATED, 5, replace(NURSE, confidential=True)),
    ],
)
def test_what_is_over_off_the_air_deleted_or_confidential_closes_at_once(ends: AtsEvent) -> None:
    store = FakeJobs()
    tell(store, says(Kind.JOB_CREATED, 1), ends)
    assert listed(store) == []
    assert facts(store)[-1] == ("closed", "p1")


def test_a_confidential_job_is_listed_by_nothing_but_a_word_that_it_is_none(store: Any) -> None:
    secret = replace(NURSE, confidential=True)
    tell(store, says(Kind.JOB_CREATED, 1, secret), says(Kind.JOB_UPDATED, 2))
    assert (listed(store), facts(store)) == ([], [])
    tell(store, says(Kind.JOB_UPDATED, 3, replace(NURSE, confidential=False)))
    assert (listed(store), facts(store)) == (["p1"], [("opened", "p1")])


def test_a_job_without_an_address_or_with_none_of_the_web_is_not_stored(store: Any) -> None:
    for url in ("", "javascript:alert(1)", "careers.halden.example"):
        assert tell(store, says(Kind.JOB_CREATED, 1, replace(NURSE, url=url))) == 0
    assert store.job("p1") is None
    tell(store, says(Kind.JOB_CREATED, 1, replace(NURSE, title="")))
    assert listed(store) == [], "nobody can be offered a job that is called nothing"


def test_tellings_in_any_order_end_alike() -> None:
    course = [
        says(Kind.JOB_CREATED, 1),
        says(Kind.JOB_UPDATED, 2, replace(NURSE, title="Head nurse")),
        says(Kind.JOB_CLOSED, 3),
        says(Kind.POST_PUBLISHED, 4, replace(NURSE, title="Chief nurse")),
    ]
    ends = set()
    for order in permutations(course):
        each = FakeJobs()
        tell(each, *order, *order)
        job = each.job("p1")
        assert job is not None
        ends.add((job.open, job.title))
    assert ends == {(True, "Chief nurse")}


def test_what_is_old_changes_nothing_however_late_it_comes(store: Any) -> None:
    tell(store, says(Kind.JOB_CREATED, 1), says(Kind.JOB_UPDATED, 9))
    assert tell(store, says(Kind.JOB_CLOSED, 5)) == 0
    assert listed(store) == ["p1"]


def test_a_first_run_and_a_dry_run_tell_nobody(store: Any) -> None:
    assert tell(store, says(Kind.JOB_UPDATED, 1), dry_run=True) == 1
    assert store.job("p1") is None
    tell(store, says(Kind.JOB_UPDATED, 1), origin=Origin.BACKFILL)
    assert (listed(store), facts(store)) == (["p1"], [])


def test_where_a_board_is_read_the_ats_closes_and_lists_nothing(store: Any) -> None:
    put_on_board(
        store, on_board("p1", internal="r1"), on_board("p2", internal="r1"), on_board("p3")
    )
    told = [
        says(Kind.JOB_CREATED, 1),
        says(Kind.JOB_UPDATED, 2, replace(NURSE, title="Head nurse")),
    ]
    assert tell(store, *told, connection=BEHIND_A_BOARD) == 0
    assert tell(store, says(Kind.POST_UNPUBLISHED, 3), connection=BEHIND_A_BOARD) == 1
    assert listed(store) == ["p2", "p3"], "of one post alone"
    over = says(Kind.JOB_CLOSED, 4, AtsJob(id="r1"))
    assert tell(store, over, over, connection=BEHIND_A_BOARD) == 1
    assert listed(store) == ["p3"]
    assert sorted(facts(store)) == [("closed", "p1"), ("closed", "p2")]


def test_a_board_that_no_connection_names_is_left_alone(store: Any) -> None:
    put_on_board(store, on_board("p1", internal="r1"))
    assert tell(store, says(Kind.JOB_DELETED, 1, AtsJob(id="r1", post="p1"))) == 0
    other = replace(BEHIND_A_BOARD, boards=("elsewhere",))
    assert tell(store, says(Kind.JOB_CLOSED, 1), connection=other) == 0
    assert listed(store) == ["p1"]
    tell(store, says(Kind.JOB_CREATED, 1))
    assert listed(store) == ["halden.p1", "p1"], "an id of two sources is two jobs"
    tell(store, says(Kind.JOB_CLOSED, 2))
    assert listed(store) == ["p1"]


def test_a_job_that_moves_to_another_category_is_listed_once(store: Any) -> None:
    tell(store, says(Kind.JOB_CREATED, 1))
    mark = getattr(store, "jobs_mark", lambda: "")()
    tell(store, says(Kind.JOB_UPDATED, 2, replace(NURSE, departments=("Wards",))))
    assert listed(store) == ["p1"]
    assert store.open_jobs("Nursing", limit=9) == []
    if not isinstance(store, FakeJobs):
        assert store.jobs_mark() != mark, "copies of the list are read again"
        assert [v.number for v in store.versions(job_ref("p1"))] == [1, 2]


def test_of_two_who_tell_at_once_none_is_lost() -> None:
    store = FakeJobs()
    tell(store, says(Kind.JOB_CREATED, 1))

    def meanwhile() -> None:
        tell(store, says(Kind.JOB_CLOSED, 3))

    store.before_move = meanwhile
    assert tell(store, says(Kind.JOB_UPDATED, 2, replace(NURSE, title="Head nurse"))) == 0
    assert listed(store) == [], "what is closed is not opened by who read it before"
    assert facts(store) == [("opened", "p1"), ("closed", "p1")]
