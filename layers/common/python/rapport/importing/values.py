"""One writing of many: dates in three orders, countries by name, languages, moments.

Nothing is guessed at: what can be read in two ways is read as the whole column says, and else not
at all.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rapport.importing.columns import DMY, MDY, YMD

_PARTS = re.compile(r"(\d{1,4})[./\- ](\d{1,2})[./\- ](\d{1,4})\.?")
_YEAR_CHARS = 4
_MONTHS = 12
# Before it nobody gave consent by a form, and a date of it is what an empty cell became.
_EARLIEST = 1970


@dataclass(kw_only=True)
class Orders:
    """Which orders of day and month a column of dates allows, as its cells come by."""

    day_first: int = 0
    month_first: int = 0
    either: int = 0

    def add(self, text: str) -> None:
        """Take one cell."""
        found = _PARTS.fullmatch(text)
        if found is None or len(found[1]) == _YEAR_CHARS:
            return
        one, other = int(found[1]), int(found[2])
        if one > _MONTHS >= other:
            self.day_first += 1
        elif other > _MONTHS >= one:
            self.month_first += 1
        elif one != other:
            self.either += 1

    @property
    def order(self) -> str:
        """The one order that all cells allow; empty: they allow none, or both."""
        if bool(self.day_first) == bool(self.month_first):
            return ""
        return DMY if self.day_first else MDY

    @property
    def unclear(self) -> bool:
        """Whether somebody has to say in which order the dates are."""
        return not self.order and bool(self.either or (self.day_first and self.month_first))


def moment(text: str, order: str, zone: str) -> datetime | None:
    """A date or time in UTC; None for what cannot be read, or could be read in two ways.

    Without a time of day it is the beginning of the day in `zone`.
    """
    text = text.strip()
    found = _PARTS.fullmatch(text)
    try:
        at = datetime.fromisoformat(text) if found is None else _day(found, order)
        if at is None or at.year < _EARLIEST:
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(zone))
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(found: re.Match[str], order: str) -> datetime | None:
    one, middle, last = int(found[1]), int(found[2]), int(found[3])
    if len(found[1]) == _YEAR_CHARS:
        return datetime(one, middle, last)  # noqa: DTZ001  (the zone is told apart)
    if len(found[3]) != _YEAR_CHARS or order == YMD:
        return None
    if one == middle or one > _MONTHS:
        order = order or DMY
    elif middle > _MONTHS:
        order = order or MDY
    if not order:
        return None
    day, month = (one, middle) if order == DMY else (middle, one)
    return datetime(last, month, day)  # noqa: DTZ001  (the zone is told apart)
