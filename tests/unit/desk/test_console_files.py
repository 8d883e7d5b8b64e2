"""The console's files: which are served, how long they are kept, and what their page may do."""

import gzip
from typing import Any

import pytest

from functions.desk.console import Console, Setup, is_asked
from rapport.packing import WORTH_PACKING_BYTES, takes_gzip
from tests.support.console import body_of

SETUP = Setup(
    issuer="https://issuer.example/pool",
    client="client-1",
    sign_in="https://sign-in.example",
    uploads=("https://files.example",),
)


def asked(path: str, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"rawPath": path, "headers": named}


def test_whatever_page_is_asked_for_is_the_one_page_and_is_asked_for_anew() -> None:
    console = Console(setup=SETUP)
    answers = [console.answer(asked(path)) for path in ("/console", "/console/candidates/p_1")]
    assert answers[0] == answers[1]
    assert answers[0]["headers"]["cache-control"] == "no-cache"
    assert f"/console/{console.version}/app.js" in answers[0]["body"]
    etag = answers[0]["headers"]["etag"]
    again = console.answer(asked("/console", If_None_Match=f'"other", {etag}'))
    assert (again["statusCode"], again["body"]) == (304, "")


def test_a_file_is_kept_for_ever_by_its_digest_and_not_at_all_by_another() -> None:
    console = Console(setup=SETUP)
    for name, content in console.files.items():
        if name.endswith(".html"):
            continue
        answer = console.answer(asked(f"/console/{console.version}/{name}"))
        assert answer["body"] == content.decode()
        assert "immutable" in answer["headers"]["cache-control"]
        other = console.answer(asked(f"/console/{'0' * 16}/{name}"))
        assert other["headers"]["cache-control"] == "no-store"
    assert console.answer(asked(f"/console/{console.version}/none.js"))["statusCode"] == 404
    outside = console.answer(asked(f"/console/{console.version}/../handler.py"))
    assert "<!doctype html>" in outside["body"]


def test_the_policy_names_the_sign_in_and_the_files_and_allows_nothing_inline() -> None:
    policy = Console(setup=SETUP).answer(asked("/console"))["headers"]["content-security-policy"]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self' https://sign-in.example https://files.example"
    assert rules["form-action"] == "'self' https://sign-in.example"
    other = Console(setup=Setup(issuer=SETUP.issuer, client="c")).answer(asked("/console"))
    assert (
        "connect-src 'self' https://issuer.example;" in other["headers"]["content-security-policy"]
    )


def test_a_preview_has_an_origin_of_its_own_and_no_way_out() -> None:
    console = Console(setup=SETUP)
    answer = console.answer(asked(f"/console/{console.version}/preview.html"))
    policy = answer["headers"]["content-security-policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy
    assert "script-src 'self';" in policy


def test_a_file_is_compressed_for_who_reads_that_and_each_way_has_its_validator() -> None:
    console = Console(setup=SETUP)
    plain = packed = 0
    for name, content in console.files.items():
        if name.endswith(".html"):
            continue
        path = f"/console/{console.version}/{name}"
        whole = console.answer(asked(path))
        small = console.answer(asked(path, Accept_Encoding="br, gzip;q=0.8"))
        plain += len(content)
        packed += len(body_of(small))
        assert {whole["headers"]["vary"], small["headers"]["vary"]} == {"accept-encoding"}
        if len(content) < WORTH_PACKING_BYTES:
            assert small == whole
            continue
        assert gzip.decompress(body_of(small)) == content == body_of(whole)
        assert small["headers"]["content-encoding"] == "gzip"
        tags = [each["headers"]["etag"] for each in (whole, small)]
        assert tags[0] != tags[1]
        same = console.answer(asked(path, accept_encoding="gzip", if_none_match=f"W/{tags[1]}"))
        other = console.answer(asked(path, accept_encoding="gzip", if_none_match=tags[0]))
        assert (same["statusCode"], same["body"], other["statusCode"]) == (304, "", 200)
    assert packed * 5 < plain * 2
    print(f"console: {plain} bytes of scripts and styles, {packed} compressed")


def test_of_a_head_the_headers_are_those_of_a_get_and_nothing_comes_beneath_them() -> None:
    console = Console(setup=SETUP)
    told = asked(f"/console/{console.version}/app.js", accept_encoding="gzip")
    head = console.answer({**told, "requestContext": {"http": {"method": "HEAD"}}})
    assert (head["body"], "isBase64Encoded" in head) == ("", False)
    assert head["headers"] == console.answer(told)["headers"]


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        *(("", False), ("gzip", True), ("GZIP;q=0.5", True), ("*", True), ("br", False)),
        *(("gzip;q=0", False), ("gzip; q=0.000", False), ("*;q=0", False)),
        *(("*, gzip;q=0", False), ("gzip;q=0.01, *;q=0", True), ("identity", False)),
    ],
)
def test_what_a_browser_takes_is_read_as_it_is_meant(accepted: str, *, taken: bool) -> None:
    assert takes_gzip(accepted) is taken


def test_the_api_is_not_the_console() -> None:
    assert not is_asked(asked("/desk/v1/me"))
    assert not is_asked(asked("/consoles"))
    assert is_asked(asked("/console"))
