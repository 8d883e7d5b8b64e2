"""Every SDK for browsers, unmodified, in Chromium, against every fault."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser

from local.layout import Ports, url_of
from rapport.domain.event import Trust
from tests.dialects import browsers
from tests.dialects.browsers import Site
from tests.dialects.conftest import BROWSER_FAULTS, BROWSER_SDKS
from tests.dialects.world import MARKS, Case, World, cases_of
from tests.support.faults import NONE, PREFIX, SCRIPTS


@pytest.mark.parametrize(
    ("sdk", "fault"), [(sdk, fault) for sdk, faults in BROWSER_FAULTS.items() for fault in faults]
)
def test_what_a_browser_does_not_give_up_is_in_the_log_exactly_once(
    browser_cases: Sequence[Case], sdk: str, fault: str
) -> None:
    [case] = [each for each in browser_cases if (each.sdk, each.fault) == (sdk, fault)]
    lost = set(case.met) if case.gives_up else set()
    if case.by_luck:
        lost = set(case.met) & set(case.lost)
    assert dict(case.rows) == {mark: 1 for mark in case.calls if mark not in lost}
    # Else the case would prove nothing: the fault was met.
    assert bool(case.met) == bool(SCRIPTS[fault])


def test_every_fault_is_met_by_some_browser() -> None:
    assert {fault for faults in BROWSER_FAULTS.values() for fault in faults} == {*SCRIPTS}


@pytest.mark.parametrize("sdk", BROWSER_SDKS)
def test_a_browser_that_delivers_behind_a_path_of_its_own_is_served(
    browser_cases: Sequence[Case], sdk: str
) -> None:
    paths = {
        case.fault: {arrival.path for arrival in case.door.arrivals}
        for case in browser_cases
        if case.sdk == sdk
    }
    assert paths[PREFIX] == {f"/prod{path}" for path in paths[NONE]}


def test_a_page_whose_door_is_closed_has_nothing_acknowledged(
    world: World, site: Site, browser: Browser
) -> None:
    cases = cases_of(world, BROWSER_SDKS, trust=Trust.ASSERTED, faults=[NONE])
    for case in cases:
        case.url = url_of(Ports.ephemeral().api)
        case.calls = MARKS[:2]
        case.gives_up = True
    browsers.play(browser, site, cases)
    assert [list(case.lost) for case in cases] == [list(MARKS[:2])] * len(BROWSER_SDKS)


def test_success_is_always_exactly_200(world: World, browser_cases: Sequence[Case]) -> None:
    assert {status for _, status in world.gateway.answers if status < 400} == {200}
