"""Jobs as they are compared: what the words of a feed mean, by the tables of `matching.yaml`."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapport.bundle import Bundle, Matching, Place
from rapport.domain.geo import Point
from rapport.domain.jobs import Job, job_ref
from rapport.domain.market import Market, Opening
from rapport.domain.titles import LEVELS, Vocabulary, core, level, plain, telling, words

# What a year has of each, at full time.
YEARLY: Mapping[str, float] = {"hour": 1_950, "day": 260, "week": 52, "month": 12, "year": 1}
_OF_DESCRIPTION = 0.5
_KEPT = 16_384
# Among licences: the words of a headline that say that somebody has none.
UNLICENSED = "none"
_LANGUAGE_TAG = 3
# The contract says as much as the hours do; only a permanent one is what everybody means.
_USUAL = frozenset({"permanent"})


class Lexicon:
    """The tables of a bundle, ready to be asked. Made once per bundle."""

    def __init__(self, matching: Matching, places: Iterable[Place] = ()) -> None:
        self.families = Vocabulary(matching.families)
        self.levels = Vocabulary({key: matching.seniority.get(key, ()) for key in LEVELS})
        self.licences = Vocabulary(matching.licences)
        self.neighbours = matching.neighbours
        self._concept = lru_cache(maxsize=_KEPT)(self._meaning)
        self._languages = Vocabulary(matching.languages)
        self._employment = Vocabulary(matching.employment)
        self._shifts = Vocabulary(matching.shifts)
        self._places: dict[str, list[Place]] = {}
        for place in places:
            for name in (place.name, *place.also):
                self._places.setdefault(_name(name), []).append(place)

    def place(self, text: str, country: str = "") -> Place | None:
        """The place of a text like `Moss, Norway`; of several with one name that of the country."""
        found = self._places.get(_name(text)) or self._places.get(_name(text.partition(",")[0]))
        if not found:
            return None
        return next((place for place in found if place.country == country), found[0])

    def licences_in(self, texts: Iterable[str]) -> frozenset[str]:
        """Licences by name; one that no table has stands for itself."""
        # `B` and `C` are classes of driving licence in a list of licences, and letters elsewhere.
        named = (f"class {text}" if len(text.strip()) == 1 else text for text in texts)
        return frozenset(m for text in named for m in _meant(self.licences, text))

    def _titled(self, title: str) -> frozenset[str]:
        return self.licences.every([title]) - {UNLICENSED}

    def unlicensed(self, headline: str) -> bool:
        """Whether a headline says of somebody that they have no licence, or none yet."""
        return UNLICENSED in self.licences.every([headline])

    def languages_in(self, texts: Iterable[str]) -> frozenset[str]:
        """Languages as tags: `German (B2)` is `de`; what no table has stands for itself."""
        return frozenset(m for text in texts for m in self._language(text))

    def _language(self, text: str) -> frozenset[str]:
        found = self._languages.every([text])
        first = next(iter(words(text)), "")
        return found or frozenset({first} if 1 < len(first) <= _LANGUAGE_TAG else {plain(text)})

    def employment_in(self, text: str) -> frozenset[str]:
        """Kinds of employment; empty for none, and for what asks for nothing in particular."""
        return self._employment.every([text]) - _USUAL

    def shifts_in(self, text: str) -> frozenset[str]:
        """Shifts."""
        return self._shifts.every([text])

    def field_of(self, text: str) -> frozenset[str]:
        """The field of work of a category or headline; `=words` for one that no table has."""
        found = self.families.head(text) or self.families.every([text])
        own = " ".join(words(text))
        return found or frozenset({f"={own}"} if own else ())

    def words_of(self, text: str) -> frozenset[str]:
        """The words that tell a text apart; those of one field of work are one word."""
        return frozenset(self._concept(word) for word in telling(text))

    def _meaning(self, word: str) -> str:
        meant = self.families.of_word(word)
        return f"~{min(meant)}" if len(meant) == 1 else word

    def opening(self, job: Job) -> Opening:
        """A job as it is compared."""
        known = self.place(job.city or job.location, job.country)
        point = None
        if job.latitude is not None and job.longitude is not None:
            point = Point(job.latitude, job.longitude)
        elif known is not None:
            point = Point(known.latitude, known.longitude)
        title = self.words_of(job.title)
        described = dict.fromkeys(map(self._concept, job.terms), _OF_DESCRIPTION)
        top = job.pay_max if job.pay_max is not None else job.pay_min
        return Opening(
            job=job_ref(job.id),
            internal=job_ref(job.internal),
            opened_at=job.opened_at,
            families=self._families(job),
            words={**described, **dict.fromkeys(title, 1.0)},
            text=" ".join((plain(f"{job.title} {job.category}"), *job.terms)),
            core=core(job.title, self.levels),
            site=_name((known.name if known else "") or job.city or job.location),
            open=job.open,
            closes_at=job.closes_at,
            point=point,
            country=job.country or (known.country if known else ""),
            remote=job.remote,
            employment=self.employment_in(job.employment),
            shifts=self.shifts_in(job.shift),
            pay_max=None if top is None else per_year(top, job.period),
            currency=job.currency.upper(),
            languages=self.languages_in(job.languages),
            # What a title lets one guess counts only where the feed says nothing.
            licences=self.licences_in(job.licences) or self._titled(job.title),
            seniority=_first(level(text, self.levels) for text in (job.seniority, job.title)),
        )

    def _families(self, job: Job) -> Mapping[str, float]:
        """The title decides: a secretary on a ward is no nurse.

        A department that the title names too is no other field: `Logistics Administrator`.
        """
        title, category = self.families.head(job.title), self.field_of(job.category)
        if title:
            category &= self.families.every([job.title])
        return dict.fromkeys(sorted(title | category), 1.0)


def market(bundle: Bundle, jobs: Iterable[Job]) -> Market:
    """All jobs of an employer, ready to be compared."""
    lexicon = Lexicon(bundle.matching, bundle.places)
    return Market(map(lexicon.opening, jobs), lexicon.neighbours)


def per_year(amount: float, period: str) -> float:
    """Pay per year; what has no known period is taken to be per year."""
    return amount * YEARLY.get(period, 1)


def _meant(vocabulary: Vocabulary, text: str) -> frozenset[str]:
    own = " ".join(words(text))
    return vocabulary.every([text]) or frozenset({own} if own else ())


def _first(levels: Iterable[int | None]) -> int | None:
    return next((level for level in levels if level is not None), None)


def _name(text: str) -> str:
    return " ".join(words(text))
