"""rapport.js in a real browser: content counts as viewed when somebody had it before their eyes."""

from typing import Any

from playwright.sync_api import Page

from tests.support.browser import PageOf
from tests.support.tracked import Api, Site

WINDOW = 720
# Something that comes later, told at once; its name.
LATER = """() => {
    const name = `Later ${performance.now()}`;
    rapport.track(name);
    rapport.flush();
    return name;
}"""


def block(name: str, height: int, version: str = "1") -> str:
    return (
        f'<section data-rapport-block="{name}" data-rapport-version="{version}"'
        f' data-rapport-category="nursing" data-rapport-title="About {name}"'
        f' style="height:{height}px">{name}</section>'
    )


def gap(height: int = WINDOW) -> str:
    return f'<div style="height:{height}px"></div>'


def viewed(api: Api) -> list[str]:
    return [each["properties"]["block"] for each in api.named("Content Viewed")]


def open_page(site: Site, page_of: PageOf, html: str) -> Page:
    site.html["/"] = f"<style>* {{ margin: 0 }}</style>{html}"
    return page_of(site.at(), viewport={"width": 1280, "height": WINDOW})


def scroll(page: Page, to: int, seconds: float = 1.6) -> None:
    page.evaluate("top => scrollTo({ top, behavior: 'instant' })", to)
    page.wait_for_timeout(seconds * 1000)


def flushed(page: Page, api: Api) -> list[str]:
    """What was viewed up to now: all of it is stored when something that came later is."""
    later = page.evaluate(LATER)
    api.wait_for_events(later)
    return viewed(api)


def test_content_in_sight_for_a_second_is_told_with_its_edition(
    api: Api, site: Site, page_of: PageOf
) -> None:
    open_page(site, page_of, block("ward", 300, version="3"))
    api.wait_for_events("Content Viewed")
    [told] = api.named("Content Viewed")
    expected: dict[str, Any] = {"block": "ward", "version": "3", "category": "nursing"}
    assert told["properties"] == {**expected, "title": "About ward"}


def test_content_below_the_fold_is_told_when_it_is_scrolled_to_and_only_once(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = open_page(site, page_of, gap() + block("ward", 400) + gap(2000))
    page.wait_for_timeout(1600)
    assert flushed(page, api) == []
    scroll(page, 190)
    # Less than half of it.
    assert flushed(page, api) == []
    scroll(page, 210)
    scroll(page, 0, seconds=0.2)
    scroll(page, 300)
    assert flushed(page, api) == ["ward"]


def test_content_that_is_scrolled_past_is_not_viewed(api: Api, site: Site, page_of: PageOf) -> None:
    page = open_page(site, page_of, gap() + block("ward", 400) + gap(2000))
    # Far below a second, also where the clock of a busy machine runs on.
    scroll(page, 500, seconds=0.3)
    scroll(page, 1500)
    assert flushed(page, api) == []


def test_content_taller_than_the_window_is_viewed_when_it_fills_half_of_it(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = open_page(site, page_of, gap() + block("story", WINDOW * 30) + gap())
    scroll(page, WINDOW * 4 // 10)
    assert flushed(page, api) == []
    scroll(page, WINDOW * 9 // 10)
    assert flushed(page, api) == ["story"]


def test_the_same_content_twice_on_a_page_counts_once_and_a_hidden_one_never(
    api: Api, site: Site, page_of: PageOf
) -> None:
    hidden = f'<div style="display:none">{block("secret", 100)}</div>'
    unnamed = '<section data-rapport-block="draft" style="height:100px"></section>'
    page = open_page(
        site,
        page_of,
        block("ward", 100) + block("ward", 100) + block("ward", 99, "2") + hidden + unnamed,
    )
    page.wait_for_timeout(1600)
    assert flushed(page, api) == ["ward", "ward"]
    assert {each["properties"]["version"] for each in api.named("Content Viewed")} == {"1", "2"}


def test_content_that_the_page_fetches_later_is_watched_too(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = open_page(site, page_of, gap(10))
    api.wait_for_events("page")
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", block("new", 200))
    api.wait_for_events("Content Viewed")
    assert viewed(api) == ["new"]


def test_another_page_of_the_same_document_shows_its_own_content_in_the_same_place(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = open_page(site, page_of, block("ward", 300))
    api.wait_for_events("Content Viewed")
    # What keeps a document changes its elements instead of making new ones.
    page.evaluate("""() => {
        history.pushState({}, "", "/story");
        document.querySelector("section").dataset.rapportBlock = "story";
    }""")
    api.wait_for(lambda: len(api.named("Content Viewed")) == 2)
    assert viewed(api) == ["ward", "story"]
