"""Rows of the finder as questions read them, and whom the one who asks may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rapport.domain.finder import Row
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile


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
