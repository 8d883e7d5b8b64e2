"""Moments as answers tell them, in UTC: for programs, and for people."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """`2026-11-23T01:02:03.004Z`."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def iso_or_none(moment: datetime | None) -> str | None:
    """As `iso`, for what may never have been."""
    return None if moment is None else iso(moment)


def clock(moment: datetime | None) -> str:
    """`2026-11-23 01:02:03`, for people, in UTC; a dash when there is none."""
    return "–" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
