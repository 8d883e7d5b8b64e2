"""The best of what fits: jobs for a person, or people for a job, by the same judge."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from rapport.domain.market import Market, Opening, Seeker
from rapport.domain.matching import Judge, Match, total
from rapport.domain.person import JobMatch, Slate
from rapport.domain.policy import Relevance

# The same title, or the same place, at most so often in one mail.
MOST_ALIKE = 2


class Row(NamedTuple):
    """A job that fits: its score (negative, so that the best is first), what breaks a tie."""

    score: float
    spread: bytes
    opening: Opening


def slate(
    seeker: Seeker,
    market: Market,
    relevance: Relevance,
    now: datetime,
    *,
    most: int | None = None,
) -> tuple[tuple[Match, ...], tuple[tuple[str, int], ...]]:
    """The jobs that fit a person, best first, and how many others each veto kept away.

    At most `most` (by default as the policy says), each at or above the floor, at most two of a
    title, and of a place only as far as there is a choice. Equal scores are ordered by a hash of
    person and job, so that the same question has the same answer and no job is first for everybody.
    """
    judging = Judge(seeker, market, now)
    kept, vetoed = ranked(judging, floor=relevance.job_floor)
    wanted = relevance.max_jobs if most is None else min(most, relevance.max_jobs)
    chosen = [judging.match(row.opening) for row in varied(kept, wanted)]
    return tuple(chosen), counted(vetoed)


def ranked(judging: Judge, *, floor: float) -> tuple[list[Row], dict[str, str]]:
    """The jobs that fit a person at least so well, best first; of the others job → veto."""
    seeker, market = judging.seeker, judging.market
    fields = judging.stated or seeker.viewed.keys()
    vetoed: dict[str, str] = {}
    kept: list[Row] = []
    for opening in market.around(fields) if fields else market.openings:
        km = judging.km(opening)
        veto = judging.veto(opening, km)
        if veto is not None:
            vetoed[opening.job] = veto.value
            continue
        score = total(judging.parts(opening, km))
        if score >= floor:
            kept.append(Row(-round(score, 6), _spread(seeker.person, opening.job), opening))
    kept.sort(key=lambda row: row[:2])
    return kept, vetoed


def counted(vetoed: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """How many jobs each veto kept away."""
    return tuple(sorted(Counter(vetoed.values()).items()))


def _spread(person: str, job: str) -> bytes:
    return sha256(f"{person}|{job}".encode()).digest()


def varied(rows: Sequence[Row], wanted: int) -> list[Row]:
    """The best, no title more than twice; a third of one place only when nothing else is left."""
    titles: dict[str, int] = {}
    sites: dict[str, int] = {}
    first: list[int] = []
    later: list[int] = []
    for at, row in enumerate(rows):
        opening = row.opening
        if len(first) >= wanted:
            break
        if opening.core and titles.get(opening.core, 0) >= MOST_ALIKE:
            continue
        if opening.site and sites.get(opening.site, 0) >= MOST_ALIKE:
            later.append(at)
            continue
        titles[opening.core] = titles.get(opening.core, 0) + 1
        sites[opening.site] = sites.get(opening.site, 0) + 1
        first.append(at)
    for at in later:
        if len(first) >= wanted:
            break
        core = rows[at].opening.core
        if not core or titles.get(core, 0) < MOST_ALIKE:
            titles[core] = titles.get(core, 0) + 1
            first.append(at)
    return [rows[at] for at in sorted(first)]


def people_for(
    opening: Opening, seekers: Iterable[Seeker], market: Market, now: datetime
) -> list[Match]:
    """Everybody whom a job fits at all, best first: the other way round, by the same judge."""
    found = [Judge(seeker, market, now).match(opening) for seeker in seekers]
    fitting = [match for match in found if match.veto is None]
    return sorted(fitting, key=lambda m: (-round(m.score, 6), _spread(m.person, m.job)))


def as_slate(
    chosen: Iterable[tuple[Match, tuple[str, ...]]],
    vetoed: tuple[tuple[str, int], ...],
    *,
    looking: bool,
) -> Slate:
    """What a decision keeps of it: matches with their reasons in words."""
    jobs = tuple(JobMatch(job=m.job, score=round(m.score, 4), reasons=r) for m, r in chosen)
    return Slate(jobs=jobs, vetoed=vetoed, looking=looking)
