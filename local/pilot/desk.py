"""What operators see of the pilot in the console, in Chromium, signed in as themselves."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from playwright.sync_api import Page

from local.operators import PASSWORD, email_of
from local.pilot import playbook
from local.pilot.chromium import Chromium
from local.pilot.hands import Hands, expect
from local.pilot.opening import EN, Opening
from local.pilot.record import Record
from rapport.domain.operators import Role

# The first page of a function that has just started, on a machine that is busy.
_LOADING_MS: Final = 60_000


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What is looked at, once the letter has gone out."""

    hands: Hands
    record: Record
    screen: Chromium
    opening: Opening

    def play(self) -> None:
        """Sign in as two operators, and look."""
        self._marketer()
        self._viewer()

    def _marketer(self) -> None:
        step = self.record.begin(
            "The console shows what was done", who="A marketer", door="the console, in Chromium"
        )
        person = (self.opening.knows(EN) or {})["person"]
        pages = (
            (f"/candidates/{person}", "console-candidate.png", "One candidate"),
            (f"/campaigns/{playbook.LETTER}", "console-campaign.png", "The letter, and its result"),
            ("/reports", "console-report.png", "The report"),
        )
        with self.screen.visitor() as page:
            self._sign_in(page, Role.MARKETER)
            for path, name, caption in pages:
                self._open(page, path)
                step.picture(self.screen.picture(page, name), caption)
        step.figure("pages looked at", len(pages))
        self.record.done(step)

    def _viewer(self) -> None:
        step = self.record.begin(
            "Who may only look can do nothing else",
            who="A viewer",
            door="`/desk/v1`, with a token of the pool",
        )
        person = (self.opening.knows(EN) or {})["person"]
        seen, _ = self.hands.desk(Role.VIEWER, "GET", f"/people/{person}")
        wish = {"topic": "*", "reason": "a try"}
        stopped, _ = self.hands.desk(Role.VIEWER, "POST", f"/people/{person}/stop", wish)
        trail, _ = self.hands.desk(Role.RECRUITER, "GET", "/audit?day=2026-01-01")
        expect("a viewer looking at a candidate", seen, HTTPStatus.OK)
        # As if nobody were there: who may not do it learns nothing by trying.
        expect("a viewer stopping somebody", stopped, HTTPStatus.NOT_FOUND)
        expect("a recruiter reading the trail", trail, HTTPStatus.FORBIDDEN)
        step.figure("calls that their roles do not allow, refused", "2 of 2")
        self.record.done(step)

    def _sign_in(self, page: Page, role: Role) -> None:
        page.set_default_timeout(_LOADING_MS)
        page.goto(f"{self.hands.place.api_url}/console")
        page.get_by_role("button", name="Sign in").click()
        page.locator("input[name=username]").fill(email_of(role))
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url("**/console/**")
        page.get_by_role("navigation").first.wait_for()

    def _open(self, page: Page, path: str) -> None:
        page.goto(f"{self.hands.place.api_url}/console{path}")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
