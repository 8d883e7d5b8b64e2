"""The career site in a real browser, on the whole stack: our tracker, and two others unmodified.

Every visitor clicks, types, goes back, leaves in the middle; what the log then holds of them is
compared with what they did, event by event.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from local.feed import Job, jobs
from rapport.domain.identifiers import person_id
from rapport.domain.profile import Profile
from tests.e2e.conftest import Live
from tests.e2e.visits import ref_of, until
from tests.support.browser import PageOf

TRACKERS = ("rapport", "segment", "rudder")
# Long enough for whatever an SDK would send once more.
QUIET_SECONDS = 2.5
# rapport.js counts what was in sight for a second.
READ_MS = 1500
KEPT = """async () => ({
  cookies: document.cookie.split("; ").map((each) => each.split("=")[0]).filter(Boolean),
  local: Object.keys(localStorage),
  databases: (await indexedDB.databases()).map((each) => each.name),
})"""


@dataclass(kw_only=True)
class Visitor:
    """Somebody in a browser; `did` counts what the log has to hold in the end."""

    page: Page
    site: str
    tracker: str
    email: str
    did: dict[str, int] = field(default_factory=dict)

    def do(self, *events: str) -> None:
        for event in events:
            self.did[event] = self.did.get(event, 0) + 1

    def click(self, selector: str, *events: str) -> None:
        """Follow a link or send a form; the page goes while its tracker tells of it."""
        self.page.evaluate("window.left = true")
        self.page.click(selector)
        self.page.wait_for_load_state()
        self.tracked()
        self.do("page", *events)

    def back(self, *told_again: str) -> None:
        """Back to the last page; if the browser kept it alive, only our tracker tells it again."""
        self.page.go_back(wait_until="commit")
        self.tracked()
        kept_alive = self.page.evaluate("window.left === true")
        if self.tracker == "rapport" or not kept_alive:
            self.do("page", *told_again)

    def tracked(self) -> None:
        """Nobody is faster than the script of the page that they look at."""
        self.page.wait_for_selector(f"html[data-tracked={self.tracker}]", state="attached")

    def agree(self) -> None:
        self.page.click("button[data-consent=granted]")
        self.page.wait_for_selector("#consent-banner", state="hidden")
        self.tracked()
        if self.tracker != "rapport":
            # These start with the visitor's yes, so they tell the page on which it was said.
            self.do("page")


@pytest.fixture
def job() -> Job:
    return next(job for job in jobs() if job.open and job.category == "nursing")


def _arrive(live: Live, page_of: PageOf, tracker: str) -> Visitor:
    site = live.described["site_url"]
    page = page_of(f"{site}/?tracker={tracker}")
    page.wait_for_selector("#consent-banner", state="visible")
    address = f"{tracker}-{uuid4().hex[:8]}@inbox.halden.example"
    return Visitor(page=page, site=site, tracker=tracker, email=address)


def _profile(live: Live, email: str) -> Profile | None:
    view = live.stores.people.view(person_id(ref_of(live, email)))
    return None if view is None else view.profile


def _totals(live: Live, visitor: Visitor) -> Mapping[str, int]:
    """What the profile counts of the visitor, without what Rapport itself wrote about them."""
    profile = _profile(live, visitor.email)
    counted: Mapping[str, int] = {} if profile is None else profile.totals
    return {name: count for name, count in counted.items() if not name.startswith(_ENGINES)}


_ENGINES = ("Mail ", "Decision", "Address ", "Unsub")


def _settles(live: Live, visitor: Visitor) -> None:
    """Everything that the visitor did arrives, once, and nothing comes after it."""
    deadline = time.monotonic() + 20
    while (told := _totals(live, visitor)) != visitor.did and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(QUIET_SECONDS)
    assert _totals(live, visitor) == visitor.did, told


def _step_one(visitor: Visitor) -> None:
    visitor.page.fill("#first_name", "Åse")
    visitor.page.fill("#email", visitor.email)
    visitor.click("form.card button", "Application Step Completed")


@pytest.mark.parametrize("tracker", TRACKERS)
def test_an_application_is_told_event_by_event(
    live: Live, page_of: PageOf, job: Job, tracker: str
) -> None:
    visitor = _arrive(live, page_of, tracker)
    visitor.agree()
    visitor.click("nav[aria-label=Main] a[href='/jobs']")
    visitor.page.fill("#q", job.title)
    visitor.click(".search button", "Job Searched")
    visitor.click(f"a[href='/jobs/{job.id}']", "Job Viewed")
    visitor.click("nav[aria-label=Main] a[href='/content/how-we-hire']", "Content Viewed")
    visitor.page.wait_for_timeout(READ_MS)
    visitor.back("Job Viewed")
    visitor.click("a[data-told]", "track", "Application Started")
    _step_one(visitor)
    visitor.page.fill("#why", "The rota.")
    visitor.click("form.card button", "Application Submitted")
    assert "Thank you" in visitor.page.inner_text("h1")
    _settles(live, visitor)
    profile = _profile(live, visitor.email)
    assert profile is not None
    application = profile.applications[job.id]
    assert application.submitted is not None
    assert application.step == 1


@pytest.mark.parametrize("tracker", TRACKERS)
def test_who_leaves_in_the_middle_is_known_to_have_left_there(
    live: Live, page_of: PageOf, job: Job, tracker: str
) -> None:
    visitor = _arrive(live, page_of, tracker)
    visitor.agree()
    visitor.page.goto(f"{visitor.site}/jobs/{job.id}/apply")
    visitor.tracked()
    _step_one(visitor)
    visitor.page.close(run_before_unload=True)

    def left() -> Profile | None:
        profile = _profile(live, visitor.email)
        return profile if profile is not None and job.id in profile.applications else None

    application = until(left, what="the application that was begun").applications[job.id]
    assert application.started is not None
    assert (application.step, application.submitted) == (1, None)


def test_without_a_yes_nothing_is_kept_on_the_device(live: Live, page_of: PageOf, job: Job) -> None:
    visitor = _arrive(live, page_of, "rapport")
    for path in ("/jobs", f"/jobs/{job.id}", "/content/how-we-hire"):
        visitor.page.goto(f"{visitor.site}{path}")
    visitor.page.wait_for_timeout(1500)
    kept: dict[str, Any] = visitor.page.evaluate(KEPT)
    assert kept == {"cookies": [], "local": [], "databases": []}
    visitor.page.click("button[data-consent=denied]")
    visitor.page.wait_for_timeout(300)
    assert visitor.page.evaluate(KEPT)["cookies"] == ["hc_consent"]
