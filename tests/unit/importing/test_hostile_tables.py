"""Tables and wishes that nobody means well by: each ends in a sentence that says what to do."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import pytest

from rapport.errors import MisconfiguredError
from rapport.importing.columns import Columns, read_columns
from rapport.imports import ImportRefusedError
from tests.support.importing import COLUMNS, PROVEN, TOPIC, ImportDesk, row, table
from tests.support.persons import plant

HALVES = b"Email,First name\na@pool.example,\\ud800 +2AA-\n"
EMAIL_NAME = Columns(columns={"Email": "email", "First name": "first_name"})
ENCODINGS = ("hex", "zlib", "rot13", "base64", "unicode_escape", "raw_unicode_escape", "utf-7")
NO_ZONE = datetime(2026, 4, 2)  # noqa: DTZ001  (that is what is wrong with it)
WISHES: tuple[dict[str, Any], ...] = (
    *({"list": each} for each in ("a b", "x" * 65, "\x00", "Pool", "../x", "ask-spring")),
    *({"kept_days": each} for each in (-1, 0, 3_651, 10**12)),
    {"as_of": NO_ZONE},
    {"claim": replace(PROVEN, given_at=NO_ZONE)},
)
CELLS = (
    ("a cell of 140 000 letters", table([row(1, First_name="x" * 140_000)])),
    ("a cell of 300 000 letters", table([row(1, First_name="x" * 300_000)])),
    ("a cell of 300 000 lines", table([row(1, First_name="x\n" * 300_000)])),
    ("a line of a million columns", table([row(1)]) + b"," * 1_000_000),
    ("a header of a million columns", b"a," * 1_000_000),
)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_that_is_none_of_text_is_refused(encoding: str) -> None:
    desk, columns = ImportDesk(), msgspec.structs.replace(EMAIL_NAME, encoding=encoding)
    with pytest.raises(ImportRefusedError, match="encoding"):
        desk.imports.start(desk.asked(HALVES, columns=columns))
    assert not desk.rows.rows


@pytest.mark.parametrize("zone", ["Europe", "US", "x" * 5_000, "../../etc/passwd", "", "a\0b"])
def test_a_zone_that_is_none_is_told_and_not_looked_for_on_the_disk(zone: str) -> None:
    with pytest.raises(MisconfiguredError, match="zone") as told:
        read_columns({"columns": {"a": "email"}, "zone": zone})
    assert len(str(told.value)) < 200


@pytest.mark.parametrize("delimiter", ["ab", "\n", '"', "é", "\0"])
def test_a_delimiter_that_is_none_is_told(delimiter: str) -> None:
    desk, columns = ImportDesk(), msgspec.structs.replace(COLUMNS, delimiter=delimiter)
    with pytest.raises(ImportRefusedError, match="delimiter"):
        desk.imports.look(desk.asked(table([row(1)]), columns=columns))


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_what_nobody_can_want_of_a_file_is_refused_before_anything_is_written(
    wish: dict[str, Any],
) -> None:
    desk = ImportDesk()
    with pytest.raises(MisconfiguredError):
        desk.imports.start(desk.asked(table([row(1)]), **wish))
    assert not desk.rows.rows
    assert not desk.shelf.objects


@pytest.mark.parametrize("content", [each for _, each in CELLS], ids=[name for name, _ in CELLS])
def test_what_is_too_long_for_a_person_is_refused_with_its_mend(content: bytes) -> None:
    desk = ImportDesk()
    columns = COLUMNS if content.startswith(b"Email") else Columns(columns={"a": "email"})
    with pytest.raises(ImportRefusedError, match=r"longer than any|nobody maps"):
        desk.imports.start(desk.asked(content, columns=columns))


def test_two_people_s_addresses_in_one_cell_make_them_neither_one_nor_consenting() -> None:
    desk = ImportDesk()
    columns = Columns(columns={"Email": "email", "Consent date": "consent_date"})
    ana, bo = desk.address("ana@pool.example"), desk.address("bo@pool.example")
    for each in (ana, bo):
        plant(desk.clusters, (each,))
    content = b"""Email,Consent date
ana@pool.example;bo@pool.example,2026-04-02
bo@pool.example;ana@pool.example,2026-04-03
"""
    looked = desk.imports.look(desk.asked(content, columns=columns))
    assert looked.joins == ()
    assert looked.doubts == ((1, "several"), (2, "several"))
    desk.apply(content, columns=columns)
    told = desk.events("identify")
    named = {event.home: event.body["traits"] for event in told}
    assert named == {ana: {"email": "ana@pool.example"}, bo: {"email": "bo@pool.example"}}
    assert {ref for ref, state in desk.book.addresses.items() if TOPIC in state.consents} == {
        ana,
        bo,
    }


def test_a_row_of_ten_thousand_telephones_is_an_event_of_some_bytes() -> None:
    desk, count = ImportDesk(), 400
    phones = [f"Phone {n}" for n in range(count)]
    columns = Columns(
        columns={"Email": "email"} | dict.fromkeys(phones, "phone"),
        region="NO",
    )
    cells = [";".join(f"2233{n * 25 % 9_000 + k:04d}" for k in range(25)) for n in range(count)]
    content = f"Email,{','.join(phones)}\na@pool.example,{','.join(cells)}\n".encode()
    desk.apply(content, columns=columns)
    [event] = desk.events("identify")
    size = len(msgspec.json.encode(event.body))
    print(f"telephones of a row {count * 25}, bytes of its event {size}")
    assert size < 2_000
