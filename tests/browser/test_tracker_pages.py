"""rapport.js in a real browser: what it finds by itself: pages, campaigns, jobs, content."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.browser import PageOf
from tests.support.tracked import Api, Site

POSTING: dict[str, Any] = {
    "@context": "https://schema.org/",
    "@type": "JobPosting",
    "title": "Night nurse",
    "identifier": {"@type": "PropertyValue", "name": "Halden Clinics", "value": "HC-7"},
    "occupationalCategory": "nursing",
    "jobLocation": {
        "@type": "Place",
        "address": {"@type": "PostalAddress", "addressLocality": "Halden", "addressCountry": "NO"},
    },
    "url": "https://halden.example/jobs/7",
}
NIGHT_NURSE = {
    "job_id": "HC-7",
    "title": "Night nurse",
    "category": "nursing",
    "location": "Halden",
    "url": "https://halden.example/jobs/7",
}

# Something that comes later, told at once; its name.
LATER = """() => {
    const name = `Later ${performance.now()}`;
    rapport.track(name);
    rapport.flush();
    return name;
}"""


def ld(*documents: object) -> str:
    return "".join(
        f'<script type="application/ld+json">{json.dumps(document)}</script>'
        for document in documents
    )


def paths(api: Api) -> list[str]:
    return [page["properties"]["path"] for page in api.named("page")]


def no_more(page: Page, api: Api, event: str) -> list[dict[str, Any]]:
    """What is stored of an event after a message that came later."""
    later = page.evaluate(LATER)
    api.wait_for_events(later)
    return api.named(event)


@pytest.mark.parametrize(
    ("document", "changed"),
    [
        pytest.param(POSTING, {}, id="alone"),
        pytest.param([{"@type": "Organization"}, POSTING], {}, id="in an array"),
        pytest.param({"@graph": [{"@type": "WebPage"}, POSTING]}, {}, id="in a graph"),
        pytest.param({"@type": "WebPage", "mainEntity": POSTING}, {}, id="as a page's subject"),
        pytest.param([POSTING, POSTING], {}, id="told twice"),
        pytest.param(
            POSTING | {"@type": ["Thing", "https://schema.org/JobPosting"]}, {}, id="several types"
        ),
        pytest.param(POSTING | {"identifier": "HC-7"}, {}, id="identifier as text"),
        pytest.param(POSTING | {"identifier": 7}, {"job_id": "7"}, id="identifier as a number"),
        pytest.param(
            POSTING | {"identifier": [{"value": 8}, "9"]}, {"job_id": "8"}, id="two identifiers"
        ),
        pytest.param(
            {key: value for key, value in POSTING.items() if key != "identifier"},
            {"job_id": "https://halden.example/jobs/7"},
            id="no identifier",
        ),
        pytest.param(
            POSTING | {"occupationalCategory": {"@type": "CategoryCode", "name": "Care"}},
            {"category": "Care"},
            id="category as a code",
        ),
        pytest.param(
            POSTING | {"jobLocation": [{"address": "Moss"}, {"address": "Oslo"}]},
            {"location": "Moss"},
            id="several places",
        ),
        pytest.param(
            POSTING | {"jobLocation": None, "jobLocationType": "TELECOMMUTE"},
            {"location": "Remote"},
            id="from home",
        ),
        pytest.param(
            {"@type": "JobPosting", "identifier": "1"},
            {"job_id": "1", "title": "", "category": "", "location": "", "url": "PAGE"},
            id="next to nothing",
        ),
    ],
)
def test_a_job_is_told_from_what_the_page_tells_search_engines(
    api: Api, site: Site, page_of: PageOf, document: object, changed: dict[str, str]
) -> None:
    site.html["/jobs/7"] = ld({"broken": 1}).replace("1}", "") + ld(document)
    page = page_of(site.at("/jobs/7?utm_source=fair#top"))
    viewed = no_more(page, api, "Job Viewed")
    expected = {**NIGHT_NURSE, **changed}
    if expected["url"] == "PAGE":
        expected["url"] = site.at("/jobs/7")
    assert [each["properties"] for each in viewed] == [expected]


def test_a_list_of_jobs_is_not_a_look_at_each(api: Api, site: Site, page_of: PageOf) -> None:
    jobs = [POSTING | {"identifier": n, "url": f"/jobs/{n}", "title": f"Job {n}"} for n in (1, 2)]
    site.html["/jobs"] = site.html["/jobs/2"] = ld(jobs)
    page = page_of(site.at("/jobs"))
    assert no_more(page, api, "Job Viewed") == []
    # Other jobs on the page of one are suggestions.
    page.goto(site.at("/jobs/2"))
    api.wait_for_events("Job Viewed")
    assert [job["properties"]["title"] for job in api.named("Job Viewed")] == ["Job 2"]


def test_a_job_that_the_page_fetches_later_is_told_once(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at("/jobs/7"))
    api.wait_for_events("page")
    page.evaluate("html => document.body.innerHTML = html", ld(POSTING))
    api.wait_for_events("Job Viewed")
    page.evaluate("html => document.body.innerHTML = html", ld(POSTING, {"@type": "Thing"}))
    page.wait_for_timeout(500)
    assert len(no_more(page, api, "Job Viewed")) == 1


def test_going_back_is_a_view_of_the_page_and_its_job_though_nothing_is_loaded(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.html["/jobs/7"] = ld(POSTING) + '<a href="/apply">Apply</a>'
    page = page_of(site.at("/jobs/7"))
    api.wait_for_events("Job Viewed")
    page.evaluate("window.kept = true")
    page.click("a")
    page.wait_for_url(site.at("/apply"))
    api.wait_for(lambda: len(api.named("page")) == 2)
    page.go_back(wait_until="commit")
    api.wait_for(lambda: len(api.named("Job Viewed")) == 2)
    assert page.evaluate("window.kept") is True
    assert paths(api) == ["/jobs/7", "/apply", "/jobs/7"]


def test_a_page_that_changes_its_address_is_another_page(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.html["/"] = ld(POSTING)
    page = page_of(site.at())
    api.wait_for_events("page")
    page.evaluate("history.pushState({}, '', '/jobs?x=1#a'); document.title = 'Jobs'")
    api.wait_for(lambda: len(api.named("page")) == 2)
    # Neither a fragment nor the same address again is another page.
    page.evaluate("history.pushState({}, '', '#b'); history.pushState({}, '', '/jobs?x=1')")
    page.wait_for_timeout(300)
    page.evaluate("history.go(-3)")
    api.wait_for(lambda: len(api.named("page")) == 3)
    second = api.named("page")[1]["properties"]
    assert second["title"] == "Jobs"
    assert second["url"] == site.at("/jobs?x=1")
    assert second["referrer"] == site.at("/")
    assert paths(api) == ["/", "/jobs", "/"]
    # The job of the first page still stood in the second, and was not looked at again.
    assert len(no_more(page, api, "Job Viewed")) == 1


def test_a_page_that_is_only_prepared_has_no_visitor_yet(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.html["/"] = ld(POSTING)
    page = page_of()
    page.add_init_script(
        "Object.defineProperty(document, 'prerendering', { get: () => !window.shown })"
    )
    page.goto(site.at())
    assert no_more(page, api, "page") == []
    page.evaluate("shown = true; document.dispatchEvent(new Event('prerenderingchange'))")
    assert len(no_more(page, api, "page")) == 1
    assert len(api.named("Job Viewed")) == 1


def test_a_site_that_tells_its_pages_itself_is_not_helped(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.attributes = 'data-auto="off"'
    page = page_of(site.at())
    page.evaluate("history.pushState({}, '', '/jobs')")
    page.wait_for_timeout(300)
    page.evaluate("rapport.page('Jobs', {count: 3})")
    api.wait_for_events("page")
    [told] = api.named("page")
    assert told["name"] == "Jobs"
    assert told["properties"]["count"] == 3
    assert told["properties"]["path"] == "/jobs"


def test_calls_from_before_the_tracker_came_are_not_lost(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.attributes = 'data-consent="required"'
    site.html["/"] = """<script>
        window.rapport = window.rapport || [];
        rapport.push(["consent", "granted"]);
        rapport.push(["track", "Early", { n: 1 }]);
    </script>"""
    page = page_of(site.at())
    page.evaluate("rapport.push(['track', 'Late'])")
    api.wait_for_events("Early", "Late", "page")
    [early] = api.named("Early")
    assert early["properties"] == {"n": 1}
    assert page.context.cookies()[0].get("value") == early["anonymousId"]
    assert "consent" in api.named("page")[0]["context"]


def test_a_call_that_cannot_be_played_costs_no_other(api: Api, site: Site, page_of: PageOf) -> None:
    site.html["/"] = """<script>
        window.rapport = [["tracc", "Wrong"], null, ["track", "Right"]];
    </script>"""
    page_of(site.at())
    api.wait_for_events("Right", "page")


def test_an_element_of_the_tracker_s_name_is_not_taken_for_calls(
    api: Api, site: Site, page_of: PageOf
) -> None:
    site.html["/"] = '<main id="rapport">Reporting</main>'
    page = page_of(site.at())
    page.evaluate("rapport.track('Saved')")
    api.wait_for_events("Saved", "page")


def test_a_campaign_is_remembered_for_the_visit(api: Api, site: Site, page_of: PageOf) -> None:
    page = page_of(site.at("/?utm_source=fair&utm_campaign=autumn&utm_medium=&gclid=1"))
    api.wait_for_events("page")
    page.goto(site.at("/jobs"))
    api.wait_for(lambda: len(api.named("page")) == 2)
    campaigns = [each["context"].get("campaign") for each in api.named("page")]
    assert campaigns == [{"source": "fair", "name": "autumn"}] * 2
    page_of(site.at("/later"), within=page.context)
    api.wait_for(lambda: len(api.named("page")) == 3)
    assert "campaign" not in api.named("page")[2]["context"]


def test_addresses_of_people_in_addresses_of_pages_stay_where_they_are(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(
        site.at("/a?email=ana%40halden.example&job=7&to=ana@halden.example#ana@x.example")
    )
    page.evaluate("location.href = '/b'")
    api.wait_for(lambda: len(api.named("page")) == 2)
    assert [each["properties"]["url"] for each in api.named("page")] == [
        site.at("/a?email=&job=7&to="),
        site.at("/b"),
    ]
    assert "ana" not in "".join(post.body.decode() for post in api.posts)


def test_a_title_that_is_cut_within_a_character_can_still_be_read(
    api: Api, site: Site, page_of: PageOf
) -> None:
    page = page_of(site.at())
    page.evaluate("document.title = 'x'.repeat(499) + '🩺🩺'; rapport.track('Saved')")
    api.wait_for_events("Saved")
    assert api.named("Saved")[0]["context"]["page"]["title"] == "x" * 499
