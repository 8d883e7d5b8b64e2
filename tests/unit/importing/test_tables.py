"""Tables in every form that spreadsheets give them; and values of many writings."""

import io
import resource
from collections.abc import Iterator
from time import process_time

import pytest

from rapport.errors import MisconfiguredError
from rapport.filedrop.tables import FileRefusedError
from rapport.importing.columns import complaints, read_columns, suggested
from rapport.importing.spellings import united
from rapport.importing.survey import surveyed
from rapport.importing.table import MAX_COLUMNS, Table
from tests.support.importing import COLUMNS, row, table


def cells(content: bytes, **how: str) -> list[dict[str, object]]:
    return [dict(each.cells) for each in Table(io.BytesIO(content), **how).rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_reads_the_same_however_it_was_saved(delimiter: str, encoding: str) -> None:
    rows = [row(1, First_name="Åse", Last_name='O"Hara, Jr; x|y'), row(2)]
    assert cells(table(rows, delimiter=delimiter, encoding=encoding)) == rows


def test_a_formula_is_the_text_of_a_formula() -> None:
    hostile = '=HYPERLINK("https://x.example","a")'
    assert cells(table([row(1, First_name=hostile)]))[0]["First name"] == hostile


def test_rows_of_other_lengths_are_bad_and_empty_lines_are_none() -> None:
    read = [*Table(io.BytesIO(b"a,b\n1,2\n\n,\n3\n4,5,6\n7,8\n")).rows()]
    assert [(each.number, each.bad) for each in read] == [
        (1, ""),
        (2, "cells"),
        (3, "cells"),
        (4, ""),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"a,a\n1,2\n", "column_twice"),
        (b'a,b\n1,"2\n3,4\n', "quoting"),
        (b"a,b\n1,\xff\n", "encoding"),
        (",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)).encode(), "too_many_columns"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        cells(content)
    assert refused.value.reason == reason


def test_four_hundred_columns_are_read_and_a_header_alone_has_no_rows() -> None:
    names = [f"c{n}" for n in range(400)]
    assert len(cells(f"{','.join(names)}\n{','.join('x' * 400)}\n".encode())[0]) == 400
    assert cells(b"Email,Name\n") == []


def test_the_old_encoding_of_a_spreadsheet_is_read_when_it_is_told() -> None:
    assert cells("Email\nåse\n".encode("cp1252"), encoding="cp1252") == [{"Email": "åse"}]


def test_headers_suggest_their_fields_in_several_languages_and_the_first_of_two_counts() -> None:
    found = suggested(
        ["E-Mail-Adresse", "E-post", "Vorname", "Etternavn", "Téléphone", "Shoe size"]
    )
    assert found.columns == {
        "E-post": "email",
        "Vorname": "first_name",
        "Etternavn": "last_name",
        "Téléphone": "phone",
    }


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"a": "email", "b": "email"}, "several columns"),
        ({"a": "first_name"}, "who it is"),
        ({"a": "email", "b": "salary"}, "no field"),
        ({"a": "email", "b": "trait.Shoe Size"}, "no name of a trait"),
        ({"a": "email"} | {f"c{n}": f"trait.t{n}" for n in range(25)}, "25 traits"),
    ],
)
def test_a_mapping_that_cannot_be_right_says_why(columns: dict[str, str], word: str) -> None:
    with pytest.raises(MisconfiguredError, match=word):
        read_columns({"columns": columns})


def test_a_mapping_of_columns_that_the_file_lacks_is_told() -> None:
    assert complaints(COLUMNS, ["Email"])[0] == "the column 'Consent date' is not in the file"


@pytest.mark.parametrize(
    ("dates", "order", "unclear"),
    [
        (["03.04.2026", "31.12.2025"], "dmy", False),
        (["03/04/2026", "12/31/2025"], "mdy", False),
        (["2026-04-03", "2025-12-31"], "", False),
        (["03.04.2026", "05.06.2026"], "", True),
        (["31.12.2025", "12.31.2025"], "", True),
    ],
)
def test_a_column_tells_the_order_of_its_dates_or_that_it_cannot(
    dates: list[str], order: str, unclear: bool
) -> None:
    rows = [row(n, Consent_date=each) for n, each in enumerate(dates)]
    found = surveyed(Table(io.BytesIO(table(rows))), COLUMNS)
    assert found.dates.get("consent_date", "") == order
    assert bool(found.unclear) is unclear


FORTY = [
    *("Halden Hospital", "Halden hospital", "HALDEN HOSPITAL", "Halden Hospital AS"),
    *("Halden Hospital A/S", "Halden Hospital ASA", "Halden-Hospital", "Halden  Hospital, Inc."),
    *("The Halden Hospital", "Halden Hospitl", "Halden Hospitall", "Haldne Hospital"),
    *(f"Halden Hospital{' ' * n}{'.' * (n % 3)}" for n in range(2, 30)),
]


def test_forty_writings_of_one_employer_are_one_and_its_neighbour_stays_itself() -> None:
    counted = dict.fromkeys(FORTY, 1) | {"Halden Hospital": 50, "Halden Hotel": 9, "Sarpsborg": 3}
    becomes = united(counted, {})
    assert len(FORTY) == 40
    assert {becomes.get(each, each) for each in FORTY} == {"Halden Hospital"}
    assert not {"Halden Hotel", "Sarpsborg"} & becomes.keys()
    print(f"writings of one employer: {len(FORTY)}, names left: 1")


def test_what_a_person_wrote_into_the_mapping_holds_before_all() -> None:
    assert united({"HH": 1, "Halden Hospital": 9}, {"hh": "Halden Hospital"}) == {
        "HH": "Halden Hospital"
    }


class Endless(io.RawIOBase):
    """A file of many rows that stands nowhere."""

    def __init__(self, rows: int) -> None:
        self.count = rows
        self.seek(0)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._made = self._lines()
        self._left = b""
        return 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview, /) -> int:  # type: ignore[override]
        while len(self._left) < len(into) and (more := next(self._made, b"")):
            self._left += more
        part, self._left = self._left[: len(into)], self._left[len(into) :]
        into[: len(part)] = part
        return len(part)

    def _lines(self) -> Iterator[bytes]:
        yield b"Email,First name,Country\n"
        block = b"ana@pool.example,Ana,Norway\n" * 10_000
        for _ in range(self.count // 10_000):
            yield block


def test_a_million_rows_take_no_more_memory_than_a_few() -> None:
    table = Table(io.BufferedReader(Endless(1_000_000)))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, process_time()
    count = sum(1 for _ in table.rows())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"rows read: {count}, memory grown: {grown:.1f} MB, {process_time() - began:.1f} s")
    assert count == 1_000_000
    assert grown < 16
