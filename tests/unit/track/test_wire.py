"""What one message must carry, and what is read from it."""

import json
from typing import Any

import pytest

from rapport.domain.identifiers import Identifier, Namespace
from rapport.domain.wire import (
    MAX_DEPTH,
    MAX_KEYS,
    MAX_MESSAGE_BYTES,
    MAX_STRING_CHARS,
    NEEDS,
    Message,
    Naming,
    Refusal,
    read_message,
)
from rapport.events import CALLS

VALID: dict[str, dict[str, Any]] = {
    "identify": {"userId": "u-1"},
    "track": {"userId": "u-1", "event": "Job Viewed"},
    "page": {"anonymousId": "a-1"},
    "screen": {"anonymousId": "a-1"},
    "alias": {"previousId": "a-1", "userId": "u-1"},
    "group": {"userId": "u-1", "groupId": "g-1"},
}
GARBAGE = [
    "undefined",
    "null",
    "[object Object]",
    "0",
    "000-000",
    "None",
    " NaN ",
    "'null'",
    "x\ny",
]


def read(raw: Any, **rest: Any) -> Message:
    message = read_message({"messageId": "m-1", **raw}, **rest)
    assert isinstance(message, Message), message
    return message


def user(value: str) -> Identifier:
    return Identifier(ns=Namespace.USER, value=value)


def email(value: str) -> Identifier:
    return Identifier(ns=Namespace.EMAIL, value=value)


def cookie(value: str) -> Identifier:
    return Identifier(ns=Namespace.ANON, value=value)


def test_there_is_a_rule_for_every_kind_of_call() -> None:
    assert set(NEEDS) == set(CALLS) == set(VALID)


@pytest.mark.parametrize("call", CALLS)
def test_the_least_message_of_each_kind_is_valid(call: str) -> None:
    assert read(VALID[call] | {"type": call}).call == call
    assert read(VALID[call], call=call) == read(VALID[call] | {"type": call})


def test_what_a_message_says_of_its_type_stands_before_the_path() -> None:
    assert read(VALID["track"] | {"type": "track"}, call="page").call == "track"


@pytest.mark.parametrize(
    ("call", "without", "refusal"),
    [
        ("identify", "userId", Refusal.NO_IDENTIFIER),
        ("track", "userId", Refusal.NO_IDENTIFIER),
        ("track", "event", Refusal.NO_EVENT_NAME),
        ("page", "anonymousId", Refusal.NO_IDENTIFIER),
        ("screen", "anonymousId", Refusal.NO_IDENTIFIER),
        ("alias", "previousId", Refusal.NO_ALIAS),
        ("alias", "userId", Refusal.NO_ALIAS),
        ("group", "userId", Refusal.NO_IDENTIFIER),
        ("group", "groupId", Refusal.NO_GROUP),
    ],
)
@pytest.mark.parametrize("absent", ["left out", None, "", "  "])
def test_a_message_without_what_its_kind_needs_is_refused(
    call: str, without: str, refusal: Refusal, absent: str | None
) -> None:
    raw = VALID[call] | {"type": call, without: absent}
    if absent == "left out":
        del raw[without]
    assert read_message(raw) is refusal


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (None, Refusal.NOT_AN_OBJECT),
        ([], Refusal.NOT_AN_OBJECT),
        ("page", Refusal.NOT_AN_OBJECT),
        ({"userId": "u"}, Refusal.UNKNOWN_TYPE),
        ({"userId": "u", "type": "pages"}, Refusal.UNKNOWN_TYPE),
        ({"userId": "u", "type": ["page"]}, Refusal.UNKNOWN_TYPE),
        ({"userId": "u", "type": "track", "event": 7}, Refusal.NO_EVENT_NAME),
    ],
)
def test_what_is_no_message_is_refused(raw: Any, refusal: Refusal) -> None:
    assert read_message(raw) is refusal


def page_of(size: int, letter: str = "x") -> dict[str, Any]:
    """A page whose compact JSON is so many bytes long, in texts that are short enough."""
    page: dict[str, Any] = {"type": "page", "anonymousId": "a-1", "name": "", "a": ["", "", "", ""]}
    free = size - len(json.dumps(page, separators=(",", ":")))
    letters = free // len(letter.encode())
    texts = [letter * (letters // 5)] * 4
    return page | {"name": letter * (letters - 4 * (letters // 5)), "a": texts}


def page_so_deep(depth: int, innermost: Any) -> dict[str, Any]:
    """A page with objects and arrays so deep in one another."""
    for level in range(depth - 1):
        innermost = [innermost] if level % 2 else {"a": innermost}
    return {"type": "page", "anonymousId": "a-1", "properties": innermost}


@pytest.mark.parametrize("letter", ["x", "ü", "🚀"])
def test_a_message_is_at_most_as_large_as_the_sdks_say_in_bytes_not_letters(letter: str) -> None:
    just = page_of(MAX_MESSAGE_BYTES, letter)
    assert isinstance(read_message(just), Message)
    assert read_message(just | {"name": just["name"] + letter}) is Refusal.TOO_LARGE
    assert MAX_MESSAGE_BYTES == 32 * 1024


@pytest.mark.parametrize(
    "load",
    [
        ["x"] * 20_000,
        [{"a": {}} for n in range(9_000)],
        [10**4000] * 10,
        ["\x00" * 6_000],
        "x" * 5_000_000,
        [[[["x" * 1000]] * 40]],
    ],
    ids=["many", "objects", "digits", "escapes", "one", "spread"],
)
def test_a_large_message_is_refused_whatever_makes_it_large(load: Any) -> None:
    page = {"type": "page", "anonymousId": "a-1", "properties": load}
    assert read_message(page) is Refusal.TOO_LARGE


@pytest.mark.parametrize("innermost", [1, {}, []])
def test_a_message_is_nested_so_deep_and_no_deeper(innermost: Any) -> None:
    deep = MAX_DEPTH - isinstance(innermost, dict | list)
    assert isinstance(read_message(page_so_deep(deep, innermost)), Message)
    assert read_message(page_so_deep(deep + 1, innermost)) is Refusal.TOO_DEEP
    assert read_message(page_so_deep(5_000, innermost)) is Refusal.TOO_DEEP


def test_every_refusal_tells_what_to_do() -> None:
    assert all(refusal.meaning.endswith(".") for refusal in Refusal)


def test_the_user_id_stands_before_the_address_and_both_before_the_cookie() -> None:
    everything = {"type": "identify", "userId": "u-1", "anonymousId": "a-1"}
    traits = {"traits": {"email": " Ana@Inbox.Halden.Example"}}
    assert read(everything | traits).home == user("u-1")
    assert read(everything | traits | {"userId": None}).home == email("ana@inbox.halden.example")
    assert read(everything | {"userId": ""}).home == cookie("a-1")
    assert read(everything).anon == cookie("a-1")
    assert read({"type": "identify", "userId": "u-1"}).anon is None


def test_a_user_id_that_looks_like_an_address_stays_a_user_id() -> None:
    assert read({"type": "identify", "userId": "Ana@x.example"}).home == user("Ana@x.example")


def test_a_numeric_user_id_is_the_same_user_as_its_text() -> None:
    assert read(VALID["track"] | {"type": "track", "userId": 424242}).home == user("424242")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("place", "calls"),
    [
        ("traits", set(CALLS) - {"group", "alias"}),
        ("context", set(CALLS) - {"alias"}),
        ("properties", {"track"}),
    ],
)
def test_the_address_is_taken_from_where_it_describes_the_person(
    call: str, place: str, calls: set[str]
) -> None:
    stated: dict[str, Any] = {"email": "ana@x.example"}
    raw = VALID[call] | {"type": call, "anonymousId": "a-1"}
    if call != "alias":
        raw["userId"] = None
    raw[place] = {"traits": stated} if place == "context" else stated
    named = user("u-1") if call == "alias" else cookie("a-1")
    assert read(raw).home == (email("ana@x.example") if call in calls else named)


def test_a_place_without_a_usable_address_leaves_the_word_to_the_next() -> None:
    raw = VALID["track"] | {"type": "track", "userId": None, "anonymousId": "a-1"}
    raw |= {"traits": {"email": "ana@"}, "context": {"traits": {"email": 5}}}
    assert read(raw | {"properties": {"email": "ana@x.example"}}).home == email("ana@x.example")
    assert read(raw | {"properties": ["ana@x.example"]}).home == cookie("a-1")


@pytest.mark.parametrize("garbage", [*GARBAGE, "x" * 513, True, 1.5, {}, []])
def test_garbage_is_nobody(garbage: Any) -> None:
    page = {"type": "page", "userId": garbage}
    assert read_message(page) is Refusal.IDENTIFIERS_BLOCKED
    assert read_message(page | {"anonymousId": garbage}) is Refusal.IDENTIFIERS_BLOCKED
    message = read(page | {"anonymousId": "a-1"})
    assert (message.home, message.anon) == (cookie("a-1"), cookie("a-1"))
    message = read({"type": "page", "userId": "u-1", "anonymousId": garbage})
    assert (message.home, message.anon) == (user("u-1"), None)


def test_an_alias_is_about_its_user_id_and_nobody_else() -> None:
    alias = VALID["alias"] | {"type": "alias", "anonymousId": "a-1"}
    assert read(alias).home == user("u-1")
    assert read(alias).anon == cookie("a-1")
    assert read_message(alias | {"userId": "undefined"}) is Refusal.IDENTIFIERS_BLOCKED


def test_an_alias_without_a_cookie_stands_where_that_of_its_previous_id_does() -> None:
    """So the cookie's history learns who it was. What is no id, or the same one, is no cookie."""
    alias = {"type": "alias", "previousId": "a-1", "userId": "u-1"}
    for nobody in ({}, {"anonymousId": None}, {"anonymousId": " "}):
        assert read(alias | nobody).anon == cookie("a-1")
    assert read(alias | {"anonymousId": "a-2"}).anon == cookie("a-2")
    assert read(alias | {"previousId": "undefined"}).anon is None
    assert read(alias | {"previousId": "u-1"}).anon is None


def test_the_friend_whom_a_referral_names_is_not_who_made_it() -> None:
    raw = {"type": "track", "anonymousId": "a-1", "properties": {"email": "tom@x.example"}}
    assert read(raw | {"event": "Referral Made"}).home == cookie("a-1")
    assert read(raw | {"event": "Event Attended"}).home == email("tom@x.example")
    told = raw | {"event": "Referral Made", "context": {"traits": {"email": "ana@x.example"}}}
    assert read(told).home == email("ana@x.example")


def test_an_alias_to_oneself_is_no_error() -> None:
    assert read({"type": "alias", "previousId": "u-1", "userId": "u-1"}).home == user("u-1")


def test_the_body_keeps_the_message_without_its_transport() -> None:
    raw = {
        "type": "track",
        "event": "Job Viewed",
        "userId": "u-1",
        "anonymousId": None,
        "properties": {"job_id": "7", "tags": [None, "🚀"]},
        "context": {"locale": "de-DE"},
        "email": "told@top.example",
        "call": "mine",
        "messageId": "m-1",
        "timestamp": "2026-11-23T10:00:00Z",
        "originalTimestamp": "2026-11-23T10:00:00Z",
        "sentAt": "2026-11-23T10:00:01Z",
        "receivedAt": "2026-11-23T10:00:02Z",
        "writeKey": "wk",
        "integrations": {"All": False},
        "_metadata": {"retryCount": 2},
    }
    assert read(raw).name == "Job Viewed"
    assert read(raw).body == {
        "call": "track",
        "event": "Job Viewed",
        "userId": "u-1",
        "anonymousId": None,
        "properties": {"job_id": "7", "tags": [None, "🚀"]},
        "context": {"locale": "de-DE"},
        "email": "told@top.example",
    }


@pytest.mark.parametrize("given", ["m-1", "node-next-1-x", "a.b:c_d", "x" * 99, 7, -7])
def test_a_message_keeps_its_own_id(given: Any) -> None:
    message = read({"type": "page", "anonymousId": "a-1", "messageId": given})
    assert (message.naming, message.message_id) == (Naming.PLAIN, str(given))


@pytest.mark.parametrize(
    "given", ["ana@x.example", "Ana Nowak", "a#b", "a\nb", "x" * 100, "ä", "m-1\n", 10**100]
)
def test_an_id_that_could_be_anything_else_may_not_stand_in_clear(given: Any) -> None:
    page = {"type": "page", "anonymousId": "a-1", "messageId": given}
    message = read(page)
    assert (message.naming, message.message_id) == (Naming.GIVEN, str(given))


@pytest.mark.parametrize("given", [True, 1.5, [], {}])
def test_an_unusable_message_id_refuses_the_message(given: Any) -> None:
    page = {"type": "page", "anonymousId": "a-1", "messageId": given}
    assert read_message(page) is Refusal.BAD_MESSAGE_ID


@pytest.mark.parametrize("absent", [None, ""])
def test_without_an_id_a_message_is_named_by_what_its_deliveries_share(absent: Any) -> None:
    page = {"type": "page", "anonymousId": "a-1", "messageId": absent, "name": "Jobs"}
    assert read(page).naming is Naming.CONTENT
    named = read(page).message_id
    again = {"sentAt": "2026-11-22T10:00:00Z", "writeKey": "wk", "_metadata": {"retryCount": 2}}
    assert read(page | again).message_id == named
    untyped = {key: value for key, value in page.items() if key != "type"}
    assert read(untyped, call="page").message_id == named
    assert read(page | {"name": "Home"}).message_id != named
    assert read(page | {"timestamp": "2026-11-22T10:00:00Z"}).message_id != named


def page_with(properties: Any) -> dict[str, Any]:
    return {"type": "page", "anonymousId": "a-1", "properties": properties}


def test_a_message_has_so_many_keys_in_all_its_objects_together_and_no_more() -> None:
    left = MAX_KEYS - len(page_with({}))
    just = [{str(n): n for n in range(left // 2)}, {str(n): n for n in range(left - left // 2)}]
    assert isinstance(read_message(page_with(just)), Message)
    assert read_message(page_with([*just, {"one": 1}])) is Refusal.TOO_MANY_KEYS


@pytest.mark.parametrize("place", ["text", "key"])
def test_a_text_or_key_is_so_long_and_no_longer(place: str) -> None:
    for chars, fits in ((MAX_STRING_CHARS, True), (MAX_STRING_CHARS + 1, False)):
        word = "x" * chars
        read_it = read_message(page_with({word: 1} if place == "key" else [word]))
        assert isinstance(read_it, Message) if fits else read_it is Refusal.LONG_TEXT


@pytest.mark.parametrize(
    "unusable",
    ["\ud800", "a\udfffb", float("nan"), float("inf"), -float("inf"), 10**5_000],
    ids=["half a pair", "its other half", "NaN", "Infinity", "-Infinity", "5 000 digits"],
)
def test_what_json_cannot_say_is_refused(unusable: Any) -> None:
    assert read_message(page_with([unusable])) is Refusal.UNREADABLE
    if isinstance(unusable, str):
        assert read_message(page_with({unusable: 1})) is Refusal.UNREADABLE


@pytest.mark.parametrize(
    "usable",
    ["\x00", "\u202e", "é", 2**63, 2**53 + 1, 10**39, 1e126, 1e-131, -0.0, "\U0001f469\u200d"],
)
def test_what_is_odd_but_json_is_taken(usable: Any) -> None:
    assert read(page_with([usable])).body["properties"] == [usable]


def test_what_only_the_door_may_say_of_a_message_is_not_taken_from_it() -> None:
    ours = {"bot": {"because": []}, "privacy": {"analytics": "granted"}, "unbelievable_time": "x"}
    assert read(page_with({}) | ours).body.keys() == read(page_with({})).body.keys()
