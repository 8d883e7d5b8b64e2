"""A JSON text cut into the members of its object and the messages of its batch, not yet read.

The decoder cuts too, faster and stricter: one message with a lone surrogate, NaN or too many
brackets fails it for all. Here only the brackets, strings and commas around messages are looked at,
so a text that no decoder takes costs its message and not its neighbours. What is inside of a piece
is read by whoever takes it. The work is one step for each bracket and piece, without recursion.
"""

import re
from dataclasses import dataclass

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^ \t\r\n,:\[\]{}\"]++")
# The next bracket that does not stand in a string.
_BRACKET = re.compile(
    rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL
)
_OPENING = b"[{"


class UncutError(ValueError):
    """The text is no JSON object, or no array."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One value as it was sent. `depth`: how many brackets in it stand in one another."""

    text: bytes
    depth: int


def members(text: bytes) -> dict[str, Piece]:
    """The members of an object; of equal names the last. UncutError if it is none."""
    cutter = _Cutter(text)
    cutter.expect(b"{")
    found: dict[str, Piece] = {}
    while not cutter.ends(b"}", first=not found):
        name = cutter.piece().text
        if not name.startswith(b'"'):
            raise UncutError
        cutter.expect(b":")
        found[name.decode("utf-8", "replace").strip('"')] = cutter.piece()
    cutter.finish()
    return found


def items(text: bytes, *, most: int) -> list[Piece]:
    """The values of an array, or the first of them, one more than `most`. UncutError if none."""
    cutter = _Cutter(text)
    cutter.expect(b"[")
    found: list[Piece] = []
    while not cutter.ends(b"]", first=not found):
        found.append(cutter.piece())
        if len(found) > most:
            return found
    cutter.finish()
    return found


class _Cutter:
    """A place in a text."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._space()

    def expect(self, mark: bytes) -> None:
        """Go past a mark, which must be there."""
        if not self._text.startswith(mark, self._at):
            raise UncutError
        self._at += len(mark)
        self._space()

    def ends(self, mark: bytes, *, first: bool) -> bool:
        """Go past the end of a list, or the comma before its next entry."""
        if self._text.startswith(mark, self._at):
            self._at += len(mark)
            return True
        if not first:
            self.expect(b",")
        return False

    def piece(self) -> Piece:
        """Go past one value."""
        start, depth = self._at, 0
        mark = self._text[start : start + 1]
        if mark and mark in _OPENING:
            depth = self._past_brackets()
        else:
            found = (_STRING if mark == b'"' else _SCALAR).match(self._text, start)
            if found is None:
                raise UncutError
            self._at = found.end()
        piece = Piece(text=self._text[start : self._at], depth=depth)
        self._space()
        return piece

    def finish(self) -> None:
        """Nothing may follow."""
        self._space()
        if self._at < len(self._text):
            raise UncutError

    def _past_brackets(self) -> int:
        open_now = deepest = 0
        while True:
            found = _BRACKET.match(self._text, self._at)
            if found is None:
                raise UncutError
            self._at = found.end()
            open_now += 1 if found[1] in _OPENING else -1
            deepest = max(deepest, open_now)
            if not open_now:
                return deepest

    def _space(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = self._at if found is None else found.end()
