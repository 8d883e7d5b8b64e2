"""Résumés: the page that takes one, and what a scanner's word does and does not do."""

import html
import json
import re
from base64 import b64decode
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.engage import form_routes, handler
from rapport.adapters import aws
from rapport.adapters.uploads import S3Resumes, S3Shelf
from rapport.domain.event import Trust
from rapport.domain.identifiers import Ref
from rapport.errors import PoisonError
from rapport.uploads import CLEAN, MAX_BYTES, NEW, Uploads, kind_of
from tests.support.fakes import START
from tests.support.mailroom import ANA, Mailroom
from tests.unit.engage.test_forms import Visitor, change, header

PDF = b"%PDF-1.7\n%some\n"


def package(**parts: bytes) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w") as made:
        for name, body in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), body)
    return held.getvalue()


DOCX = package(word__document_xml=b"<w/>")
ODT = package(mimetype=b"application/vnd.oasis.opendocument.text")


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    room = Mailroom()
    shelf = Uploads(shelf=room.shelf, log=room.log, now=room.clock)
    monkeypatch.setattr(handler, "_flow", lambda: room.engage)
    monkeypatch.setattr(handler, "_uploads", lambda: shelf)
    monkeypatch.setattr(form_routes, "_signup", lambda: room.signup)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "engage")
    change(room, "join", resume=True)
    return room


def offered(room: Mailroom) -> dict[str, str]:
    """The fields of the form that a browser gets after its answers."""
    body = Visitor(room).joins()["body"]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', body)
    return {name: html.unescape(value) for name, value in found}


def says(key: str, etag: str, verdict: str) -> object:
    detail = {"key": key, "etag": etag, "verdict": verdict}
    event = {"source": "rapport.scanner", "detail-type": "Upload Verdict", "detail": detail}
    return handler.lambda_handler(event, None)


def test_the_page_takes_a_file_without_a_script_and_may_post_it_to_the_bucket_alone(
    room: Mailroom,
) -> None:
    answer = Visitor(room).joins()
    assert 'enctype="multipart/form-data" action="https://drop.example/"' in answer["body"]
    assert "<script" not in answer["body"]
    policy = header(answer, "content-security-policy")
    assert "form-action 'self' https://drop.example;" in policy
    key = offered(room)["key"]
    assert re.fullmatch(rf"{NEW}join/[\w-]{{22}}/[0-9a-f]{{32}}", key)
    assert ANA not in key
    told = Visitor(room).ask("GET", "/f/join/resume", "lang=en")
    assert "We have your résumé" in told["body"]
    assert Visitor(room).ask("GET", "/f/new-jobs/resume")["statusCode"] == 404
    change(room, "join", resume=False)
    assert "multipart" not in Visitor(room).joins()["body"]


@pytest.mark.parametrize(
    ("body", "kind"), [(PDF, "pdf"), (DOCX, "docx"), (ODT, "odt"), (b"I nursed.", "txt")]
)
def test_what_is_clean_is_kept_by_what_it_is_with_an_event_that_names_it(
    room: Mailroom, body: bytes, kind: str
) -> None:
    key = offered(room)["key"]
    etag = room.shelf.put(key, body)
    for _ in range(2):
        says(key, etag, "clean")
    kept = key.replace(NEW, CLEAN)
    assert (room.shelf.objects, room.shelf.kinds) == ({kept: body}, {kept: kind})
    (event,) = room.logged("Resume Received")
    assert (event.trust, event.source, event.partition) == (
        *(Trust.ASSERTED, "form-join", room.ref(ANA)),
    )
    assert event.body["properties"] == {
        "object": kept,
        "kind": kind,
        "bytes": len(body),
        "form": "join",
    }


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (PDF, "infected"),
        (b"MZ\x90\x00" + b"\x00" * 60, "clean"),
        (b"<html><script>1</script>", "clean"),
        (package(word__document_xml=b"", vbaProject_bin=b""), "clean"),
        (b"PK\x03\x04 and nothing", "clean"),
        (PDF + b" " * MAX_BYTES, "clean"),
    ],
)
def test_what_is_infected_or_no_document_is_taken_away(
    room: Mailroom, body: bytes, word: str
) -> None:
    key = offered(room)["key"]
    says(key, room.shelf.put(key, body), word)
    assert room.shelf.objects == {}
    assert room.logged("Resume Received") == []


def test_without_a_clean_verdict_on_this_very_content_it_stays_apart(room: Mailroom) -> None:
    key = offered(room)["key"]
    old = room.shelf.put(key, PDF)
    says(key, old, "error")
    room.shelf.put(key, PDF + b"another")
    says(key, old, "clean")
    says(f"{NEW}join/../../imports/x", old, "clean")
    says(f"{CLEAN}join/{'a' * 22}/{'0' * 32}", old, "infected")
    assert [*room.shelf.objects] == [key]
    assert room.logged("Resume Received") == []
    with pytest.raises(PoisonError):
        says(key, old, "probably fine")


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest))
def test_whatever_bytes_come_they_are_told_apart_without_a_fault(body: bytes) -> None:
    assert kind_of(body) in {"", "pdf", "txt", "docx", "odt"}


def test_the_policy_binds_name_size_and_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session("AKIA", "secret", region_name="eu-north-1")
    monkeypatch.setattr(aws, "client", session.client)
    key = f"{NEW}join/{'a' * 22}/{'0' * 32}"
    ticket = S3Shelf("drop").ticket(key, back="https://hello.example/f/join/resume")
    fields = dict(ticket.fields)
    conditions = json.loads(b64decode(fields["policy"]))["conditions"]
    assert ["content-length-range", 1, MAX_BYTES] in conditions
    assert {"key": key} in conditions
    assert {"success_action_redirect": "https://hello.example/f/join/resume"} in conditions


class Listed:
    """S3 with some objects: listed in pages, told of and read."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def get_paginator(self, _: str) -> "Listed":
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        named = [key for key in self.objects if key.startswith(asked["Prefix"])]
        rows = [{"Key": k, "Size": len(self.objects[k]), "LastModified": START} for k in named]
        return [{"Contents": rows[:2]}, {"Contents": rows[2:]}, {}]

    def head_object(self, **_: str) -> dict[str, str]:
        return {"ContentType": "application/pdf"}

    def get_object(self, **asked: str) -> dict[str, Any]:
        return {"Body": BytesIO(self.objects[asked["Key"]])}


def test_the_files_of_an_address_are_found_by_its_name_and_read_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, bo = "a" * 22, "b" * 22
    kept, new = f"{CLEAN}join/{ana}/{'0' * 32}", f"{NEW}join/{ana}/{'1' * 32}"
    objects = {kept: PDF, new: b"?", f"{CLEAN}join/{bo}/{'2' * 32}": PDF, "resumes/x": b""}
    monkeypatch.setattr(aws, "client", lambda _: Listed(objects))
    store = S3Resumes("drop")
    first, second = store.of([Ref(f"email#{ana}"), Ref(f"phone#{bo}")])
    assert (first.key, first.clean, first.form, first.media_type) == (
        kept,
        True,
        "join",
        "application/pdf",
    )
    assert (second.key, second.clean) == (new, False)
    assert store.read(first) == PDF
    assert store.of([Ref("user#x")]) == []
