"""Times as SDKs and people write them."""

import re
from datetime import UTC, datetime, timedelta, timezone

from rapport.domain.event import Json, from_millis, millis

# Outside of these years a clock is not wrong but broken; within, differences cannot overflow.
FIRST_YEAR, LAST_YEAR = 1970, 2199
_INSTANT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[Tt ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<ahead>\d{2})(?::?(?P<extra>\d{2}))?)?)?",
    re.ASCII,
)


def instant(raw: Json) -> datetime | None:
    """A time as SDKs and people write it, in UTC, cut to the millisecond; None if it is none.

    Any number of fraction digits, `Z`, an offset or nothing (then UTC), one-digit months.
    """
    found = _INSTANT.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, ahead, extra = (
        int(found[name] or 0)
        for name in ("year", "month", "day", "hour", "minute", "second", "ahead", "extra")
    )
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    offset = timedelta(hours=ahead, minutes=extra) * (-1 if found["sign"] == "-" else 1)
    micros = int((found["part"] or "")[:6].ljust(6, "0"))
    try:
        local = datetime(year, month, day, hour, minute, second, micros, timezone(offset))
    except ValueError:
        return None
    return from_millis(millis(local.astimezone(UTC)))


def beyond_belief(said: Json) -> bool:
    """Whether this is a time, but in a year in which no message was made."""
    found = _INSTANT.fullmatch(said.strip()) if isinstance(said, str) else None
    return found is not None and not FIRST_YEAR <= int(found["year"]) <= LAST_YEAR
