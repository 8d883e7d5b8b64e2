"""What has to be read to tell of a person."""

from dataclasses import dataclass
from typing import Protocol

from rapport.ats_rows import AtsRows
from rapport.domain.event import LogKey
from rapport.identity import Clusters
from rapport.ports import Book, Log, People, Pseudonyms
from rapport.preferences import Preferences
from rapport.suggestions import Suggestions
from rapport.tasks import Tasks
from rapport.viewing.signups import Places
from rapport.waiting import Runs


class Decisions(Protocol):
    """Finds a decision by its id alone, which no key leads to."""

    def decision(self, asked: str) -> LogKey | None:
        """Where the decision of that id stands in the log."""
        ...


class NoDecisions:
    """For whoever must not read a whole table to find one decision."""

    def decision(self, asked: str) -> LogKey | None:
        """Not told."""
        return None


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What is read. `finder` knows the rows that no key leads to."""

    log: Log
    people: People
    clusters: Clusters
    suggestions: Suggestions
    book: Book
    preferences: Preferences
    runs: Runs
    tasks: Tasks
    ats_rows: AtsRows
    pseudonyms: Pseudonyms
    occasions: Places
    finder: Decisions
