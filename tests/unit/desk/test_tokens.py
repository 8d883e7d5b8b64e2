"""Tokens and cursors that are not what they should be, and what the function says of itself."""

import json
from typing import Any

import pytest

from functions.desk import handler
from functions.desk.answers import Answer
from rapport.auditing import Ended
from rapport.domain.event import Json
from rapport.domain.operators import Grant, Role
from rapport.errors import RetryableError
from rapport.routes import READ_SCOPE, WRITE_SCOPE
from tests.support.operating import BRAND, CLIENT, Office, document, status, told

PEOPLE = "/desk/v1/people/{person}"
# What each claim is instead: the gateway checks signatures, so that no forged one comes as far.
FORGED: dict[str, dict[str, object]] = {
    "another issuer": {"iss": "https://issuer.example/other"},
    "another client": {"client_id": "client-2"},
    "an ID token": {"token_use": "id", "client_id": None, "aud": CLIENT},
    "another audience": {"client_id": None, "aud": "client-2"},
    "no client": {"client_id": None},
    "expired": {"exp": "1700000000"},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "1e99"},
    "an end of 400 digits": {"exp": "9" * 400},
    "not valid yet": {"nbf": "99999999999"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject of 10 KB": {"sub": "s" * 10_000},
    "a subject that is a list": {"sub": ["recruiter"]},
}
HEADERS = {
    "two headers": "Bearer a.b.c,Bearer d.e.f",
    "two tokens": "Bearer a.b.c d.e.f",
    "no scheme": "a.b.c",
    "another scheme": "Basic a.b.c",
    "none": "",
}
SCOPES = {"no scope": None, "another": "openid", "a longer word": f"{READ_SCOPE}er x{READ_SCOPE}"}


@pytest.fixture
def office() -> Office:
    office = Office()
    office.hire("recruiter", Grant(role=Role.RECRUITER, brand=BRAND))
    return office


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_opens_nothing(office: Office, name: str) -> None:
    claims = office.claims("recruiter", **FORGED[name])
    answer = office.ask("recruiter", "GET /desk/v1/me", claims=claims)
    assert (status(answer), document(answer)["code"]) == (401, "unauthorised")


@pytest.mark.parametrize("name", HEADERS)
def test_one_authorization_header_with_one_token_is_wanted(office: Office, name: str) -> None:
    headers = {"authorization": HEADERS[name]}
    assert status(office.ask("recruiter", "GET /desk/v1/me", headers=headers)) == 401


@pytest.mark.parametrize("name", SCOPES)
def test_a_token_without_the_scope_reads_nothing(office: Office, name: str) -> None:
    claims = office.claims("recruiter", scope=SCOPES[name])
    assert status(office.ask("recruiter", "GET /desk/v1/me", claims=claims)) == 403


def test_a_token_that_may_only_read_changes_nothing(office: Office) -> None:
    kari = office.add("kari", country="NO")
    claims = office.claims("recruiter", scope=READ_SCOPE)
    key = f"POST {PEOPLE}/notes"
    answer = office.ask("recruiter", key, claims=claims, body={"text": "x"}, person=kari.id)
    assert status(answer) == 403
    writes = office.claims("recruiter", scope=WRITE_SCOPE)
    assert status(office.ask("recruiter", "GET /desk/v1/me", claims=writes)) == 403


def test_a_grant_that_is_taken_back_is_gone_within_a_minute(office: Office) -> None:
    kari = office.add("kari", country="NO")
    assert status(office.ask("recruiter", f"GET {PEOPLE}", person=kari.id)) == 200
    office.hire("recruiter")
    office.clock.forward(seconds=59)
    assert status(office.ask("recruiter", f"GET {PEOPLE}", person=kari.id)) == 404


def pages(office: Office) -> tuple[str, str, dict[str, str]]:
    """Whom a list of three is about, the cursor to its second page, and how it was asked."""
    kari = office.add("kari", country="NO")
    for text in ("one", "two"):
        office.clock.forward(minutes=1)
        office.ask("recruiter", f"POST {PEOPLE}/notes", body={"text": text}, person=kari.id)
    first = office.ask("recruiter", f"GET {PEOPLE}/timeline", query={"limit": "1"}, person=kari.id)
    shown = document(first)
    assert [each["words"]["text"] for each in shown["items"]] == ["two"]
    return kari.id, shown["next"], {"limit": "1"}


def test_a_cursor_leads_on_and_only_its_own_list_of_its_own_operator(office: Office) -> None:
    office.hire("colleague", Grant(role=Role.RECRUITER, brand=BRAND))
    ola = office.add("ola", country="NO")
    person, cursor, query = pages(office)
    key = f"GET {PEOPLE}/timeline"

    def ask(who: str, *, about: str, on: str, **others: str) -> Any:
        return office.ask(who, key, query={**query, "cursor": on, **others}, person=about)

    second = document(ask("recruiter", about=person, on=cursor))
    assert [each["words"]["text"] for each in second["items"]] == ["one"]
    kid, place = cursor.split(".")
    other = "B" if place[0] != "B" else "C"
    altered = [
        *(f"{kid}.{place[:-1]}", f"{kid}.{other}{place[1:]}", f"k9.{place}", f"{kid}.{place}AA"),
        *(kid, f"{kid}.", place, "x", "..", "\u00e9.a", f"{kid}.{place}=", "9" * 10_000),
    ]
    for on in altered:
        assert status(ask("recruiter", about=person, on=on)) == 400
    assert status(ask("colleague", about=person, on=cursor)) == 400
    assert status(ask("recruiter", about=ola.id, on=cursor)) == 400
    assert status(ask("recruiter", about=person, on=cursor, limit="2")) == 400
    print(f"cursors that are none of this list: {len(altered) + 3} refused of {len(altered) + 3}")


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1e9", "", "x", "٣", "1" * 5_000])
def test_a_page_has_a_sensible_size(office: Office, limit: str) -> None:
    answer = office.ask("recruiter", "GET /desk/v1/tasks", query={"limit": limit})
    assert status(answer) == 400


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b'{"text": "x", "by": "me"}', "application/json", 400),
        (b'{"text": NaN}', "application/json", 400),
        (b'{"text": 1}', "application/json", 400),
        (b'{"text": ""}', "application/json", 400),
        (b'{"text": "   "}', "application/json", 400),
        (b"[" * 100_000, "application/json", 413),
        (b"[" * 60_000, "application/json", 400),
        (b'{"text": "\\ud800"}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"text": "x"}', "text/plain", 415),
    ],
)
def test_a_body_that_does_not_fit_is_refused(
    office: Office, body: bytes, kind: str, code: int
) -> None:
    kari = office.add("kari", country="NO")
    rows = len(office.log.rows)
    answer = office.ask(
        "recruiter",
        f"POST {PEOPLE}/notes",
        raw=body,
        headers={"content-type": kind},
        person=kari.id,
    )
    assert (status(answer), len(office.log.rows)) == (code, rows)


def test_without_its_row_in_the_trail_nothing_is_answered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: object) -> None:
        msg = "out of reach"
        raise RetryableError(msg)

    monkeypatch.setattr(office.audits, "put", lost)
    with pytest.raises(RetryableError):
        office.ask("recruiter", "GET /desk/v1/me")


def test_the_trail_names_whom_and_which_fields_and_never_what_was_said(office: Office) -> None:
    kari = office.add("kari", country="NO")
    office.hire("elsewhere", Grant(role=Role.RECRUITER, brand=BRAND, country="SE"))
    office.ask("recruiter", "GET /desk/v1/people", query={"q": "kari@people.example"})
    office.ask("recruiter", f"GET {PEOPLE}", person=kari.id)
    office.ask("recruiter", f"POST {PEOPLE}/stop", body={"why": "a secret"}, person=kari.id)
    office.ask("elsewhere", f"GET {PEOPLE}", person=kari.id)
    mine = office.audits.of(kari.id).entries
    assert [(row.who, row.action, row.ended) for row in reversed(mine)] == [
        ("recruiter", "find:GET", Ended.DONE),
        ("recruiter", "view:GET", Ended.DONE),
        ("recruiter", "stop:POST", Ended.DONE),
        ("elsewhere", "view:GET", Ended.HIDDEN),
    ]
    assert "attributes" in mine[2].fields
    assert "secret" not in str(mine)
    assert "kari" not in str(mine)


def event(method: str, path: str, claims: dict[str, object], **more: Any) -> dict[str, Any]:
    """As the HTTP API hands it on (payload format 2.0)."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"Authorization": "Bearer a.b.c", "content-type": "application/json"},
        "requestContext": {
            "requestId": "request-1",
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "authorizer": {"jwt": {"claims": claims, "scopes": None}},
        },
        "isBase64Encoded": False,
        **more,
    }


def test_the_function_answers_with_headers_that_nothing_keeps(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    kari = office.add("kari", country="NO")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setattr(handler, "_door", lambda: office.door)
    claims = office.claims("recruiter")
    good = handler.lambda_handler(event("GET", f"/desk/v1/people/{kari.id}", claims), None)
    none = handler.lambda_handler(event("GET", "/desk/v1/people/p_none", claims), None)
    nothing = handler.lambda_handler(event("PATCH", "/desk/v1/me", claims), None)
    assert [each["statusCode"] for each in (good, none, nothing)] == [200, 404, 404]
    assert json.loads(good["body"])["person"] == kari.id
    for each in (good, none, nothing):
        assert each["headers"]["cache-control"] == "no-store"
        assert each["headers"]["x-request-id"] == "request-1"
    assert none["headers"]["Content-Type"] == "application/problem+json"


def test_a_defect_is_told_without_its_words(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> object:
        msg = "kari@people.example"
        raise ValueError(msg)

    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setattr(handler, "_door", broken)
    said = handler.lambda_handler(event("GET", "/desk/v1/me", office.claims("recruiter")), None)
    assert said["statusCode"] == 500
    assert "kari" not in said["body"] + capsys.readouterr().out


def test_a_stop_closes_every_address_and_only_the_employers_own_word_is_taken_back(
    office: Office,
) -> None:
    kari = office.add("kari", country="NO")
    assert document(office.ask("recruiter", f"POST {PEOPLE}/stop", body={}, person=kari.id)) == {
        "stopped": True,
        "new": True,
    }
    assert set(office.book.address(kari.ref).suppressions) == {"employer"}
    again = office.ask("recruiter", f"POST {PEOPLE}/stop", body={}, person=kari.id)
    assert document(again)["new"] is False
    seen = office.ask("recruiter", f"GET {PEOPLE}", person=kari.id)
    assert document(seen)["stop"]["reason"] == "the employer does not write to this person"
    assert document(office.ask("recruiter", f"DELETE {PEOPLE}/stop", person=kari.id))["new"]
    assert not office.book.address(kari.ref).suppressions
    assert isinstance(seen, Answer)
    assert kari.mark.encode() in told(seen)


def test_the_switch_of_all_mail_wants_the_version_that_was_read(office: Office) -> None:
    office.hire("admin", Grant(role=Role.ADMIN, brand=BRAND))
    read = office.ask("admin", "GET /desk/v1/sending")
    assert isinstance(read, Answer)
    key = "PUT /desk/v1/sending"
    body: Json = {"stopped": True, "why": "a wrong letter"}
    assert status(office.ask("admin", key, body=body)) == 428
    etag = {"if-match": read.headers["etag"]}
    assert document(office.ask("admin", key, body=body, headers=etag))["stopped"]["by"]
    assert status(office.ask("admin", key, body={"stopped": False}, headers=etag)) == 412
    live = {"if-match": '"1"'}
    assert status(office.ask("admin", key, body={"mode": "live"}, headers=live)) == 409
