"""Reports: what came of mail and of people, read from rows by key, and drilled down to people.

Of a period of days are read: the programs of each day, their intents, the mail and the fate of each
that was claimed, and the profiles of whom they were for. Numbers of the pool and of sources need
everybody, which is one scan of `people`. Nothing is read from the log, and nothing is stored, so a
report is always of what is known now.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypeAlias

from rapport.domain.address import SendRecord
from rapport.domain.decision import Outcome
from rapport.domain.fate import Fate
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id
from rapport.domain.numbers import Numbers, Step, Table
from rapport.domain.people_report import Candidate, candidate_of, of_hires, of_pool, of_sources
from rapport.domain.profile import Profile
from rapport.domain.reporting import MAIL_COUNTS, Mailing, of_mails, read_days, touched
from rapport.errors import RapportError
from rapport.identity import Clusters, groups_of
from rapport.outcomes import Funnel, Intended
from rapport.ports import Bundles
from rapport.report_groups import By, Groups

USUAL_DAYS = 30
MOST_DAYS = 400
MAX_MOVES = 8
_Mail: TypeAlias = tuple[SendRecord, Fate]
_Told: TypeAlias = tuple[str, Intended, _Mail | None]


class Reported(Protocol):
    """What reports read in bulk."""

    def mails(self, send_keys: Iterable[str]) -> Mapping[str, tuple[SendRecord, Fate]]:
        """The claimed ones of some mails, and what is known of each."""
        ...

    def profiles(self, persons: Iterable[PersonId]) -> Mapping[PersonId, Profile]:
        """The stored ones of some profiles, those that moved on among them."""
        ...

    def everybody(self) -> Iterator[Profile]:
        """All profiles but those that moved on, in no order."""
        ...


class NoSuchReportError(RapportError):
    """What was asked for is no report."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A report of the UTC days from `first` to `last`. `program`: of one program alone.

    `people`: with the pool, visitors and hires, for which everybody is read.
    """

    by: By
    first: date
    last: date
    program: str = ""
    people: bool = True


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it, as known at `at`.

    `fewer`: people of whom more applications are known than a profile keeps; some of theirs are not
    counted. `read`: how many rows of which kind it took.
    """

    asked: Asked
    at: datetime
    mails: Table
    pool: Numbers = field(default_factory=dict)
    sources: Table = field(default_factory=dict)
    hires: Table = field(default_factory=dict)
    fewer: int = 0
    read: Mapping[str, int] = field(default_factory=dict)

    def people_of(self, step: Step, group: str = "") -> tuple[PersonId, ...]:
        """The people of a step, each once, in order: of one group, or of all."""
        tables = (self.mails, self.sources, self.hires, {"": self.pool})
        found = [
            number
            for table in tables
            for name, numbers in table.items()
            for part, number in numbers.items()
            if part.name is step and group in {"", name}
        ]
        return tuple(sorted({person for number in found for person in number.people}))


def asked(
    by: str,
    since: str = "",
    until: str = "",
    *,
    now: datetime,
    program: str = "",
    people: bool = True,
) -> Asked:
    """What is asked for in words: days as 2026-11-23; the last 30 days if none are given.

    Raises NoSuchReportError for what is no grouping or no day, and for more than 400 days.
    """
    if by not in {*By}:
        msg = f"Nothing is grouped by {by}; choose one of {', '.join(By)}."
        raise NoSuchReportError(msg)
    last = _day(until) if until else now.astimezone(UTC).date()
    first = _day(since) if since else last - timedelta(days=USUAL_DAYS - 1)
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        msg = f"From {first} to {last} are not 1 to {MOST_DAYS} days; choose other days."
        raise NoSuchReportError(msg)
    return Asked(by=By(by), first=first, last=last, program=program, people=people)


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Reports on their ports."""

    funnel: Funnel
    reported: Reported
    clusters: Clusters
    bundles: Bundles
    now: Callable[[], datetime]

    def of(self, wish: Asked) -> Report:
        """The report; RetryableError when a store is out of reach."""
        now, read = self.now(), Counter[str]()
        mailings, people = self._mailings(wish, now, read)
        group = Groups(by=wish.by, program=wish.program, bundles=self.bundles, people=people)
        report = Report(
            asked=wish,
            at=now,
            mails=of_mails(mailings, people, group=group.of, first=wish.first, last=wish.last),
            fewer=sum(each.fewer for each in people.values()),
        )
        if wish.people:
            everybody = [candidate_of(p, p.person) for p in self.reported.everybody()]
            read["profiles"] += len(everybody)
            report = replace(
                report,
                pool=of_pool(everybody, touched(mailings, now=now)),
                sources=of_sources(everybody, first=wish.first, last=wish.last),
                hires=of_hires(everybody, first=wish.first, last=wish.last),
                fewer=sum(each.fewer for each in everybody),
            )
        return replace(report, read=dict(read))

    def _mailings(
        self, wish: Asked, now: datetime, read: Counter[str]
    ) -> tuple[list[Mailing], dict[PersonId, Candidate]]:
        """Each intent of the days that have to be known, and the people they are of by now.

        A mail is of whoever has its address, else of whom it was for. With whom it was for being
        forgotten it is, too: the log says no more of it.
        """
        told = self._told(wish, now, read)
        sought = {row.subject for _, row, _ in told if row.subject}
        sought |= {mail[0].address for _, _, mail in told if mail is not None}
        owners = self._owners(sought, read)
        found, people = [], {}
        for program, row, mail in told:
            subject = owners.get(row.subject)
            if subject is None:
                continue
            owner = subject if mail is None else owners.get(mail[0].address, subject)
            people[owner.person] = owner
            found.append(_mailing(program, row, mail, owner.person))
        return found, people

    def _told(self, wish: Asked, now: datetime, read: Counter[str]) -> list[_Told]:
        """The intents of the days that have to be known: program, last word, mail if one left."""
        latest: dict[str, tuple[str, Intended]] = {}
        tried: dict[str, dict[str, None]] = {}
        for day in _days(wish, now):
            read["days"] += 1
            for program in self.funnel.programs(day):
                for row in self.funnel.intended(program, day):
                    read["intents"] += 1
                    known = latest.get(row.intent)
                    if known is None or known[1].at <= row.at:
                        latest[row.intent] = program, row
                    # An address may change while a mail waits: one of them was mailed at most.
                    if row.send_key:
                        tried.setdefault(row.intent, {})[row.send_key] = None
        mails = self.reported.mails(key for intent in tried.values() for key in intent)
        read["mails"] += len(mails)
        return [
            (program, row, _mine(row, tried.get(row.intent, ()), mails))
            for program, row in latest.values()
        ]

    def _owners(self, refs: Iterable[Ref], read: Counter[str]) -> dict[Ref, Candidate]:
        """Whose identifiers are now; those that nobody has any more are left out."""
        at = {ref: ref for ref in refs}
        found: dict[Ref, Candidate] = {}
        for _ in range(MAX_MOVES):
            groups = groups_of(self.clusters, {place for place in at.values() if is_strong(place)})
            # A browser's history, and what is in no cluster, stands for itself or moved on.
            persons = {
                ref: groups[place].person if place in groups else person_id(place)
                for ref, place in at.items()
            }
            profiles = self.reported.profiles(persons.values())
            read["profiles"] += len(profiles)
            at = {}
            for ref, person in persons.items():
                profile = profiles.get(person)
                if profile is not None and profile.moved_to is not None:
                    at[ref] = profile.moved_to
                elif profile is not None:
                    found[ref] = candidate_of(profile, person)
            if not at:
                break
        return found


def _mine(row: Intended, tried: Iterable[str], mails: Mapping[str, _Mail]) -> _Mail | None:
    """The mail of this very intent; another intent may have come to the same mail before."""
    found = [mail for key in tried if (mail := mails.get(key)) and mail[0].intent == row.intent]
    return max(found, key=lambda mail: mail[0].claimed_at, default=None)


def _mailing(program: str, row: Intended, mail: _Mail | None, person: PersonId) -> Mailing:
    told = Mailing(
        intent=row.intent,
        program=program,
        person=person,
        at=row.at,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        bundle=row.bundle,
    )
    if mail is None:
        return told
    record, fate = mail
    told = replace(told, state=record.state, tracked=record.tracked, fate=fate)
    return told if told.left is None else replace(told, at=record.claimed_at, bundle=record.bundle)


def _days(wish: Asked, now: datetime) -> list[str]:
    """The days to read: around the period, and for the pool the last ninety."""
    today = now.astimezone(UTC).date()
    first, last = read_days(wish.first, wish.last, today)
    found = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    if wish.people:
        found |= {today - timedelta(days=n) for n in range(MAIL_COUNTS.days + 2)}
    return [day.isoformat() for day in sorted(found)]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{text} is no day; write it as 2026-11-23."
        raise NoSuchReportError(msg) from None
