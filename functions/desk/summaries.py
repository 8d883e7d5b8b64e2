"""Somebody in a line of a list."""

from datetime import datetime

from rapport.domain.event import Json
from rapport.domain.profile import Profile
from rapport.domain.recency import day_number
from rapport.viewing.moments import iso

_STATED = ("first_name", "last_name", "email", "city", "country")


def nobody_known(person: str) -> dict[str, Json]:
    """Of a person whose view is not written yet."""
    told: dict[str, Json] = {"person": person, **dict.fromkeys(_STATED, "")}
    return {**told, "last_seen": None, "score": 0, "lists": [], "topics": []}


def summary(profile: Profile, now: datetime) -> dict[str, Json]:
    """Who it is, when they were seen, and what may be mailed; `score` in days of interest."""
    zero = profile.score_zero_at
    told: dict[str, Json] = {"person": profile.person}
    return {
        **told,
        **{name: profile.attribute(name) for name in _STATED},
        "last_seen": None if profile.last is None else iso(profile.last),
        "score": 0 if zero is None else max(0, day_number(zero) - day_number(now)),
        "lists": [*sorted(profile.lists)],
        "topics": [*sorted(t for t, word in profile.consents.items() if not word.withdrawn)],
    }
