"""rapport.js in a real browser: nothing is lost, and every repeat is a copy of the first."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from tests.support.browser import PageOf
from tests.support.tracked import KEY, Answer, Api, Site

UNAVAILABLE = Answer(status=503)
LOST = Answer(lost=True)
UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ON_ARRIVAL = {"page": 1}
# A slow network on which requests die with their page, unless they are asked to outlive it.
SLOW = """
    const whole = window.fetch;
    const leaving = new Promise((gone) => addEventListener("pagehide", gone, true));
    window.fetch = (url, options) => options.keepalive && "keepalive" in Request.prototype
        ? whole(url, options)
        : new Promise((answered) => {
            const { keepalive, ...others } = options;
            const start = setTimeout(() => answered(whole(url, others)), 300);
            leaving.then(() => clearTimeout(start));
        });
"""
OLD = "delete Request.prototype.keepalive;"
KINDS = ["with keepalive", "without keepalive"]


def track(page: Page, *events: str) -> None:
    page.evaluate("events => events.forEach(event => rapport.track(event))", list(events))


def arrive(page_of: PageOf, url: str, browser_kind: str) -> Page:
    page = page_of()
    page.add_init_script(SLOW + (OLD if browser_kind == "without keepalive" else ""))
    page.goto(url)
    return page


def told(api: Api) -> Counter[str]:
    """How often each event is stored."""
    return Counter(message.get("event") or message["type"] for message in api.stored)


def numbered(count: int, start: int = 0) -> list[str]:
    return [f"e-{number}" for number in range(start, start + count)]


def test_messages_leave_in_batches_of_twenty_without_a_preflight(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at("/jobs?page=2"))
    track(page, *numbered(45))
    api.wait_for(lambda: len(api.stored) == 46)
    assert told(api) == {**ON_ARRIVAL, **dict.fromkeys(numbered(45), 1)}
    assert max(len(post.messages) for post in api.posts) == 20
    assert api.preflights == []
    for post in api.posts:
        assert post.path == "/v1/b"
        assert post.headers["content-type"] == "text/plain;charset=UTF-8"
        assert post.document["writeKey"] == KEY
        assert abs(datetime.fromisoformat(post.document["sentAt"]) - datetime.now(UTC)).seconds < 60
    print(f"46 messages in {len(api.posts)} requests, {api.preflights} preflights")


def test_a_message_is_complete_when_it_is_made(api: Api, site: Site, page_of: PageOf) -> None:
    page = page_of(site.at("/jobs/1"), locale="de-DE", timezone_id="Europe/Berlin")
    page.evaluate("rapport.identify('u-1', {title: 'Dr'}); rapport.track('Saved', {job_id: '7'})")
    api.wait_for_events("Saved")
    [saved] = api.named("Saved")
    assert UUID_4.fullmatch(saved["messageId"])
    assert UUID_4.fullmatch(saved["anonymousId"])
    assert saved["userId"] == "u-1"
    assert saved["properties"] == {"job_id": "7"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", saved["timestamp"])
    context = saved["context"]
    assert context["page"] == {
        "url": site.at("/jobs/1"),
        "path": "/jobs/1",
        "search": "",
        "title": "Page /jobs/1",
        "referrer": "",
    }
    assert (context["locale"], context["timezone"]) == ("de-DE", "Europe/Berlin")
    assert context["userAgent"] == page.evaluate("navigator.userAgent")
    assert context["screen"] == {"width": 1280, "height": 720, "density": 1}
    assert not {"campaign", "consent", "gpc", "dnt", "webdriver", "ip", "direct"} & set(context)
    [identify] = api.named("identify")
    assert identify["traits"] == {"title": "Dr"}


def test_no_request_is_larger_than_what_may_outlive_its_page(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at())
    # Two bytes a character, so that characters do not pass for bytes.
    page.evaluate("[1, 2, 3, 4].forEach(n => rapport.track('e-' + n, {text: 'ø'.repeat(12000)}))")
    api.wait_for_events(*numbered(4, start=1))
    assert max(len(post.body) for post in api.posts) <= 60_000
    assert len(api.posts) == 2


@pytest.mark.parametrize("browser_kind", KINDS)
@pytest.mark.parametrize("consent", ["", 'data-consent="required"'])
def test_what_was_told_last_arrives_though_the_tab_is_closed(
    api: Api, site: Site, page_of: PageOf, consent: str, browser_kind: str
) -> None:
    site.attributes = consent
    page = arrive(page_of, site.at(), browser_kind)
    track(page, *numbered(30), "Last")
    page.close()
    api.wait_for(lambda: len(api.stored) == 32)
    assert told(api) == {**ON_ARRIVAL, **dict.fromkeys([*numbered(30), "Last"], 1)}


@pytest.mark.parametrize("browser_kind", KINDS)
@pytest.mark.parametrize("consent", ["", 'data-consent="required"'])
def test_a_click_on_a_link_loses_nothing_though_a_request_is_in_flight(
    api: Api, site: Site, page_of: PageOf, consent: str, browser_kind: str
) -> None:
    site.attributes = consent
    site.html["/jobs/1"] = """<a href="/apply" onclick="rapport.track('Apply Clicked')">Apply</a>"""
    page = arrive(page_of, site.at("/jobs/1"), browser_kind)
    # The twentieth message starts a request, which is still in flight when the link is clicked.
    api.then(Answer(delay=1))
    track(page, *numbered(19))
    api.wait_for(lambda: api.posts)
    page.click("a")
    page.wait_for_url(site.at("/apply"))
    api.wait_for(lambda: len(api.named("page")) == 2)
    page.wait_for_timeout(300)
    assert told(api) == {"page": 2, "Apply Clicked": 1, **dict.fromkeys(numbered(19), 1)}
    copies = Counter(m["messageId"] for post in api.posts for m in post.messages)
    print(f"{len(copies)} messages, {copies.total()} copies")


@pytest.mark.parametrize("browser_kind", KINDS)
def test_the_last_click_of_a_visitor_far_away_arrives_though_nothing_may_be_kept(
    api: Api, site: Site, page_of: PageOf, browser_kind: str
) -> None:
    site.attributes = 'data-consent="required"'
    site.html["/jobs/1"] = """<a href="/apply" onclick="rapport.track('Apply Clicked')">Apply</a>"""
    page = arrive(page_of, site.at("/jobs/1"), browser_kind)
    api.wait_for_events("page")
    # The twentieth message starts a request, the click makes one that waits.
    page.evaluate(
        "events => { events.forEach(event => rapport.track(event)); document.links[0].click(); }",
        numbered(20),
    )
    api.wait_for(lambda: len(api.stored) == 23)
    assert told(api) == {"page": 2, "Apply Clicked": 1, **dict.fromkeys(numbered(20), 1)}


def test_a_delivery_that_failed_as_the_page_was_left_is_repeated_by_the_next_page(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at())
    api.wait_for_events("page")
    api.then(UNAVAILABLE)
    track(page, "Left")
    page.goto(site.at("/next"))
    api.wait_for(lambda: len(api.stored) == 3)
    assert told(api) == {"page": 2, "Left": 1}
    # What is stored is not kept any longer.
    page.wait_for_function("!Object.keys(localStorage).some(name => name.includes('_q.'))")


def test_a_message_whose_answer_was_lost_is_sent_again_as_it_was(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at())
    api.wait_for_events("page")
    before = len(api.posts)
    # Chromium itself repeats a request on a connection that was reset, so twice.
    api.then(LOST, LOST, LOST)
    track(page, "Saved")
    api.wait_for(lambda: len(api.posts) > before + 3)
    page.wait_for_timeout(200)
    track(page, "Next")
    api.wait_for_events("Next")
    assert told(api) == {**ON_ARRIVAL, "Saved": 1, "Next": 1}
    sent = [m["messageId"] for p in api.posts for m in p.messages if m.get("event") == "Saved"]
    assert len(sent) == 4
    assert len(set(sent)) == 1


def test_a_door_in_trouble_is_asked_again_after_growing_pauses(
    api: Api, site: Site, page_of: PageOf
) -> None:
    api.then(UNAVAILABLE, Answer(status=500), UNAVAILABLE)
    page = page_of(site.at())
    track(page, "Saved")
    api.wait_for_events("Saved", seconds=20)
    assert told(api) == {**ON_ARRIVAL, "Saved": 1}
    first, second, third, fourth = (post.at for post in api.posts)
    assert second - first >= 0.95
    assert third - second >= 1.9
    assert fourth - third >= 3.8


def test_a_door_that_asks_to_wait_is_left_alone_for_as_long(
    api: Api, site: Site, page_of: PageOf
) -> None:
    api.then(Answer(status=429, retry_after="3"))
    page = page_of(site.at())
    api.wait_for(lambda: api.posts)
    page.wait_for_timeout(300)
    # Neither many messages nor a visitor who leaves shorten the wait: the next page can send them.
    track(page, *numbered(25))
    page.goto(site.at("/next"))
    api.wait_for_events(*numbered(25))
    assert told(api) == {"page": 2, **dict.fromkeys(numbered(25), 1)}
    page.wait_for_timeout(1000)
    assert len(api.stored) == 27


def test_a_page_that_stays_waits_as_long_as_it_was_asked(
    api: Api, site: Site, page_of: PageOf
) -> None:
    api.then(Answer(status=429, retry_after="3"))
    page = page_of(site.at())
    api.wait_for(lambda: api.posts)
    page.wait_for_timeout(300)
    track(page, *numbered(25))
    api.wait_for(lambda: len(api.stored) == 26)
    first, second, *_ = (post.at for post in api.posts)
    assert second - first >= 2.9


def test_a_refusal_for_good_is_not_repeated(api: Api, site: Site, page_of: PageOf) -> None:
    api.then(Answer(status=401))
    page = page_of(site.at())
    api.wait_for(lambda: api.posts)
    page.wait_for_timeout(300)
    track(page, "Saved")
    api.wait_for_events("Saved")
    assert told(api) == {"Saved": 1}
    assert len(api.posts) == 2


def test_what_happens_off_line_arrives_when_the_visitor_is_back(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at())
    api.wait_for_events("page")
    page.context.set_offline(True)
    track(page, *numbered(25))
    # Three attempts; the next would be made at least four seconds after the last.
    page.wait_for_timeout(4500)
    assert told(api) == ON_ARRIVAL
    page.context.set_offline(False)
    api.wait_for(lambda: len(api.stored) == 26, seconds=2)
    assert told(api) == {**ON_ARRIVAL, **dict.fromkeys(numbered(25), 1)}


def test_a_door_that_is_not_there_does_no_harm_to_the_page(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.attributes = 'data-host="http://127.0.0.1:9"'
    page = page_of(site.at())
    page.evaluate("""
        const circle = {}; circle.circle = circle;
        rapport.track('Circle', circle);
        rapport.track('Big', {big: 1n});
        rapport.track();
        rapport.identify(Symbol());
        rapport.consent('perhaps');
        rapport.push(null, ['nothing'], 7);
    """)
    page.wait_for_timeout(2500)
    # The fixture fails for an error that reaches the page.
    assert page.title() == "Page /"
    assert api.posts == []


def test_what_an_earlier_page_left_half_written_costs_no_other_message(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of()
    page.add_init_script("""localStorage.setItem("rapport_q.broken", '{"type":')""")
    page.goto(site.at())
    api.wait_for(lambda: api.posts)
    assert told(api) == ON_ARRIVAL
    page.wait_for_function("!Object.keys(localStorage).some(name => name.includes('_q.'))")


def test_two_tabs_of_one_visitor_share_the_id_and_lose_nothing(
    api: Api, site: Site, page_of: PageOf
) -> None:
    one = page_of(site.at("/one"))
    two = page_of(site.at("/two"), within=one.context)
    for number in range(10):
        track(one, f"one-{number}")
        track(two, f"two-{number}")
    one.close()
    two.close()
    api.wait_for(lambda: len(api.stored) == 22)
    events = [f"{tab}-{number}" for tab in ("one", "two") for number in range(10)]
    assert told(api) == {"page": 2, **dict.fromkeys(events, 1)}
    assert len({message["anonymousId"] for message in api.stored}) == 1
