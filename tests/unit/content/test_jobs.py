"""The open jobs as the career site is told of them."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.content import handler
from functions.content.flow import SHORT, Answer, Asked
from functions.content.jobs import Jobs
from rapport.domain.jobs import Job, Remote, job_ref
from tests.support.fakes import Clock

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def job(number: int, **other: Any) -> Job:
    told = Job(
        id=str(number),
        title="Ward Nurse",
        category="nursing",
        location="Halden, Norway",
        places=("Halden, Norway",),
        city="Halden",
        country="NO",
        url=f"https://careers.halden.example/jobs/{number}",
        opened_at=NOW - timedelta(days=number),
        internal="REQ-1",
        source="careers",
    )
    return replace(told, **other)


LAB = job(
    2,
    title="Bioingeniør",
    category="laboratory",
    places=("Halden, Norway", "Strömstad, Sweden"),
    employment="Full-time, Permanent",
    remote=Remote.HYBRID,
    language="nb-NO",
    source="lab",
    terms=("centrifuge",),
)


@dataclass
class Shelf:
    """Stored jobs, and how often they were read."""

    jobs: list[Job] = field(default_factory=lambda: [job(3), LAB, job(1)])
    mark: str = "a"
    read: int = 0

    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        self.read += 1
        return [each for each in self.jobs if each.open][:limit]

    def jobs_mark(self) -> str:
        return self.mark

    def job(self, ref: str) -> Job | None:
        return next((each for each in self.jobs if job_ref(each.id) == ref), None)


@dataclass
class Site:
    """A career site that asks."""

    shelf: Shelf = field(default_factory=Shelf)
    clock: Clock = field(default_factory=lambda: Clock(NOW))

    def __post_init__(self) -> None:
        self.jobs = Jobs(store=self.shelf, now=self.clock)

    def ask(self, rest: str = "", tags: str = "", **query: str) -> Answer:
        asked = Asked(path=f"/jobs/v1{rest}", query=query, if_none_match=tags)
        return self.jobs.answer(asked)

    def ids(self, **query: str) -> list[str]:
        return [each["id"] for each in json.loads(self.ask(**query).body)["jobs"]]


def test_open_jobs_are_listed_newest_first_without_what_is_the_employers_own() -> None:
    site = Site()
    answer = json.loads(site.ask().body)
    assert [each["id"] for each in answer["jobs"]] == ["1", "2", "3"]
    assert (answer["total"], answer["next"]) == (3, "")
    first = answer["jobs"][0]
    assert first["opened_at"].startswith("2026-11-22T09:00:00")
    assert not {"internal", "terms", "description", "open"} & set(first)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "nurse halden"}, ["1", "3"]),
        ({"q": "bioing"}, ["2"]),
        ({"q": "CENTRI"}, ["2"]),
        ({"q": "nurse centrifuge"}, []),
        ({"category": "Nursing"}, ["1", "3"]),
        ({"city": "stromstad"}, ["2"]),
        ({"country": "no", "remote": "hybrid"}, ["2"]),
        ({"employment": "full-time"}, ["2"]),
        ({"language": "nb"}, ["2"]),
        ({"language": "n"}, []),
        ({"source": "careers", "q": ""}, ["1", "3"]),
        ({"source": "care"}, []),
        ({"unknown": "x"}, ["1", "2", "3"]),
    ],
)
def test_all_filters_must_hold(query: dict[str, str], found: list[str]) -> None:
    assert Site().ids(**query) == found


def test_pages_follow_one_another_though_jobs_open_and_close_meanwhile() -> None:
    site = Site(shelf=Shelf(jobs=[job(n) for n in range(1, 8)]))
    seen: list[str] = []
    cursor = ""
    for turn in range(3):
        answer = json.loads(site.ask(limit="2", cursor=cursor).body)
        seen += [each["id"] for each in answer["jobs"]]
        cursor = answer["next"]
        if turn == 0:
            site.shelf.jobs = [job(0), *(job(n) for n in range(1, 8) if n not in {2, 5})]
            site.shelf.mark = "b"
            site.clock.moment += timedelta(seconds=11)
    assert seen == ["1", "2", "3", "4", "6", "7"]
    assert cursor == ""


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "0"}, "bad_limit"),
        ({"limit": "101"}, "bad_limit"),
        ({"limit": "x"}, "bad_limit"),
        ({"cursor": "å"}, "bad_cursor"),
        ({"cursor": "12-"}, "bad_cursor"),
        ({"remote": "maybe"}, "unknown_remote"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(query: dict[str, str], code: str) -> None:
    answer = Site().ask(**query)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, code)


def test_a_job_is_shown_by_its_id_and_gone_when_it_is_closed() -> None:
    odd = job(4, id="ward/4 nights", description="At night.")
    over = job(6, closes_at=NOW)
    site = Site(shelf=Shelf(jobs=[odd, job(5, open=False), over]))
    shown = site.ask("/ward%2F4%20nights")
    assert (shown.status, json.loads(shown.body)["description"]) == (200, "At night.")
    refused = [(site.ask(f"/{each}").status) for each in ("5", "6", "7", "%00", "4/../5")]
    assert refused == [410, 410, 404, 404, 404]
    assert site.ids() == ["ward/4 nights"]


def test_who_has_the_answer_already_gets_none() -> None:
    site = Site()
    first = site.ask()
    assert (first.keep, site.ask(tags=first.etag).status) == (SHORT, 304)
    assert site.ask(tags=first.etag, limit="1").status == 200
    one = site.ask("/1")
    assert site.ask("/1", tags=one.etag).body == b""


def test_the_list_is_read_again_when_it_is_another_and_not_before() -> None:
    site = Site()
    site.ids()
    site.shelf.jobs.append(job(0))
    site.clock.moment += timedelta(seconds=11)
    assert (len(site.ids()), site.shelf.read) == (3, 1)
    site.shelf.mark = "b"
    assert len(site.ids()) == 3, "it was asked for a moment ago"
    site.clock.moment += timedelta(seconds=11)
    assert (len(site.ids()), site.shelf.read) == (4, 2)
    site.clock.moment += timedelta(hours=2)
    site.ids()
    assert site.shelf.read == 3


def test_the_function_answers_for_jobs_beside_the_content(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "content")
    monkeypatch.setattr(handler, "_jobs", lambda: Site().jobs)
    event = {
        "rawPath": "/live/jobs/v1",
        "rawQueryString": "limit=1&q=nurse",
        "headers": {},
        "requestContext": {"http": {"method": "GET"}},
    }
    answer = handler.lambda_handler(event, None)
    assert answer["statusCode"] == 200
    assert [each["id"] for each in json.loads(answer["body"])["jobs"]] == ["1"]
    assert answer["headers"]["etag"]
