"""What each board answers becomes jobs; what is no feed is refused, with the place."""

import json
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.jobs import Job, Remote
from rapport.feeds import ashby, greenhouse, jsonld, lever, smartrecruiters, workable, xmlfeed
from rapport.feeds.boards import KINDS
from rapport.feeds.reading import FeedError, Page, together, with_terms

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[2] / "support" / "ats" / "samples"
SITE = "https://careers.halden.example/jobs"
LISTS = ("jobboard_list_jobs.json",)
# Boards, departments and offices: no list of jobs, and told so.
OTHERS = ("jobboard_board.json", "jobboard_list_departments.json", "jobboard_list_offices.json")

GREENHOUSE = {
    "id": 127817,
    "title": "Ward Nurse",
    "updated_at": "2026-11-20T10:55:28-05:00",
    "absolute_url": f"{SITE}?gh_jid=127817",
    "location": {"name": "Halden, Norway"},
}
LEVER = {
    "id": "5ac21346-8e0c-4494-8e7a-3eb92ff77902",
    "text": "Lab Technician",
    "categories": {
        "commitment": "Full-time",
        "department": "Laboratory",
        "location": "Moss",
        "allLocations": ["Moss", "Halden"],
        "team": "Blood",
    },
    "country": "NO",
    "createdAt": 1763888400000,
    "descriptionPlain": "You run the analysers.",
    "lists": [{"text": "What you bring", "content": "<li>Centrifuges</li><li>Patience</li>"}],
    "additionalPlain": "We answer within a week.",
    "hostedUrl": "https://jobs.lever.example/halden/5ac21346",
    "applyUrl": "https://jobs.lever.example/halden/5ac21346/apply",
    "workplaceType": "hybrid",
    "salaryRange": {"currency": "NOK", "interval": "per-year-salary", "min": 480000, "max": 560000},
}
ASHBY = {
    "id": "145ff46b-1441-4773-bcd3-c8c90baa598a",
    "title": "Software Engineer",
    "department": "Product",
    "team": "Care Apps",
    "employmentType": "FullTime",
    "location": "Oslo",
    "secondaryLocations": [{"location": "Bergen"}],
    "isListed": True,
    "isRemote": True,
    "workplaceType": "Remote",
    "publishedAt": "2026-11-02T08:00:00.000+00:00",
    "jobUrl": "https://jobs.ashby.example/halden/145ff46b",
    "applyUrl": "https://jobs.ashby.example/halden/145ff46b/application",
    "descriptionHtml": "<p>Build &amp; run.</p>",
    "address": {"postalAddress": {"addressLocality": "Oslo", "addressCountry": "NO"}},
    "compensation": {
        "summaryComponents": [
            {"compensationType": "EquityPercentage", "minValue": 1, "maxValue": 2},
            {
                "compensationType": "Salary",
                "interval": "1 YEAR",
                "currencyCode": "NOK",
                "minValue": 700000,
                "maxValue": 900000.0,
            },
        ]
    },
}
WORKABLE = {
    "title": "Porter",
    "shortcode": "8D41F2A0C7",
    "code": "REQ-9",
    "employment_type": "Part-time",
    "telecommuting": False,
    "department": "Logistics",
    "url": "https://apply.workable.example/j/8D41F2A0C7",
    "application_url": "https://apply.workable.example/j/8D41F2A0C7/apply",
    "published_on": "2026-11-19",
    "country": "Norway",
    "city": "Halden",
    "locations": [
        {"country": "Norway", "countryCode": "NO", "city": "Halden", "hidden": False},
        {"country": "Sweden", "countryCode": "SE", "city": "Strömstad", "hidden": True},
    ],
    "description": "<p>Beds, meals, samples.</p>",
}
SMART = {
    "id": "743999648031331",
    "name": "Radiographer",
    "refNumber": "REF12",
    "company": {"identifier": "HaldenClinics", "name": "Halden Clinics"},
    "releasedDate": "2026-11-05T07:21:43.000Z",
    "location": {"city": "Halden", "country": "no", "remote": False, "latitude": "59.1"},
    "department": {"id": "1", "label": "Imaging"},
    "typeOfEmployment": {"id": "permanent", "label": "Full-time"},
    "language": {"code": "nb"},
}
XML = """<?xml version="1.0" encoding="utf-8"?>
<source><publisher>Halden</publisher>
<job><title><![CDATA[Cook & Baker]]></title><date>Fri, 20 Nov 2026 22:49:39 GMT</date>
<referencenumber>K-1</referencenumber><url>https://careers.halden.example/K-1</url>
<city>Halden</city><country>NO</country><jobtype>parttime</jobtype><category>Kitchen</category>
<description><![CDATA[<p>Bread &amp; soup for 300 &#248;re.</p>]]></description></job>
<job><title>Cook &amp; Baker</title><date>2026-11-20</date>
<referencenumber>K-1</referencenumber><url>https://careers.halden.example/K-1</url>
<city>Moss</city><country>NO</country></job></source>"""
POSTING = {
    "@context": "https://schema.org/",
    "@type": "JobPosting",
    "title": "Physiotherapist",
    "identifier": {"@type": "PropertyValue", "name": "Halden", "value": "PH-7"},
    "datePosted": "2026-11-18",
    "validThrough": "2026-12-24",
    "employmentType": ["FULL_TIME", "PART_TIME"],
    "jobLocation": [
        {
            "@type": "Place",
            "geo": {"latitude": 59.12, "longitude": 11.38},
            "address": {"addressLocality": "Halden", "addressCountry": {"name": "NO"}},
        },
        {"@type": "Place", "address": "Moss, Norway"},
    ],
    "baseSalary": {
        "@type": "MonetaryAmount",
        "currency": "NOK",
        "value": {"minValue": 500000, "maxValue": 550000, "unitText": "YEAR"},
    },
}
BOMB = '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><source><job>&b;</job></source>'


def raw(value: Any) -> bytes:
    return json.dumps(value).encode()


def page(text: str) -> bytes:
    return f"<!doctype html><html><head>{text}</head><body>Jobs</body></html>".encode()


def script(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def greenhouse_job(**other: Any) -> Job:
    answer = raw({"jobs": [GREENHOUSE | other], "meta": {"total": 1}})
    (job,) = greenhouse.parse(answer, url="", seen=NOW).jobs
    return job


def ld_jobs(text: str) -> tuple[Job, ...]:
    return jsonld.parse(page(text), url=SITE, seen=NOW).jobs


def test_every_sample_of_a_feed_is_parsed_and_what_is_none_is_refused() -> None:
    parsed, refused = 0, 0
    for name in LISTS:
        found = greenhouse.parse((SAMPLES / "greenhouse" / name).read_bytes(), url="", seen=NOW)
        parsed += len(found.jobs) == found.total == 1
    schema = sorted((SAMPLES / "jobfeeds").glob("*.json"))
    for path in schema:
        (job,) = jsonld.parse(path.read_bytes(), url=SITE, seen=NOW).jobs
        parsed += bool(job.title and job.id and job.url)
    for name in OTHERS:
        with pytest.raises(FeedError, match="no job-board feed of Greenhouse"):
            greenhouse.parse((SAMPLES / "greenhouse" / name).read_bytes(), url="", seen=NOW)
        refused += 1
    assert (parsed, refused) == (len(LISTS) + len(schema), len(OTHERS))
    print(f"\nsamples parsed {parsed}/{len(LISTS) + len(schema)}; refused as no list {refused}")


def test_schema_orgs_own_examples_say_what_they_say() -> None:
    found = (SAMPLES / "jobfeeds" / "schemaorg_jobposting_1.json").read_bytes()
    (job,) = jsonld.parse(found, url=SITE, seen=NOW).jobs
    assert (job.title, job.location, job.city) == ("Software Engineer", "Kirkland, WA", "Kirkland")
    assert (job.pay_min, job.currency, job.employment) == (100_000, "USD", "full-time")
    assert (job.opened_at, job.url) == (datetime(2011, 10, 31, tzinfo=UTC), SITE)


def test_a_posting_of_lever_keeps_its_requirements_and_all_places() -> None:
    (job,) = lever.parse(raw([LEVER]), url=lever.address("halden"), seen=NOW).jobs
    assert (job.title, job.category, job.remote) == ("Lab Technician", "laboratory", Remote.HYBRID)
    assert (job.places, job.country, job.period) == (("Moss", "Halden"), "NO", "year")
    assert (job.pay_min, job.pay_max, job.currency) == (480_000, 560_000, "NOK")
    assert "Centrifuges\nPatience" in job.description
    assert job.opened_at == datetime(2025, 11, 23, 9, tzinfo=UTC)


def test_a_full_page_of_lever_has_another_behind_it() -> None:
    url = lever.address("halden").replace("limit=100", "limit=2")
    more = lever.parse(raw([LEVER, LEVER | {"id": "b"}]), url=url, seen=NOW).more
    assert more == "https://api.lever.co/v0/postings/halden?mode=json&skip=2&limit=2"
    assert lever.parse(raw([LEVER]), url=more, seen=NOW).more == ""


def test_ashbys_board_shows_what_is_listed() -> None:
    hidden = ASHBY | {"id": "x", "isListed": False}
    (job,) = ashby.parse(raw({"jobs": [ASHBY, hidden], "apiVersion": "1"}), url="", seen=NOW).jobs
    assert (job.remote, job.employment, job.places) == (
        Remote.YES,
        "full-time",
        ("Oslo", "Bergen"),
    )
    assert (job.pay_min, job.pay_max, job.currency) == (700_000, 900_000, "NOK")
    assert (job.description, job.country) == ("Build & run.", "NO")


def test_a_job_of_workable_is_named_by_its_shortcode() -> None:
    (job,) = workable.parse(raw({"name": "Halden", "jobs": [WORKABLE]}), url="", seen=NOW).jobs
    assert (job.id, job.internal, job.country) == ("8D41F2A0C7", "REQ-9", "NO")
    assert (job.places, job.opened_at) == (
        ("Halden, Norway",),
        datetime(2026, 11, 19, tzinfo=UTC),
    )
    assert workable.parse(raw({"name": "Halden", "jobs": []}), url="", seen=NOW).jobs == ()


def test_smartrecruiters_tells_how_many_there_are_and_where_the_next_page_is() -> None:
    url = smartrecruiters.address("HaldenClinics")
    answer = {"offset": 0, "limit": 100, "totalFound": 2, "content": [SMART]}
    found = smartrecruiters.parse(raw(answer), url=url, seen=NOW)
    assert found.more.endswith("/v1/companies/HaldenClinics/postings?limit=100&offset=1")
    assert smartrecruiters.parse(raw(answer), url=found.more, seen=NOW).more == ""
    (job,) = found.jobs
    assert (job.location, job.country, job.language) == ("Halden, NO", "NO", "nb")
    assert job.url == "https://jobs.smartrecruiters.com/HaldenClinics/743999648031331"


def test_an_xml_feed_reads_cdata_and_a_reference_that_comes_again_adds_its_place() -> None:
    jobs = together(xmlfeed.parse(XML.encode(), url="", seen=NOW).jobs)
    assert [(job.id, job.title) for job in jobs] == [("K-1", "Cook & Baker")]
    assert jobs[0].places == ("Halden, NO", "Moss, NO")
    assert jobs[0].description == "Bread & soup for 300 øre."
    assert jobs[0].opened_at == datetime(2026, 11, 20, 22, 49, 39, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        script(POSTING),
        script([{"@type": "Organization"}, POSTING]),
        script({"@graph": [{"@type": "WebPage"}, POSTING]}),
        script({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": POSTING}]}),
        '<script type="application/ld+json">{"broken": </script>' + script(POSTING),
    ],
)
def test_a_job_posting_is_found_wherever_a_page_has_it(text: str) -> None:
    (job,) = ld_jobs(text)
    assert (job.id, job.places) == ("PH-7", ("Halden, NO", "Moss, Norway"))
    assert (job.pay_min, job.pay_max, job.period) == (500_000, 550_000, "year")
    assert (job.employment, job.latitude) == ("full-time, part-time", 59.12)
    # The last day counts.
    assert job.is_open(datetime(2026, 12, 24, 23, tzinfo=UTC))
    assert not job.is_open(datetime(2026, 12, 25, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"identifier": 4711}, ("4711", None, None)),
        ({"identifier": "A-1", "baseSalary": "100000"}, ("A-1", 100_000, None)),
        ({"baseSalary": 9.5, "jobLocation": None}, ("PH-7", 9, None)),
        ({"baseSalary": {"minValue": 3, "maxValue": 4}}, ("PH-7", 3, 4)),
        ({"baseSalary": {"value": "5,000"}}, ("PH-7", 5_000, None)),
        ({"baseSalary": [], "employmentType": {"a": 1}}, ("PH-7", None, None)),
    ],
)
def test_what_sites_write_in_several_ways_is_read(said: Any, expected: Any) -> None:
    base = {key: value for key, value in POSTING.items() if key != "baseSalary"}
    (job,) = ld_jobs(script(base | said))
    assert (job.id, job.pay_min, job.pay_max) == expected


@pytest.mark.parametrize(
    ("other", "field", "expected"),
    [
        ({"location": None}, "location", ""),
        ({"location": "Halden"}, "location", "Halden"),
        ({"location": {"name": None}}, "places", ()),
        ({"id": "x-1"}, "id", "x-1"),
        ({"metadata": None, "departments": None, "offices": {}}, "category", ""),
        ({"absolute_url": "javascript:alert(1)"}, "url", ""),
        (
            {"content": "&lt;p&gt;Wards &amp;amp; rooms&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;"},
            "description",
            "Wards & rooms",
        ),
        ({"updated_at": "soon"}, "opened_at", NOW),
        ({"pay_input_ranges": [{"min_cents": 5000000, "currency_type": "USD"}]}, "pay_min", 50_000),
    ],
)
def test_what_greenhouse_writes_in_several_ways_is_read(
    other: Any, field: str, expected: Any
) -> None:
    assert getattr(greenhouse_job(**other), field) == expected


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"ok":false,"error":"Document not found"}',
        b"[1]",
        b'{"jobs": {"a": 1}}',
        b"\xff\xfe\x00",
        b'{"jobs":' + b"[" * 5_000,
        BOMB.encode(),
        b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    ],
)
def test_what_is_no_feed_is_refused_in_one_line_or_has_no_job(kind: str, body: bytes) -> None:
    try:
        found = KINDS[kind].parse(body, url=SITE, seen=NOW)
    except FeedError as told:
        assert "\n" not in str(told)  # noqa: PT017  (either outcome is right)
    else:
        # A page without a posting is a page; what that means is judged by who compares.
        assert (kind, found.jobs) == ("jsonld", ())


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        ("greenhouse", {"jobs": [GREENHOUSE, {"id": 2}]}, r"jobs\[1\] has no title"),
        ("lever", [LEVER, {"text": "T"}], r"\[1\] has no id"),
        ("ashby", {"jobs": [ASHBY, {**ASHBY, "title": None}]}, r"jobs\[1\] has no title"),
        ("workable", {"jobs": [{"id": 1, "title": "T"}]}, r"jobs\[0\] has no shortcode"),
        ("smartrecruiters", {"content": []}, "totalFound"),
    ],
)
def test_one_ill_formed_posting_refuses_the_feed_and_is_named(
    kind: str, body: Any, place: str
) -> None:
    with pytest.raises(FeedError, match=place):
        KINDS[kind].parse(raw(body), url=SITE, seen=NOW)


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=120))
def test_no_bytes_break_a_parser(kind: str, body: bytes) -> None:
    try:
        assert isinstance(KINDS[kind].parse(body, url=SITE, seen=NOW), Page)
    except FeedError as told:
        assert str(told)  # noqa: PT017  (either outcome is right)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


_KNOWN: list[tuple[str, str, dict[str, Any]]] = [
    ("greenhouse", "jobs", GREENHOUSE),
    ("ashby", "jobs", ASHBY),
    ("workable", "jobs", WORKABLE),
    ("lever", "", LEVER),
    ("jsonld", "@graph", POSTING),
]


@given(st.data())
def test_no_value_of_a_posting_breaks_a_parser(data: st.DataObject) -> None:
    kind, key, known = data.draw(st.sampled_from(_KNOWN))
    wrong = known | {data.draw(st.sampled_from(sorted(known))): data.draw(_VALUES)}
    body = msgspec.json.encode({key: [wrong]} if key else [wrong])
    try:
        KINDS[kind].parse(body, url=SITE, seen=NOW)
    except FeedError as told:
        assert str(told)  # noqa: PT017  (either outcome is right)


def test_ten_thousand_jobs_take_little_more_than_their_json() -> None:
    text = "&lt;p&gt;Care for people on the ward, at night and by day. &lt;/p&gt;" * 8
    jobs = [GREENHOUSE | {"id": n, "title": f"Nurse {n}", "content": text} for n in range(10_000)]
    body = raw({"jobs": jobs, "meta": {"total": len(jobs)}})
    start = time.process_time()
    decoded = msgspec.json.decode(body)
    alone = time.process_time() - start
    del decoded
    start = time.process_time()
    found = greenhouse.parse(body, url="", seen=NOW)
    parsed = time.process_time() - start
    assert len(found.jobs) == found.total == 10_000
    tracemalloc.start()
    with_terms(greenhouse.parse(raw({"jobs": jobs[:300]}), url="", seen=NOW).jobs)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"\n10 000 jobs, {len(body) >> 20} MB: read in {parsed:.2f} s,"
        f" {parsed / alone:.0f} times their JSON; 300 take {most >> 10} KB at most"
    )
    assert parsed < 5
    assert most < 12 << 20


def test_a_time_far_away_is_no_time() -> None:
    assert greenhouse_job(first_published="9999-12-31T23:59:59-12:00").opened_at <= NOW
    assert greenhouse_job(first_published="2026-11-19T09:00:00+01:00").opened_at == (
        NOW - timedelta(days=4, hours=1)
    )
