"""A call told by the address of an image."""

from base64 import b64decode
from typing import Any

import pytest

from functions.track import handler
from rapport.domain.event import Trust
from rapport.errors import RetryableError
from rapport.headers import SAFE
from tests.support.door import Door
from tests.support.fakes import FakeLog
from tests.support.gateway import SHAPES, asked

QUERY = (
    "writeKey=wk&anonymousId=a-1&name=Jobs&context.page.url=https%3A%2F%2Fjobs.halden.example%2F"
    "&properties.job_id=hn-2041&properties.title=Nurse%20in%20Oslo"
)


class BrokenLog(FakeLog):
    """A log out of reach."""

    def append(self, events: Any) -> list[bool]:
        msg = "throttled"
        raise RetryableError(msg)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return compose(monkeypatch, Door())


def compose(monkeypatch: pytest.MonkeyPatch, door: Door) -> Door:
    monkeypatch.setattr(handler, "_track", lambda: door.track)
    return door


def get(path: str = "/pixel/v1/page", query: str = QUERY, **around: Any) -> dict[str, Any]:
    return handler.lambda_handler(asked(path, query=query, **around), None)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_image_that_is_shown_is_an_event(door: Door, shape: str) -> None:
    answer = handler.lambda_handler(SHAPES[shape](asked("/pixel/v1/page", query=QUERY)), None)
    [event] = door.events
    assert (event.type, event.source, event.trust) == ("page", "site", Trust.ASSERTED)
    assert event.message_id == "req-1"
    assert event.body["name"] == "Jobs"
    assert event.body["properties"] == {"job_id": "hn-2041", "title": "Nurse in Oslo"}
    assert event.body["context"]["page"] == {"url": "https://jobs.halden.example/"}  # type: ignore[call-overload,index]
    assert "writeKey" not in event.body
    assert answer["headers"]["content-type"] == "image/gif"
    image = b64decode(answer["body"])
    assert (image[:6], image[6:10], image[-1:]) == (b"GIF89a", b"\1\0\1\0", b";")


def test_a_track_call_names_its_event_and_may_bring_its_id(door: Door) -> None:
    query = "writeKey=wk&userId=u-1&event=Job+Viewed&properties.job_id=1&messageId=m-1"
    get("/crm/pixel/v1/track/", query)
    get("/crm/pixel/v1/track/", query)
    [event] = door.events
    assert (event.type, event.message_id) == ("Job Viewed", "m-1")


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("properties=x&properties.a=1", {"properties": {"a": "1"}}),
        ("properties.a=1&properties=x", {"properties": {"a": "1"}}),
        ("properties.a.b=1&properties.a=x", {"properties": {"a": {"b": "1"}}}),
        ("properties.=1&.=2", {"properties": {"": "1"}, "": {"": "2"}}),
        ("properties.a=1&properties.a=2", {"properties": {"a": "2"}}),
    ],
)
def test_dots_make_objects_whatever_they_meet(door: Door, query: str, body: dict[str, Any]) -> None:
    get(query=f"writeKey=wk&anonymousId=a-1&{query}")
    [event] = door.events
    assert {name: event.body[name] for name in body} == body


@pytest.mark.parametrize(
    "query",
    [
        *("", "writeKey=xx&anonymousId=a-1", "anonymousId=a-1", "writeKey=wk", "writeKey=old"),
        *("writeKey=sk&anonymousId=a-1", "%", "&&&===", "=" * 8_000, "a&" * 4_000),
        "writeKey=wk&anonymousId=a-1&" + "." * 8_000 + "=1",
        "writeKey=wk&anonymousId=a-1&properties.x=%ff%fe",
    ],
)
def test_the_image_is_shown_whatever_is_wrong_with_its_address(door: Door, query: str) -> None:
    answer = get(query=query)
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "image/gif")
    assert {event.source for event in door.events} <= {"site"}


@pytest.mark.filterwarnings("default")
def test_the_image_is_shown_though_nothing_can_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    compose(monkeypatch, Door(BrokenLog()))
    answer = get()
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "image/gif")
    monkeypatch.setattr(handler, "_track", lambda: None)
    assert get()["statusCode"] == 200


def test_who_asks_for_the_head_alone_shows_nobody_an_image(door: Door) -> None:
    answer = get(method="HEAD")
    assert (answer["statusCode"], answer["body"]) == (200, "")
    assert door.events == []


def test_no_cache_keeps_an_image_that_counts(door: Door) -> None:
    headers = get()["headers"]
    assert SAFE.items() <= headers.items()
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
