"""Which write keys a request presents, wherever an SDK puts them."""

from base64 import b64encode
from typing import Any

import pytest

from functions.track.delivery import Broken, Delivery
from functions.track.problems import BAD_AUTHORIZATION, OAUTH
from tests.support.gateway import SHAPES, basic, posted, read_request

VIEW: dict[str, Any] = {"type": "page", "anonymousId": "a-1", "name": "Jobs"}
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln"


def read(
    document: dict[str, Any], *, query: str = "", shape: str = "REST API", **headers: str
) -> Delivery | Broken:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    event = posted("/v1/page", VIEW | document, headers=named) | {"rawQueryString": query}
    found = read_request(SHAPES[shape](event))
    assert isinstance(found, Delivery | Broken)
    return found


def keys(found: Delivery | Broken) -> list[tuple[str, str]]:
    return [(key.value, key.place) for key in found.keys]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_key_may_stand_in_the_header_the_body_or_the_query(shape: str) -> None:
    assert keys(read({}, shape=shape, authorization=basic("wk"))) == [("wk", "header")]
    assert keys(read({}, shape=shape, authorization=basic("wk", colon=False))) == [("wk", "header")]
    assert keys(read({}, shape=shape, authorization="bearer  pk_eu_1")) == [("pk_eu_1", "header")]
    assert keys(read({}, shape=shape, x_write_key="wk:secret")) == [("wk", "header")]
    assert keys(read({}, shape=shape, x_write_key="wk")) == [("wk", "header")]
    assert keys(read({"writeKey": "wk"}, shape=shape)) == [("wk", "body")]
    assert keys(read({}, shape=shape, query="writeKey=wk%2B1&x=")) == [("wk+1", "query")]


def test_all_keys_are_told_best_first_whether_they_agree_or_not() -> None:
    found = read({"writeKey": "c"}, query="writeKey=d", authorization=basic("a"), x_write_key="b:x")
    assert keys(found) == [("a", "header"), ("b", "header"), ("d", "query"), ("c", "body")]


@pytest.mark.parametrize("value", ["", None, 5, [], {}, True, "***"])
def test_what_is_no_text_or_hidden_is_no_key(value: Any) -> None:
    assert keys(read({"writeKey": value})) == []
    assert keys(read({"writeKey": value}, authorization=basic("wk"))) == [("wk", "header")]


def test_of_a_half_hidden_key_the_open_half_counts() -> None:
    found = read({"writeKey": "wk:***"}, x_write_key="wk:secret")
    assert keys(found) == [("wk", "header"), ("wk", "body")]


@pytest.mark.parametrize(
    "header",
    ["Digest wk", "Basic ÿ", "Basic d2s=junk", "wk", "Basic " + b64encode(b"\xff").decode()],
)
def test_other_kinds_of_authorization_are_refused_not_overlooked(header: str) -> None:
    found = read({"writeKey": "wk"}, authorization=header)
    assert isinstance(found, Broken)
    assert found.problem == BAD_AUTHORIZATION
    assert keys(found) == [("wk", "body")]


def test_an_access_token_is_told_apart_from_a_key() -> None:
    found = read({"writeKey": "wk"}, authorization=f"Bearer {TOKEN}")
    assert isinstance(found, Broken)
    assert found.problem == OAUTH
    assert found.problem.status == 401
    assert keys(found) == [("wk", "body")]


@pytest.mark.parametrize("header", ["Basic", "Basic ", "Bearer", "Bearer ", "Basic Og=="])
def test_a_header_without_a_key_presents_none(header: str) -> None:
    assert keys(read({}, authorization=header)) == []


def test_what_the_request_tells_of_its_sender_goes_with_it() -> None:
    sender = read({}, origin="https://jobs.halden.example", user_agent="x", sec_gpc="1").sender
    assert (sender.origin, sender.user_agent) == ("https://jobs.halden.example", "x")
    assert (sender.gpc, sender.dnt, sender.request_id) == (True, False, "req-1")
    plain = read({}, dnt="1", sec_gpc="0").sender
    assert (plain.origin, plain.user_agent, plain.gpc, plain.dnt) == (None, "", False, True)


def test_the_header_tells_when_a_request_was_sent_if_the_body_does_not() -> None:
    found = read({}, sentat="2026-11-23T12:00:00Z")
    assert isinstance(found, Delivery)
    assert found.sent_at == "2026-11-23T12:00:00Z"
    own = read({"sentAt": "2026-11-23T12:00:01Z"}, sentat="2026-11-23T12:00:00Z")
    assert isinstance(own, Delivery)
    assert own.sent_at == "2026-11-23T12:00:01Z"
