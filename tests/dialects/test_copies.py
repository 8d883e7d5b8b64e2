"""Copies that are not what the first one was, and pages that are left in the midst of a delivery.

Browsers' SDKs send again what was on its way, from the next page or after somebody has logged in;
the copy has then gained a user id, or lost where the visitor came from. The first copy stands.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Protocol

import pytest
from playwright.sync_api import Page

from rapport.domain.event import Event, Trust
from tests.dialects.browsers import Site, given, wait
from tests.dialects.conftest import open_doors
from tests.dialects.world import Case, World, cases_of, mark_of
from tests.support.browser import PageOf
from tests.support.faults import NONE, Answer, Held, Reset, Step, Told


class Visit(Protocol):
    """Opens a page whose first delivery meets a step of its own."""

    def __call__(
        self, sdk: str, *script: Step, calls: Sequence[str], query: str = ""
    ) -> tuple[Case, Page]: ...


@pytest.fixture
def visit(world: World, site: Site, page_of: PageOf) -> Iterator[Visit]:
    """Visits, each with a write key of its own."""
    with ExitStack() as stack:

        def begin(
            sdk: str, *script: Step, calls: Sequence[str], query: str = ""
        ) -> tuple[Case, Page]:
            [case] = cases_of(world, [sdk], trust=Trust.ASSERTED, faults=[NONE])
            case.door.script, case.door.reach, case.calls = script, 1, calls
            stack.enter_context(open_doors([case]))
            page = page_of()
            page.context.add_init_script(given(case))
            page.goto(site.address(sdk, query=query))
            return case, page

        yield begin


def _copies(case: Case, mark: str) -> list[dict[str, object]]:
    """The messages of one call, in the order in which they were answered."""
    found = [m for a in list(case.door.arrivals) for m in a.messages if mark_of(m) == mark]
    return [dict(each) for each in found]


def _context(message: Mapping[str, object]) -> Mapping[str, object]:
    context = message["context"]
    assert isinstance(context, dict)
    return context


def _only(world: World, case: Case, mark: str) -> Event:
    world.read([case])
    [event] = [each for each in case.events if mark_of(each.body) == mark]
    return event


@pytest.mark.parametrize(
    ("sdk", "step"),
    [
        ("segment-next", Answer(status=503, retry_after=3, stored=True)),
        ("customerio-browser", Reset(stored=True)),
    ],
)
def test_a_copy_that_has_gained_a_user_id_lands_on_the_first(
    world: World, visit: Visit, sdk: str, step: Step
) -> None:
    may = threading.Event()
    case, page = visit(sdk, Told(step=step, may=may), calls=["viewed"])
    wait(lambda: case.door.underway == 1)
    # Before the first is answered: the SDK sends its copy whenever it likes after that.
    page.evaluate("window.call('identify')")
    may.set()
    # Of a connection that was reset, the browser itself may send what it sent before once more.
    wait(lambda: any(each.get("userId") for each in _copies(case, "viewed")))
    first, *_, last = _copies(case, "viewed")
    assert first["messageId"] == last["messageId"]
    assert not first.get("userId")
    assert not _only(world, case, "viewed").body.get("userId")


@pytest.mark.parametrize("sdk", ["segment-next", "customerio-browser"])
def test_a_copy_from_the_next_page_does_not_change_where_the_visitor_came_from(
    world: World, visit: Visit, sdk: str
) -> None:
    case, page = visit(
        sdk,
        Held(seconds=2, stored=True),
        calls=["viewed"],
        query="?utm_source=newsletter&utm_campaign=spring",
    )
    wait(lambda: case.door.underway == 1)
    page.click("#next")
    wait(lambda: len(_copies(case, "viewed")) == 2)
    one, other = _copies(case, "viewed")
    assert one["messageId"] == other["messageId"]
    # Else nothing would be shown: this SDK's copy has indeed forgotten it.
    forgotten = ["campaign" not in _context(each) for each in (one, other)]
    assert any(forgotten) == (sdk == "customerio-browser")
    context = _context(_only(world, case, "viewed").body)
    assert context["campaign"] == {"source": "newsletter", "name": "spring"}


@pytest.mark.parametrize("sdk", ["segment-next", "customerio-browser", "rudder-js", "jitsu"])
def test_a_click_on_apply_in_the_midst_of_a_delivery_leaves_every_event_once(
    world: World, visit: Visit, sdk: str
) -> None:
    """The request is on its way when the page goes; the door gets it all the same, or again."""
    case, page = visit(sdk, Held(seconds=1), calls=["viewed"])
    wait(lambda: case.door.underway == 1)
    page.click("#next")
    page.wait_for_function("window.told !== undefined")
    page.evaluate("window.call('saved')")
    wait(lambda: bool(_copies(case, "saved")) and case.door.quiet_for() > 2)
    world.read([case])
    assert dict(case.rows) == {"viewed": 1, "saved": 1}
