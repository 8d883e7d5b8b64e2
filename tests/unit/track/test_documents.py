"""What the door gives to read: the tracker, schemas, and the word on privacy."""

import gzip
import json
from base64 import b64decode
from typing import Any

import pytest

from functions.track import handler
from functions.track.documents import FOLDER
from rapport import schemas
from rapport.headers import SAFE
from tests.support.gateway import asked

SCRIPT = (FOLDER / "rapport.js").read_text(encoding="utf-8")


def get(path: str, *, method: str = "GET", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return handler.lambda_handler(asked(path, method=method, headers=named), None)


def text(answer: dict[str, Any]) -> str:
    if not answer.get("isBase64Encoded"):
        return str(answer["body"])
    return gzip.decompress(b64decode(answer["body"])).decode()


def test_the_tracker_is_served_packed_to_whoever_can_unpack_it() -> None:
    plain, packed = get("/rapport.js"), get("/rapport.js", accept_encoding="br, gzip;q=0.8")
    assert plain["statusCode"] == packed["statusCode"] == 200
    assert text(plain) == text(packed) == SCRIPT
    assert get("/rapport.js", accept_encoding="*") == packed
    assert plain["headers"]["content-type"] == "text/javascript; charset=utf-8"
    assert packed["headers"]["content-encoding"] == "gzip"
    assert "content-encoding" not in plain["headers"]
    assert plain["headers"]["etag"] != packed["headers"]["etag"]
    assert len(b64decode(packed["body"])) < 4096


@pytest.mark.parametrize(
    "refused", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, br", "gzipped"]
)
def test_nobody_gets_what_he_cannot_unpack(refused: str) -> None:
    assert text(get("/rapport.js", accept_encoding=refused)) == SCRIPT
    assert "isBase64Encoded" not in get("/rapport.js", accept_encoding=refused)


@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("path", ["/rapport.js", "/schemas", "/schemas/job-viewed"])
def test_a_copy_is_good_for_an_hour_and_then_as_long_as_nothing_changed(
    path: str, coding: str
) -> None:
    first = get(path, accept_encoding=coding)
    assert first["headers"]["cache-control"] == "public, max-age=3600"
    assert first["headers"]["vary"] == "accept-encoding"
    tag = first["headers"]["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = get(path, accept_encoding=coding, if_none_match=known)
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["etag"] == tag
    assert get(path, accept_encoding=coding, if_none_match='"other"')["statusCode"] == 200


def test_the_schemas_are_those_of_the_vocabulary() -> None:
    listed = json.loads(text(get("/schemas", accept_encoding="gzip")))
    assert listed == schemas.index()
    assert len(listed["schemas"]) > 5
    for each in listed["schemas"]:
        exact, latest = get(each["url"]), get(each["url"].rpartition("/")[0] + "/")
        assert exact["headers"]["content-type"] == "application/schema+json"
        assert json.loads(text(exact)) == json.loads(text(latest))
        assert json.loads(text(exact))["title"] == each["name"]


@pytest.mark.parametrize("path", ["/schemas/nothing", "/schemas/job-viewed/9", "/schemas/a/b"])
def test_an_unknown_schema_is_not_found(path: str) -> None:
    answer = get(path)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["code"] == "unknown_schema"
    assert answer["headers"]["cache-control"] == "no-store"


def test_global_privacy_control_is_said_to_be_honoured() -> None:
    answer = get("/.well-known/gpc.json")
    assert json.loads(answer["body"]) == {"gpc": True, "lastUpdate": "2026-11-23"}
    assert answer["headers"]["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path", ["/rapport.js", "/schemas", "/schemas/job-viewed/1", "/.well-known/gpc.json", "/x"]
)
def test_the_head_of_a_document_is_that_of_the_document(path: str) -> None:
    whole, head = get(path), get(path, method="HEAD")
    assert head["body"] == ""
    assert {**whole, "body": ""} == head


@pytest.mark.parametrize("path", ["/rapport.js", "/schemas", "/nothing", "/.well-known/gpc.json"])
def test_every_document_is_served_safely(path: str) -> None:
    headers = get(path)["headers"]
    safe = {name: value for name, value in SAFE.items() if name != "cache-control"}
    assert safe.items() <= headers.items()
    if path != "/nothing":
        # A career site may forbid what does not say that it may be loaded from elsewhere.
        assert headers["cross-origin-resource-policy"] == "cross-origin"
