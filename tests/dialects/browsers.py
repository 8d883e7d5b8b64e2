"""SDKs in a real browser: their pages on one origin, the door behind a fault on another."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from local import layout
from local.layout import REPO
from tests.dialects.world import HERE, MARKS, Case, marks_of
from tests.support.door_server import Asked, Reply, opened
from tests.support.faults import NONE, PREFIX, SCRIPTS

# jitsu has no alias.
CALLS = {"jitsu": tuple(mark for mark in MARKS if mark != "alias")}
BUNDLES = ("segment-next", "customerio-browser", "rudder-js", "jitsu")
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "segment-next-batches": {"strategy": "batching"},
    "rudder-js-beacon": {"beacon": True},
}
# The same SDK with another way to deliver need not meet every shade of a fault again.
FEWER = (NONE, PREFIX, "500", "500 stored", "lost ack", "dropped")
REFUSED = frozenset({"500", "503", "429"})
# What these never send again, whatever the answer says. The answer to a beacon is read by nobody.
GIVE_UP: Mapping[str, frozenset[str]] = {
    "customerio-browser": REFUSED,
    "jitsu": REFUSED,
    "rudder-js-beacon": REFUSED | {"dropped"},
}
# And what only Chromium sends again, if the request went over a connection that it had used before.
BY_LUCK: Mapping[str, frozenset[str]] = {"jitsu": frozenset({"dropped"})}
# How many pages are open at a time.
AT_ONCE = 8
POLL_SECONDS = 0.05
# Nothing more comes after a delivery that went well; after one that failed, an SDK may wait, and
# one that gives up is given the time that the slowest takes to try again.
QUIET_SECONDS, GIVEN_UP_SECONDS, PATIENCE_SECONDS = 0.5, 5.0, 30.0


@dataclass(frozen=True, kw_only=True)
class Site:
    """Pages with the SDKs, built from the packages as they are installed."""

    url: str

    def address(self, sdk: str, page: str = "jobs", query: str = "") -> str:
        return f"{self.url}/{bundle_of(sdk)}/{page}{query}"


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Build the pages' scripts and serve them."""
    subprocess.run(
        [
            layout.tool(REPO / "node_modules" / ".bin" / "esbuild"),
            *(str(HERE / "pages" / f"{name}.mjs") for name in BUNDLES),
            *("--bundle", "--format=iife", "--log-level=warning", f"--outdir={folder}"),
        ],
        check=True,
    )

    def page(asked: Asked) -> Reply:
        script = folder / asked.path.removeprefix("/")
        if asked.path.endswith(".js"):
            kind, body = "text/javascript", script.read_bytes()
        else:
            name = asked.path.split("/")[1]
            kind, body = "text/html", _HTML.format(name=name).encode()
        return Reply(status=200, headers={"content-type": kind}, body=body)

    with opened([page]) as [url]:
        yield Site(url=url)


_HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">
<title>Jobs</title><a id="next" href="/{name}/apply">Apply</a><script src="/{name}.js"></script>
"""


def faults_of(sdk: str) -> Sequence[str]:
    """The faults that an SDK is put through."""
    return FEWER if sdk in OPTIONS else tuple(SCRIPTS)


def bundle_of(sdk: str) -> str:
    return next(name for name in BUNDLES if sdk.startswith(name))


def given(case: Case, **options: Any) -> str:
    """The script that tells a page what to do."""
    told = {
        "name": case.name,
        "url": case.url,
        "key": case.key,
        "calls": case.calls,
        **OPTIONS.get(case.sdk, {}),
        **options,
    }
    return f"window.given = {json.dumps(told)};"


def unacknowledged(case: Case) -> list[str]:
    """The calls of which no page got to know that they arrived."""
    told = {each for a in list(case.door.arrivals) if a.status == 200 for each in marks_of(a)}
    return [mark for mark in case.calls if mark not in told]


def calm(case: Case) -> bool:
    """Whether nothing more is to be expected."""
    quiet = case.door.quiet_for()
    if not unacknowledged(case):
        return quiet > QUIET_SECONDS
    return quiet > (GIVEN_UP_SECONDS if case.gives_up or case.by_luck else PATIENCE_SECONDS)


def wait(until: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(POLL_SECONDS)


def play(browser: Browser, pages: Site, cases: Sequence[Case]) -> None:
    """Play the cases, each in a browser profile of its own, several at a time."""
    waiting, running = list(cases), list[tuple[Case, BrowserContext, Page]]()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            case = waiting.pop(0)
            context = browser.new_context()
            context.add_init_script(given(case))
            page = context.new_page()
            page.goto(pages.address(case.sdk))
            case.door.last_at = time.monotonic()
            running.append((case, context, page))
        time.sleep(POLL_SECONDS)
        for each in [each for each in running if calm(each[0])]:
            running.remove(each)
            case, context, page = each
            assert page.evaluate("window.told") == list(case.calls)
            case.lost = unacknowledged(case)
            context.close()
