"""The career site shows jobs and tells Rapport what was looked at, in the background.

One module, longer than others: every test asks the same running site, by the helpers below.
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection
from urllib.parse import urlencode

import msgspec
import pytest

from local.consent import ALERTS, consent
from local.feed import CATEGORIES, Job, jobs
from local.pages import FOLDER
from local.site import Site
from local.site_content import KEPT_SECONDS, Door
from local.site_scripts import CHOICE, Scripts
from local.site_visitor import COOKIE, TRACKER_COOKIE
from local.site_wishes import EMPLOYMENT, LICENCES, RADII
from local.tracking import Tracker
from rapport.openings import Lexicon
from tests.support.content_door import ContentDoor
from tests.support.mailroom import shipped
from tests.support.web import Recorded, Serve

JOIN = {
    "email": "ase@inbox.halden.example",
    "first_name": "Åse",
    "category": "nursing",
    "consent": consent().version,
}


class Browser:
    """Asks for pages, runs no script, and keeps its cookies."""

    def __init__(self, port: int, tracker: Tracker, api: Recorded) -> None:
        self.port, self.tracker, self.api = port, tracker, api
        self.cookies = {CHOICE: "server"}
        self.closed = False

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        return self._ask(method, path, None)

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        return self._ask("POST", path, urlencode(fields).encode())

    def close(self) -> None:
        if not self.closed:
            self.tracker.close()
        self.closed = True

    def events(self) -> list[dict[str, object]]:
        self.close()
        return self.api.events()

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        self.location = answer.getheader("Location") or ""
        for given in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = given.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, page


class Watch:
    """The time that the site sees."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def door() -> ContentDoor:
    return ContentDoor()


@pytest.fixture
def browser(behind: Recorded, serve: Serve, door: ContentDoor, watch: Watch) -> Iterator[Browser]:
    content = f"http://127.0.0.1:{serve(door.reply)}"
    tracker = Tracker(api_url=behind.url, write_key="wk_test")
    site = Site(
        site_url="http://site.test",
        mailbox_url="http://mailbox.test",
        tracker=tracker,
        scripts=Scripts(api_url="http://api.test", write_key="wk_web"),
        door=Door(content, clock=watch),
    )
    opened = Browser(serve(site.reply), tracker, behind)
    yield opened
    opened.close()


def test_every_page_has_a_title_and_names_nothing_foreign(browser: Browser) -> None:
    paths = ["/", "/jobs", "/talent-network", "/talent-network/thanks", "/content/how-we-hire"]
    paths += ["/content", "/job-alert", "/job-alert/thanks"]
    paths += ["/content/a-day-on-the-ward", "/content/your-data"]
    paths += [f"/jobs/{job.id}" for job in jobs()]
    for path in paths:
        status, page = browser.get(path)
        assert status == 200, path
        assert "<title>" in page
        assert page.count("<h1>") == 1
        loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page)
        assert all(url.startswith(("/", "data:")) for url in loaded)


def test_every_link_of_the_site_leads_somewhere(browser: Browser) -> None:
    seen, ahead = set[str](), ["/"]
    while ahead:
        path = ahead.pop()
        if path in seen:
            continue
        seen.add(path)
        status, page = browser.get(path)
        assert status == 200, path
        if path != "/feed.json":
            ahead += re.findall(r'href="(/[^"#]*)"', page)
    assert len(seen) > len(jobs())


def test_jobs_can_be_filtered_and_closed_ones_are_not_listed(browser: Browser) -> None:
    for category in CATEGORIES:
        page = browser.get(f"/jobs?category={category}")[1]
        shown = re.findall(r'href="/jobs/(\d+)"', page)
        assert shown == [job.id for job in jobs() if job.category == category and job.open]
    assert sum(not job.open for job in jobs()) >= 2
    assert browser.get("/jobs?category=%3Cscript%3E")[0] == 200


def test_a_view_is_told_by_the_real_sdk(browser: Browser) -> None:
    job = next(job for job in jobs() if job.open)
    browser.get("/")
    browser.get(f"/jobs/{job.id}?utm_source=x")
    browser.get("/content/how-we-hire")
    told = browser.events()
    assert [event.get("event") or event["name"] for event in told] == [
        "Home",
        *("Job", "Job Viewed"),
        *("Story", "Content Viewed"),
    ]
    assert {event["anonymousId"] for event in told} == {browser.cookies[COOKIE]}
    viewed = told[2]["properties"]
    assert isinstance(viewed, dict)
    assert (viewed["job_id"], viewed["category"]) == (job.id, job.category)
    assert browser.api.requests[0].path == "/v1/batch"
    assert browser.api.requests[0].header("User-Agent").startswith("analytics-python/")


def test_a_look_without_showing_is_not_told(browser: Browser) -> None:
    closed = next(job for job in jobs() if not job.open)
    browser.get("/", method="HEAD")
    browser.get("/feed.json")
    browser.get("/nowhere")
    assert "filled" in browser.get(f"/jobs/{closed.id}")[1]
    assert [event["type"] for event in browser.events()] == ["page"]


def test_joining_tells_who_agreed_to_what(browser: Browser) -> None:
    assert consent().text in browser.get("/talent-network")[1]
    status, _ = browser.post("/talent-network", JOIN)
    assert (status, browser.location) == (303, "/talent-network/thanks")
    joined = browser.events()[-1]
    assert joined["event"] == "Talent Network Joined"
    assert joined["properties"] == {
        "email": JOIN["email"],
        "first_name": "Åse",
        "category": "nursing",
        "consent": consent().properties(),
    }


@pytest.mark.parametrize("missing", ["email", "first_name", "category", "consent"])
def test_a_form_with_a_gap_says_where_and_tells_nothing(browser: Browser, missing: str) -> None:
    status, page = browser.post("/talent-network", JOIN | {missing: ""})
    assert status == 422
    assert f'id="{missing}-wrong"' in page
    assert 'aria-invalid="true"' in page
    assert browser.events() == []


@pytest.mark.parametrize("email", ["ase", "a b@x.example", "a@b", '"><script>@x.example', "@x.y"])
def test_what_is_no_address_is_shown_again_and_never_sent(browser: Browser, email: str) -> None:
    status, page = browser.post("/talent-network", JOIN | {"email": email})
    assert (status, "<script>@" in page) == (422, False)
    assert browser.events() == []


def test_a_cookie_that_is_not_ours_is_replaced(browser: Browser) -> None:
    browser.cookies[COOKIE] = "<script>"
    browser.get("/")
    assert re.fullmatch(r"[0-9a-f-]{36}", browser.cookies[COOKIE])


def test_a_job_page_carries_the_posting_for_search_engines(browser: Browser) -> None:
    job = next(job for job in jobs() if job.open)
    page = browser.get(f"/jobs/{job.id}")[1]
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    posting = json.loads(found[1])
    assert posting["@type"] == "JobPosting"
    assert posting["title"] == job.title
    assert posting["url"] == f"http://site.test/jobs/{job.id}"


def test_the_feed_is_the_shipped_one_with_its_own_links(browser: Browser) -> None:
    served = json.loads(browser.get("/feed.json")[1])
    assert len(served["jobs"]) == len(jobs()) == served["meta"]["total"]
    for row in served["jobs"]:
        assert row["absolute_url"] == f"http://site.test/jobs/{row['id']}"


def test_every_category_has_more_than_three_open_jobs() -> None:
    for category in CATEGORIES:
        assert sum(job.open and job.category == category for job in jobs()) > 3


def _open_job() -> Job:
    return next(job for job in jobs() if job.open)


def test_an_application_is_told_when_its_second_step_is_sent(browser: Browser) -> None:
    job = _open_job()
    browser.post(f"/jobs/{job.id}/apply", {"first_name": "Åse", "email": JOIN["email"]})
    draft = browser.location
    assert draft.startswith(f"/jobs/{job.id}/apply/")
    assert "What draws you" in browser.get(draft)[1]
    assert browser.post(draft, {"why": "The rota."})[0] == 303
    assert browser.location == f"/jobs/{job.id}/apply/thanks"
    submitted = browser.events()[-1]
    assert submitted["event"] == "Application Submitted"
    properties = submitted["properties"]
    assert isinstance(properties, dict)
    assert (properties["job_id"], properties["email"]) == (job.id, JOIN["email"])


def test_an_application_that_was_left_lying_begins_anew(browser: Browser) -> None:
    job = _open_job()
    status, _ = browser.post(f"/jobs/{job.id}/apply/forgotten", {"why": "The rota."})
    assert (status, browser.location) == (303, f"/jobs/{job.id}/apply")
    assert browser.events() == []


@pytest.mark.parametrize(
    ("path", "fields", "gap"),
    [
        ("apply", {"first_name": "", "email": JOIN["email"]}, "first_name"),
        ("apply", {"first_name": "Åse", "email": "åse"}, "email"),
    ],
)
def test_a_first_step_with_a_gap_is_shown_again(
    browser: Browser, path: str, fields: dict[str, str], gap: str
) -> None:
    status, page = browser.post(f"/jobs/{_open_job().id}/{path}", fields)
    assert status == 422
    assert f'id="{gap}-wrong"' in page


def test_a_filled_job_takes_no_application(browser: Browser) -> None:
    closed = next(job for job in jobs() if not job.open)
    assert browser.get(f"/jobs/{closed.id}/apply")[0] == 404
    assert browser.post(f"/jobs/{closed.id}/apply", {})[0] == 404


def test_where_a_script_tells_the_server_tells_no_page(browser: Browser) -> None:
    browser.cookies.clear()
    page = browser.get("/?tracker=segment")[1]
    assert 'data-tracker="segment"' in page
    assert browser.cookies == {CHOICE: "segment"}
    assert 'src="http://api.test/rapport.js"' in browser.get("/?tracker=rapport")[1]
    assert browser.events() == []


def test_what_is_sent_is_told_of_the_browser_that_the_page_knows(browser: Browser) -> None:
    cookie, field = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    browser.cookies = {CHOICE: "rapport", TRACKER_COOKIE: cookie}
    browser.post("/talent-network", JOIN)
    browser.post("/talent-network", JOIN | {"anonymous_id": field})
    browser.cookies.clear()
    browser.post("/talent-network", JOIN | {"anonymous_id": "<script>"})
    told = [event["anonymousId"] for event in browser.events()]
    assert told[:2] == [cookie, field]
    assert re.fullmatch(r"[0-9a-f-]{36}", str(told[2]))


@pytest.mark.parametrize("path", ["/vendor/segment/index.js", "/vendor/rudder/umd/index.js"])
def test_the_vendored_sdks_are_served_as_they_were_installed(browser: Browser, path: str) -> None:
    status, script = browser.get(path)
    assert status == 200
    assert len(script) > 10_000


@pytest.mark.parametrize(
    "path", ["/vendor/segment/../../package.json", "/vendor/x/index.js", "/vendor/segment/"]
)
def test_nothing_else_of_the_disk_is_served(browser: Browser, path: str) -> None:
    assert browser.get(path)[0] == 404


def test_jobs_can_be_searched(browser: Browser) -> None:
    job = _open_job()
    page = browser.get(f"/jobs?q={job.title.split()[0]}")[1]
    assert f'href="/jobs/{job.id}"' in page
    assert 'name="told"' in page
    assert "0 open jobs" in browser.get("/jobs?q=zeppelin%22%3E")[1]


ARTICLE = re.compile(r'data-rapport-block="([^"]*)"\s+data-rapport-version="([^"]*)"')


def test_the_site_says_what_the_content_door_says_and_counts_it_by_its_version(
    browser: Browser, door: ContentDoor, watch: Watch
) -> None:
    promise = door.bundle.brand.value_proposition["en"]
    home = unescape(browser.get("/")[1])
    assert all(said in home for said in (promise.headline, promise.text, *promise.points))
    assert f"--accent: {door.bundle.brand.accent};" in browser.get("/site.css")[1]
    block = door.bundle.block("night-work").edition("en")
    page = browser.get("/content/night-work")[1]
    assert block.html in page
    assert ARTICLE.findall(page) == [("night-work", block.version)]
    door.write("night-work", html="<p>Other words.</p>", version="0123456789abcdef")
    assert browser.get("/content/night-work")[1] == page
    watch.now += KEPT_SECONDS
    changed = browser.get("/content/night-work")[1]
    assert "Other words." in changed
    viewed = [event for event in browser.events() if event.get("event") == "Content Viewed"]
    told = [event["properties"] for event in viewed]
    assert [each["version"] for each in told if isinstance(each, dict)] == [
        *(block.version, block.version),
        "0123456789abcdef",
    ]


def test_what_has_not_changed_is_not_sent_again(
    browser: Browser, door: ContentDoor, watch: Watch
) -> None:
    for _ in range(3):
        browser.get("/content/night-work")
        watch.now += KEPT_SECONDS
    assert [*zip(door.asked, door.statuses, strict=True)] == [
        *(("blocks/night-work", 200), ("brand", 200)),
        *(("blocks/night-work", 304), ("brand", 304)) * 2,
    ]


def test_while_the_door_is_away_the_last_words_stay_and_none_are_made_up(
    browser: Browser, door: ContentDoor, watch: Watch
) -> None:
    door.away = True
    assert browser.get("/")[0] == browser.get("/site.css")[0] == 503
    door.away = False
    pages = [browser.get(path) for path in ("/", "/content/night-work", "/site.css")]
    assert [status for status, _ in pages] == [200] * 3
    door.away = True
    watch.now += KEPT_SECONDS
    assert [browser.get(path) for path in ("/", "/content/night-work", "/site.css")] == pages
    assert browser.get("/content/small-children")[0] == 503
    door.away = False
    watch.now += KEPT_SECONDS
    door.bundle = msgspec.structs.replace(door.bundle, blocks=())
    assert browser.get("/content/night-work")[0] == 404


def test_none_of_the_employer_s_words_stand_in_the_site_s_own_files(door: ContentDoor) -> None:
    brand = door.bundle.brand
    promise = brand.value_proposition["en"]
    said = [brand.name, brand.postal_address, promise.headline, promise.text, *promise.points]
    said += [
        words
        for block in door.bundle.blocks
        for words in (block.editions[0].title, block.editions[0].summary)
        # The menu has a name of its own for it, and the forms name what they ask for.
        if block.key not in {"how-we-hire", "your-data"}
    ]
    said += [brand.accent, *brand.colours.values()]
    files = [*FOLDER.glob("*"), *FOLDER.parent.glob("site*.py"), FOLDER.parent / "pages.py"]
    kept = {path.name: path.read_text(encoding="utf-8") for path in files}
    found = [(name, words) for words in said for name, text in kept.items() if words in text]
    # The page of the demo's mailbox has a style of its own.
    assert [each for each in found if not each[0].startswith("mailbox")] == [
        ("site.py", brand.name)
    ]


def test_wishes_are_told_as_matching_reads_them(browser: Browser) -> None:
    wishes = {"city": " Moss ", "radius_km": "25", "employment": "part-time"}
    licences = {"licences": "driving licence"}
    asked = JOIN | wishes | licences | {"query": "night", "consent": consent(ALERTS).version}
    assert browser.post("/job-alert", asked)[0] == 303
    assert browser.location == "/job-alert/thanks"
    assert browser.post("/job-alert", asked | {"radius_km": "7", "consent": ""})[0] == 422
    created = browser.events()[-1]
    assert created["event"] == "Job Alert Created"
    assert created["properties"] == {
        "email": JOIN["email"],
        "first_name": "Åse",
        "category": "nursing",
        "city": "Moss",
        "radius_km": 25,
        "employment": "part-time",
        "licences": ["driving licence"],
        "query": "night",
        "consent": consent(ALERTS).properties(),
    }


def test_everything_that_a_form_offers_means_something_to_matching() -> None:
    lexicon = Lexicon(shipped().matching, shipped().places)
    assert all(lexicon.licences_in([licence]) for licence in LICENCES)
    assert all(lexicon.employment_in(each) for each in EMPLOYMENT if each)
    assert all(int(each) in range(1, 2_000) for each in RADII if each)
    assert all(lexicon.place(job.location.partition(",")[0], "NO") for job in jobs())
