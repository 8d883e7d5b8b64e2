"""A file of comma-separated values, row after row, in memory that does not grow with the file.

A cell is data, whatever it looks like: a formula is the text of a formula. The delimiter is the one
that makes most columns of the first line. Rows are numbered from 1, the header not counted.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from rapport.filedrop.tables import DELIMITERS, MARKS, FileRefusedError, Row

MAX_COLUMNS = 512
# Of a header in bytes; the line is read whole.
MAX_HEADER = 256 * 1024
# Encodings of Python's that write half characters, which nothing can store.
_NO_TEXT = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})


class Table:
    """A table in a stream of bytes that can be read from its beginning again."""

    def __init__(self, stream: BinaryIO, *, encoding: str = "", delimiter: str = "") -> None:
        """Look at the header; FileRefusedError when there is none that can be read."""
        self._stream = stream
        self._encoding = encoding
        stream.seek(0)
        first = self._line()
        self._delimiter = delimiter or _delimiter(first)
        self.header = _header(first, self._delimiter)

    def rows(self) -> Iterator[Row]:
        """Every row; one that has other cells than the header is `bad`.

        FileRefusedError may come after any row: where the bytes are of another encoding, or a quote
        takes the rest of the file with it.
        """
        text = self._text()
        reader = csv.reader(_lines(text), delimiter=self._delimiter, strict=True)
        width, number = len(self.header), -1
        try:
            for cells in reader:
                if not any(cell and not cell.isspace() for cell in cells):
                    continue
                number += 1
                if number == 0:
                    continue
                if len(cells) == width:
                    named = dict(zip(self.header, cells, strict=True))
                    yield Row(number=number, cells={n: c.strip() for n, c in named.items()})
                else:
                    yield Row(number=number, bad="cells")
        except UnicodeError as error:
            reason = "encoding"
            raise FileRefusedError(reason) from error
        except csv.Error as error:
            reason = "too_large" if "field limit" in str(error) else "quoting"
            raise FileRefusedError(reason, f"after row {max(0, number)}") from error
        finally:
            # The stream is whose it was.
            text.detach()

    def _text(self) -> io.TextIOWrapper:
        self._stream.seek(0)
        start = self._stream.read(4)
        self._stream.seek(0)
        marked = next((name for mark, name in MARKS if start.startswith(mark)), "")
        encoding = marked or self._encoding or _unmarked(start)
        try:
            known = codecs.lookup(encoding).name not in _NO_TEXT
            # There are also some that make no text at all.
            text = io.TextIOWrapper(self._stream, encoding=encoding, newline="") if known else None
        except LookupError:
            text = None
        if text is None:
            reason = "encoding"
            raise FileRefusedError(reason, "there is none of that name")
        return text

    def _line(self) -> str:
        """The first line that says anything."""
        text = self._text()
        try:
            for line in _lines(text):
                if line.strip():
                    return line
        except UnicodeError as error:
            reason = "encoding"
            raise FileRefusedError(reason) from error
        finally:
            text.detach()
        reason = "empty"
        raise FileRefusedError(reason)


def _unmarked(start: bytes) -> str:
    """UTF-16 without a mark has a zero in each letter of what a header begins with."""
    if len(start) > 1 and not start[1] and start[0]:
        return "utf-16-le"
    return "utf-16-be" if len(start) > 1 and not start[0] and start[1] else "utf-8"


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends; one without any end is cut where nothing can be that long."""
    while line := text.readline(MAX_HEADER):
        if "\0" in line:
            reason = "encoding"
            raise FileRefusedError(reason)
        if len(line) >= MAX_HEADER:
            reason = "too_large"
            raise FileRefusedError(reason, "a line is longer than any row")
        yield line


def _delimiter(first: str) -> str:
    return max(DELIMITERS, key=lambda each: (len(_cells(first, each)), -DELIMITERS.index(each)))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _header(first: str, delimiter: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in _cells(first, delimiter))
    if len(names) > MAX_COLUMNS:
        reason = "too_many_columns"
        raise FileRefusedError(reason, f"{len(names)}; at most {MAX_COLUMNS} are read")
    if len({*names}) != len(names):
        reason = "column_twice"
        raise FileRefusedError(reason)
    if not any(names):
        reason = "empty"
        raise FileRefusedError(reason)
    return names
