"""Recency: of each kind of activity the UTC days of the last three, so "twice in 30 days" is exact.

A day is a number, counted from 1 January 1970. Two things of one day are that day twice. Of a kind
what is older by more than 1 295 days (three and a half years) than the next one after it is left
out, and so is what is told to be from before 1970.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise

from rapport.domain import names

# Stored by its place in this list: names are only ever added, at the end.
ACTIVITIES: tuple[str, ...] = (
    names.APPLICATION_SUBMITTED,
    names.APPLICATION_STARTED,
    names.JOB_VIEWED,
    names.MAIL_SUBMITTED,
    names.MAIL_CLICKED,
    names.MAIL_REPLIED,
    names.TALENT_NETWORK_JOINED,
    names.JOB_ALERT_CREATED,
    names.EVENT_REGISTERED,
    names.EVENT_ATTENDED,
    names.APPLICATION_STEP_COMPLETED,
    names.APPLICATION_RECEIVED,
    names.APPLICATION_STAGE_CHANGED,
    names.APPLICATION_REJECTED,
    names.APPLICATION_WITHDRAWN,
    names.CANDIDATE_HIRED,
    names.JOB_SEARCHED,
    names.CONTENT_VIEWED,
    names.REFERRAL_MADE,
    names.ADDRESS_CONFIRMED,
    names.UNSUBSCRIBED,
    names.MAIL_OPENED,
    names.MESSAGE_WRITTEN,
    "page",
    "identify",
    "track",
)
MOST = 3
LONGEST_GAP = 36**2 - 1
_DAYS = "0123456789abcdefghijklmnopqrstuv"
CODES = {name: code for code, name in enumerate(ACTIVITIES)}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ@$%&*+=?!"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ENTRY = re.compile(r"([^0-9a-z])([0-9a-z]{3})((?:[0-9a-z]{2})*)")
_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = 36**3 - 1


def day_number(moment: datetime | date) -> int:
    """The UTC day of a moment, or a day, as a number."""
    return moment.toordinal() - _EPOCH


def recent_of(days: Mapping[str, Mapping[str, int]]) -> dict[str, tuple[int, ...]]:
    """The last days of each activity, newest first, of how many there were per day (`2026-11-23`).

    Activities stand in the order of `ACTIVITIES`.
    """
    found: dict[str, list[int]] = {}
    for day in sorted(days, reverse=True):
        number = day_number(date.fromisoformat(day))
        if not 0 <= number <= _LAST_DAY:
            continue
        for kind, count in days[day].items():
            if kind in CODES:
                found.setdefault(kind, []).extend([number] * min(count, MOST))
    return {kind: _near(found[kind]) for kind in ACTIVITIES if kind in found}


def _near(days: Iterable[int]) -> tuple[int, ...]:
    kept: list[int] = []
    for day in days:
        if len(kept) == MOST or (kept and kept[-1] - day > LONGEST_GAP):
            break
        kept.append(day)
    return tuple(kept)


def recent_to_text(recent: Mapping[str, tuple[int, ...]]) -> str:
    """`Cg180003`: a letter for the activity, its last day, and how many days earlier the others.

    A profile's row is paid by the kilobyte.
    """
    return "".join(
        _LETTERS[CODES[kind]]
        + _written(days[0], 3)
        + "".join(_written(a - b, 2) for a, b in pairwise(days))
        for kind, days in recent.items()
    )


def recent_from_text(text: str) -> dict[str, tuple[int, ...]]:
    """The inverse of `recent_to_text`."""
    found: dict[str, tuple[int, ...]] = {}
    for letter, newest, gaps in _ENTRY.findall(text):
        days = [int(newest, 36)]
        days += [int(gaps[at : at + 2], 36) for at in range(0, len(gaps), 2)]
        found[ACTIVITIES[_LETTERS.index(letter)]] = tuple(
            days[0] - sum(days[1 : n + 1]) for n in range(len(days))
        )
    return found


def shortened(totals: Mapping[str, int]) -> dict[str, int]:
    """How many there are of each kind, with a letter for the name of an activity."""
    return {_LETTERS[CODES[name]] if name in CODES else name: n for name, n in totals.items()}


def lengthened(totals: Mapping[str, int]) -> dict[str, int]:
    """The inverse of `shortened`; names that were never shortened stay as they are."""
    names_of = dict(zip(_LETTERS, ACTIVITIES, strict=False))
    return {names_of.get(name, name): n for name, n in totals.items()}


def _written(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text


def totals_of(days: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """How often each type was counted, on all days together."""
    totals: dict[str, int] = {}
    for counts in days.values():
        for kind, count in counts.items():
            totals[kind] = totals.get(kind, 0) + count
    return totals


def days_to_text(days: Mapping[str, int]) -> str:
    """`23,v1`: three on the 2nd, one on the 31st; a month's row is paid by the kilobyte."""
    return ",".join(f"{_DAYS[int(day)]}{count}" for day, count in sorted(days.items()))


def days_from_text(text: str) -> dict[str, int]:
    """The inverse of `days_to_text`."""
    return {f"{_DAYS.index(each[0]):02}": int(each[1:]) for each in text.split(",") if each}
