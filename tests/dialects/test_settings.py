"""Browsers' SDKs that are given nothing but a key and an address: the rest is asked for."""

import pytest

from rapport.domain.event import Trust
from tests.dialects.browsers import CALLS, Site, calm, given, wait
from tests.dialects.conftest import open_doors
from tests.dialects.world import MARKS, World, cases_of
from tests.support.browser import PageOf
from tests.support.faults import NONE, PREFIX


@pytest.mark.parametrize("fault", [NONE, PREFIX])
@pytest.mark.parametrize("sdk", ["segment-next", "customerio-browser", "rudder-js"])
def test_a_page_finds_its_settings_at_the_door_and_delivers_by_them(
    world: World, site: Site, page_of: PageOf, sdk: str, fault: str
) -> None:
    [case] = cases_of(world, [sdk], trust=Trust.ASSERTED, faults=[fault])
    case.calls = CALLS.get(sdk, MARKS)
    with open_doors([case]):
        page = page_of()
        page.context.add_init_script(given(case, remote=True))
        page.goto(site.address(sdk))
        wait(lambda: len(case.door.arrivals) > 0 and calm(case))
    world.read([case])
    assert dict(case.rows) == dict.fromkeys(case.calls, 1)
