"""What goes wrong in the field, a row each: the answer, what is stored, what is kept aside."""

import gzip
import json
from dataclasses import dataclass
from typing import Any

import pytest

from functions.track.flow import Outcome
from rapport.domain.event import NO_HOUR
from rapport.domain.identifiers import Namespace
from rapport.domain.wire import MAX_BATCH
from tests.support.door import REFS, Door, page
from tests.support.gateway import basic, posted

GOOD = page("good")
DEEP = "[" * 100 + "]" * 100


def batch(*texts: str) -> str:
    """A batch of messages as texts, for what `json` would never write."""
    return f'{{"batch": [{", ".join(texts)}]}}'


def text(message: Any = None, **fields: Any) -> str:
    return json.dumps({**GOOD, "messageId": "bad", **fields} if message is None else message)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One bad input. `code` empty: 200. `stored`: message ids; `aside`: reason and messages."""

    name: str
    body: str | bytes
    path: str = "/v1/batch"
    code: str = ""
    stored: tuple[str, ...] = ("good",)
    aside: tuple[str, int] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    key: str | None = "wk"


ONE_GOOD = json.dumps(GOOD)


def among(name: str, bad: str, reason: str) -> Row:
    """A bad message among good ones, which are stored; it is kept aside."""
    return Row(name=name, body=batch(ONE_GOOD, bad), aside=(reason, 1))


def whole(name: str, body: str | bytes, code: str, **rest: Any) -> Row:
    """A request that is refused as a whole, and kept."""
    kept = rest.pop("aside", (code, 1))
    return Row(name=name, body=body, code=code, stored=(), aside=kept, **rest)


ROWS = [
    whole("an empty body", "", "invalid_json"),
    whole("broken JSON", ONE_GOOD[:-1], "invalid_json", path="/v1/page"),
    whole("a broken batch", '{"batch": [' + ONE_GOOD, "invalid_json"),
    whole("a batch that is none", '{"batch": {}}', "invalid_batch"),
    whole("broken gzip", gzip.compress(ONE_GOOD.encode())[:-9], "invalid_encoding"),
    whole("a gzip bomb", gzip.compress(bytes(30_000_000)), "body_too_large"),
    Row(
        name="another content type", body=batch(ONE_GOOD), headers=(("content-type", "image/png"),)
    ),
    Row(
        name="an unknown key",
        body=batch(ONE_GOOD),
        key="nobody",
        code="unknown_write_key",
        stored=(),
    ),
    whole(
        "a revoked key", batch(ONE_GOOD), "unknown_write_key", key="old", aside=("key_disabled", 1)
    ),
    Row(
        name="keys that disagree",
        body=json.dumps({**GOOD, "writeKey": "sk"}),
        path="/v1/page",
        code="write_keys_disagree",
        stored=(),
    ),
    among("a message of 33 KB", text(a=["x" * 8_000] * 4 + ["x" * 1_200]), "message_too_large"),
    among("a message of depth 100", f'{{"type": "page", "userId": "u", "a": {DEEP}}}', "too_deep"),
    among("NaN", '{"type": "page", "userId": "u", "a": NaN}', "invalid_message"),
    among("Infinity", '{"type": "page", "userId": "u", "a": -Infinity}', "invalid_message"),
    among("1e999", '{"type": "page", "userId": "u", "a": 1e999}', "invalid_message"),
    among(
        "5 000 digits", f'{{"type": "page", "userId": "u", "a": {"7" * 5_000}}}', "invalid_message"
    ),
    among("a lone surrogate", '{"type": "page", "userId": "u", "a": "\\ud800"}', "invalid_message"),
    among("10 000 keys", text(a={str(n): 1 for n in range(3_000)}), "too_many_keys"),
    among("a text of 10 000 letters", text(a="x" * 10_000), "text_too_long"),
    among("no object", "[]", "not_an_object"),
    among("a time that is none", text(timestamp="yesterday"), "bad_timestamp"),
    among("a messageId that is none", text(messageId=[]), "bad_message_id"),
    Row(name="NUL", body=batch(text(name="a\x00b")), stored=("bad",)),
    Row(name="39 digits", body=batch(text(a=10**38)), stored=("bad",)),
    Row(name="1970", body=batch(text(timestamp="1970-01-01T00:00:00Z")), stored=("bad",)),
    Row(name="no zone", body=batch(text(timestamp="2026-11-23T09:00:00")), stored=("bad",)),
    Row(name="the year 9999", body=batch(text(timestamp="9999-12-31T00:00:00Z")), stored=("bad",)),
    Row(
        name="a self-alias",
        body=batch(text({"type": "alias", "messageId": "bad", "previousId": "u", "userId": "u"})),
        stored=("bad",),
    ),
    Row(name="one id twice in a batch", body=batch(ONE_GOOD, ONE_GOOD)),
]


def told(outcome: Outcome) -> str:
    return "" if outcome.problem is None else outcome.problem.code


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_bad_input_ends_as_its_row_says(row: Row) -> None:
    door = Door()
    headers = dict(row.headers)
    event = posted(row.path, body=row.body, key=row.key, headers=headers)
    outcome = door.receive(event)
    assert told(outcome) == row.code
    assert sorted(e.message_id for e in door.events) == sorted(row.stored)
    assert door.quarantine.reasons == ([] if row.aside is None else [row.aside])
    again = door.receive(event)
    assert (told(again), again.accepted) == (row.code, 0), "a repeat changes nothing"


@pytest.mark.parametrize(
    "user", ["", None, "undefined", "null", "[object Object]", ["u"], {"id": 1}, "0", " "], ids=repr
)
def test_a_user_id_that_is_none_makes_the_event_the_cookies(user: Any) -> None:
    door = Door()
    assert door.batch(page("m-1", userId=user)).accepted == 1
    assert door.events[0].home == REFS.ref(Namespace.ANON, "a-1")


def test_the_last_of_2501_messages_waits_aside() -> None:
    door = Door()
    outcome = door.batch(*(page(f"m-{n}") for n in range(MAX_BATCH + 1)))
    assert (told(outcome), outcome.accepted) == ("", MAX_BATCH)
    assert door.quarantine.reasons == [("too_many_messages", 1)]


def test_a_foreign_page_is_told_so() -> None:
    door = Door()
    outcome = door.batch(GOOD, key="sk", headers={"origin": "https://evil.example"})
    assert (told(outcome), door.events) == ("secret_key_in_browser", [])


def test_one_id_again_later_lands_on_itself_and_an_hour_apart_beside_it() -> None:
    door = Door()
    first = page("m-1", timestamp="2026-11-23T10:30:00Z")
    altered = page("m-1", timestamp="2026-11-23T10:59:59Z", name="altered")
    apart = page("m-1", timestamp="2026-11-23T11:30:00Z")
    assert door.batch(first).accepted == 1
    door.clock.forward(hours=9)
    assert (door.batch(first).repeated, door.batch(altered).repeated) == (1, 1)
    assert "name" not in door.events[0].body, "the first copy stands"
    assert door.batch(apart).accepted == 1, "another key; the profile counts it once"


def test_keys_agree_when_they_are_the_same_in_every_place() -> None:
    door = Door()
    body = json.dumps({**GOOD, "writeKey": "wk"})
    event = posted("/v1/page", body=body, headers={"authorization": basic("wk")})
    assert door.receive(event | {"rawQueryString": "writeKey=wk"}).accepted == 1
    assert door.events[0].key.sk == f"{NO_HOUR}#site#good"
