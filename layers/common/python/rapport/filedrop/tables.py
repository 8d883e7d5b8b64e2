"""Bytes of an exported file → its rows, each numbered from 1, as texts by column.

A cell is data, whatever it looks like: a formula is the text of a formula. A row that cannot be
read is `Bad` and the others go on; a file that cannot be read, or that was cut off, is a
FileRefusedError with a reason of `a-z_`, for then nobody can tell which rows are missing.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from rapport.domain.event import Json
from rapport.filedrop.mapping import CSV, JSON, NDJSON, FileMapping

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Several values, one, or none at all.
Cell: TypeAlias = "str | tuple[str, ...] | None"
DELIMITERS = (",", ";", "\t", "|")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DEEPEST = 8


class FileRefusedError(Exception):
    """The file as a whole cannot be trusted; `reason` is a word, `detail` names columns alone."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row; `bad` is why it cannot be read, a word of `a-z_`, or empty."""

    number: int
    cells: Mapping[str, Cell] = field(default_factory=dict)
    bad: str = ""


def rows_of(content: bytes, mapping: FileMapping) -> Iterator[Row]:
    """The rows of a file, one after the other; FileRefusedError may come after the last one."""
    if not content.strip():
        msg = "empty"
        raise FileRefusedError(msg)
    if mapping.format == CSV:
        return _lines(_text(content, mapping), mapping)
    if mapping.format == NDJSON:
        return _json_lines(_text(content, mapping), mapping)
    if mapping.format == JSON:
        return _json_list(_text(content, mapping), mapping)
    return _elements(content, mapping)


def _text(content: bytes, mapping: FileMapping) -> str:
    """Decoded strictly: a byte order mark, then what the mapping says, then UTF-8."""
    marked = next((name for mark, name in MARKS if content.startswith(mark)), "")
    try:
        text = content.decode(marked or mapping.encoding or "utf-8")
    except UnicodeDecodeError as error:
        reason = "encoding"
        raise FileRefusedError(reason) from error
    if "\0" in text:
        reason = "encoding"
        raise FileRefusedError(reason)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        # A mark alone is no file either.
        reason = "empty"
        raise FileRefusedError(reason)
    return text


class _Feed:
    """Lines for the reader of CSV, which knows whether they came to their end."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        self.ended = True


def _lines(text: str, mapping: FileMapping) -> Iterator[Row]:
    delimiter = mapping.delimiter or _delimiter(text, mapping)
    feed = _Feed(text)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    header = _header(reader, mapping)
    whole = mapping.unended or text.endswith(("\n", "\r"))
    held: Row | None = None
    number = 0
    while True:
        line = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            # A quote that was opened and never closed takes all the rest of the file with it.
            if feed.ended:
                reason = "cut_off"
                raise FileRefusedError(reason) from error
            if reader.line_num > line + 1:
                # Nobody can tell how many rows lie between the two quotes.
                reason = "quoting"
                raise FileRefusedError(reason) from error
            cells = None
        if cells == []:
            continue
        if held is not None:
            yield held
        number += 1
        held = _line(number, header, cells)
    if held is not None:
        # Where no line end follows, nobody can tell whether the last cell is whole.
        yield held if whole else Row(number=held.number, cells=held.cells, bad="unended")


def _line(number: int, header: list[str], cells: list[str] | None) -> Row:
    if cells is None:
        return Row(number=number, bad="quoting")
    found = dict(zip(header, (cell.strip() for cell in cells), strict=False))
    return Row(number=number, cells=found, bad="" if len(cells) == len(header) else "cells")


def _header(reader: Iterator[list[str]], mapping: FileMapping) -> list[str]:
    try:
        header = [name.strip() for name in next(reader)]
    except (StopIteration, csv.Error) as error:
        reason = "cut_off"
        raise FileRefusedError(reason) from error
    if len({*header}) != len(header):
        reason = "column_twice"
        raise FileRefusedError(reason)
    _drift({*header}, mapping, gone=mapping.wanted - {*header})
    return header


def _delimiter(text: str, mapping: FileMapping) -> str:
    """The delimiter with which the first line has all columns that are wanted; else a comma."""
    first = text.splitlines()[0]
    for delimiter in DELIMITERS:
        try:
            header = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            continue
        if mapping.wanted <= {name.strip() for name in header}:
            return delimiter
    return ","


def _drift(there: set[str], mapping: FileMapping, *, gone: Iterable[str]) -> None:
    """FileRefusedError when a column is gone, or there is one that nobody told of."""
    if lost := sorted(gone):
        reason = "column_gone"
        raise FileRefusedError(reason, ", ".join(lost))
    if new := sorted(there - mapping.known):
        reason = "column_new"
        raise FileRefusedError(reason, ", ".join(name[:64] for name in new[:8]))


def _json_lines(text: str, mapping: FileMapping) -> Iterator[Row]:
    seen: set[str] = set()
    lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            if number == len(lines) and not text.endswith("\n"):
                reason = "cut_off"
                raise FileRefusedError(reason) from error
            yield Row(number=number, bad="json")
            continue
        yield _object(number, found, seen)
    _drift(seen, mapping, gone={mapping.id, *mapping.required} - seen)


def _json_list(text: str, mapping: FileMapping) -> Iterator[Row]:
    seen: set[str] = set()
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        reason = "unreadable"
        raise FileRefusedError(reason) from error
    for key in filter(None, mapping.rows.split(".")):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        reason = "no_rows"
        raise FileRefusedError(reason)
    for number, each in enumerate(found, 1):
        yield _object(number, each, seen)
    if found:
        _drift(seen, mapping, gone={mapping.id, *mapping.required} - seen)


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key stands twice"
        raise ValueError(msg)
    return found


def _object(number: int, found: Json, seen: set[str]) -> Row:
    if not isinstance(found, dict):
        return Row(number=number, bad="no_object")
    cells: dict[str, Cell] = {}
    for path, value in _flat(found, "", _DEEPEST):
        before = cells.get(path)
        if before is None or value is None:
            cells[path] = value if before is None else before
        else:
            cells[path] = (*((before,) if isinstance(before, str) else before), value)
    seen |= {*cells}
    return Row(number=number, cells=cells)


def _flat(value: Json, path: str, deepest: int) -> Iterator[tuple[str, str | None]]:
    """Every value with its path; those of a list stand under one path, in their order."""
    if isinstance(value, dict) and deepest:
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key, deepest - 1)
    elif isinstance(value, list) and value and deepest:
        for inner in value:
            yield from _flat(inner, path, deepest - 1)
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    else:
        yield path, None if value is None or isinstance(value, list | dict) else str(value).strip()


def _elements(content: bytes, mapping: FileMapping) -> Iterator[Row]:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    seen: set[str] = set()
    number = 0
    try:
        for _, element in iterparse(io.BytesIO(content), events=("end",), forbid_dtd=True):
            if _local(element.tag) != mapping.rows:
                continue
            number += 1
            yield _object(number, _node(element), seen)
            element.clear()
    except ParseError as error:
        reason = "cut_off"
        raise FileRefusedError(reason) from error
    except (DefusedXmlException, LookupError, ValueError) as error:
        reason = "unreadable"
        raise FileRefusedError(reason) from error
    if number:
        _drift(seen, mapping, gone={mapping.id, *mapping.required} - seen)


def _local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def _node(element: "Element", deepest: int = _DEEPEST) -> Json:
    """An element as JSON: attributes as `@name`, repeated children as a list, a leaf as text."""
    text = (element.text or "").strip()
    if deepest == 0 or not (len(element) or element.attrib):
        return text
    found: dict[str, Json] = {f"@{_local(k)}": v for k, v in element.attrib.items()}
    for child in element:
        name, inner = _local(child.tag), _node(child, deepest - 1)
        before = found.get(name)
        if name not in found:
            found[name] = inner
        elif isinstance(before, list):
            before.append(inner)
        else:
            found[name] = [before, inner]
    if text:
        found["#text"] = text
    return found
