"""Whether a JSON value is larger than a limit, told without recursion and without reading it all.

Levels of nesting are walked one by one, and each container is counted before its contents are
looked at. So the work is bounded by the limit and not by the value, however it was made.
"""

from collections.abc import Mapping
from enum import StrEnum


class Excess(StrEnum):
    """Which limit a value breaks."""

    DEPTH = "too deep"
    SIZE = "too large"
    KEYS = "of too many keys"
    STRING = "of too long a string"


def excess(
    value: object, *, depth: int, size: int, keys: int | None = None, string: int | None = None
) -> Excess | None:
    """The limit that the value certainly breaks.

    `depth` is how many objects and arrays may stand in one another, `size` how many bytes of JSON
    there may be, `keys` how many keys all objects may have together, `string` how many characters
    one text or key. Of the size only a lower bound is told; what passes is encoded to know it
    exactly, which then is no great work.
    """
    least, named = 0, 0
    level = [value]
    for deeper in reversed(range(depth + 1)):
        least += sum(_least(each) for each in level)
        if least > size:
            return Excess.SIZE
        named += sum(len(each) for each in level if isinstance(each, Mapping))
        if keys is not None and named > keys:
            return Excess.KEYS
        if string is not None and any(_longest(each) > string for each in level):
            return Excess.STRING
        if not deeper and any(isinstance(each, Mapping | list | tuple) for each in level):
            return Excess.DEPTH
        level = [child for each in level for child in _children(each)]
    return None


def _longest(value: object) -> int:
    """Characters of a text, or of an object's longest key."""
    if isinstance(value, str):
        return len(value)
    return max(map(len, value), default=0) if isinstance(value, Mapping) else 0


def _least(value: object) -> int:
    """Bytes of JSON that the value takes at least, without those of its contents."""
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, Mapping):
        return 2 + sum(len(key) + len('"":,') for key in value) - bool(value)
    if isinstance(value, list | tuple):
        return 2 + len(value) - bool(value)
    # A digit is worth a little more than three bits.
    return max(1, value.bit_length() // 4) if isinstance(value, int) else 1


def _children(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [*value.values()]
    return [*value] if isinstance(value, list | tuple) else []
