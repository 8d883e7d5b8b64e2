"""rapport.js in a real browser: what stays on the device, and what before consent does."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.browser import PageOf
from tests.support.tracked import Answer, Api, Site

REQUIRED = 'data-consent="required"'
KEPT = """async () => [
    ...Object.keys(localStorage),
    ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map(({ name }) => name),
    ...(await caches.keys()),
]"""
DNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })"
# A visitor who arrives by a campaign and says who they are: all that could be kept.
CAMPAIGN = "/?utm_source=fair"


def kept(page: Page) -> set[str]:
    """The names of everything that is stored on the device."""
    cookies = {cookie.get("name", "") for cookie in page.context.cookies()}
    return cookies | set(page.evaluate(KEPT))


def visit(page: Page, api: Api, url: str) -> dict[str, Any]:
    """Open a page; the message that tells it."""
    before = len(api.named("page"))
    page.goto(url)
    page.evaluate("rapport.flush()")
    api.wait_for(lambda: len(api.named("page")) > before)
    return api.named("page")[-1]


@pytest.mark.parametrize("word", ["", "denied", "granted"])
@pytest.mark.parametrize("case", ["assumed", "required", "gpc", "dnt"])
def test_nothing_is_kept_on_the_device_before_it_may_be(
    api: Api, site: Site, page_of: PageOf, case: str, word: str
) -> None:
    site.attributes = REQUIRED if case == "required" else ""
    page = page_of(gpc=case == "gpc")
    if case == "dnt":
        page.add_init_script(DNT)
    # Messages wait for the door, and so would be in the kept queue.
    api.then(Answer(status=429, retry_after="60"))
    page.goto(site.at(CAMPAIGN))
    page.evaluate("rapport.identify('u-1', {})")
    if word:
        page.evaluate("word => rapport.consent(word)", word)
    page.evaluate("rapport.track('Saved')")
    api.wait_for(lambda: api.posts)
    found = kept(page)
    print(f"{case:<8} {word or 'not asked':<9} {len(found)} kept: {', '.join(sorted(found))}"[:100])
    if word == "granted" or (case == "assumed" and not word):
        queued = {name for name in found if name.startswith("rapport_q.")}
        marker = {"rapport_consent"} if word else set()
        assert len(queued) == 3
        assert found - queued == {"rapport_id", "rapport_user", "rapport_campaign"} | marker
    elif case == "assumed":
        # The refusal itself, or the next page would not know of it.
        assert found == {"rapport_consent"}
        assert page.evaluate("localStorage.rapport_consent") == "denied"
    else:
        assert found == set()


def test_without_consent_every_page_has_a_stranger_and_messages_arrive_all_the_same(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.attributes = REQUIRED
    page = page_of()
    pages = [visit(page, api, site.at(f"/{number}")) for number in range(3)]
    assert len({each["anonymousId"] for each in pages}) == 3
    assert all("consent" not in each["context"] for each in pages)


def test_the_id_of_the_page_on_which_somebody_agrees_is_the_one_that_is_kept(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.attributes = REQUIRED
    page = page_of()
    first = visit(page, api, site.at("/1"))
    page.evaluate("rapport.consent('granted')")
    [cookie] = page.context.cookies()
    assert cookie.get("value") == first["anonymousId"]
    assert cookie.get("sameSite") == "Lax"
    assert cookie.get("domain") == "127.0.0.1"
    # Chromium keeps none longer than 400 days.
    assert 364 * 86400 < cookie.get("expires", 0) - page.evaluate("Date.now() / 1000") < 366 * 86400
    second = visit(page, api, site.at("/2"))
    assert second["anonymousId"] == first["anonymousId"]
    assert second["context"]["consent"] == {"categoryPreferences": {"analytics": True}}


def test_whoever_takes_consent_back_is_a_stranger_from_then_on(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of()
    before = visit(page, api, site.at("/1"))
    page.evaluate("rapport.identify('u-1'); rapport.consent('denied'); rapport.track('Saved')")
    api.wait_for_events("Saved")
    [saved] = api.named("Saved")
    assert saved["anonymousId"] != before["anonymousId"]
    assert "userId" not in saved
    assert saved["context"]["consent"] == {"categoryPreferences": {"analytics": False}}
    after = visit(page, api, site.at("/2"))
    assert after["anonymousId"] not in {before["anonymousId"], saved["anonymousId"]}
    assert kept(page) == {"rapport_consent"}


@pytest.mark.parametrize("attributes", ["", REQUIRED], ids=["assumed", "required"])
def test_a_page_that_was_kept_alive_hears_that_consent_was_taken_back_on_the_next(
    api: Api, site: Site, page_of: PageOf, attributes: str
) -> None:
    site.attributes = attributes
    page = page_of(site.at(CAMPAIGN))
    page.evaluate("rapport.consent('granted'); rapport.identify('u-1'); window.kept = true")
    api.wait_for_events("page", "identify")
    visit(page, api, site.at("/2"))
    page.evaluate("rapport.consent('denied')")
    page.go_back(wait_until="commit")
    page.wait_for_function("window.kept")
    page.evaluate("rapport.identify('u-2'); rapport.track('Saved')")
    api.wait_for_events("Saved")
    first, _, restored = api.named("page")
    assert restored["anonymousId"] != first["anonymousId"]
    assert "userId" not in restored
    assert api.named("Saved")[0]["anonymousId"] == restored["anonymousId"]
    assert kept(page) <= {"rapport_consent"}


def test_a_page_that_was_kept_alive_hears_that_its_user_has_left(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at("/1"))
    page.evaluate("rapport.identify('u-1'); window.kept = true")
    api.wait_for_events("identify")
    page.goto(site.at("/2"))
    page.evaluate("rapport.reset(); rapport.track('Left')")
    api.wait_for_events("Left")
    page.go_back(wait_until="commit")
    page.wait_for_function("window.kept")
    page.evaluate("rapport.track('Saved')")
    api.wait_for_events("Saved")
    [left], [saved] = api.named("Left"), api.named("Saved")
    assert "userId" not in saved
    assert saved["anonymousId"] == left["anonymousId"]


def test_what_a_visitor_says_in_one_tab_holds_in_the_other(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.attributes = REQUIRED
    one = page_of(site.at("/1"))
    two = page_of(site.at("/2"), within=one.context)
    one.evaluate("rapport.consent('granted'); rapport.track('One')")
    # Tabs may be processes of their own: what one keeps reaches the other a moment later.
    two.wait_for_function("document.cookie && localStorage.getItem('rapport_consent')")
    two.evaluate("rapport.consent('granted'); rapport.track('Two')")
    api.wait_for_events("One", "Two")
    [first], [second] = api.named("One"), api.named("Two")
    assert first["anonymousId"] == second["anonymousId"]
    two.evaluate("rapport.consent('denied')")
    one.wait_for_function("!localStorage.getItem('rapport_id') && !document.cookie")
    one.evaluate("rapport.identify('u-1'); rapport.track('Later')")
    api.wait_for_events("Later")
    assert api.named("Later")[0]["anonymousId"] != first["anonymousId"]
    assert kept(one) == set()


def test_what_was_kept_goes_when_the_browser_begins_to_send_the_signal(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of()
    before = visit(page, api, site.at("/1"))
    assert "rapport_id" in kept(page)
    signalling = page_of(within=page.context, gpc=True)
    after = visit(signalling, api, site.at("/2"))
    assert after["context"]["gpc"] is True
    assert after["anonymousId"] != before["anonymousId"]
    assert kept(signalling) == set()


def test_the_site_s_own_server_and_nobody_else_is_sent_the_id(
    api: Api, site: Site, page_of: PageOf
) -> None:
    # Hosts have their cookies in common over all ports, so the API would be sent it too.
    api.set_cookie = "spy=1; Path=/; Max-Age=1000"
    page = page_of(site.at())
    page.evaluate("for (let n = 0; n < 30; n++) rapport.track('Saved')")
    page.goto(site.at("/next"))
    api.wait_for(lambda: len(api.stored) == 32)
    assert {cookie.get("name") for cookie in page.context.cookies()} == {"rapport_id"}
    assert [post for post in api.posts if "cookie" in post.headers] == []
    assert page.evaluate("document.cookie").startswith("rapport_id=")


def test_a_device_that_refuses_to_keep_anything_is_told_about_nevertheless(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of()
    page.add_init_script("""
        const refuse = { get() { throw new DOMException('no', 'SecurityError'); } };
        Object.defineProperty(window, 'localStorage', refuse);
        Object.defineProperty(window, 'sessionStorage', refuse);
        Object.defineProperty(Document.prototype, 'cookie', refuse);
    """)
    page.goto(site.at())
    page.evaluate("rapport.identify('u-1', {}); rapport.reset(); rapport.track('Saved')")
    api.wait_for_events("page", "identify", "Saved")


def test_another_user_of_the_same_browser_is_another_visitor(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at())
    page.evaluate("""
        rapport.identify('u-1');
        rapport.identify('u-1', {again: true});
        rapport.identify(null, {nobody: 'new'});
        rapport.identify(2);
        rapport.reset();
        rapport.track('After');
    """)
    api.wait_for_events("After")
    [arrival] = api.named("page")
    first, again, nobody, other = api.named("identify")
    [after] = api.named("After")
    same = arrival["anonymousId"]
    assert [each["anonymousId"] == same for each in (first, again, nobody, other, after)] == [
        *(True, True, True),
        *(False, False),
    ]
    assert [each.get("userId") for each in (first, again, nobody, other, after)] == [
        *("u-1", "u-1", "u-1"),
        *("2", None),
    ]
    assert other["anonymousId"] != after["anonymousId"]
