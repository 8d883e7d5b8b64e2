"""Rows of the finder as questions read them, what that took, and whom who asks may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rapport.domain.finder import Row
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile

# us-east-1, on demand: a read unit is 4 KB, or 8 KB that may be a moment old.
USD_PER_READ_UNIT: Final = 0.125e-6


@dataclass(kw_only=True)
class Took:
    """What a question took."""

    rows_read: int = 0
    views_read: int = 0
    read_units: float = 0.0

    def add(self, other: "Took") -> None:
        """Both together."""
        self.rows_read += other.rows_read
        self.views_read += other.views_read
        self.read_units += other.read_units

    @property
    def usd(self) -> float:
        """In US dollars."""
        return self.read_units * USD_PER_READ_UNIT


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A page of one partition: rows by person id, what reading took, and where the next begins."""

    rows: Sequence[tuple[PersonId, bytes]]
    read_units: float
    after: PersonId | None


class FinderRows(Protocol):
    """The rows of the finder. Reads may be a moment old."""

    def page(self, shard: int, *, after: PersonId | None) -> Rows:
        """The next rows of a partition (0…31), by person id."""
        ...

    def row(self, person: PersonId) -> bytes | None:
        """One person's."""
        ...


class Sight(Protocol):
    """Whom somebody may see at all."""

    def of_row(self, row: Row) -> bool | None:
        """Whether they see whose row it is; None when the row cannot tell."""
        ...

    def of_profile(self, profile: Profile) -> bool:
        """The same, by the view."""
        ...
