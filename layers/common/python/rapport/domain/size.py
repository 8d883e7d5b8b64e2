"""Whether a JSON value is larger than a limit, told without recursion and without reading it all.

Levels of nesting are walked one by one, and each container is counted before its contents are
looked at. So the work is bounded by the limit and not by the value, however it was made.
"""

from collections.abc import Collection, Mapping
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
    level: Collection[object] = (value,)
    for deeper in reversed(range(depth + 1)):
        weight, names, longest, below = _weighed(level, size - least)
        least, named = least + weight, named + names
        if least > size:
            return Excess.SIZE
        if keys is not None and named > keys:
            return Excess.KEYS
        if string is not None and longest > string:
            return Excess.STRING
        if below is None:
            return None
        if not deeper:
            return Excess.DEPTH
        level = below
    return None


def _weighed(
    level: Collection[object], size: int
) -> tuple[int, int, int, Collection[object] | None]:
    """Bytes at least, keys, longest text, and the values one level down if there is one.

    It ends as soon as the bytes are over `size`. Every message is read by this: one pass, plain
    types, the likeliest first.
    """
    least, named, longest = 0, 0, 0
    below: list[object] | None = None
    for each in level:
        if isinstance(each, str):
            least += len(each) + 2
            longest = max(longest, len(each))
        elif isinstance(each, dict | list | tuple | Mapping):
            children: Collection[object] = each
            least += 2 + len(each) - bool(each)
            if not isinstance(each, list | tuple):
                lengths = [*map(len, each)]
                named += len(each)
                longest = max(longest, *lengths, 0)
                least += sum(lengths) + len(each) * len('"":')
                children = each.values()
            if least > size:
                break
            below = below or []
            below.extend(children)
        else:
            # A digit is worth a little more than three bits.
            least += max(1, each.bit_length() // 4) if isinstance(each, int) else 1
    return least, named, longest, below
