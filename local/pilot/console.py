"""The console of the pilot: operators sign in, press what they see, and are pictured."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import FilePayload, Page, ViewportSize

from local.operators import PASSWORD, email_of
from local.pilot.chromium import Chromium
from local.pilot.hands import Hands
from rapport.domain.operators import Role

# The first page of a function that has just started, on a machine that is busy.
_LOADING_MS: Final = 60_000
_IMPORT: Final = re.compile(r"/console/imports/[0-9a-f]+$")
DESK: Final = ViewportSize(width=1000, height=720)


@dataclass(frozen=True, kw_only=True)
class Console:
    """The console of one stack, in a browser."""

    hands: Hands
    screen: Chromium

    @contextmanager
    def signed_in(self, role: Role) -> Iterator[Page]:
        """A window of somebody who has signed in."""
        with self.screen.visitor(size=DESK) as page:
            page.set_default_timeout(_LOADING_MS)
            page.goto(f"{self.hands.place.api_url}/console")
            page.get_by_role("button", name="Sign in").click()
            page.locator("input[name=username]").fill(email_of(role))
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("input[name=password]").press("Enter")
            page.wait_for_url("**/console/**")
            page.get_by_role("heading", level=1).wait_for()
            yield page

    def picture(self, page: Page, name: str) -> str:
        """A picture of what the window shows."""
        return self.screen.picture(page, name)

    def open(self, page: Page, path: str) -> None:
        """Show a page of the console, with all that it loads."""
        page.goto(f"{self.hands.place.api_url}/console{path}")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")

    def approve(self, page: Page, campaign: str) -> None:
        """Approve what the page of a campaign shows."""
        self.open(page, f"/campaigns/{campaign}")
        _press(page, "Approve")
        _confirm(page, "Approve", "Approved. Any edit makes that void.")

    def launch(self, page: Page, campaign: str, people: int, picture: str) -> str:
        """Launch a campaign; to many it wants the number typed. Tells the picture of that."""
        self.open(page, f"/campaigns/{campaign}")
        _press(page, "Launch …")
        page.get_by_role("dialog").get_by_role("textbox").fill(str(people))
        taken = self.screen.picture(page, picture)
        _confirm(page, f"Launch to {people} people", "Launched.")
        return taken

    def pause(self, page: Page, campaign: str) -> None:
        """Pause a campaign that is on its way."""
        self.open(page, f"/campaigns/{campaign}")
        _press(page, "Pause")
        _confirm(page, "Pause", "Paused.")

    def resume(self, page: Page, campaign: str) -> None:
        """Let a paused campaign go on."""
        self.open(page, f"/campaigns/{campaign}")
        _press(page, "Resume")
        page.get_by_text("It goes on.").wait_for()

    def bring_in(self, page: Page, table: FilePayload, source: str, to: str) -> str:
        """Import a table without proof; the picture of what it would come to, taken before."""
        self.open(page, "/imports/new")
        page.get_by_label("File", exact=True).set_input_files(table)
        page.get_by_label("Source", exact=True).fill(source)
        page.get_by_role("button", name="Upload and look at it").click()
        page.get_by_label("Put everybody on a list").fill(to)
        page.get_by_role("button", name="Look again").click()
        started = page.get_by_role("button", name="Import ")
        started.wait_for()
        taken = self.screen.picture(page, "console-import.png")
        started.click()
        page.get_by_role("dialog").get_by_role("button", name="Import ").click()
        page.wait_for_url(_IMPORT)
        page.get_by_role("button", name="Take it back").wait_for()
        return taken

    def take_back(self, page: Page, source: str) -> None:
        """Undo the import whose page is shown."""
        page.get_by_role("button", name="Take it back").click()
        page.get_by_role("dialog").get_by_role("textbox").fill(source)
        page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
        page.get_by_text("Taken back", exact=True).first.wait_for()


def _press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def _confirm(page: Page, name: str, told: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
    page.get_by_text(told).wait_for()
