"""Write keys, remembered for a minute: a request seldom costs a read, a revocation soon holds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from rapport.ports import WriteKey

REMEMBER = timedelta(seconds=60)


class WriteKeys(Protocol):
    """Where the keys of the tracking door are looked up."""

    def write_key(self, key: str) -> WriteKey | None:
        """A key by its value; None when there is no such key."""
        ...


class RememberedKeys:
    """`WriteKeys` that asks the store once a minute per key.

    An unknown key is never remembered, so a key just published works at once, and the memory
    holds no more than there are keys.
    """

    def __init__(self, store: WriteKeys, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._known: dict[str, tuple[WriteKey, datetime]] = {}

    def write_key(self, key: str) -> WriteKey | None:
        """A key by its value, as the store told within the last minute."""
        known = self._known.get(key)
        if known is not None and self._now() - known[1] < REMEMBER:
            return known[0]
        found = self._store.write_key(key)
        if found is None:
            self._known.pop(key, None)
        else:
            self._known[key] = (found, self._now())
        return found
