"""Chromium, driven by Playwright: the system's own browser, which never leaves this machine.

`from tests.support.browser import browser, page_of` in a conftest makes the fixtures known there.
Nothing here intercepts requests (`route()`): an intercepted request has its preflight answered by
Playwright, and the server would never be asked.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.suites import CHROMIUM, without_chromium

# What an ordinary visitor's browser says; headless Chromium would call itself so.
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-blink-features=AutomationControlled",
    f"--user-agent={AGENT}",
)
# Visitors go back to pages that were kept alive; Playwright would switch that off.
UNWANTED = ("--disable-back-forward-cache",)
_SIGNALS = """
Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });
"""


class PageOf(Protocol):
    """Opens a page in a browser profile of its own, empty unless a context is given."""

    def __call__(
        self,
        url: str = "",
        *,
        within: BrowserContext | None = None,
        gpc: bool = False,
        may_throw: bool = False,
        **options: Any,
    ) -> Page: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test has profiles of its own."""
    missing = without_chromium()
    if missing:
        pytest.skip(missing)
    with sync_playwright() as playwright:
        # Root has no sandbox to go into.
        started = playwright.chromium.launch(
            executable_path=shutil.which(CHROMIUM),
            args=list(ARGUMENTS),
            ignore_default_args=list(UNWANTED),
            chromium_sandbox=os.geteuid() != 0,
        )
        yield started
        started.close()


@pytest.fixture
def page_of(browser: Browser) -> Iterator[PageOf]:
    """Open pages, and close them with the test.

    `within` is another page's context: the same visitor, in a second tab. `gpc` sends the privacy
    signal as browsers do, in the header and to scripts. The test fails if a page threw an error
    that nobody caught, unless it `may_throw`. Other options are those of a context.
    """
    thrown: list[Error] = []
    with ExitStack() as stack:

        def opened(
            url: str = "",
            *,
            within: BrowserContext | None = None,
            gpc: bool = False,
            may_throw: bool = False,
            **options: Any,
        ) -> Page:
            if gpc:
                options.setdefault("extra_http_headers", {})["Sec-GPC"] = "1"
            context = within or stack.enter_context(browser.new_context(**options))
            if gpc:
                context.add_init_script(_SIGNALS)
            page = context.new_page()
            if not may_throw:
                page.on("pageerror", lambda error: thrown.append(error))  # noqa: PLW0108 - it is given an attribute
            if url:
                page.goto(url)
            return page

        yield opened
    assert not thrown, [str(error) for error in thrown]
