"""What the door makes of the bytes of a request before it looks at a single message."""

import gzip
import json
import math
import time
import tracemalloc
from typing import Any

import pytest

from functions.track import bodies
from functions.track.delivery import Broken, Delivery, Unreadable
from functions.track.problems import (
    BAD_ENCODING,
    BAD_JSON,
    NO_BATCH,
    TOO_LARGE,
    TOO_MANY,
    Problem,
)
from rapport.domain.limits import MAX_REQUEST_BYTES, MAX_UNPACKED_BYTES
from rapport.domain.wire import MAX_BATCH, Refusal
from tests.support.gateway import SHAPES, posted, read_request

VIEW: dict[str, Any] = {"type": "page", "anonymousId": "a-1", "name": "Jobs"}
GOOD = json.dumps(VIEW)
# What some JSON library writes, or a sender who means harm, and why nobody can use it.
HARMFUL: dict[str, tuple[str | bytes, Refusal]] = {
    "NaN": ('{"a":NaN}', Refusal.UNREADABLE),
    "Infinity": ('{"a":[-Infinity]}', Refusal.UNREADABLE),
    "a number beyond a double": ('{"a":1e999}', Refusal.UNREADABLE),
    "five thousand digits": ('{"a":' + "9" * 5_000 + "}", Refusal.UNREADABLE),
    "half a surrogate pair": ('{"a":"\\ud800"}', Refusal.UNREADABLE),
    "half a pair in a name": ('{"\\udc00":1}', Refusal.UNREADABLE),
    "half a pair as bytes": (b'{"a":"\xed\xa0\x80"}', Refusal.UNREADABLE),
    "no UTF-8": (b'{"a":"\xff"}', Refusal.UNREADABLE),
    "three thousand brackets": ('{"a":' + "[" * 3_000 + "]" * 3_000 + "}", Refusal.TOO_DEEP),
    "forty thousand braces": ('{"a":' * 40_000 + "1" + "}" * 40_000, Refusal.TOO_DEEP),
    "NaN below forty brackets": ("[" * 40 + "NaN" + "]" * 40, Refusal.TOO_DEEP),
    "a quarter of a megabyte": (json.dumps({"a": "x" * 262_144}), Refusal.TOO_LARGE),
}
# Commas, quotes and brackets in strings, spaces where JSON has room for them.
DECOYS = ' { "a" : "]},{\\"\\\\" , "b" : [ 1 , { "c" : null } , "[{" ] } '


def raw(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def read(event: dict[str, Any]) -> Delivery:
    delivery = read_request(event)
    assert isinstance(delivery, Delivery), delivery
    return delivery


def problem_of(event: dict[str, Any]) -> Problem:
    found = read_request(event)
    assert isinstance(found, Broken), found
    return found.problem


def batch_of(*texts: str | bytes, **around: Any) -> dict[str, Any]:
    rest = json.dumps(around)[1:-1]
    body = b'{"batch":[' + b",".join(map(raw, texts)) + b"]" + raw(", " * bool(rest) + rest) + b"}"
    return posted("/v1/batch", body=body, compressed=True)


def test_plain_base64_and_gzip_bodies_read_alike() -> None:
    text = json.dumps(VIEW | {"name": "Jobs in München 🚀"}, ensure_ascii=False)
    plain = read(posted("/v1/page", body=text, key="k"))
    assert read(posted("/v1/page", body=text.encode(), key="k")) == plain
    assert read(posted("/v1/page", body="\ufeff" + text, key="k")) == plain
    assert read(posted("/v1/page", body="\ufeff" + text, compressed=True, key="k")) == plain
    unnamed = posted("/v1/page", body=text, compressed=True, key="k")
    assert read(unnamed) == plain
    named = {"Content-Encoding": "GZip"}
    assert read(posted("/v1/page", body=text, compressed=True, key="k", headers=named)) == plain


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "x", ""]
)
def test_the_content_type_does_not_matter(kind: str, shape: str) -> None:
    event = posted("/v1/page", VIEW, headers={"content-type": kind})
    assert read(SHAPES[shape](event)).messages == (VIEW,)


def test_integers_beyond_double_precision_arrive_exactly() -> None:
    view = VIEW | {"properties": {"big": 9007199254740993}}
    assert read(posted("/v1/page", view)).messages == (view,)


def test_of_equal_names_the_last_counts() -> None:
    event = posted("/v1/page", body='{"a":1,"writeKey":"x","a":2,"writeKey":"wk"}')
    [message] = read(event).messages
    assert message == {"a": 2, "writeKey": "wk"}
    again = b'{"writeKey":"x","batch":[NaN],"batch":[{"a":1,"a":2},NaN],"writeKey":"wk"}'
    found = read(posted("/v1/batch", body=again))
    assert found.messages[0] == {"a": 2}
    assert [key.value for key in found.keys] == ["wk"]


@pytest.mark.parametrize(
    ("body", "headers", "problem"),
    [
        ("", {}, BAD_JSON),
        ("null", {}, BAD_JSON),
        ("[]", {}, BAD_JSON),
        ('"page"', {}, BAD_JSON),
        ("NaN", {}, BAD_JSON),
        ("{} {}", {}, BAD_JSON),
        ("{", {}, BAD_JSON),
        ('{"a"', {}, BAD_JSON),
        ('{"a":"x', {}, BAD_JSON),
        ('{"a":1,}', {}, BAD_JSON),
        ("{'a':1}", {}, BAD_JSON),
        ('{"a":1}}', {}, BAD_JSON),
        ('{"a":"\x01"}', {}, BAD_JSON),
        ('{"a":[NaN}', {}, BAD_JSON),
        ('{"a":' + "[" * 3_000 + "}", {}, BAD_JSON),
        ('{"a":1}'.encode("utf-16"), {}, BAD_ENCODING),
        (b"\xff", {}, BAD_ENCODING),
        (b"{}", {"content-encoding": "gzip"}, BAD_ENCODING),
        (gzip.compress(b"{}")[:-1], {}, BAD_ENCODING),
        (gzip.compress(b"{}") + b"more", {}, BAD_ENCODING),
        (b"\x1f\x8b", {}, BAD_ENCODING),
    ],
)
@pytest.mark.parametrize("call", ["page", "batch"])
def test_a_body_that_cannot_be_read_is_named_and_handed_on(
    call: str, body: str | bytes, headers: dict[str, str], problem: Problem
) -> None:
    found = read_request(posted(f"/v1/{call}", body=body, key="k", headers=headers))
    assert isinstance(found, Broken)
    assert found.problem == problem
    assert [key.value for key in found.keys] == ["k"]
    assert found.body == raw(body)


def test_what_only_pretends_to_be_base64_is_named() -> None:
    assert problem_of(posted("/v1/page", body=b"{}") | {"body": "e30=\n$"}) == BAD_ENCODING
    assert problem_of(posted("/v1/page", body=b"{}") | {"body": "é"}) == BAD_ENCODING


@pytest.mark.parametrize("name", HARMFUL)
def test_a_message_that_nobody_can_read_costs_no_neighbour(name: str) -> None:
    text, refusal = HARMFUL[name]
    messages = read(batch_of(GOOD, text, DECOYS, text, GOOD, writeKey="wk")).messages
    first, bad, decoys, again, last = messages
    assert first == last == VIEW
    assert decoys == json.loads(DECOYS)
    assert (
        bad
        == again
        == Unreadable(text=raw(text).decode(errors="backslashreplace"), refusal=refusal)
    )


@pytest.mark.parametrize("name", HARMFUL)
def test_a_single_message_that_nobody_can_read_keeps_its_key(name: str) -> None:
    text, refusal = HARMFUL[name]
    body = b'{"writeKey":"wk","sentAt":"now","x":' + raw(text) + b"}"
    found = read(posted("/v1/page", body=body, compressed=True))
    [bad] = found.messages
    assert isinstance(bad, Unreadable)
    assert bad.refusal is refusal
    assert [(key.value, key.place) for key in found.keys] == [("wk", "body")]
    assert found.sent_at == "now"


@pytest.mark.parametrize("text", ["nope", "{]", '{"a":1,}', "{'a':1}", '{"a" 1}', "1 2", "01"])
def test_what_no_json_library_writes_means_a_broken_sender(text: str) -> None:
    assert problem_of(batch_of(GOOD, text, GOOD)) == BAD_JSON
    assert problem_of(batch_of(GOOD, text, "NaN")) == BAD_JSON


@pytest.mark.parametrize("batch", [None, {}, "page", 5])
def test_a_batch_without_an_array_is_named(batch: Any) -> None:
    event = posted("/v1/batch", {"batch": batch, "writeKey": "wk"})
    found = read_request(event)
    assert isinstance(found, Broken)
    assert found.problem == NO_BATCH
    assert [key.value for key in found.keys] == ["wk"]
    assert problem_of(posted("/v1/batch", VIEW)) == NO_BATCH
    assert problem_of(posted("/v1/batch", body='{"batch":{"a":NaN}}')) == NO_BATCH


def test_the_context_of_a_batch_goes_into_its_messages_which_win() -> None:
    own = {"context": {"locale": "nb-NO"}}
    batch: Any = [VIEW, VIEW | own, VIEW | {"context": None}, "junk"]
    document = {"batch": batch, "context": {"locale": "en", "timezone": "Europe/Oslo"}}
    first, second, third, junk = read(posted("/v1/batch", document)).messages
    assert first == VIEW | {"context": {"locale": "en", "timezone": "Europe/Oslo"}}
    assert second == VIEW | {"context": {"locale": "nb-NO", "timezone": "Europe/Oslo"}}
    assert third == first
    assert junk == "junk"
    with_nan = read(batch_of(GOOD, '{"a":NaN}', context={"locale": "en"})).messages
    assert with_nan[0] == VIEW | {"context": {"locale": "en"}}


def test_a_context_that_cannot_be_read_may_hold_a_refusal_so_nothing_is_taken() -> None:
    assert problem_of(posted("/v1/batch", body='{"batch":[{}],"context":{"a":NaN}}')) == BAD_JSON
    assert problem_of(posted("/v1/batch", body='{"batch":[{}],"context":1e999}')) == BAD_JSON


def test_a_request_is_taken_to_its_last_byte_and_no_further() -> None:
    just = raw(json.dumps({"a": "x" * (MAX_REQUEST_BYTES - 9)}))
    assert len(just) == MAX_REQUEST_BYTES
    assert isinstance(read_request(posted("/v1/page", body=just)), Delivery)
    over = read_request(posted("/v1/page", body=just + b" ", key="k"))
    assert isinstance(over, Broken)
    assert (over.problem, len(over.body)) == (TOO_LARGE, MAX_REQUEST_BYTES + 1)
    assert MAX_REQUEST_BYTES == 500 * 1024


def test_unpacking_stops_at_the_limit() -> None:
    just = b'{"a":1' + b" " * (MAX_UNPACKED_BYTES - 7) + b"}"
    assert len(just) == MAX_UNPACKED_BYTES
    assert isinstance(read_request(posted("/v1/page", body=just, compressed=True)), Delivery)
    assert problem_of(posted("/v1/page", body=just + b" ", compressed=True)) == TOO_LARGE
    assert MAX_UNPACKED_BYTES == 4 * 1024 * 1024


def test_a_gzip_bomb_is_never_unpacked_whole() -> None:
    bomb = posted("/v1/page", body=b" " * (80 * MAX_UNPACKED_BYTES), compressed=True)
    tracemalloc.start()
    try:
        assert problem_of(bomb) == TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_UNPACKED_BYTES
    finally:
        tracemalloc.stop()


def test_messages_beyond_the_limit_of_a_batch_are_handed_on_to_be_refused_one_by_one() -> None:
    found = read(batch_of(*["{}"] * (MAX_BATCH + 1)))
    assert found.messages == ({},) * (MAX_BATCH + 1)


def test_a_batch_of_ever_so_many_messages_is_refused_as_one() -> None:
    many = ["1"] * (bodies.MAX_ITEMS + 1)
    assert len(read(batch_of(*many[1:])).messages) == bodies.MAX_ITEMS
    assert problem_of(batch_of(*many)) == TOO_MANY
    assert problem_of(batch_of(*many, "NaN")) == TOO_MANY


def test_the_context_of_a_batch_counts_once_for_each_message() -> None:
    context = {"a": "x" * 20_000}
    assert len(read(batch_of(*["{}"] * 200, context=context)).messages) == 200
    assert problem_of(batch_of(*["{}"] * 210, context=context)) == TOO_LARGE


BOMBS = {
    "two million empty arrays": b'{"batch":[' + b"[]," * 1_300_000 + b"1]}",
    "arrays in one message": b'{"batch":[{"a":[' + b"[]," * 1_300_000 + b"1]}]}",
    "braces in one another": b'{"batch":[' + b'{"":' * 800_000 + b"1" + b"}" * 800_000 + b"]}",
    "brackets without end": b'{"batch":[' + b"[" * 4_000_000,
    "many deep messages": b'{"batch":[' + (b"[" * 900 + b"]" * 900 + b",") * 200 + b"1]}",
    "an open string": b'{"batch":["' + b'\\"' * 2_000_000,
    "many strings": b'{"batch":["' + b'"",' * 60_000 + b"NaN]}",
    "small objects": b'{"batch":[' + (b"[" + b'{"":1},' * 33_000 + b"1],") * 2 + b"1]}",
    "many keys": b'{"batch":[NaN,{' + b",".join(b'"%d":1' % n for n in range(190_000)) + b"}]}",
    "a long key": b'{"batch":[NaN,{"' + b"k" * 250_000 + b'":1}]}',
    "commas": b'{"batch":[{"a":"' + b"," * 4_000_000 + b'"}]}',
    "escapes": b'{"batch":[NaN,"' + b"\\u0041" * 600_000 + b'"]}',
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_body_within_the_limits_takes_long_or_much_room(name: str) -> None:
    event = posted("/v1/batch", body=BOMBS[name], compressed=True)
    # What it takes to unpack so much, whatever it is.
    blank = posted("/v1/batch", body=b" " * MAX_UNPACKED_BYTES, compressed=True)
    unpacking, hostile = _seconds(blank), _seconds(event)
    tracemalloc.start()
    try:
        read_request(event)
        room = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    times = hostile / unpacking
    print(f"{name}: {times:.1f} × the time of 4 MB of blanks, {room / 2**20:.0f} MB of room")
    assert room < 48 * 2**20
    assert times < 40


def _seconds(event: dict[str, Any]) -> float:
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        read_request(event)
        best = min(best, time.process_time() - start)
    return best
