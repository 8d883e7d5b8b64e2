"""What an event tells of how its visitor came."""

import pytest

from rapport.domain.event import Json
from rapport.domain.touch import (
    Touch,
    first_and_last,
    touch_of,
    touches_from_json,
    touches_to_json,
)
from tests.support.histories import COOKIES, EVE, event

CAREERS = "https://careers.halden.example"
BOT: dict[str, Json] = {"because": ["the user agent is a crawler's"]}


def touch(context: Json, *, kind: str = "page", **body: Json) -> Touch | None:
    return touch_of(event(cookie=COOKIES[0], kind=kind, body={"context": context, **body}))


def told(context: Json) -> tuple[str, ...]:
    found = touch(context)
    return () if found is None else found[2:]


def page(url: str = f"{CAREERS}/jobs", referrer: str = "", **more: Json) -> dict[str, Json]:
    return {"page": {"url": url, "referrer": referrer, **more}}


def test_a_campaign_is_told_by_the_sdk() -> None:
    campaign: Json = {"source": "Newsletter", "medium": "EMAIL", "name": "Spring"}
    context: dict[str, Json] = {**page(path="/jobs/42"), "campaign": campaign}
    assert told(context) == ("newsletter", "email", "Spring", "", "/jobs/42")


@pytest.mark.parametrize(
    "context",
    [
        page(search="?utm_source=LinkedIn&utm_campaign=fr%C3%BChling&gclid=1"),
        page(url=f"{CAREERS}/jobs?utm_source=LinkedIn&utm_campaign=fr%C3%BChling#top"),
    ],
    ids=["search", "url"],
)
def test_a_campaign_is_read_from_the_address_if_need_be(context: Json) -> None:
    assert told(context) == ("linkedin", "", "frühling", "", "/jobs")


def test_another_site_is_a_source_and_the_sites_own_pages_are_none() -> None:
    assert told(page(referrer="https://www.linkedin.example/feed?x=1"))[3] == "www.linkedin.example"
    assert touch(page(referrer=f"{CAREERS}/")) is None
    assert touch(page(url="https://www.halden.example/", referrer="https://halden.example")) is None
    assert touch(page(url="https://halden.example/", referrer="https://www.halden.example")) is None
    assert touch(page()) is None


def test_a_page_call_may_tell_of_its_page_in_its_properties() -> None:
    found = touch({}, properties={"url": CAREERS, "referrer": "https://search.example/"})
    assert found is not None
    assert found.referrer == "search.example"
    assert touch({}, kind="Job Viewed", properties={"referrer": "https://a.example/"}) is None


def test_a_machine_was_brought_by_nobody() -> None:
    assert touch({"campaign": {"source": "newsletter"}}, bot=BOT) is None


@pytest.mark.parametrize(
    "context",
    [
        None,
        [],
        {"campaign": [], "page": "jobs"},
        {"campaign": {"source": {}}, "page": {"url": "http://[", "referrer": "http://]/"}},
        {"page": {"url": 7, "search": "?" + "&" * 5000, "referrer": "about:blank"}},
        {"page": {"search": "?utm_source=%ff%fe\x00"}},
    ],
    ids=[f"context{n}" for n in range(6)],
)
def test_whatever_is_sent_there_never_fails(context: Json) -> None:
    touch(context)


def test_texts_are_cut_and_nothing_in_them_has_to_be_escaped() -> None:
    campaign: Json = {"source": 'a"\\\n' * 40, "medium": "é" * 99, "name": "\u2028x" * 99}
    found = touch({"campaign": campaign, **page(path="/" * 99, referrer=f"https://{'b' * 99}")})
    assert found is not None
    assert [len(word.encode()) for word in found[2:]] == [40, 24, 40, 48, 64]
    assert found.source == "a" * 40


def test_of_many_the_first_and_the_last_are_kept_by_time_and_then_by_id() -> None:
    touches = [Touch(EVE, name, "newsletter") for name in "bca"]
    assert [t.message_id for t in first_and_last(touches)] == ["a", "c"]
    assert first_and_last(touches[:1]) == (touches[0],)
    assert first_and_last([]) == ()
    both = (Touch(EVE, "a", "x", medium="m"), Touch(EVE, "b", "y", referrer="b"))
    raw = touches_to_json(both)
    assert raw[0][1:] == ["a", "x", "m"]  # type: ignore[index]
    assert raw[1][1:] == ["b", "y", "", None, "b"]  # type: ignore[index]
    assert touches_from_json(raw) == both
