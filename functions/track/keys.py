"""Write keys, remembered for a minute: a request seldom costs a read, a revocation soon holds.

While the store is out of reach, a key that was read within the last quarter of an hour still opens
the door: what a browser tells is lost for ever if it is not taken at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from rapport.door import WriteKey
from rapport.errors import RetryableError

REMEMBER = timedelta(seconds=60)
# How long a remembered key serves when nobody can be asked, and how long nobody is asked then.
TIDE_OVER = timedelta(minutes=15)
PAUSE = timedelta(seconds=5)


class WriteKeys(Protocol):
    """Where the keys of the tracking door are looked up."""

    def write_key(self, key: str) -> WriteKey | None:
        """A key by its value; None when there is no such key."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A key as the store told it, when that was, and until when it needs no asking."""

    key: WriteKey
    told: datetime
    good_until: datetime


class RememberedKeys:
    """`WriteKeys` that asks the store once a minute per key.

    An unknown key is never remembered, so a key just published works at once, and the memory
    holds no more than there are keys.
    """

    def __init__(self, store: WriteKeys, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._known: dict[str, _Known] = {}
        self._silent_until: datetime | None = None

    def write_key(self, key: str) -> WriteKey | None:
        """A key by its value, as the store told within the last minute.

        Out of reach: as it told within the last quarter of an hour, else RetryableError.
        """
        now = self._now()
        known = self._known.get(key)
        if known is not None and now < known.good_until:
            return known.key
        try:
            found = self._asked(key, now)
        except RetryableError:
            if known is None or now - known.told > TIDE_OVER:
                raise
            return known.key
        if found is None:
            self._known.pop(key, None)
        else:
            self._remember(found, told=now, good_until=now + REMEMBER)
        return found

    def _asked(self, key: str, now: datetime) -> WriteKey | None:
        """As the store tells, which is left alone for a while when it told nothing.

        Each request would wait for it otherwise, and soon there would be no worker left to answer.
        """
        if self._silent_until is not None and now < self._silent_until:
            msg = "write keys were out of reach a moment ago"
            raise RetryableError(msg)
        try:
            return self._store.write_key(key)
        except RetryableError:
            # Counted from when it gave up, which may be long after it was asked.
            self._silent_until = self._now() + PAUSE
            raise

    def _remember(self, key: WriteKey, *, told: datetime, good_until: datetime) -> None:
        self._known[key.key] = _Known(key=key, told=told, good_until=good_until)
