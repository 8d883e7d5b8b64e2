"""The trail of what operators did: who, what, about whom, how it ended; never what it said.

A row is written before the answer leaves, also for what was refused; nothing changes a row later.
What is about a person stands twice: among that day's, and among theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from rapport.domain.event import Json, millis

MAX_PAGE = 100
# Why something was done, where somebody has to say so, is cut here.
MAX_WHY_CHARS = 500


class Ended(StrEnum):
    """How it ended."""

    DONE = "done"
    # There is no such thing, or not for them: nobody can tell which, but who reads the trail.
    HIDDEN = "hidden"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that an operator did or tried.

    `who`: the subject of their sign-in, or `cli:<user>`; `action`: as `rapport.domain.operators`
    names it, or the command. `about`: the public id of a person, or what else it was about
    (`campaign:spring`), empty for nothing in particular. `fields`: which groups of a person's data
    were shown; `people`: of how many, where it was of many at once. `why`: a reason that they gave.
    `id` tells entries of a millisecond apart.
    """

    id: str
    at: datetime
    who: str
    action: str
    ended: Ended
    about: str = ""
    fields: tuple[str, ...] = ()
    why: str = ""
    request: str = ""
    status: int = 0
    people: int = 0

    @property
    def day(self) -> str:
        """The UTC day."""
        return self.at.astimezone(UTC).date().isoformat()

    @property
    def position(self) -> str:
        """Where it stands in the order of its day."""
        return f"{millis(self.at):014d}#{self.id}"

    @property
    def places(self) -> tuple[str, ...]:
        """The days and persons under which it stands."""
        return (self.day, self.about) if self.about.startswith("p_") else (self.day,)

    def to_json(self) -> dict[str, Json]:
        """For programs. Time in ISO 8601, UTC."""
        return {
            "id": self.id,
            "at": self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "who": self.who,
            "action": self.action,
            "ended": self.ended.value,
            "about": self.about,
            "fields": [*self.fields],
            "why": self.why,
            "request": self.request,
            "status": self.status,
            "people": self.people,
        }


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some entries, the newest first. `after` asks for the next ones; empty: there are no more."""

    entries: Sequence[Entry]
    after: str = ""


class Audits(Protocol):
    """The trail."""

    def put(self, entry: Entry) -> None:
        """Keep an entry, for good; harmless to repeat."""
        ...

    def of(self, place: str, *, after: str = "", limit: int = MAX_PAGE) -> Page:
        """The entries of a UTC day (`2026-11-23`) or of a person (`p_…`), the newest first."""
        ...


def answered(status: int) -> Ended:
    """How a call with that HTTP status ended."""
    ways: Mapping[int, Ended] = {404: Ended.HIDDEN}
    if status < 400:  # noqa: PLR2004
        return Ended.DONE
    return ways.get(status, Ended.REFUSED if status < 500 else Ended.FAILED)  # noqa: PLR2004
