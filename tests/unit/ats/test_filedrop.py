"""Exported files → rows → canonical events: dialects, encodings, and what is refused whole."""

import json
from datetime import UTC, datetime

import pytest

from rapport.domain.ats import AtsEvent, Kind, Status, Told
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError
from rapport.filedrop.checking import Checked, Roster, checked
from rapport.filedrop.mapping import FileMapping, mapping_of, mappings
from rapport.filedrop.tables import FileRefusedError, rows_of

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
CSV: dict[str, Json] = {
    "name": "*.csv",
    "kind": "applications",
    "format": "csv",
    "id": "Søknad",
    "columns": {
        "Candidate": "candidate.id",
        "E-mail": "candidate.emails",
        "Private": "candidate.emails",
        "Status": "application.status",
        "Applied": "application.applied_at",
        "Step": "stage.name",
        "Updated": "clock",
    },
    "values": {"application.status": {"In Process": "active"}},
    "separator": "|",
}
LINES = (
    "Søknad,Candidate,E-mail,Private,Status,Applied,Step,Updated\n"
    "A1,C1,ana@inbox.halden.example|a@inbox.halden.example,,in process,2026-11-01T10:00:00+01:00,"
    "Phone,2026-11-02T08:00:00Z\n"
)


def mapping(said: dict[str, Json], **more: Json) -> FileMapping:
    (found,) = mappings({"files": [said | more]})
    return found


def read(content: bytes, said: dict[str, Json], **more: Json) -> Checked:
    return checked(content, mapping(said, **more), dropped_at=AT, roster=Roster())


def refused(content: bytes, said: dict[str, Json], **more: Json) -> str:
    with pytest.raises(FileRefusedError) as error:
        read(content, said, **more)
    return error.value.reason


def first(content: bytes, said: dict[str, Json], **more: Json) -> AtsEvent:
    return read(content, said, **more).events[0]


def test_a_row_says_what_its_columns_say_and_no_more() -> None:
    event = first(LINES.encode(), CSV)
    assert event.kind is Kind.APPLICATION_UPDATED
    assert event.clock == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert event.told is Told.ENTITY_UPDATED
    assert event.application is not None
    assert event.application.id == "A1"
    assert event.application.status is Status.ACTIVE
    assert event.application.applied_at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert event.candidate is not None
    assert [each.value for each in event.candidate.emails] == [
        "ana@inbox.halden.example",
        "a@inbox.halden.example",
    ]
    assert event.stage is not None
    assert event.stage.id == "Phone"
    assert event.says("/candidate/emails")
    assert event.says("/stage")
    assert not event.says("/candidate/first")
    assert not event.says("/candidate/phones")


@pytest.mark.parametrize(
    ("encoding", "more"),
    [("utf-8", {}), ("utf-8-sig", {}), ("utf-16", {}), ("cp1252", {"encoding": "cp1252"})],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_told_or_found(
    encoding: str, more: dict[str, Json], delimiter: str
) -> None:
    lines = LINES.replace("|a@inbox.halden.example", "").replace(",", delimiter)
    assert (
        first(lines.encode(encoding), CSV, **more).application
        == first(LINES.encode(), CSV).application
    )


def test_what_cannot_be_read_to_its_end_is_refused_whole() -> None:
    objects = b'[{"id": "C1", "mail": "a@inbox.halden.example"}, {"id": "C2"}]'
    people = b"<all><p><id>C1</id><mail>a@inbox.halden.example</mail></p><p><id>C2</id></p></all>"
    as_json: dict[str, Json] = {
        "name": "*",
        "kind": "candidates",
        "format": "json",
        "id": "id",
        "columns": {"mail": "candidate.emails"},
    }
    as_xml = as_json | {"format": "xml", "rows": "p"}
    assert len(read(objects, as_json).events) == len(read(people, as_xml).events) == 2
    cut = {
        "csv": [refused(LINES.encode()[:n], CSV) for n in range(60)],
        "json": [refused(objects[:n], as_json) for n in range(len(objects))],
        "xml": [refused(people[:n], as_xml) for n in range(len(people))],
    }
    print({name: f"{len(reasons)} cut off, all refused" for name, reasons in cut.items()})
    assert {*cut["json"]} == {"empty", "unreadable"}
    assert {*cut["xml"]} == {"empty", "cut_off"}
    assert refused(b'A,"B\n', CSV) == "cut_off"
    assert refused(LINES.encode("cp1252"), CSV) == "encoding"
    assert refused(b"  \n", CSV) == "empty"
    assert refused(b'<!DOCTYPE x [<!ENTITY a "b">]><all><p/></all>', as_xml) == "unreadable"
    assert refused(b"[" * 100_000, as_json) == "unreadable"
    assert refused(b'{"rows": []}', as_json) == "no_rows"


def test_a_quote_that_swallows_rows_refuses_the_file() -> None:
    said = CSV | {"columns": {"Candidate": "candidate.id"}}
    content = 'Søknad,Candidate\nA1,C1\nA2,"C2\nA3,C3\nA4,C"4\nA5,C5\n'
    assert refused(content.encode(), said) == "quoting"


def test_a_last_line_without_its_end_stays_aside_unless_the_mapping_says_that_it_is_whole() -> None:
    rows = "".join(f"A{n},C{n}\n" for n in range(8))
    said = CSV | {"columns": {"Candidate": "candidate.id"}}
    content = f"Søknad,Candidate\n{rows}A9,C9".encode()
    found = read(content, said)
    assert [row.bad for row in found.bad] == ["unended"]
    assert "A9" in found.ids
    assert not read(content, said, unended=True).bad


def test_json_and_xml_are_read_by_path_whatever_their_namespaces() -> None:
    said: dict[str, Json] = {
        "name": "*",
        "kind": "candidates",
        "format": "ndjson",
        "id": "person.@id",
        "columns": {"person.name.last": "candidate.last", "person.mail": "candidate.emails"},
    }
    line = {"person": {"@id": 7, "name": {"last": "Berg"}, "mail": ["a@x.example", "b@x.example"]}}
    xml = (
        b'<w:Report xmlns:w="urn:w"><w:Entry><w:person w:id="7"><w:name><w:last>Berg</w:last>'
        b"</w:name><w:mail>a@x.example</w:mail><w:mail>b@x.example</w:mail></w:person></w:Entry>"
        b"</w:Report>"
    )
    one = first(json.dumps(line).encode() + b"\n", said)
    other = first(xml, said, format="xml", rows="Entry")
    assert one == other
    assert one.candidate is not None
    assert (one.candidate.id, one.candidate.last, len(one.candidate.emails)) == ("7", "Berg", 2)
    assert refused(b'{"person": {"@id": "7", "race": "x"}}\n', said) == "column_new"


def test_a_key_that_stands_twice_and_rows_that_contradict_each_other_stay_aside() -> None:
    said: dict[str, Json] = {
        "name": "*",
        "kind": "jobs",
        "format": "ndjson",
        "id": "id",
        "columns": {"title": "job.title", "status": "job.status"},
    }
    lines = [f'{{"id": "R{n}", "title": "Nurse", "status": "Open"}}' for n in range(12)]
    lines += ['{"id": "R1", "id": "R2"}', '{"id": "R3", "title": "Cook"}', lines[4]]
    found = read("\n".join([*lines, ""]).encode(), said)
    assert [row.bad for row in found.bad] == ["json", "id_twice"]
    assert len(found.events) == 12
    closed = first(
        b'{"id": "R1", "status": "Filled"}\n', said, values={"job.status": {"filled": "closed"}}
    )
    assert closed.kind is Kind.JOB_CLOSED


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"kind": "people"}, "kind"),
        ({"columns": {"A": "candidate.salary"}}, "candidate.salary"),
        ({"values": {"application.status": {"x": "maybe"}}}, "maybe"),
        ({"zone": "Europe/Atlantis"}, "Atlantis"),
        ({"encoding": "ebcdic-9"}, "encoding"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_mapping_that_is_wrong_says_what_is_wrong_with_it(
    more: dict[str, Json], word: str
) -> None:
    with pytest.raises(MisconfiguredError, match=word):
        mapping_of({"files": [CSV | more]}, "x.csv")


@pytest.mark.parametrize("format_of", ["csv", "json", "ndjson"])
@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff\x00\n", b" \r\n"])
def test_a_file_of_nothing_but_its_mark_is_empty(format_of: str, content: bytes) -> None:
    named = mapping(CSV, format=format_of)
    with pytest.raises(FileRefusedError, match="empty"):
        list(rows_of(content, named))
