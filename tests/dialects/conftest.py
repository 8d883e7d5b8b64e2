"""The door on the engine for all tests of this suite, and the cases of every SDK, played."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from rapport.domain.event import Trust
from tests.contract.conftest import engine
from tests.dialects import browsers
from tests.dialects.browsers import BY_LUCK, CALLS, GIVE_UP, Site, faults_of
from tests.dialects.world import MARKS, Case, World, at, built, cases_of, matrix, play
from tests.support.browser import browser, page_of
from tests.support.door_server import opened
from tests.support.faults import SCRIPTS, share_of

__all__ = ["browser", "engine", "page_of"]

SERVER_SDKS = (
    "segment-python",
    "rudder-python",
    "customerio-python",
    "segment-node",
    "segment-node-legacy",
    "rudder-node",
    "customerio-node",
)
BROWSER_SDKS = (
    "rudder-js",
    "customerio-browser",
    "jitsu",
    "segment-next",
    "rudder-js-beacon",
    "segment-next-batches",
)
# Which faults each of them meets in this run.
SERVER_FAULTS = {sdk: share_of(tuple(SCRIPTS), n) for n, sdk in enumerate(SERVER_SDKS)}
BROWSER_FAULTS = {sdk: share_of(faults_of(sdk), n) for n, sdk in enumerate(BROWSER_SDKS)}
# A process each, and most of the time it waits to try again.
AT_ONCE = 4
_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def world(engine: str) -> Iterator[World]:
    """The door, and the log behind it."""
    with built(engine) as found:
        yield found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Pages with the browsers' SDKs."""
    with browsers.site(tmp_path_factory.mktemp("site")) as found:
        yield found


@contextmanager
def open_doors(cases: Sequence[Case]) -> Iterator[None]:
    """Each case behind its fault, on a port of its own."""
    with opened([case.door for case in cases]) as urls:
        for case, url in zip(cases, urls, strict=True):
            at(case, url)
        yield


@pytest.fixture(scope="session")
def server_cases(world: World, request: pytest.FixtureRequest) -> Sequence[Case]:
    """Every server SDK has met its faults."""
    cases = [
        case
        for sdk, faults in SERVER_FAULTS.items()
        for case in cases_of(world, [sdk], trust=Trust.VERIFIED, faults=faults)
    ]
    with open_doors(cases), ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        played = [
            pool.submit(play, sdk, [case for case in cases if case.sdk == sdk])
            for sdk in SERVER_SDKS
        ]
        for each in played:
            each.result()
    return _told(world, cases, request.config)


@pytest.fixture(scope="session")
def browser_cases(
    world: World, site: Site, browser: Browser, request: pytest.FixtureRequest
) -> Sequence[Case]:
    """Every browser SDK has met its faults."""
    cases = [
        case
        for sdk, faults in BROWSER_FAULTS.items()
        for case in cases_of(world, [sdk], trust=Trust.ASSERTED, faults=faults)
    ]
    for case in cases:
        case.calls = CALLS.get(case.sdk, MARKS)
        case.gives_up = case.fault in GIVE_UP.get(case.sdk, ())
        case.by_luck = case.fault in BY_LUCK.get(case.sdk, ())
    with open_doors(cases):
        browsers.play(browser, site, cases)
    return _told(world, cases, request.config)


def _told(world: World, cases: Sequence[Case], config: pytest.Config) -> Sequence[Case]:
    world.read(cases)
    config.stash.setdefault(_FIGURES, []).append(matrix(cases))
    return cases


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """The figures, whether tests failed or not."""
    for figures in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(f"\n{figures}")
