"""Suggestions: people who may be one person, for an operator to look at; never joined by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rapport.domain.identifiers import Ref

# A key that more people have tells nothing about two of them.
MAX_SHARING = 16


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
        """Note suggestions; one about the same two replaces the other, unless it says the same."""
        ...

    def close(self, pair: tuple[Ref, Ref]) -> None:
        """Take a suggestion out of the queue; harmless when there is none."""
        ...


class Files(Protocol):
    """Under which keys people are filed, so that those worth comparing are found without a scan."""

    def file(self, root: Ref, keys: Sequence[str]) -> frozenset[Ref]:
        """File a person under these keys and no others; whoever else is there.

        A key that more than `MAX_SHARING` were filed under finds nobody any more. Two people who
        are filed side by side find one another: the one who came later, at least.
        """
        ...

    def forget(self, root: Ref) -> None:
        """Take a person out of every key, and whatever suggests anything of them out of the queue.

        Harmless when there is nothing.
        """
        ...
