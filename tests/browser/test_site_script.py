"""The career site's own script in a real browser, where a page was kept alive for the way back."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page

from cli.brand_lint import contrast
from local.feed import jobs
from local.site import Site
from local.site_content import Door
from local.site_scripts import Scripts
from local.tracking import Tracker
from tests.support.browser import PageOf
from tests.support.content_door import ContentDoor
from tests.support.tracked import Api
from tests.support.web import serving

APPLY = f"/jobs/{next(job.id for job in jobs() if job.open)}/apply"
# The colours of all words and of what they stand on, a pair each.
COLOURS = """() => [...document.querySelectorAll("h1, h2, h3, p, li, a, label, button, dt, dd")]
  .filter((each) => each.textContent.trim() && each.getClientRects().length)
  .map((each) => {
    let below = each;
    const seen = (of) => getComputedStyle(of).backgroundColor;
    const isClear = (of) => /, 0\\)$|transparent/.test(seen(of));
    while (below.parentElement && isClear(below)) below = below.parentElement;
    return [getComputedStyle(each).color, seen(below)];
  })"""
ID_IN_FORM = "document.querySelector('[name=anonymous_id]').value"


@pytest.fixture
def content_port() -> Iterator[int]:
    """The door that tells the site its words."""
    with serving(ContentDoor().reply) as port:
        yield port


@pytest.fixture
def career_site(api: Api, content_port: int) -> Iterator[str]:
    """The site's address; its tracker and its API are `api`."""
    tracker = Tracker(api_url=api.url, write_key="wk_server")
    site = Site(
        site_url="http://site.test",
        mailbox_url="http://mailbox.test",
        tracker=tracker,
        scripts=Scripts(api_url=api.url, write_key="wk_browser"),
        door=Door(f"http://127.0.0.1:{content_port}"),
    )
    with serving(site.reply) as port:
        yield f"http://127.0.0.1:{port}"
    tracker.close()


def tracked(page: Page) -> None:
    page.wait_for_selector("html[data-tracked]", state="attached")


def test_a_form_on_the_way_back_names_nobody_who_has_taken_consent_back(
    api: Api, career_site: str, page_of: PageOf
) -> None:
    page = page_of(career_site + APPLY)
    tracked(page)
    page.click("button[data-consent=granted]")
    page.wait_for_function(f"{ID_IN_FORM} !== ''")
    page.evaluate("window.kept = true")
    page.goto(f"{career_site}/jobs")
    tracked(page)
    page.click("#consent-again")
    page.click("button[data-consent=denied]")
    page.wait_for_function("!document.cookie.includes('rapport_id')")
    page.go_back(wait_until="commit")
    page.wait_for_function("window.kept")
    page.wait_for_function(f"{ID_IN_FORM} === ''")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_narrow_screen_and_their_words_stand_out(
    career_site: str, page_of: PageOf, scheme: Literal["light", "dark"]
) -> None:
    page = page_of(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    for path in ("/", "/jobs", "/content", "/content/night-work", "/talent-network", "/job-alert"):
        page.goto(f"{career_site}{path}")
        page.evaluate("document.querySelector('details')?.setAttribute('open', '')")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        told: list[tuple[str, str]] = page.evaluate(COLOURS)
        assert told
        assert min(contrast(_hex(letters), _hex(ground)) for letters, ground in told) >= 4.5, path


def _hex(colour: str) -> str:
    """`rgb(1, 2, 3)` or `color(srgb 0.1 0.2 0.3)` as `#rrggbb`."""
    parts = [float(each) for each in re.findall(r"\d[\d.e-]*", colour)][:3]
    whole = [each * 255 if colour.startswith("color(") else each for each in parts]
    return "#" + "".join(f"{round(each):02x}" for each in whole)
