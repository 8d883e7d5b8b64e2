"""Job boards read by the hour: what opens, changes and closes, and what is told of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rapport.adapters.dynamo.config import DynamoConfig
from rapport.bundle import Board
from rapport.domain.jobs import job_ref
from rapport.errors import PoisonError
from rapport.feeds.boards import Boards
from tests.support import on_moto
from tests.support.boards import HOUR, FakeJobs, Hall, outages

SITE = "https://careers.halden.example"
ROBOTS = b"User-agent: *\nDisallow: /\n\nUser-agent: LinkedInBot\nAllow: /\n"


@pytest.fixture(params=["memory", "moto"])
def hall(request: pytest.FixtureRequest) -> Iterator[Hall]:
    if request.param == "memory":
        yield Hall()
        return
    with on_moto.tables():
        yield Hall(store=DynamoConfig(on_moto.TABLES["book"]))


def posting(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Nurse {number}",
        "absolute_url": f"{SITE}/jobs/{number}",
        "first_published": "2026-11-20T09:00:00Z",
        "location": {"name": "Halden, Norway"},
        "departments": [{"name": "Nursing"}],
        "content": f"&lt;p&gt;Ward {number}.&lt;/p&gt;",
    } | other


def feed(*numbers: int, **other: Any) -> bytes:
    return json.dumps({"jobs": [posting(n, **other) for n in numbers]}).encode()


def opened(hall: Hall) -> list[str]:
    store: Any = hall.store
    return sorted(job.id for job in store.open_jobs("", limit=99))


def problem(hall: Hall, source: str = "careers") -> str:
    state = hall.store.lease(source, hall.clock.moment + timedelta(minutes=30))
    assert state is not None
    hall.store.leave(source, state)
    return state.problem


def test_a_job_opens_changes_closes_and_opens_again_and_each_is_told_once(hall: Hall) -> None:
    store: Any = hall.store
    hall.read(feed(1, 2, 3))
    hall.read(feed(1, 2, 3))
    hall.read(feed(1, 2, 3, title="Head nurse"))
    hall.read(feed(1, 2, title="Head nurse"))
    assert opened(hall) == ["1", "2", "3"], "missing once is not closed"
    hall.read(feed(1, 2, title="Head nurse"))
    assert opened(hall) == ["1", "2"]
    closed = store.job(job_ref("3"))
    assert (closed.open, closed.description) == (False, "Ward 3.")
    assert closed.closed_at == hall.clock.moment
    hall.read(feed(1, 2, 3, title="Head nurse"))
    assert opened(hall) == ["1", "2", "3"]
    assert sorted(hall.bus.told()) == sorted(
        [(change, n) for change in ("opened", "changed") for n in "123"]
        + [("closed", "3"), ("opened", "3")]
    )
    assert len(hall.bus.taken) == len(hall.bus.told())


def test_every_version_of_a_job_is_kept() -> None:
    with on_moto.tables():
        store = DynamoConfig(on_moto.TABLES["book"])
        hall = Hall(store=store)
        hall.read(feed(1, 2))
        hall.read(feed(1, 2, departments=[{"name": "Wards"}]))
        moved = [(job.id, job.category) for job in store.open_jobs("wards", limit=9)]
        assert moved == [("2", "wards"), ("1", "wards")]
        assert store.open_jobs("nursing", limit=9) == []
        for _ in range(2):
            hall.read(feed(1, departments=[{"name": "Wards"}]))
        told = [(each.number, each.change, each.job.category) for each in store.versions("2")]
    assert told == [(1, "opened", "nursing"), (2, "changed", "wards"), (3, "closed", "wards")]


def test_what_a_board_does_not_answer_closes_nothing(hall: Hall) -> None:
    hall.read(feed(1, 2, 3))
    ways = [*outages()]
    for way in ways:
        assert hall.read(way).figures == {"BoardsFailed": 1}
        assert problem(hall)
    for way in (feed(), feed(1), feed()):
        hall.read(way)
        assert problem(hall) in {"empty", "shrunken"}
    closed = 3 - len(opened(hall))
    print(f"\n{len(ways) + 3} failed, torn, empty and shrunken fetches: jobs closed {closed}")
    assert closed == 0
    hall.read(feed(1, 2, 3))
    assert problem(hall) == ""
    assert len(hall.bus.taken) == 3


def test_a_board_that_rightly_shrank_is_believed_when_somebody_says_so(hall: Hall) -> None:
    hall.read(feed(1, 2, 3))
    hall.read(feed(1), accept=True)
    assert opened(hall) == ["1"]
    assert problem(hall) == ""


def test_a_job_that_says_closed_or_whose_last_day_is_over_closes_at_once(hall: Hall) -> None:
    hall.read(feed(1, 2))
    status = [{"name": "Status", "value": "Closed"}]
    over = [{"name": "Closing date", "value": "2026-11-22"}]
    jobs = [posting(1, metadata=status), posting(2, metadata=over)]
    hall.read(json.dumps({"jobs": jobs}).encode())
    hall.read(json.dumps({"jobs": jobs}).encode())
    assert opened(hall) == []
    assert sorted(hall.bus.told()) == [(c, n) for c in ("closed", "opened") for n in "12"]


def test_what_a_crash_or_the_bus_left_untold_is_told_at_the_next_fetch(hall: Hall) -> None:
    hall.bus.dies = True
    assert hall.killed(lambda: hall.read(feed(1, 2)))
    hall.bus.dies, hall.bus.away = False, True
    assert hall.read(500).figures["JobFactsUntold"] == 2
    hall.bus.away = False
    hall.read(500)
    assert sorted(hall.bus.told()) == [("opened", "1"), ("opened", "2")]
    assert hall.store.untold() == []


def test_a_store_that_dies_anywhere_is_made_whole_by_the_next_fetch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker is killed before each of the store's batches in turn."""
    from rapport.adapters.dynamo.models import BookTable
    from tests.support.boards import Killed

    real, left = BookTable.batch_write, [0]

    def dying(*_: Any, **__: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return real()

    kills = 0
    for place in range(1, 7):
        with on_moto.tables():
            store = DynamoConfig(on_moto.TABLES["book"])
            hall = Hall(store=store)
            hall.read(feed(1, 2, 3))
            hall.read(feed(1, 2, 3))
            hall.read(feed(1, 2))
            changed = feed(1, 2, 4, departments=[{"name": "Wards"}])
            left[0] = place
            monkeypatch.setattr(BookTable, "batch_write", dying)
            kills += hall.killed(lambda: hall.read(changed))  # noqa: B023  (called at once)
            monkeypatch.undo()
            left[0] = 0
            hall.clock.moment += HOUR
            hall.read(changed)
            assert opened(hall) == ["1", "2", "4"], place
            listed = {job.id: job.category for job in store.open_jobs("", limit=9)}
            assert listed == dict.fromkeys("124", "wards")
            news = [("changed", "1"), ("changed", "2"), ("closed", "3"), ("opened", "4")]
            assert sorted(set(hall.bus.told()) - {("opened", n) for n in "123"}) == news
            assert len(hall.bus.told()) == 7
            assert store.untold() == []
    print(f"\nkilled at {kills} places of a store: jobs lost 0, facts lost 0, told otherwise 0")
    assert kills == 6


def test_two_boards_with_the_same_id_have_a_job_each(hall: Hall) -> None:
    lab = Board(source="lab", kind="greenhouse", name="lab", language="nb")
    hall.boards = (*hall.boards, lab)
    hall.read(feed(1, 2))
    hall.read(feed(1, 7), source="lab")
    for _ in range(2):
        hall.read(feed(7, 8), source="lab")
    assert opened(hall) == ["1", "2", "7", "8"], "a board closes its own jobs alone"
    store: Any = hall.store
    assert store.job(job_ref("lab.1")).source == "lab"
    assert store.job(job_ref("1")).source == "careers"
    assert store.job(job_ref("7")).language == "nb"


def test_jobs_of_a_file_and_of_a_board_leave_one_another_alone() -> None:
    with on_moto.tables():
        store = DynamoConfig(on_moto.TABLES["book"])
        hall = Hall(store=store)
        hall.read(feed(1, 2))
        before = store.jobs_mark()
        job = store.job("1")
        assert job is not None
        assert store.put_jobs([replace(job, id="9", source="")], now=hall.clock.moment) == 0
        assert opened(hall) == ["1", "2", "9"]
        assert store.jobs_mark() != before
        assert store.put_jobs([], now=hall.clock.moment) == 1
        assert opened(hall) == ["1", "2"]
        hall.read(feed(1, 2))
        assert hall.bus.told()[-2:] == [("opened", "9"), ("closed", "9")]


def test_a_board_is_read_by_one_worker_at_a_time() -> None:
    with on_moto.tables():
        store: Boards = DynamoConfig(on_moto.TABLES["book"])
        hall = Hall(store=store)
        now = hall.clock.moment
        assert store.lease("careers", now + HOUR) is not None
        assert hall.read(feed(1)).figures == {}
        assert hall.web.asked == []
        hall.read(feed(1))
        assert opened(hall) == ["1"], "a lease of somebody who died ends"


def test_each_board_of_the_bundle_is_put_into_the_queue() -> None:
    hall = Hall()
    hall.flow.all({"do": "boards"}, hall.clock.moment + HOUR)
    assert hall.work.messages == [{"do": "board", "source": "careers"}]
    with pytest.raises(PoisonError, match="no source"):
        hall.flow.one({"do": "board"}, hall.clock.moment)


def _smart(hall: Hall, **of: str) -> str:
    hall.boards = (Board(source="careers", kind="smartrecruiters", name="Halden", **of),)
    hall.flow.one({"do": "board", "source": "careers"}, hall.clock.moment + HOUR)
    return problem(hall)


def test_the_robots_rule_of_smartrecruiters_is_honoured_unless_there_is_a_key() -> None:
    host = "https://api.smartrecruiters.com"
    postings = f"{host}/v1/companies/Halden/postings?limit=100&offset=0"
    hall = Hall(keys={"smart": "k-1"})
    hall.web.pages |= {f"{host}/robots.txt": ROBOTS, postings: b'{"totalFound":0,"content":[]}'}
    assert "robots.txt" in _smart(hall)
    assert [url for url, _ in hall.web.asked] == [f"{host}/robots.txt"]
    assert "has no key" in _smart(hall, connection="other")
    assert _smart(hall, connection="smart") == ""
    assert hall.web.asked[-1] == (postings, {"X-SmartToken": "k-1"})
    hall.web.pages[f"{host}/robots.txt"] = 503
    assert "cannot be read" in _smart(hall)


def _page(number: int) -> bytes:
    told = {"@type": "JobPosting", "title": "Nurse", "identifier": number}
    return f'<html><script type="application/ld+json">{json.dumps(told)}</script></html>'.encode()


def test_a_career_site_is_read_by_its_sitemap_and_no_other_host_is_asked() -> None:
    url = f"{SITE}/sitemap.xml"
    hall = Hall(boards=(Board(source="site", kind="jsonld", url=url),))
    inner = ["http://127.0.0.1:9001/x", f"{SITE}/1", f"{SITE}/2", f"{SITE}/gone"]
    locs = "".join(f"<url><loc>{each}</loc></url>" for each in inner)
    hall.web.pages |= {url: f"<urlset>{locs}</urlset>".encode(), f"{SITE}/1": _page(1)}
    hall.web.pages[f"{SITE}/2"] = 500
    until = hall.clock.moment + HOUR
    hall.flow.one({"do": "board", "source": "site"}, until)
    assert (opened(hall), problem(hall, "site")) == ([], "HTTP 500")
    hall.web.pages[f"{SITE}/2"] = _page(2)
    hall.flow.one({"do": "board", "source": "site"}, until)
    assert (opened(hall), problem(hall, "site")) == (["1", "2"], "")
    assert {url.split("/")[2] for url, _ in hall.web.asked} == {"careers.halden.example"}
    hall.flow.one({"do": "board", "source": "site"}, hall.clock.moment)
    assert "more pages" in problem(hall, "site")


def test_a_board_is_read_page_after_page_and_torn_off_in_between_it_says_nothing() -> None:
    first = "https://api.lever.co/v0/postings/halden?mode=json&skip=0&limit=100"
    second = first.replace("skip=0", "skip=100")
    hall = Hall(boards=(Board(source="careers", kind="lever", name="halden"),))

    def postings(*numbers: int) -> bytes:
        told = [{"id": str(n), "text": "Nurse", "hostedUrl": f"{SITE}/{n}"} for n in numbers]
        return json.dumps(told).encode()

    hall.web.pages |= {first: postings(*range(100)), second: postings(100, 101)}
    for answer in (postings(100, 101), 502, 502, 502):
        hall.web.pages[second] = answer
        hall.clock.moment += HOUR
        hall.flow.one({"do": "board", "source": "careers"}, hall.clock.moment + HOUR)
    assert isinstance(hall.store, FakeJobs)
    assert len(hall.store.open_jobs("", limit=999)) == 102
    assert problem(hall) == "HTTP 502"
