"""Reads the columns of text of an Arrow IPC file, uncompressed, with nothing but `struct`.

Generators of labelled records write this format. A column of another type is left out.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_MAGIC = b"ARROW1"
_TEXT = 5
# How many buffers a column of each type has: nothing, integers, floats, text, truth values.
_BUFFERS = {1: 0, 2: 2, 3: 2, _TEXT: 3, 6: 2}


@dataclass(frozen=True)
class _Table:
    """A flatbuffer's table at a place in the file."""

    data: bytes
    at: int

    def _field(self, slot: int) -> int:
        vtable = self.at - struct.unpack_from("<i", self.data, self.at)[0]
        size = struct.unpack_from("<H", self.data, vtable)[0]
        entry = 4 + 2 * slot
        offset = struct.unpack_from("<H", self.data, vtable + entry)[0] if entry < size else 0
        return self.at + offset if offset else 0

    def has(self, slot: int) -> bool:
        return bool(self._field(slot))

    def number(self, slot: int, form: str) -> int:
        place = self._field(slot)
        found: int = struct.unpack_from(f"<{form}", self.data, place)[0] if place else 0
        return found

    def table(self, slot: int) -> "_Table":
        return _Table(self.data, _follow(self.data, self._field(slot)))

    def vector(self, slot: int) -> tuple[int, int]:
        """Where a vector's items start, and how many there are."""
        place = self._field(slot)
        if not place:
            return 0, 0
        start = _follow(self.data, place)
        return start + 4, struct.unpack_from("<I", self.data, start)[0]

    def text(self, slot: int) -> str:
        start, length = self.vector(slot)
        return self.data[start : start + length].decode()


def _follow(data: bytes, place: int) -> int:
    return place + int(struct.unpack_from("<I", data, place)[0])


@dataclass(frozen=True, kw_only=True)
class _Column:
    """A column of the file; `words` is its dictionary's id, if it holds places in one."""

    name: str
    kind: int
    words: int | None

    @property
    def buffers(self) -> int:
        return _BUFFERS[self.kind] if self.words is None else 2


def _column(field: _Table) -> _Column:
    encoded = field.has(4)
    return _Column(
        name=field.text(0),
        kind=field.number(2, "B"),
        words=field.table(4).number(0, "q") if encoded else None,
    )


def records(path: Path) -> list[dict[str, str]]:
    """The rows of a file, each with its columns of text that are not null."""
    data = path.read_bytes()
    if not data.startswith(_MAGIC) or not data.endswith(_MAGIC):
        msg = f"{path.name} is no Arrow file"
        raise ValueError(msg)
    length = struct.unpack_from("<i", data, len(data) - 10)[0]
    footer = _Table(data, _follow(data, len(data) - 10 - length))
    fields, count = footer.table(1).vector(1)
    columns = [_column(_Table(data, _follow(data, fields + 4 * i))) for i in range(count)]
    dictionaries: dict[int, list[str | None]] = {}
    for message, body in _blocks(data, footer.vector(2)):
        told = message.table(2)
        word = _Column(name="", kind=_TEXT, words=None)
        read = _columns(told.table(1), body, [word], {})
        dictionaries.setdefault(told.number(0, "q"), []).extend(read[""])
    rows: list[dict[str, str]] = []
    for message, body in _blocks(data, footer.vector(3)):
        read = _columns(message.table(2), body, columns, dictionaries)
        rows += [
            {name: text for name, text in zip(read, texts, strict=True) if text is not None}
            for texts in zip(*read.values(), strict=True)
        ]
    return rows


def _blocks(data: bytes, places: tuple[int, int]) -> Iterator[tuple[_Table, int]]:
    """The messages at the places that a footer lists, each with where its body starts."""
    start, count = places
    for i in range(count):
        offset, meta = struct.unpack_from("<qi", data, start + 24 * i)
        yield _Table(data, _follow(data, offset + 8)), offset + meta


def _columns(
    batch: _Table, body: int, columns: list[_Column], dictionaries: dict[int, list[str | None]]
) -> dict[str, list[str | None]]:
    """The columns of text of one batch."""
    if batch.has(3):
        msg = "compressed Arrow files are not read"
        raise ValueError(msg)
    count, (first, _) = batch.number(0, "q"), batch.vector(2)
    read: dict[str, list[str | None]] = {}
    for column in columns:
        buffers = []
        for i in range(column.buffers):
            at, size = struct.unpack_from("<qq", batch.data, first + 16 * i)
            buffers.append(batch.data[body + at : body + at + size])
        first += 16 * column.buffers
        if column.words is not None:
            places = struct.unpack_from(f"<{count}i", buffers[1])
            words = dictionaries[column.words]
            texts: list[str | None] = [words[place] if words else None for place in places]
        elif column.kind == _TEXT:
            ends = struct.unpack_from(f"<{count + 1}i", buffers[1])
            texts = [buffers[2][a:b].decode() for a, b in pairwise(ends)]
        else:
            continue
        valid = buffers[0]
        read[column.name] = [
            text if not valid or valid[i // 8] >> (i % 8) & 1 else None
            for i, text in enumerate(texts)
        ]
    return read
