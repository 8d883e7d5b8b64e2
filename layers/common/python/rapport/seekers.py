"""People as they are compared with jobs: which of their attributes are read, and no others.

`READ` is all of it. Age, gender, nationality, health, names, pictures and addresses are not read,
whatever a site states of somebody; `told` refuses any name that is not listed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from rapport.domain.address import LedgerEntry
from rapport.domain.engagement import score
from rapport.domain.geo import Point
from rapport.domain.jobs import job_ref
from rapport.domain.market import Opening, Seeker
from rapport.domain.names import JOB_ALERT_CREATED, JOB_SEARCHED, JOB_VIEWED
from rapport.domain.policy import Relevance
from rapport.domain.profile import Profile
from rapport.domain.titles import level, words
from rapport.openings import Lexicon, per_year

READ = frozenset(
    {
        *("job_category", "headline", "city", "country", "radius_km", "remote_ok", "licences"),
        *("languages", "employment", "shift", "min_pay", "pay_currency", "pay_period"),
        *("seniority", "dismissed_jobs"),
    }
)
LOOKING = timedelta(days=14)
_HALF_LIFE = timedelta(days=30)
# What a click of a human in a mail about the field is worth, in jobs looked at.
_CLICK = 2.0
_RADII_KM = (1, 2_000)
_SAYS_NO = frozenset({"no", "false", "0", "nei", "nein"})


class NotReadableError(LookupError):
    """Matching asked for something that it may not know of a person."""


def told(profile: Profile, name: str) -> str:
    """An attribute that matching may read, or an empty string; NotReadableError for any other."""
    if name not in READ:
        msg = f"matching may not read {name}"
        raise NotReadableError(msg)
    return profile.attribute(name)


def seeker(
    profile: Profile,
    lexicon: Lexicon,
    relevance: Relevance,
    now: datetime,
    *,
    ledger: Iterable[LedgerEntry] = (),
    openings: Mapping[str, Opening] | None = None,
) -> Seeker:
    """Somebody as they are compared. `ledger` is of all their addresses, `openings` by job ref."""

    def says(name: str) -> str:
        return told(profile, name)

    entries = tuple(ledger)
    category, headline, city = says("job_category"), says("headline"), says("city")
    place = lexicon.place(city, says("country").upper())
    country = says("country").upper()
    stated = {name: _listed(says(name)) for name in ("licences", "languages")}
    least = _number(says("min_pay"))
    remote = says("remote_ok").lower()
    viewed = _viewed(profile, lexicon)
    return Seeker(
        person=profile.person,
        chosen=lexicon.field_of(category),
        headline=lexicon.families.head(headline),
        viewed=viewed,
        acted=_acted(profile, viewed, entries, openings or {}, now),
        words=lexicon.words_of(headline),
        point=None if place is None else Point(place.latitude, place.longitude),
        site=" ".join(words(city if place is None else place.name)),
        country=country if len(country) == len("NO") else "" if place is None else place.country,
        radius_km=_radius(says("radius_km"), relevance),
        remote_ok=None if not remote else remote not in _SAYS_NO,
        employment=lexicon.employment_in(says("employment")),
        shifts=lexicon.shifts_in(says("shift")),
        min_pay=None if least is None else per_year(least, says("pay_period").lower()),
        currency=says("pay_currency").upper(),
        languages=lexicon.languages_in(stated["languages"]) or None,
        licences=lexicon.licences_in(stated["licences"]) or None,
        levels=frozenset(
            told_level
            for text in (says("seniority"), headline)
            if (told_level := level(text, lexicon.levels)) is not None
        ),
        learner=lexicon.unlicensed(headline),
        applied=_applied(profile),
        dismissed=frozenset(map(job_ref, _listed(says("dismissed_jobs")))),
        rests=resting(entries, relevance, now),
    )


def resting(entries: Iterable[LedgerEntry], relevance: Relevance, now: datetime) -> frozenset[str]:
    """Jobs that were shown too often, or too short a time ago, to be shown again now."""
    shown: dict[str, list[datetime]] = {}
    for entry in entries:
        for job in entry.jobs:
            shown.setdefault(job, []).append(entry.at)
    return frozenset(
        job
        for job, times in shown.items()
        if len(times) >= relevance.job_showings or now - max(times) < relevance.job_again_after
    )


def looking(profile: Profile, now: datetime) -> bool:
    """Whether somebody looks for a job now, not merely lets us write.

    They applied, or began to, within 14 days; or something happened within them, jobs were looked
    at, and the interest that it all showed has not run out.
    """
    since = now - LOOKING
    for application in profile.applications.values():
        if any(at and at > since for at in (application.started, application.submitted)):
            return True
    looked = any(profile.totals.get(n) for n in (JOB_VIEWED, JOB_SEARCHED, JOB_ALERT_CREATED))
    recent = profile.last is not None and profile.last > since
    return bool(looked and recent and score(profile.score_zero_at, now))


def _applied(profile: Profile) -> frozenset[str]:
    """The jobs that somebody applied for, by every name that the site or an ATS has for them."""
    sent = {job for job, each in profile.applications.items() if each.submitted is not None}
    return frozenset(sent).union(*(c.applied_for for c in profile.recruiting.candidacies.values()))


def _viewed(profile: Profile, lexicon: Lexicon) -> dict[str, int]:
    """Fields of work → how often something of theirs was looked at."""
    found: dict[str, int] = {}
    for category, count in sorted(profile.interests.items()):
        for family in lexicon.field_of(category):
            found[family] = found.get(family, 0) + count
    return found


def _acted(
    profile: Profile,
    viewed: Mapping[str, int],
    entries: Iterable[LedgerEntry],
    openings: Mapping[str, Opening],
    now: datetime,
) -> dict[str, float]:
    """Signs of interest per field of work, half as much after every 30 days.

    When what was looked at was looked at is not kept: it ages with the last time of all.
    """
    ago = _faded(now - profile.last) if profile.last is not None else 0.0
    found = {family: count * ago for family, count in viewed.items()}
    for entry in entries:
        if entry.human:
            fields = {f for job in entry.jobs if job in openings for f in openings[job].families}
            for family in fields:
                found[family] = found.get(family, 0.0) + _CLICK * _faded(now - entry.at)
    return found


def _faded(age: timedelta) -> float:
    return float(0.5 ** max(age / _HALF_LIFE, 0.0))


def _radius(text: str, relevance: Relevance) -> float:
    asked = _number(text)
    least, most = _RADII_KM
    return relevance.radius_km if asked is None else min(max(asked, least), most)


def _number(text: str) -> float | None:
    digits = text.replace(" ", "").replace(",", "").partition(".")[0]
    return float(digits) if digits.isascii() and digits.isdigit() else None


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.replace(";", ",").split(",") if each.strip()]
