"""Suggestions: people who may be one person, for an operator to look at; never joined by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.domain.identifiers import Ref


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Two roots (sorted) that may be one person: a score of 0 to 100, and why, in sentences.

    The sentences tell what agrees ("the same name and city"), not the values.
    """

    pair: tuple[Ref, Ref]
    score: int
    evidence: tuple[str, ...]
    at: datetime


class Suggestions(Protocol):
    """The review queue."""

    def of(self, members: Iterable[Ref]) -> list[Suggestion]:
        """The open suggestions about a person's identifiers, best first."""
        ...

    def queue(self, *, limit: int) -> list[Suggestion]:
        """The open suggestions of the deployment, best first."""
        ...

    def put(self, found: Sequence[Suggestion]) -> None:
        """Note suggestions; one about the same two replaces the other."""
        ...

    def close(self, pair: tuple[Ref, Ref]) -> None:
        """Take a suggestion out of the queue; harmless when there is none."""
        ...
