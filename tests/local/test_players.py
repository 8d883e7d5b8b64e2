"""Both SDKs play the same calls; a repeated delivery is the same message again."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from local.afternoon import LEFT_FOR_MESSAGES
from local.faults import LocalError
from local.feed import jobs
from local.layout import Place, Ports
from local.pages import Content
from local.players import Players, Sdk
from local.visitors import Browsing, cast
from tests.support.web import Recorded

SDKS: tuple[Sdk, ...] = get_args(Sdk)
PAGE = {"kind": "page", "name": "Home", "anonymousId": "a-1", "properties": {"path": "/"}}
JOIN = {
    "kind": "track",
    "event": "Talent Network Joined",
    "anonymousId": "a-1",
    "properties": {"email": "ase@inbox.halden.example"},
}


@pytest.fixture
def players(behind: Recorded, tmp_path: Path) -> Iterator[Players]:
    ports = Ports(api=behind.port, site=1, mailbox=2, emulator=3)
    with Players(Place(ports=ports, state=tmp_path)) as started:
        yield started


@pytest.mark.parametrize("sdk", SDKS)
def test_a_burst_leaves_as_the_sdk_sends_it(players: Players, behind: Recorded, sdk: Sdk) -> None:
    before = time.time() * 1000
    played = players.play(sdk, "Ana", "wk_test", [PAGE, JOIN])
    assert before - 1 <= played.clicked_at <= time.time() * 1000
    assert played.failed == []
    page, joined = behind.events()
    assert (page["type"], page["name"], joined["event"]) == ("page", "Home", JOIN["event"])
    assert page["anonymousId"] == joined["anonymousId"] == "a-1"
    assert joined["properties"] == JOIN["properties"]
    assert page["messageId"] != joined["messageId"]
    library = {"python": "analytics-python", "node": "@segment/analytics-node"}[sdk]
    assert joined["context"]["library"]["name"] == library
    assert behind.requests[0].path == "/v1/batch"
    assert behind.requests[0].header("Authorization") == "Basic d2tfdGVzdDo="


@pytest.mark.parametrize("sdk", SDKS)
def test_a_repeated_delivery_carries_the_same_id_and_time(
    players: Players, behind: Recorded, sdk: Sdk
) -> None:
    call = PAGE | {"messageId": "m-1", "timestamp": 1_764_000_000_123}
    for _ in range(2):
        players.play(sdk, "Ana", "wk_test", [call])
    first, second = behind.events()
    assert first["messageId"] == second["messageId"] == "m-1"
    assert first["timestamp"] == second["timestamp"]
    assert first["timestamp"].startswith("2025-11-24T16:00:00.123")


@pytest.mark.parametrize("sdk", SDKS)
def test_events_that_the_api_refuses_are_reported(
    players: Players, behind: Recorded, sdk: Sdk
) -> None:
    behind.status, behind.body = 400, b'{"success":false,"code":"x","message":"no"}'
    played = players.play(sdk, "Ana", "wk_test", [PAGE, JOIN])
    assert len(played.failed) == 2
    behind.status = 200
    assert players.play(sdk, "Ana", "wk_test", [PAGE]).failed == []


def test_a_process_that_ends_is_told_with_its_log(behind: Recorded, tmp_path: Path) -> None:
    ports = Ports(api=behind.port, site=1, mailbox=2, emulator=3)
    with Players(Place(ports=ports, state=tmp_path)) as players:
        broken: list[Any] = [{"kind": "no such call"}]
        with pytest.raises(LocalError, match=r"sdk-node\.log"):
            players.play("node", "Ana", "wk_test", broken)


def test_the_same_visitor_looks_at_the_same_jobs_every_day() -> None:
    stories = (Content(key="a-day", version="1", language="en", title="A", summary="", html=""),)
    for visitor in cast():
        one, two = (
            Browsing(visitor, site_url="http://site.test", jobs=jobs(), stories=stories)
            for _ in range(2)
        )
        assert one.before() == two.before()
        assert one.after() == two.after()
        cookies = {call["anonymousId"] for burst in one.before() for call in burst}
        assert len(cookies) == 1


def test_the_cast_covers_what_the_day_must_show() -> None:
    visitors = cast()
    assert len(visitors) == 16
    assert {visitor.sdk for visitor in visitors} == set(SDKS)
    assert sum(visitor.joins == 0 for visitor in visitors) >= 2
    assert sum(bool(visitor.joins) and not visitor.may_get_mail for visitor in visitors) == 1
    assert sum(v.may_get_mail and not v.confirms and v.joins == 1 for v in visitors) == 2
    assert sum(visitor.joins == 10 for visitor in visitors) == 1
    assert sum(visitor.unsubscribes for visitor in visitors) == 1
    assert [visitor.submits for visitor in visitors if visitor.applies] == [False, True, True]
    assert sum(visitor.repeats > 0 for visitor in visitors) >= 3
    for shown in ("is_asleep", "is_paused", "wants_alerts", "answers", "is_away", "scanned"):
        assert sum(bool(getattr(visitor, shown)) for visitor in visitors) == 1
    assert max(visitor.messages for visitor in visitors) > LEFT_FOR_MESSAGES
