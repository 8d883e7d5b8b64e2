"""People as reports count them: what brought them, whether they are known, applied, were hired.

All of it is read off a profile as it is now, so whoever was merged or split since is counted as
what they are by now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rapport.domain.address import TRACKING
from rapport.domain.ats import Status
from rapport.domain.candidacy import Candidacy
from rapport.domain.event import from_millis
from rapport.domain.identifiers import PersonId
from rapport.domain.numbers import Counting, Numbers, Part, Step, Table
from rapport.domain.profile import Profile

# What a profile keeps only so many of; whoever has more is told of, for some of theirs is missing.
_KEPT = frozenset({"applications", "candidacies"})


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One application. `name` tells it from the person's others: its `job_ref`, if that is known.

    `at`: when it was sent, else when the person was hired. `hired_at`: None unless they were.
    """

    name: str
    at: datetime
    hired_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One person, or the visitor of a browser (not `known`).

    `first`: when they did something first, else when they were told of. `visited`: a browser of
    theirs was seen. `source`: what brought them, empty if nothing told. `fewer`: there is more than
    their profile keeps.
    """

    person: PersonId
    first: datetime | None
    visited: bool
    known: bool
    source: str
    opted_in: bool
    applications: tuple[Applied, ...]
    fewer: bool = False


def candidate_of(profile: Profile, person: PersonId) -> Candidate:
    """The person of a profile. `person` is the id that stands for them now."""
    known = bool(profile.members)
    return Candidate(
        person=person,
        first=profile.first or min((r.at for r in profile.attributes.values()), default=None),
        visited=bool(profile.cookies) or not known,
        known=known,
        source=source_of(profile),
        opted_in=any(
            not word.withdrawn for topic, word in profile.consents.items() if topic != TRACKING
        ),
        applications=tuple(_applications(profile)),
        fewer=not _KEPT.isdisjoint(profile.overflow),
    )


def source_of(profile: Profile) -> str:
    """What brought somebody first: what a link said of itself, else the site they came from."""
    touch = profile.first_touch
    return "" if touch is None else touch.source or touch.referrer


def _applications(profile: Profile) -> Iterator[Applied]:
    """Applications as the site and as applicant tracking systems told of them, each once."""
    sent = {job: a.submitted for job, a in profile.applications.items() if a.submitted is not None}
    hired: dict[str, datetime] = {}
    for key, candidacy in sorted(profile.recruiting.candidacies.items()):
        name = candidacy.job or f"~{key}"
        hire = hired_at(candidacy)
        if hire is not None:
            hired[name] = min(hire, hired.get(name, hire))
        prospect = candidacy.about is not None and candidacy.about.prospect
        applied = None if prospect or candidacy.deleted else candidacy.applied_at
        if applied is not None:
            sent.setdefault(name, applied)
    for name in sorted({*sent, *hired}):
        end = hired.get(name)
        at = sent.get(name, end)
        if at is not None:
            yield Applied(name=name, at=at, hired_at=end)


def hired_at(candidacy: Candidacy) -> datetime | None:
    """When somebody was hired for it, as it stands now; None if they are not."""
    if candidacy.status != Status.HIRED or candidacy.stands is None:
        return None
    turned = [turn.at for turn in candidacy.turns if turn.status == Status.HIRED]
    return from_millis(max(turned, default=candidacy.stands.at))


def of_pool(candidates: Iterable[Candidate], touched: frozenset[PersonId]) -> Numbers:
    """Of the people who opted in, those who were `touched` lately."""
    counting = Counting()
    for each in candidates:
        if each.opted_in:
            step = Step.TOUCHED if each.person in touched else Step.NOT_TOUCHED
            for part in (Part(Step.OPTED_IN, Step.OPTED_IN), Part(Step.OPTED_IN, step)):
                counting.add("", part, each.person, each.person)
    return counting.table().get("", {})


def of_sources(candidates: Iterable[Candidate], *, first: date, last: date) -> Table:
    """How far those came who were seen first on these UTC days, by what brought them.

    Visitors are known or not. Of the known, some applied, of whom some were hired. Whoever never
    visited was brought in: by an import, an applicant tracking system, somebody's word.
    """
    counting = Counting()
    for each in candidates:
        if each.first is not None and _within(each.first, first, last):
            for part in _way(each):
                counting.add(each.source, part, each.person, each.person)
    return counting.table()


def _way(each: Candidate) -> Iterator[Part]:
    begin = Step.VISITORS if each.visited else Step.BROUGHT_IN
    yield Part(begin, begin)
    yield Part(begin, Step.KNOWN if each.known else Step.NOT_KNOWN)
    if not each.known:
        return
    yield Part(Step.KNOWN, Step.APPLIED if each.applications else Step.NOT_APPLIED)
    if each.applications:
        hired = any(application.hired_at is not None for application in each.applications)
        yield Part(Step.APPLIED, Step.HIRED if hired else Step.NOT_HIRED)


def of_hires(candidates: Iterable[Candidate], *, first: date, last: date) -> Table:
    """The hires of these UTC days, by what brought the person first."""
    counting = Counting()
    for each in candidates:
        for application in each.applications:
            hired = application.hired_at
            if hired is not None and _within(hired, first, last):
                thing = f"{each.person} {application.name}"
                counting.add(each.source, Part(Step.HIRED, Step.HIRED), thing, each.person)
    return counting.table()


def day_in_utc(moment: datetime) -> date:
    """The UTC day of a moment."""
    return moment.astimezone(UTC).date()


def _within(moment: datetime, first: date, last: date) -> bool:
    return first <= day_in_utc(moment) <= last
