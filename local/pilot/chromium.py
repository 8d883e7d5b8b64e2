"""Chromium for the pilot: pages of visitors and operators, and pictures of them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from local.faults import LocalError

NAME: Final = "chromium"
# Headless Chromium calls itself so, and would be taken for a robot.
AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
ARGUMENTS: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-blink-features=AutomationControlled",
    f"--user-agent={AGENT}",
)
WIDE: Final = ViewportSize(width=720, height=640)
NARROW: Final = ViewportSize(width=390, height=720)


@dataclass(frozen=True, kw_only=True)
class Chromium:
    """A started browser, and the folder that takes its pictures."""

    browser: Browser
    pictures: Path

    @contextmanager
    def visitor(
        self, *, language: str = "en-GB", size: ViewportSize = WIDE, script: bool = True
    ) -> Iterator[Page]:
        """A page in a browser profile of its own: a visitor, or a device, of theirs alone."""
        context = self.browser.new_context(
            viewport=size, locale=language, java_script_enabled=script
        )
        try:
            yield context.new_page()
        finally:
            context.close()

    def picture(self, page: Page, name: str) -> str:
        """Take a picture of what the window shows; tells its file name."""
        page.screenshot(path=self.pictures / name, animations="disabled", caret="hide")
        return name


@contextmanager
def chromium(pictures: Path) -> Iterator[Chromium]:
    """The system's Chromium, which never leaves this machine."""
    found = shutil.which(NAME)
    if found is None:
        msg = f"There is no {NAME} on this machine; install it (Debian: apt-get install {NAME})."
        raise LocalError(msg)
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        # Root has no sandbox to go into.
        started = playwright.chromium.launch(
            executable_path=found, args=list(ARGUMENTS), chromium_sandbox=os.geteuid() != 0
        )
        try:
            yield Chromium(browser=started, pictures=pictures)
        finally:
            started.close()
