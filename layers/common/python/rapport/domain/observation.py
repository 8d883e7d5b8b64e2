"""Observations: what one event says of who its person is, in refs alone.

An event names strong identifiers, at most `MAX_STRONG`, and they were named together: every pair
of them is a link. A name, a mark that an identifier was proved, an operator's decree travel along.
Cookies are no part of it: they never join anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rapport.domain.event import LogKey
from rapport.domain.identifiers import Ref

MAX_STRONG = 8
# Begins the tag of a user id that an alias made another; what follows tells into which.
BECAME = "became:"


class Ruling(StrEnum):
    """What an operator decreed of two identifiers, or (`BLOCKED`) of one."""

    APART = "apart"
    TOGETHER = "together"
    BLOCKED = "blocked"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Decree:
    """An operator's word on one or two identifiers (sorted); the latest stands, then the id."""

    nodes: tuple[Ref, ...]
    ruling: Ruling
    at: datetime
    id: str

    @property
    def stamp(self) -> tuple[datetime, str, str]:
        """The total order in which decrees on the same identifiers win."""
        return (self.at, self.id, self.ruling.value)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What an event at `key` says. `strong` is sorted, best rank first; `owner` is whose it is.

    `alias` are two of them that the sender declared to be one. `tags` say what kind of mailbox an
    address is (`role:jobs`, `domain:<hash>`), or what a user id became. `proves` are identifiers
    that this event shows to be somebody's own, without linking them to others. `returns`: the
    person did it themselves on our pages, which alone brings back somebody who was erased.
    """

    key: LogKey
    at: datetime
    verified: bool
    strong: tuple[Ref, ...] = ()
    owner: Ref | None = None
    names: frozenset[str] = frozenset()
    tags: Mapping[Ref, frozenset[str]] = field(default_factory=dict)
    alias: tuple[Ref, Ref] | None = None
    proves: frozenset[Ref] = frozenset()
    decrees: tuple[Decree, ...] = ()
    returns: bool = True

    @property
    def nodes(self) -> tuple[Ref, ...]:
        """Every identifier that it is about."""
        decreed = {node for decree in self.decrees for node in decree.nodes}
        return tuple(sorted({*self.strong, *self.proves, *decreed}))
