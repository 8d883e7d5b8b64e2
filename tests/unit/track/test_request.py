"""What the door makes of a request before it looks at a single message."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from functions.track import request
from functions.track.problems import (
    BAD_AUTHORIZATION,
    BAD_ENCODING,
    BAD_JSON,
    MAX_DECOMPRESSED_BYTES,
    NO_BATCH,
    NOT_FOUND,
    TOO_DEEP,
    TOO_LARGE,
    Problem,
)
from functions.track.request import Delivery, read_request
from rapport.events import CALLS
from tests.support import gateway
from tests.support.gateway import basic, posted, recorded

VIEW: dict[str, Any] = {"type": "page", "anonymousId": "a-1", "name": "Jobs"}


def read(event: dict[str, Any]) -> Delivery:
    delivery = read_request(event)
    assert isinstance(delivery, Delivery), delivery
    return delivery


@pytest.mark.parametrize("name", gateway.RECORDED)
def test_a_recorded_request_is_read_as_the_sdk_meant_it(name: str) -> None:
    raw = json.loads((Path(gateway.SDK_REQUESTS) / f"{name}.json").read_text())
    delivery = read(recorded(name))
    assert delivery.call == "batch"
    assert list(delivery.messages) == json.loads(raw["body_verbatim"])["batch"]
    assert delivery.write_keys == {"wk_test_123"}
    assert delivery.sent_at == raw["body_json"]["sentAt"]


@pytest.mark.parametrize("call", CALLS)
def test_the_path_names_the_call(call: str) -> None:
    assert read(posted(f"/v1/{call}", VIEW, key="k")).call == call


@pytest.mark.parametrize("prefix", ["", "/prod", "/crm/events", "/v1"])
def test_any_prefix_may_stand_before_the_version(prefix: str) -> None:
    assert read(posted(f"{prefix}/v1/page", VIEW, key="k")).call == "page"


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/pages", "/v2/page", "/v1/page/x", "/xv1/page", "/v1/Page"]
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    assert read_request(posted(path, VIEW, key="k")) == NOT_FOUND


def test_only_post_is_answered() -> None:
    event = posted("/v1/page", VIEW, key="k")
    event["requestContext"]["http"]["method"] = "GET"
    assert read_request(event) == NOT_FOUND


def test_plain_base64_and_gzip_bodies_read_alike() -> None:
    text = json.dumps(VIEW | {"name": "Jobs in München 🚀"}, ensure_ascii=False)
    plain = read(posted("/v1/page", body=text, key="k"))
    assert read(posted("/v1/page", body=text.encode(), key="k")) == plain
    unnamed = posted("/v1/page", body=text, compressed=True, key="k")
    assert read(unnamed) == plain
    named = {"Content-Encoding": "GZip"}
    assert read(posted("/v1/page", body=text, compressed=True, key="k", headers=named)) == plain


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_the_content_type_does_not_matter(kind: str) -> None:
    event = posted("/v1/page", VIEW, key="k", headers={"content-type": kind})
    assert read(event).messages == (VIEW,)


def test_integers_beyond_double_precision_arrive_exactly() -> None:
    view = VIEW | {"properties": {"big": 9007199254740993}}
    assert read(posted("/v1/page", view, key="k")).messages == (view,)


@pytest.mark.parametrize(
    ("body", "headers", "problem"),
    [
        ("", {}, BAD_JSON),
        ("null", {}, BAD_JSON),
        ("[]", {}, BAD_JSON),
        ('"page"', {}, BAD_JSON),
        ("{} {}", {}, BAD_JSON),
        ('{"a":1,}', {}, BAD_JSON),
        ('{"a":NaN}', {}, BAD_JSON),
        ('{"a":"\\ud800"}', {}, BAD_JSON),
        ('{"a":' + "9" * 5000 + "}", {}, BAD_JSON),
        ('{"a":1e999}', {}, BAD_JSON),
        ('{"a":' + "[" * 3000 + "]" * 3000 + "}", {}, TOO_DEEP),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, {}, TOO_DEEP),
        ('{"a":"\ud800"}', {}, BAD_ENCODING),
        (b'{"a":"\xff"}', {}, BAD_ENCODING),
        ('{"a":1}'.encode("utf-16"), {}, BAD_ENCODING),
        (b"{}", {"content-encoding": "gzip"}, BAD_ENCODING),
        (gzip.compress(b"{}")[:-1], {}, BAD_ENCODING),
        (gzip.compress(b"{}") + b"more", {}, BAD_ENCODING),
    ],
)
def test_a_body_that_cannot_be_read_is_named(
    body: str | bytes, headers: dict[str, str], problem: Problem
) -> None:
    assert read_request(posted("/v1/page", body=body, key="k", headers=headers)) == problem


def test_what_only_pretends_to_be_base64_is_named() -> None:
    event = posted("/v1/page", body=b"{}", key="k") | {"body": "e30=\n$"}
    assert read_request(event) == BAD_ENCODING


def test_unpacking_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "MAX_DECOMPRESSED_BYTES", 64)
    just = json.dumps({"a": "x" * (64 - 8)}, separators=(",", ":"))
    assert len(just) == 64
    assert isinstance(read_request(posted("/v1/page", body=just, compressed=True)), Delivery)
    assert read_request(posted("/v1/page", body=just + " ", compressed=True)) == TOO_LARGE
    assert MAX_DECOMPRESSED_BYTES == 6 * 1024 * 1024


def test_a_gzip_bomb_is_never_unpacked_whole() -> None:
    bomb = posted("/v1/page", body=b" " * (8 * MAX_DECOMPRESSED_BYTES), compressed=True)
    tracemalloc.start()
    try:
        assert read_request(bomb) == TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_DECOMPRESSED_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("batch", [None, {}, "page", 5])
def test_a_batch_without_an_array_is_named(batch: Any) -> None:
    assert read_request(posted("/v1/batch", {"batch": batch}, key="k")) == NO_BATCH


def test_the_context_of_a_batch_goes_into_its_messages_which_win() -> None:
    own = {"context": {"locale": "nb-NO"}}
    batch: Any = [VIEW, VIEW | own, VIEW | {"context": None}, "junk"]
    document = {"batch": batch, "context": {"locale": "en", "timezone": "Europe/Oslo"}}
    first, second, third, junk = read(posted("/v1/batch", document, key="k")).messages
    assert first == VIEW | {"context": {"locale": "en", "timezone": "Europe/Oslo"}}
    assert second == VIEW | {"context": {"locale": "nb-NO", "timezone": "Europe/Oslo"}}
    assert third == first
    assert junk == "junk"


def keys_of(document: dict[str, Any], header: str | None) -> set[str] | Problem:
    headers = {} if header is None else {"authorization": header}
    delivery = read_request(posted("/v1/page", document, headers=headers))
    return set(delivery.write_keys) if isinstance(delivery, Delivery) else delivery


def test_the_write_key_may_stand_in_the_header_the_body_or_both() -> None:
    assert keys_of(VIEW, basic("wk")) == {"wk"}
    assert keys_of(VIEW, basic("wk", colon=False)) == {"wk"}
    assert keys_of(VIEW | {"writeKey": "wk"}, None) == {"wk"}
    assert keys_of(VIEW | {"writeKey": "wk"}, basic("wk")) == {"wk"}
    assert keys_of(VIEW | {"writeKey": "wk"}, basic("other")) == {"wk", "other"}


@pytest.mark.parametrize("empty", ["", None, 5, [], {}])
def test_what_is_no_text_is_no_write_key(empty: Any) -> None:
    assert keys_of(VIEW | {"writeKey": empty}, None) == set()
    assert keys_of(VIEW | {"writeKey": empty}, basic("wk")) == {"wk"}


@pytest.mark.parametrize("header", ["Bearer wk", "Basic ÿ", "Basic d2s=junk", "wk"])
def test_other_kinds_of_authorization_are_refused_not_overlooked(header: str) -> None:
    assert keys_of(VIEW | {"writeKey": "wk"}, header) == BAD_AUTHORIZATION
