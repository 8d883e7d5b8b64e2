"""What is kept of what is refused, and that it can be delivered again."""

import json
from dataclasses import replace
from typing import Any

import pytest

from functions.track import aside
from functions.track.flow import Outcome
from rapport.domain.event import Origin
from rapport.domain.wire import MAX_MESSAGE_BYTES, Refusal
from tests.support.door import OLD, Door, page
from tests.support.gateway import posted


def test_messages_stand_by_reason_with_what_a_replay_needs() -> None:
    door = Door()
    door.batch(
        page("m-1"),
        page("m-2", timestamp="soon"),
        page("m-3", timestamp="later"),
        {"type": "track", "userId": "u-1"},
        page("m-4", a=["x" * 8_000] * 5),
        sentAt="2026-11-23T12:00:00Z",
        headers={"origin": "https://careers.halden.example", "user-agent": "a browser"},
    )
    [kept] = door.quarantine.kept
    assert (kept.source, kept.reason, kept.count, kept.at) == ("site", "mixed", 4, door.clock())
    assert kept.content["messages"] == {
        "bad_timestamp": [page("m-2", timestamp="soon"), page("m-3", timestamp="later")],
        "no_event_name": [{"type": "track", "userId": "u-1"}],
    }
    assert (kept.content["call"], kept.content["key"]) == ("batch", "wk")
    assert kept.content["sent_at"] == "2026-11-23T12:00:00Z"
    sender = kept.content["sender"]
    assert isinstance(sender, dict)
    assert (sender["network"], sender["user_agent"]) == ("198.51.100.0", "a browser")


def test_of_a_message_that_is_too_large_its_beginning_and_its_size_are_kept() -> None:
    door = Door()
    large = page("m-1", a=["x" * 8_000] * 5)
    door.batch(large)
    [kept] = door.quarantine.kept
    content: Any = kept.content
    [cut] = content["cut"]["message_too_large"]
    assert cut["bytes"] == len(json.dumps(large, separators=(",", ":"))) > MAX_MESSAGE_BYTES
    assert cut["begins"] == json.dumps(large, separators=(",", ":"))[: aside.CUT_BYTES]


def test_a_message_alone_is_refused_and_kept_too() -> None:
    door = Door()
    outcome = door.receive(posted("/v1/page", {"userId": "u-1", "timestamp": "soon"}, key="wk"))
    assert outcome.problem is not None
    assert (outcome.problem.status, outcome.kept) == (400, 1)
    assert door.quarantine.reasons == [("bad_timestamp", 1)]


def test_a_body_that_nobody_can_read_is_kept_if_its_key_is_known_otherwise() -> None:
    door = Door()
    outcome = door.receive(posted("/v1/page", body='{"userId": "u-1"', key="wk"))
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.kept) == ("invalid_json", 1)
    [kept] = door.quarantine.kept
    assert (kept.source, kept.reason) == ("site", "invalid_json")
    assert kept.content["body"] == "eyJ1c2VySWQiOiAidS0xIg=="
    outcome = door.receive(posted("/v1/page", body='{"userId": "u-1"'))
    assert outcome.problem is not None
    assert (outcome.problem.code, len(door.quarantine.kept)) == ("invalid_json", 1)


@pytest.mark.parametrize("key", ["wk", "old"])
def test_what_is_too_deep_to_be_written_again_is_kept_as_its_beginning(key: str) -> None:
    """Also where another reason was found first: the decoder goes deeper than the encoder."""
    door = Door()
    deep = "[" * 900 + "]" * 900
    body = f'{{"batch":[{json.dumps(page())},{deep},{{"type":"page","a":NaN}}]}}'
    outcome = door.receive(posted("/v1/batch", body=body, key=key))
    assert outcome.kept == (2 if key == "wk" else 3)
    [kept] = door.quarantine.kept
    content: Any = kept.content
    assert content["cut"]["too_deep"] == [{"bytes": len(deep), "begins": deep[: aside.CUT_BYTES]}]
    assert content["cut"]["invalid_message"][0]["begins"] == '{"type":"page","a":NaN}'
    assert content["messages"] == ({} if key == "wk" else {"key_disabled": [page()]})


@pytest.mark.parametrize("trouble", ["out of reach", "full"])
def test_a_quarantine_in_trouble_costs_what_was_refused_and_nothing_else(trouble: str) -> None:
    door = Door()
    door.quarantine.out, door.quarantine.room = trouble == "out of reach", 0
    outcome = door.batch(page("m-1"), "junk", "more junk")
    refused = {Refusal.NOT_AN_OBJECT: 2}
    assert outcome == Outcome(source="site", accepted=1, refused=refused, not_kept=2)
    assert door.batch(page(), key="old").not_kept == 1


def test_what_was_kept_is_taken_by_a_replay_when_the_cause_is_mended() -> None:
    door = Door()
    door.batch(page("m-1", timestamp="2026-11-23T11:00:00Z"), page("m-2"), key="old")
    [kept] = door.quarantine.kept
    again = aside.delivery_of(json.loads(json.dumps(kept.content)))
    assert again is not None
    assert door.track.receive(again).accepted == 0, "the key is still disabled"
    door.knows(replace(OLD, enabled=True))
    door.clock.forward(minutes=1)
    replay = replace(door.track, origin=Origin.BACKFILL, now=lambda: kept.at)
    assert replay.receive(again) == Outcome(source="site", accepted=2)
    assert [(e.message_id, e.origin, e.received_at) for e in door.events] == [
        ("m-1", Origin.BACKFILL, kept.at),
        ("m-2", Origin.BACKFILL, kept.at),
    ]
    assert replay.receive(again) == Outcome(source="site", repeated=2)


def test_a_body_that_nobody_could_read_is_no_delivery() -> None:
    door = Door()
    door.receive(posted("/v1/page", body="{", key="wk"))
    assert aside.delivery_of(door.quarantine.kept[0].content) is None
