"""The APIs of vendors, on the loopback: pages, words to slow down, cursors and tokens that end."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from rapport.adapters.ats.apis import pages_for
from rapport.adapters.http import Http
from rapport.ats import Connection, CursorGoneError, Page, Pages, SlowDown
from rapport.domain.ats import AtsEvent, Kind, Status
from rapport.domain.event import millis
from rapport.errors import MisconfiguredError, PoisonError, RetryableError
from tests.support.ats.servers import (
    TORN,
    Ashby,
    Fault,
    Greenhouse,
    Lever,
    Row,
    Vendor,
    busy,
    served,
)
from tests.support.ats.syncing import ASKED, World
from tests.support.fakes import START, Clock
from tests.support.synth import REPO

SAMPLES = REPO / "tests" / "support" / "ats" / "samples" / "greenhouse"
LONG_AGO = START - timedelta(days=40)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def greenhouse() -> Greenhouse:
    """Rows made of the vendor's own examples of version 1."""

    def example(kind: str) -> Row:
        found: list[Row] = json.loads((SAMPLES / f"harvest_list_{kind}.json").read_text("utf-8"))
        return found[0]

    at = [iso(LONG_AGO + timedelta(days=10 * n)) for n in range(5)]
    names = {"jobs": "updated_at", "candidates": "updated_at", "applications": "last_activity_at"}
    rows = {
        kind: [{**example(kind), "id": 100 + n, key: at[n]} for n in range(5)]
        for kind, key in names.items()
    }
    return Greenhouse(rows)


def ashby() -> Ashby:
    at = [iso(LONG_AGO + timedelta(days=n)) for n in range(5)]
    mail = {"value": "ada@mail.example", "type": "Personal", "isPrimary": True}
    candidates = [
        {"id": f"c{n}", "name": "Ada", "primaryEmailAddress": mail, "updatedAt": at[n]}
        for n in range(5)
    ]
    applications: list[Row] = [
        {
            "id": f"a{n}",
            "status": "Active",
            "candidate": {"id": f"c{n}", "name": "Ada"},
            "currentInterviewStage": {"id": "s1", "title": "Screen", "type": "Active"},
            "job": {"id": "j1", "title": "Nurse"},
            "createdAt": at[n],
            "updatedAt": at[n],
        }
        for n in range(5)
    ]
    jobs = [{"id": "j1", "title": "Nurse", "status": "Open", "updatedAt": at[0]}]
    return Ashby({"jobs": jobs, "candidates": candidates, "applications": applications})


def lever() -> Lever:
    at = [millis(LONG_AGO + timedelta(days=n)) for n in range(5)]
    opportunities: list[Row] = [
        {
            "id": f"o{n}",
            "name": "Ada",
            "emails": ["ada@mail.example"],
            "contact": {"id": f"c{n}", "name": "Ada", "emails": ["ada@mail.example"]},
            "stage": {"id": "interview", "text": "Interview"},
            "stageChanges": [
                {"toStageId": "interview", "updatedAt": at[n]},
                {"toStageId": "applicant-new", "updatedAt": at[n] - 1000},
            ],
            "archived": None,
            "confidentiality": "non-confidential",
            "dataProtection": {"contact": {"allowed": False}},
            "applications": [{"id": "x", "candidateId": f"old{n}", "posting": "p1"}],
            "sources": ["Referral"],
            "createdAt": at[n],
            "updatedAt": at[n],
        }
        for n in range(5)
    ]
    opportunities[1]["archived"] = {"reason": "r-hired", "archivedAt": at[1]}
    opportunities[2]["archived"] = {"reason": "r-other", "archivedAt": at[2]}
    opportunities[3]["archived"] = {"reason": "r-left", "archivedAt": at[3]}
    return Lever(
        {
            "opportunities": opportunities,
            "opportunities/deleted": [{"id": "o9", "deletedAt": at[4]}],
            "postings": [{"id": "p1", "text": "Nurse", "state": "published", "updatedAt": at[0]}],
            "archive_reasons": [{"id": "r-hired", "text": "Hired", "type": "hired"}],
        }
    )


MAKERS: dict[str, Callable[[], Vendor]] = {
    "greenhouse": greenhouse,
    "ashby": ashby,
    "lever": lever,
}


@contextmanager
def api(vendor: Vendor, clock: Clock | None = None, **said: str) -> Iterator[Pages]:
    """The API that is read from a vendor on the loopback."""
    with served(vendor) as base:
        access = {"base_url": base, "token_url": f"{base}/token", "key": "key"}
        access |= {"client_id": "id", "client_secret": "secret"} | said
        name = type(vendor).__name__.lower()
        connection = Connection(
            name="main", vendor=name, api=access, stages={"r-left": "withdrawn"}
        )
        http = Http(read_s=0.3)
        pages = pages_for(connection, http=http, now=clock or Clock())
        assert pages is not None
        try:
            yield pages
        finally:
            http.close()


def read(pages: Pages, kind: str, since: datetime | None = None, token: str = "") -> list[Page]:
    """All pages of a kind."""
    found = [pages.page(kind, "", since=since, token=token)]
    while found[-1].cursor:
        found.append(pages.page(kind, found[-1].cursor, since=since, token=token))
    return found


def ids(found: list[Page]) -> list[str]:
    return [name(event) for page in found for event in page.events]


def name(event: AtsEvent) -> str:
    if event.application is not None:
        return event.application.id
    return event.candidate.id if event.candidate else event.jobs[0].id


@pytest.mark.parametrize("vendor", MAKERS)
def test_all_that_a_vendor_has_is_read_page_by_page(vendor: str) -> None:
    server = MAKERS[vendor]()
    with api(server) as pages:
        kinds = [kind for kind in pages.kinds if kind != "deleted"]
        found = {kind: read(pages, kind) for kind in kinds}
    for kind in kinds:
        told = {"jobs": "postings", "applications": "opportunities"}.get(kind, kind)
        rows = server.rows.get(told) or server.rows[kind]
        assert ids(found[kind]) == [str(row["id"]) for row in rows]
        assert all(event.clock for page in found[kind] for event in page.events)
    events = [event for kind in kinds for page in found[kind] for event in page.events]
    print(f"{vendor}: {len(server.asked)} requests, {len(events)} entities")


@pytest.mark.parametrize("vendor", ["greenhouse", "lever"])
def test_what_changed_since_is_asked_for_by_time(vendor: str) -> None:
    server = MAKERS[vendor]()
    with api(server) as pages:
        (page,) = read(pages, "applications", LONG_AGO + timedelta(days=3, hours=12))[-1:]
        rows = read(pages, "applications", LONG_AGO + timedelta(days=3, hours=12))
    assert page.cursor == ""
    assert len(ids(rows)) == {"greenhouse": 4, "lever": 1}[vendor]


def test_greenhouse_is_asked_with_a_cursor_alone_and_five_hundred_a_page() -> None:
    server = greenhouse()
    with api(server) as pages:
        read(pages, "candidates", LONG_AGO - timedelta(days=1))
    first, *others = [path for method, path in server.asked if method == "GET"]
    assert "per_page=500" in first
    assert "updated_at=gte|2026-01-20T09:00:00Z" in unquote(first)
    assert len(others) == 2
    assert all("per_page" not in path and "updated_at" not in path for path in others)


def test_ashby_reads_what_changed_by_the_token_of_the_last_page() -> None:
    server = ashby()
    with api(server) as pages:
        found = read(pages, "candidates")
        assert [page.token for page in found] == ["", "", "s-candidates"]
        server.changed = {"candidates": {"c3"}}
        assert ids(read(pages, "candidates", token="s-candidates")) == ["c3"]


def test_lever_says_who_was_hired_rejected_or_withdrew_and_where_they_came_from() -> None:
    with api(lever()) as pages:
        events = [event for page in read(pages, "applications") for event in page.events]
    applications = [event.application for event in events if event.application]
    assert [each.status for each in applications] == [
        *(Status.ACTIVE, Status.HIRED, Status.REJECTED, Status.WITHDRAWN, Status.ACTIVE)
    ]
    assert applications[0].also == ("old0",)
    one = events[0]
    assert (one.stage and one.stage.id, one.from_stage and one.from_stage.id) == (
        "interview",
        "applicant-new",
    )
    assert one.candidate
    assert (one.candidate.contact, one.candidate.can_email) == ("c0", False)
    assert one.says("/candidate/can_email")
    assert one.says("/candidate/private")
    assert not one.says("/candidate/phones")


def test_what_lever_deleted_is_read_from_the_second_run_on() -> None:
    with api(lever()) as pages:
        assert read(pages, "deleted") == [Page(events=())]
        (page,) = read(pages, "deleted", LONG_AGO)
    (event,) = page.events
    assert event.kind is Kind.APPLICATION_DELETED
    assert event.clock == LONG_AGO + timedelta(days=4)


@pytest.mark.parametrize("vendor", MAKERS)
def test_a_vendor_who_is_busy_says_for_how_long_in_seconds_or_by_a_date(vendor: str) -> None:
    server = MAKERS[vendor]()
    clock = Clock()
    with api(server, clock) as pages:
        pages.page("jobs", "", since=None)
        day = clock().strftime("%a, %d %b %Y")
        faults = [busy("17"), busy(f"{day} 09:00:42 GMT"), busy("soon"), busy("99999999")]
        waits = []
        for fault in faults:
            server.faults = [fault]
            with pytest.raises(SlowDown) as wanted:
                pages.page("jobs", "", since=None)
            waits.append(wanted.value.seconds)
    assert waits == [17, 42, 30, 3600]


@pytest.mark.parametrize("vendor", MAKERS)
def test_what_tears_off_comes_late_or_fails_is_worth_another_try(vendor: str) -> None:
    server = MAKERS[vendor]()
    page_of_a_proxy = Fault(status=200, body="<html>")
    with api(server) as pages:
        pages.page("jobs", "", since=None)
        for fault in (TORN, Fault(slow_s=0.6), Fault(status=502), page_of_a_proxy):
            server.faults = [fault]
            with pytest.raises(RetryableError):
                pages.page("jobs", "", since=None)
        server.faults = []
        assert pages.page("jobs", "", since=None).events


@pytest.mark.parametrize("vendor", MAKERS)
def test_a_cursor_that_expired_is_told_apart_from_any_other_trouble(vendor: str) -> None:
    server = MAKERS[vendor]()
    with api(server) as pages:
        cursor = pages.page("applications", "", since=None).cursor
        server.expired = {cursor}
        with pytest.raises(CursorGoneError):
            pages.page("applications", cursor, since=None)


@pytest.mark.parametrize("vendor", MAKERS)
def test_an_entity_is_read_by_its_id_and_one_that_is_gone_is_told_so(vendor: str) -> None:
    server = MAKERS[vendor]()
    known = {"greenhouse": "102", "ashby": "a2", "lever": "o2"}[vendor]
    with api(server) as pages:
        (there,) = pages.one("applications", known).events
        (gone,) = pages.one("applications", "999").events
        with pytest.raises(PoisonError):
            pages.one("offers", "1")
    assert (there.kind, name(there)) == (Kind.APPLICATION_UPDATED, known)
    assert (gone.kind, name(gone)) == (Kind.APPLICATION_DELETED, "999")


@pytest.mark.parametrize(
    ("vendor", "faults"),
    [
        # The filter was passed over: others are there, and nothing is said of who was asked for.
        ("greenhouse", [None, Fault(status=200, body=[{"id": 7}, {"id": 8}])]),
        # Whatever stands between says that there is no such page, and nothing of an entity.
        ("greenhouse", [None, Fault(status=404, body={"message": "Not Found"})]),
        ("ashby", [Fault(status=404, body={"error": "Not Found"})]),
        ("ashby", [Fault(status=404, body="<h1>Not found</h1>")]),
        ("lever", [Fault(status=404, body="<h1>Not found</h1>")]),
        ("lever", [Fault(status=404, body="")]),
    ],
)
def test_what_says_nothing_of_an_entity_is_no_word_that_it_is_gone(
    vendor: str, faults: list[Fault | None]
) -> None:
    server = MAKERS[vendor]()
    for kind in ("applications", "candidates"):
        if (vendor, kind) == ("lever", "candidates"):
            continue
        server.faults = [*faults]
        with api(server) as pages, pytest.raises((RetryableError, PoisonError)):
            pages.one(kind, "999")


def test_a_candidate_who_answers_by_another_id_was_merged_into_that_one() -> None:
    server = ashby()
    merged = {"success": True, "results": server.rows["candidates"][2]}
    server.faults = [Fault(status=200, body=merged)]
    with api(server) as pages:
        gone, there = pages.one("candidates", "c9").events
    assert gone.candidate
    assert (gone.kind, gone.candidate.merged_into) == (Kind.CANDIDATE_MERGED, "c2")
    assert name(there) == "c2"


def test_a_contact_of_lever_is_read_as_all_their_opportunities() -> None:
    with api(lever()) as pages:
        assert ids([pages.one("candidates", "c4")]) == ["o4"]


def test_a_token_of_greenhouse_serves_many_calls_and_is_made_anew_once_when_it_is_refused() -> None:
    server, clock = greenhouse(), Clock()
    with api(server, clock) as pages:
        read(pages, "candidates")
        assert server.tokens == 1
        clock.forward(minutes=59, seconds=30)
        read(pages, "candidates")
        assert server.tokens == 2
        server.revoked = {"t2"}
        read(pages, "candidates")
        assert server.tokens == 3
        server.revoked = {"t3", "t4"}
        with pytest.raises(MisconfiguredError):
            read(pages, "candidates")
        assert server.tokens == 4


@pytest.mark.parametrize(
    ("vendor", "wrong"),
    [
        ("greenhouse", {"client_secret": "other"}),
        ("ashby", {"key": "no"}),
        ("lever", {"key": "no"}),
    ],
)
def test_a_key_that_is_refused_is_told_by_the_connection_and_never_itself(
    vendor: str, wrong: dict[str, str]
) -> None:
    with api(MAKERS[vendor](), None, **wrong) as pages, pytest.raises(MisconfiguredError) as told:
        pages.page("jobs", "", since=None)
    assert "connection main" in str(told.value)
    assert not any(secret in str(told.value).split() for secret in wrong.values())


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "errorInfo": {"code": "internal", "message": "x"}},
        {"success": False, "errors": ["something"]},
        {"success": False, "errors": [{"message": "something"}]},
        {"success": False, "error": "something"},
        {"success": "yes", "results": []},
        {},
        [],
    ],
)
def test_ashby_telling_of_a_failure_with_200_is_never_an_empty_page(body: Any) -> None:
    server = ashby()
    with api(server) as pages:
        server.faults = [Fault(status=200, body=body)]
        with pytest.raises(RetryableError):
            pages.page("candidates", "", since=None)


def test_entities_that_change_and_repeat_across_pages_are_all_seen() -> None:
    server = greenhouse()
    rows = server.rows["applications"]

    def meanwhile() -> None:
        # One that was read already moves to the end, as a list by time of change has it.
        rows.append({**rows[0], "last_activity_at": iso(START)})
        server.meanwhile = None

    server.meanwhile = meanwhile
    with api(server) as pages:
        found = ids(read(pages, "applications"))
    assert sorted(set(found)) == ["100", "101", "102", "103", "104"]
    assert found.count("100") == 2


@pytest.mark.parametrize("vendor", MAKERS)
def test_a_backfill_in_which_everything_goes_wrong_comes_to_what_one_without_trouble_does(
    vendor: str,
) -> None:
    def world(*faults: Fault | None) -> tuple[World, Vendor]:
        server = MAKERS[vendor]()
        server.faults = list(faults)
        made = World([], connection=Connection(name="main", vendor=vendor))
        with api(server, made.clock) as pages:
            made.api = pages
            made.deliver(ASKED)
        return made, server

    calm, asked = world()
    troubles = (None, TORN, None, busy("1200"), Fault(status=500), None, TORN, None, busy("1"))
    stormy, again = world(*troubles)
    assert stormy.told() == calm.told()
    assert len(calm.told()) >= 5
    assert stormy.pull.seen == calm.pull.seen
    assert stormy.pull.finished_at
    assert stormy.clock() >= calm.clock() + timedelta(seconds=1200)
    print(f"{vendor}: {len(again.asked)} requests instead of {len(asked.asked)}, lost 0, doubled 0")


def test_nothing_is_asked_in_the_clear_and_nobody_else_is_shown_a_key() -> None:
    http = Http()
    with pytest.raises(MisconfiguredError):
        http.get("http://api.ats.example/v1")
    server = lever()
    with served(server) as base:
        elsewhere = {"Location": "http://localhost:1/v1/postings"}
        server.faults = [Fault(status=302, headers=elsewhere)]
        answer = http.get(f"{base}/v1/postings", {"Authorization": "Basic eA=="})
        http.close()
    assert answer.status == 302
    assert len(server.asked) == 1


@pytest.mark.parametrize("place", ["https://localhost:99999/", "https://[::1", "//x:y/", ""])
def test_a_redirect_to_no_address_at_all_is_handed_back(place: str) -> None:
    server = lever()
    with served(server) as base:
        http = Http()
        server.faults = [Fault(status=301, headers={"Location": place})]
        assert http.get(f"{base}/v1/postings").status == 301
        http.close()
    with pytest.raises(MisconfiguredError):
        http.get("https://[::1")


def test_an_answer_that_is_too_large_is_not_held() -> None:
    server = greenhouse()
    with served(server) as base:
        http = Http(most=1000)
        server.faults = [Fault(status=200, body="x" * 5000)]
        with pytest.raises(RetryableError):
            http.get(f"{base}/v3/jobs")
        http.close()
