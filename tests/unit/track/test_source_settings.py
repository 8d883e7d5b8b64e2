"""What browser SDKs load before they start, and from whom they hear where to send."""

import json
from typing import Any

import pytest

from functions.track import handler
from rapport.door import WriteKey
from rapport.errors import RetryableError
from tests.support.door import BROWSER, Door
from tests.support.gateway import SHAPES, asked, basic

SETTINGS = "/v1/projects/wk/settings"
HOST = {"host": "events.halden.example", "x-forwarded-proto": "https"}


@pytest.fixture(autouse=True)
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    found = Door()
    monkeypatch.setattr(handler, "_track", lambda: found.track)
    return found


def get(path: str, *, shape: str = "REST API", **around: Any) -> dict[str, Any]:
    headers = HOST | around.pop("headers", {})
    return handler.lambda_handler(SHAPES[shape](asked(path, headers=headers, **around)), None)


def told(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def code(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["statusCode"], told(answer)["code"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("prefix", ["", "/crm", "/a/b"])
def test_an_sdk_is_told_to_send_where_it_asked(prefix: str, shape: str) -> None:
    answer = get(prefix + SETTINGS, shape=shape)
    assert answer["statusCode"] == 200
    here = {
        "apiKey": "wk",
        "apiHost": f"events.halden.example{prefix}/v1",
        "protocol": "https",
    }
    assert told(answer)["integrations"] == {"Segment.io": here}
    assert answer["headers"]["cache-control"] == "private, max-age=60"


def test_customer_ios_sdk_has_a_prefix_of_its_own() -> None:
    """A second name would make the SDKs load parts from their makers."""
    [(name, door)] = told(get("/crm/customerio" + SETTINGS))["integrations"].items()
    assert name == "Customer.io Data Pipelines"
    assert door["apiHost"] == "events.halden.example/crm/customerio/v1"


def test_an_sdk_is_told_to_report_nothing_to_its_maker() -> None:
    assert told(get(SETTINGS))["metrics"]["sampleRate"] == 0
    assert "segment" not in get(SETTINGS)["body"].lower().replace("segment.io", "")
    config = told(get("/sourceConfig/", query="writeKey=wk"))["source"]["config"]
    assert config["statsCollection"] == {
        "errors": {"enabled": False},
        "metrics": {"enabled": False},
    }


@pytest.mark.parametrize(
    ("headers", "protocol"),
    [
        ({"x-forwarded-proto": "https"}, "https"),
        ({"x-forwarded-proto": "http"}, "http"),
        ({"x-forwarded-proto": "https,http"}, "https"),
        ({"x-forwarded-proto": "gopher"}, "https"),
        ({"x-forwarded-proto": ""}, "https"),
        ({"x-forwarded-proto": "", "host": "127.0.0.1:4080"}, "http"),
        ({"x-forwarded-proto": "", "host": "api.localhost:4080"}, "http"),
        ({"x-forwarded-proto": "", "host": "localhost.halden.example"}, "https"),
    ],
)
def test_the_protocol_is_the_callers(headers: dict[str, str], protocol: str) -> None:
    assert (
        told(get(SETTINGS, headers=headers))["integrations"]["Segment.io"]["protocol"] == protocol
    )


@pytest.mark.parametrize("host", ["a b", "x/../y", "a@b", "<x>", "h:99999999", "a,b", "é"])
def test_a_host_that_is_none_is_not_repeated(host: str) -> None:
    answer = get(SETTINGS, headers={"host": host})
    assert code(answer) == (400, "invalid_host")
    assert host not in answer["body"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("writeKey=wk&v=3.34.1&p=npm", {}),
        ("p=npm", {"authorization": basic("wk")}),
        ("writeKey=wk", {"authorization": basic("wk")}),
    ],
)
def test_rudderstacks_sdk_finds_its_source(query: str, headers: dict[str, str], shape: str) -> None:
    answer = get("/sourceConfig/", query=query, headers=headers, shape=shape)
    source = told(answer)["source"]
    assert (source["id"], source["writeKey"], source["enabled"]) == ("wk", "wk", True)
    assert source["destinations"] == []


def test_rudderstacks_sdk_may_look_for_blockers_without_a_key() -> None:
    answer = get("/sourceConfig/", method="HEAD", query="view=ad")
    assert (answer["statusCode"], answer["body"]) == (200, "")


@pytest.mark.parametrize(
    ("path", "query", "headers", "expected"),
    [
        ("/v1/projects/xx/settings", "", {}, (401, "unknown_write_key")),
        ("/v1/projects/old/settings", "", {}, (401, "unknown_write_key")),
        ("/v1/projects/sk/settings", "", {}, (401, "secret_key_in_url")),
        (SETTINGS, "", {"authorization": basic("other")}, (401, "write_keys_disagree")),
        (SETTINGS, "", {"authorization": "Digest x"}, (401, "unsupported_authorization")),
        ("/sourceConfig", "", {}, (401, "missing_write_key")),
        ("/sourceConfig", "writeKey=xx", {}, (401, "unknown_write_key")),
        ("/sourceConfig", "writeKey=sk", {}, (401, "secret_key_in_url")),
        (
            "/sourceConfig",
            "writeKey=a",
            {"authorization": basic("b")},
            (401, "write_keys_disagree"),
        ),
    ],
)
def test_who_has_no_key_for_it_gets_no_settings(
    path: str, query: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    answer = get(path, query=query, headers=headers)
    assert code(answer) == expected
    assert answer["headers"]["cache-control"] == "no-store"


def test_a_page_tracks_even_while_its_key_cannot_be_checked(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_reach(key: str) -> WriteKey | None:
        msg = "throttled"
        raise RetryableError(msg)

    monkeypatch.setattr(door.book, "write_key", out_of_reach)
    assert get(SETTINGS)["statusCode"] == 200
    assert BROWSER.key in get(SETTINGS)["body"]
