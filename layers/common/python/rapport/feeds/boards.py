"""The kinds of board that are known: where each answers, and what reads it. And what a board keeps.

A board is an entry of `playbooks/jobs.yaml`. Ports as in `rapport.ports`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from rapport.domain.closing import BoardState, Known, Plan
from rapport.domain.jobs import Job, JobFact
from rapport.feeds import ashby, greenhouse, jsonld, lever, smartrecruiters, workable, xmlfeed
from rapport.feeds.reading import Page


class Parse(Protocol):
    """What reads one answer of a board. Pure; FeedError for what is none."""

    def __call__(self, raw: bytes, *, url: str, seen: datetime) -> Page:
        """The jobs of an answer to `url`; `seen` is when they opened if they do not tell."""
        ...


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of board. Without an `address` its board is named by a whole address.

    `guarded`: its host's robots.txt is asked first.
    """

    parse: Parse
    address: Callable[[str, str], str] | None = None
    guarded: bool = False


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "greenhouse": Kind(parse=greenhouse.parse, address=greenhouse.address),
        "lever": Kind(parse=lever.parse, address=lever.address),
        "ashby": Kind(parse=ashby.parse, address=ashby.address),
        "workable": Kind(parse=workable.parse, address=workable.address),
        "smartrecruiters": Kind(
            parse=smartrecruiters.parse, address=smartrecruiters.address, guarded=True
        ),
        "jsonld": Kind(parse=jsonld.parse, guarded=True),
        "xml": Kind(parse=xmlfeed.parse),
    }
)


class Boards(Protocol):
    """The stored jobs, by source."""

    def lease(self, source: str, now: datetime) -> BoardState | None:
        """Have a board for oneself for 15 minutes; None while somebody else has it."""
        ...

    def leave(self, source: str, state: BoardState) -> None:
        """Write down how it fared, and give it back."""
        ...

    def known(self, source: str, told: Sequence[Job]) -> tuple[dict[str, Known], list[Job]]:
        """What is stored of a source, and the jobs under the ids that they have here.

        An id that another source has already becomes `<source>.<id>`.
        """
        ...

    def store(self, plan: Plan) -> None:
        """Store what follows from a fetch, with the facts to be told. Harmless to repeat."""
        ...

    def untold(self) -> list[JobFact]:
        """The facts that the bus has not taken yet, of every source."""
        ...

    def told(self, facts: Sequence[JobFact]) -> None:
        """The bus has taken these."""
        ...


class JobBus(Protocol):
    """Where facts of jobs go."""

    def publish_jobs(self, facts: Sequence[JobFact]) -> list[bool]:
        """Put facts on the bus; per fact whether it was taken."""
        ...
