"""A job board's feed becomes the jobs that mails can show."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import jobs
from cli.errors import CommandError
from rapport.domain.jobs import job_ref
from tests.support import on_moto
from tests.unit.cli.conftest import Desk

NURSE = {
    "id": 4105,
    "title": " Ward Nurse ",
    "absolute_url": "https://careers.halden.example/jobs/4105",
    "location": {"name": "Halden, Norway"},
    "departments": [{"id": 41, "name": "Nursing"}],
    "first_published": "2026-11-19T09:00:00+01:00",
    "updated_at": "2026-11-20T09:00:00+01:00",
    "metadata": [{"name": "Status", "value": "Open"}],
}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CLOSED = [{"name": "Status", "value": "Closed"}]


def _feed(*postings: object) -> bytes:
    return json.dumps({"jobs": postings, "meta": {"total": len(postings)}}).encode()


def test_a_posting_becomes_a_job() -> None:
    (job,) = jobs.parse(_feed(NURSE), now=NOW)
    assert (job.id, job.title, job.category) == ("4105", "Ward Nurse", "nursing")
    assert job.location == "Halden, Norway"
    assert job.opened_at == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert job.open


def test_a_job_is_closed_when_its_metadata_say_so() -> None:
    (job,) = jobs.parse(_feed(NURSE | {"metadata": CLOSED}), now=NOW)
    assert not job.open


def test_a_board_that_says_little_is_enough() -> None:
    spare = {"id": "x", "title": "T", "absolute_url": "u", "updated_at": "2026-11-20T09:00:00"}
    (job,) = jobs.parse(_feed(spare | {"metadata": None}), now=NOW)
    assert (job.category, job.location) == ("", "")
    assert job.opened_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        (b"<html>", "no job-board feed"),
        (b"[]", "no job-board feed"),
        (_feed({"id": 1}), r"jobs\[0\]"),
    ],
)
def test_an_ill_formed_feed_is_told_in_one_line(feed: bytes, told: str) -> None:
    with pytest.raises(CommandError, match=told) as wrong:
        jobs.parse(feed, now=NOW)
    assert "\n" not in str(wrong.value)


@given(st.binary(max_size=200))
def test_no_feed_breaks_the_command(feed: bytes) -> None:
    try:
        jobs.parse(feed, now=NOW)
    except CommandError as told:
        assert "\n" not in str(told)  # noqa: PT017  (either outcome is right)


def test_the_shipped_feed_loads_and_closed_jobs_are_not_shown(desk: Desk) -> None:
    feed = Path("local/jobs.json")
    loaded = jobs.load(on_moto.CONFIG, feed)
    assert loaded.gone == 0
    shown = desk.stores.book.open_jobs("nursing", limit=3)
    assert len(shown) == 3
    assert all(job.open for job in shown)
    opened = [job for job in loaded.jobs if job.category == "nursing" and job.open]
    newest = sorted(opened, key=lambda job: job.opened_at, reverse=True)[:3]
    assert shown == [replace(job, description="") for job in newest]


def test_another_feed_is_told_by_its_mark_and_the_same_one_again_is_not(
    desk: Desk, tmp_path: Path
) -> None:
    feed, book, marks = tmp_path / "feed.json", desk.stores.book, []
    for told in (_feed(NURSE), _feed(NURSE), _feed(NURSE | {"title": "Night nurse"})):
        feed.write_bytes(told)
        jobs.load(on_moto.CONFIG, feed)
        marks.append(book.jobs_mark())
    assert marks[0] == marks[1] != marks[2]
    assert all(marks)


def test_a_job_that_left_the_feed_is_removed(desk: Desk, tmp_path: Path) -> None:
    feed = tmp_path / "feed.json"
    feed.write_bytes(_feed(NURSE, NURSE | {"id": 4106}))
    jobs.load(on_moto.CONFIG, feed)
    feed.write_bytes(_feed(NURSE))
    said = desk.run("jobs", str(feed))
    assert said.out.strip() == "1 jobs loaded: 1 open, 0 closed; 1 removed."
    assert [job.id for job in desk.stores.book.open_jobs("nursing", limit=9)] == ["4105"]


def test_a_job_is_found_by_its_ref_and_closed_once_it_left_the_feed(
    desk: Desk, tmp_path: Path
) -> None:
    feed, book = tmp_path / "feed.json", desk.stores.book
    odd = NURSE | {"id": "ward/4106 nights"}
    feed.write_bytes(_feed(NURSE, odd))
    jobs.load(on_moto.CONFIG, feed)
    found = [book.job(job_ref(each)) for each in ("4105", "ward/4106 nights")]
    assert [(job.id, job.open) for job in found if job] == [
        ("4105", True),
        ("ward/4106 nights", True),
    ]
    feed.write_bytes(_feed(NURSE | {"departments": [{"name": "Moved"}]}))
    jobs.load(on_moto.CONFIG, feed)
    moved, gone = [book.job(job_ref(each)) for each in ("4105", "ward/4106 nights")]
    assert moved is not None
    assert (moved.open, moved.category) == (True, "moved")
    assert gone is not None
    assert not gone.open
    assert book.job("never there") is None


def test_a_feed_that_is_not_there_is_told_with_the_mend(desk: Desk) -> None:
    said = desk.run("jobs", "nowhere.json")
    assert said.code == 1
    assert said.err == (
        "rapport: nowhere.json cannot be read (No such file or directory);"
        " give a file or an http address.\n"
    )
