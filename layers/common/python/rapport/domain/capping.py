"""Capped maps: of what has no end a profile keeps 16 entries, those smallest by hash.

Whoever stays was never evicted from a part of the whole, so what is told of an entry is exact, and
it does not matter in which order parts are put together.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol, Self, TypeVar

MOST = 16


class Joining(Protocol):
    """What adds up with its like; the order and repeats do not matter."""

    def __or__(self, other: Self) -> Self:
        """Both together."""
        ...


_Value = TypeVar("_Value")
_Joining = TypeVar("_Joining", bound=Joining)


def capped(
    entries: Mapping[str, _Value], *, overflow: bool, most: int = MOST
) -> tuple[dict[str, _Value], bool]:
    """At most so many entries, 16 unless told, and whether there are more."""
    if len(entries) <= most:
        return dict(entries), overflow
    keep = sorted(entries, key=lambda key: sha256(key.encode()).digest())[:most]
    return {key: entries[key] for key in keep}, True


def united(
    mine: Mapping[str, _Joining], theirs: Mapping[str, _Joining], *, overflow: bool
) -> tuple[dict[str, _Joining], bool]:
    """Per key both together, capped."""
    both = dict(mine)
    for key, value in theirs.items():
        both[key] = both[key] | value if key in both else value
    return capped(both, overflow=overflow)
