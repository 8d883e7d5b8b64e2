"""The two sides that matching compares, and all the jobs there are to choose from.

A `Seeker` is all that is read of a person; it has no place for age, gender, origin, health, name or
picture. What the two are made from stands in `rapport.seekers` and `rapport.openings`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import log

from rapport.domain.geo import Point
from rapport.domain.jobs import Remote
from rapport.domain.policy import Relevance

NEAR = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """A job as it is compared. `families` → how surely it is of that field; `words` → their weight.

    `pay_max` is per year. `seniority` is an index of `titles.LEVELS`. `job` is its `job_ref`,
    `internal` that of the requisition in the ATS, if it has another one there. `text` is title,
    category and the words that tell its description apart, plain.
    """

    job: str
    opened_at: datetime
    families: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=dict)
    core: str = ""
    site: str = ""
    open: bool = True
    closes_at: datetime | None = None
    point: Point | None = None
    country: str = ""
    remote: Remote = Remote.NO
    employment: frozenset[str] = frozenset()
    shifts: frozenset[str] = frozenset()
    pay_max: float | None = None
    currency: str = ""
    languages: frozenset[str] = frozenset()
    licences: frozenset[str] = frozenset()
    seniority: int | None = None
    brand: str = ""
    internal: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seeker:
    """A person as they are compared: all that matching reads of anybody.

    `chosen` and `headline` are fields of work, `viewed` field → jobs looked at, `acted` field →
    signs of interest after decay. `licences`, `languages`: None when nobody said. `rests` are jobs
    that may not be shown again now. `remote_ok` None: not said. `min_pay` is per year. `levels` are
    indices of `titles.LEVELS`. `learner`: their headline says that they have no licence yet.
    `by_words`: they asked for jobs by their words, of whatever field.
    """

    person: str
    chosen: frozenset[str] = frozenset()
    headline: frozenset[str] = frozenset()
    viewed: Mapping[str, int] = field(default_factory=dict)
    acted: Mapping[str, float] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    point: Point | None = None
    site: str = ""
    country: str = ""
    radius_km: float = Relevance.radius_km
    remote_ok: bool | None = None
    employment: frozenset[str] = frozenset()
    shifts: frozenset[str] = frozenset()
    min_pay: float | None = None
    currency: str = ""
    languages: frozenset[str] | None = None
    licences: frozenset[str] | None = None
    levels: frozenset[int] = frozenset()
    learner: bool = False
    by_words: bool = False
    applied: frozenset[str] = frozenset()
    dismissed: frozenset[str] = frozenset()
    rests: frozenset[str] = frozenset()
    brand: str = ""


class Market:
    """Jobs to choose from: how rare each of their words is, and which are of a field of work."""

    def __init__(
        self, openings: Iterable[Opening], neighbours: Mapping[str, Iterable[str]]
    ) -> None:
        self.openings = tuple(openings)
        self.neighbours = {family: frozenset(near) for family, near in neighbours.items()}
        seen: dict[str, int] = {}
        families: dict[str, list[Opening]] = {}
        for opening in self.openings:
            for word in opening.words:
                seen[word] = seen.get(word, 0) + 1
            for family in opening.families:
                families.setdefault(family, []).append(opening)
        total = max(len(self.openings), 1)
        # Words in every job still tell a little, so that none weighs nothing.
        self.rarity = {word: _rarity(total, count) for word, count in seen.items()}
        self.by_family = families
        self.by_job = {opening.job: opening for opening in self.openings}

    def near(self, family: str, other: str) -> float:
        """How close two fields of work are: 1, `NEAR` or 0. Neighbours are so both ways."""
        if family == other:
            return 1.0
        close = other in self.neighbours.get(family, ()) or family in self.neighbours.get(other, ())
        return NEAR if close else 0.0

    def around(self, families: Iterable[str]) -> list[Opening]:
        """The jobs of these fields and their neighbours, each once."""
        wanted = set(families)
        near = {f for f in self.by_family if any(self.near(w, f) for w in wanted)}
        found = {id(o): o for f in sorted(near) for o in self.by_family[f]}
        return list(found.values())


def _rarity(total: int, count: int) -> float:
    return log(1 + total / count)
