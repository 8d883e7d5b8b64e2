"""Jobs and people: which job fits whom, how well, and why.

A `Judge` compares one person with jobs. A veto ends it, with its name; else the score is between
0 and 1: what is known of the two, weighed. What is missing sinks no score: the weights of what is
known are made to add up to 1. It lifts none either: a job of another field of work, or a person of
whom nothing is known that tells a field, stays below what is ever mailed.

    .35  field of work   the one they chose, else their headline's, else what they looked at
    .20  words           of their headline in title and description, rare ones count more
    .20  distance        exp(-km / radius)
    .15  age             exp(-days / 14)
    .10  behaviour       jobs looked at and clicked in the field, half as much after 30 days
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp
from typing import NamedTuple

from rapport.domain.geo import Point, kilometres
from rapport.domain.jobs import Remote
from rapport.domain.market import Market, Opening, Seeker
from rapport.domain.titles import LEVELS

WEIGHTS = (0.35, 0.20, 0.20, 0.15, 0.10)
AGE_DAYS = 14.0
INFERRED = 0.85
# What a score can be at most: with no field known, and in another field than theirs.
NOTHING_KNOWN = 0.35
OTHER_FIELD = 0.25
# Two levels of seniority apart is another job.
LEVELS_APART = 2
# How much further somebody travels who comes in on some days only.
HYBRID_RADIUS = 2.0
NEW_DAYS = 7
_DAY_S = 86_400.0
_WORDS_TELL = 0.5
_LEARNING, _FIRST = LEVELS.index("student"), LEVELS.index("junior")
_SKILLED = LEVELS.index("experienced")
_SOME_HOURS = frozenset({"part-time", "temporary", "internship"})


class Veto(StrEnum):
    """Why a job is never mailed to a person, whatever its score."""

    CLOSED = "closed"
    BRAND = "brand"
    APPLIED = "applied"
    DISMISSED = "dismissed"
    SHOWN = "shown"
    LICENCE = "licence"
    EMPLOYMENT = "employment"
    SHIFT = "shift"
    PAY = "pay"
    LANGUAGE = "language"
    SENIORITY = "seniority"
    DISTANCE = "distance"


class Parts(NamedTuple):
    """What a score is made of, each 0…1; None: not known."""

    field: float | None
    words: float | None
    distance: float | None
    age: float | None
    behaviour: float | None


class Why(NamedTuple):
    """A reason to show: `near`, `here`, `home`, `chosen`, `headline`, `viewed`, `words`, `new`."""

    code: str
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Match:
    """What came of comparing a person and a job. With a veto the score is 0; `km` None: unknown."""

    person: str
    job: str
    score: float
    veto: Veto | None
    parts: Parts
    reasons: tuple[Why, ...] = ()
    km: float | None = None


class Judge:
    """Compares one person with jobs of a market. What is the same for many jobs is kept."""

    def __init__(self, seeker: Seeker, market: Market, now: datetime) -> None:
        self.seeker, self.market, self.now = seeker, market, now
        self._km: dict[Point, float] = {}
        self._fields: dict[tuple[tuple[str, float], ...], float | None] = {}
        self._acts: dict[str, float] = {}
        known = {word: market.rarity[word] for word in seeker.words if word in market.rarity}
        self._words = tuple(known.items())
        self._words_weigh = sum(known.values())
        self._stamp = now.timestamp()
        self.stated = self._stated()
        self._views = sum(seeker.viewed.values())

    def _stated(self) -> frozenset[str]:
        """The fields of work that somebody told: of a wide choice the headline tells which part.

        A headline that is far from the chosen field is what they want to leave.
        """
        chosen, headline = self.seeker.chosen, self.seeker.headline
        near = self.market.near
        return frozenset(h for h in headline if any(near(c, h) for c in chosen)) or (
            chosen or headline
        )

    def match(self, opening: Opening) -> Match:
        """The full answer, with parts and reasons."""
        km = self.km(opening)
        veto = self.veto(opening, km)
        parts = self.parts(opening, km)
        return Match(
            person=self.seeker.person,
            job=opening.job,
            score=0.0 if veto else total(parts),
            veto=veto,
            parts=parts,
            reasons=() if veto else self.reasons(opening, parts, km),
            km=km,
        )

    def km(self, opening: Opening) -> float | None:
        """How far it is; None when one of the places is not known."""
        here, there = self.seeker.point, opening.point
        if here is None or there is None:
            same = self.seeker.site and self.seeker.site == opening.site
            return 0.0 if same else None
        found = self._km.get(there)
        if found is None:
            found = self._km[there] = kilometres(here, there)
        return found

    def veto(self, opening: Opening, km: float | None) -> Veto | None:  # noqa: C901, PLR0911
        """The first veto; in one place, for it runs for every job."""
        who, job = self.seeker, opening.job
        if not opening.open or (opening.closes_at is not None and opening.closes_at <= self.now):
            return Veto.CLOSED
        if who.brand and opening.brand and who.brand != opening.brand:
            return Veto.BRAND
        if job in who.applied or opening.internal in who.applied:
            return Veto.APPLIED
        if job in who.dismissed:
            return Veto.DISMISSED
        if job in who.rests:
            return Veto.SHOWN
        if opening.licences and self._lacks_licence(opening):
            return Veto.LICENCE
        if who.employment and opening.employment and not who.employment & opening.employment:
            return Veto.EMPLOYMENT
        if who.shifts and opening.shifts and not who.shifts & opening.shifts:
            return Veto.SHIFT
        if (
            who.min_pay is not None
            and opening.pay_max is not None
            and opening.pay_max < who.min_pay
            and (who.currency == opening.currency or not (who.currency and opening.currency))
        ):
            return Veto.PAY
        if opening.languages and who.languages is not None and opening.languages - who.languages:
            return Veto.LANGUAGE
        if who.levels and self._other_level(opening):
            return Veto.SENIORITY
        return Veto.DISTANCE if self._too_far(opening, km) else None

    def _lacks_licence(self, opening: Opening) -> bool:
        """Whether a licence is asked for that they do not have, as far as they said.

        Of whoever lists none, their profession tells: a nurse is believed to be a registered one.
        """
        if self.seeker.licences is not None:
            return bool(opening.licences - self.seeker.licences)
        if self.seeker.learner:
            return True
        profession = self.seeker.headline
        return bool(profession and opening.families and not profession & opening.families.keys())

    def _other_level(self, opening: Opening) -> bool:
        """Whether a job is two steps up or down from every level that they told.

        A job for beginners, or of no level that is told, is for students if it takes some hours and
        no licence. Whose headline says that they have learned no trade yet does no work that takes
        one.
        """
        asked, learning = opening.seniority, max(self.seeker.levels) == _LEARNING
        if learning and asked in (None, _FIRST):
            return not (opening.employment & _SOME_HOURS) or bool(opening.licences)
        if asked is None:
            return False
        if self.seeker.learner and asked >= _SKILLED > max(self.seeker.levels):
            return True
        return all(abs(own - asked) >= LEVELS_APART for own in self.seeker.levels)

    def _too_far(self, opening: Opening, km: float | None) -> bool:
        who = self.seeker
        if who.country and opening.country and who.country != opening.country:
            return True
        if km is None or (opening.remote is Remote.YES and who.remote_ok is not False):
            return False
        eased = opening.remote is Remote.HYBRID and who.remote_ok is not False
        return km > who.radius_km * (HYBRID_RADIUS if eased else 1.0)

    def parts(self, opening: Opening, km: float | None) -> Parts:
        """The five parts of the score."""
        field_of_work = self._field(opening)
        found = None
        if self._words:
            shared = sum(weight * opening.words.get(w, 0.0) for w, weight in self._words)
            found = shared / self._words_weigh
        if opening.remote is Remote.YES and self.seeker.remote_ok is not False:
            distance: float | None = 1.0
        else:
            distance = None if km is None else exp(-km / max(self.seeker.radius_km, 1.0))
        days = (self._stamp - opening.opened_at.timestamp()) / _DAY_S
        acted = None
        if self.seeker.acted:
            acted = max((self._acted(family) for family in opening.families), default=0.0)
        return Parts(field_of_work, found, distance, exp(-max(days, 0.0) / AGE_DAYS), acted)

    def _acted(self, family: str) -> float:
        found = self._acts.get(family)
        if found is None:
            found = self._acts[family] = 1 - exp(-self.seeker.acted.get(family, 0.0) / 2)
        return found

    def _field(self, opening: Opening) -> float | None:
        key = tuple(opening.families.items())
        if key not in self._fields:
            self._fields[key] = self._affinity(opening.families)
        return self._fields[key]

    def _affinity(self, families: Mapping[str, float]) -> float | None:
        if self.seeker.by_words:
            return 1.0
        if self.stated:
            near = self.market.near
            pairs = (sure * near(f, g) for f in self.stated for g, sure in families.items())
            return max(pairs, default=0.0)
        if not self._views:
            return None
        # What was only looked at counts less, the more so if it was one look among many.
        best = 0.0
        for family, sure in families.items():
            count = self.seeker.viewed.get(family, 0)
            often = min(1.0, 0.5 + 0.25 * count) * min(1.0, 1.5 * count / self._views)
            best = max(best, sure * often * INFERRED)
        return best

    def reasons(self, opening: Opening, parts: Parts, km: float | None) -> tuple[Why, ...]:
        """What to tell the person, best first."""
        found: list[Why] = []
        mine = set(opening.families)
        if mine & self.seeker.chosen:
            found.append(Why("chosen"))
        elif mine & self.seeker.headline:
            found.append(Why("headline"))
        if opening.remote is Remote.YES:
            found.append(Why("home"))
        elif km is not None:
            found.append(Why("near", round(km)) if km >= 1 else Why("here"))
        views = sum(self.seeker.viewed.get(family, 0) for family in mine)
        if views:
            found.append(Why("viewed", views))
        if (parts.words or 0.0) >= _WORDS_TELL:
            found.append(Why("words"))
        if self.now - opening.opened_at <= timedelta(days=NEW_DAYS):
            found.append(Why("new"))
        return tuple(found)


def total(parts: Parts) -> float:
    """The score, 0…1."""
    weight = score = 0.0
    for part, share in zip(parts, WEIGHTS, strict=True):
        if part is not None:
            weight += share
            score += share * part
    known = parts[0]
    most = NOTHING_KNOWN if known is None else OTHER_FIELD + (1 - OTHER_FIELD) * known
    return min(score / weight if weight else 0.0, most)
