"""What came of mails: the facts of each → numbers that lead to their people.

Every step's parts add up to it without a rest, and what nobody can know yet has a part of its own.
Opens are never a result.

An application belongs to the mail that the person clicked last within 30 days before it, of mails
that were sent within 90 days before it; it was influenced by each mail that was delivered within
90 days before it. A hire goes with its application.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from rapport.domain.address import SendState
from rapport.domain.decision import Outcome
from rapport.domain.fate import Fate, Said
from rapport.domain.identifiers import PersonId
from rapport.domain.numbers import Counting, Part, Step, Table
from rapport.domain.people_report import Candidate, day_in_utc
from rapport.domain.reasons import Reason

CLICK_COUNTS = timedelta(days=30)
MAIL_COUNTS = timedelta(days=90)
TOUCHED_WITHIN = timedelta(days=90)
_LEFT: Mapping[SendState, Step] = {
    SendState.ACCEPTED: Step.ACCEPTED,
    SendState.UNCERTAIN: Step.UNCERTAIN,
    SendState.LOST: Step.LOST,
}
# Whoever answers to a mail has it, whatever SES told.
_HAS_IT = frozenset({Said.DELIVERED, Said.CLICKED, Said.REPLIED})
_ANSWERS: Mapping[Said, Step] = {
    Said.REPLIED: Step.REPLIED,
    Said.UNSUBSCRIBED: Step.UNSUBSCRIBED,
    Said.COMPLAINED: Step.COMPLAINED,
}
WHOLE = Part(Step.INTENDED, Step.INTENDED)


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """One intent to mail somebody, as it stands now. `person` is who that is by now.

    `at`: when the mail was claimed; of one that never left, when it was decided on last. `state` is
    None while there is no mail. `tracked`: whether its links may tell on the person.
    """

    intent: str
    program: str
    person: PersonId
    at: datetime
    outcome: Outcome
    reason: str
    state: SendState | None = None
    tracked: bool = False
    fate: Fate = field(default_factory=Fate)
    bundle: str = ""

    @property
    def left(self) -> Step | None:
        """What is known of its handing over; None if it never left."""
        return None if self.state is None else _LEFT.get(self.state)

    @property
    def arrived(self) -> Step | None:
        """What became of it after SES took it; None if SES did not, or nobody can tell."""
        if self.left is not Step.ACCEPTED:
            return None
        if Said.HARD_BOUNCED in self.fate.at:
            return Step.HARD_BOUNCED
        if Said.REJECTED in self.fate.at:
            return Step.REJECTED
        if _HAS_IT & self.fate.at.keys():
            return Step.DELIVERED
        return Step.SOFT_BOUNCED if Said.SOFT_BOUNCED in self.fate.at else Step.NO_WORD

    @property
    def delivered_at(self) -> datetime | None:
        """When the person had it for certain."""
        if self.arrived is not Step.DELIVERED:
            return None
        return min(at for said, at in self.fate.at.items() if said in _HAS_IT)

    @property
    def clicked_at(self) -> datetime | None:
        """When the person followed one of its links first."""
        return None if self.arrived is not Step.DELIVERED else self.fate.at.get(Said.CLICKED)


def of_mails(
    mailings: Iterable[Mailing],
    candidates: Mapping[PersonId, Candidate],
    *,
    group: Callable[[Mailing], str | None],
    first: date,
    last: date,
) -> Table:
    """What became of the mails of the UTC days from `first` to `last`, by group.

    `mailings` reach as far beyond these days as `days_of` says, for a mail of another day may be
    the one that an application belongs to. `group` is None for what shall not be counted.
    """
    counting = Counting()
    mine: dict[PersonId, list[Mailing]] = {}
    for mailing in mailings:
        mine.setdefault(mailing.person, []).append(mailing)

    def told(mailing: Mailing) -> str | None:
        return group(mailing) if first <= day_in_utc(mailing.at) <= last else None

    for person, mails in mine.items():
        for mailing in mails:
            name = told(mailing)
            if name is not None:
                for part in (WHOLE, *steps(mailing)):
                    counting.add(name, part, mailing.intent, person)
        candidate = candidates.get(person)
        for part, mailing, thing in () if candidate is None else _won(candidate, mails):
            name = told(mailing)
            if name is not None:
                counting.add(name, part, thing, person)
    return counting.table()


def steps(mailing: Mailing) -> Iterator[Part]:
    """Every part that a mail stands in, but for what came of it later."""
    left, arrived = mailing.left, mailing.arrived
    if left is None:
        yield _not_sent(mailing)
        return
    yield Part(Step.INTENDED, Step.SENT)
    yield Part(Step.SENT, left)
    for said, answer in _ANSWERS.items():
        if said in mailing.fate.at:
            yield Part(Step.SENT, answer)
    if arrived is None:
        return
    yield Part(Step.ACCEPTED, arrived)
    if arrived is Step.DELIVERED:
        if mailing.clicked_at is not None:
            yield Part(Step.DELIVERED, Step.CLICKED)
        else:
            yield Part(Step.DELIVERED, Step.NOT_CLICKED if mailing.tracked else Step.NOT_NOTED)


def _not_sent(mailing: Mailing) -> Part:
    if mailing.state is SendState.FAILED:
        return Part(Step.INTENDED, Step.DROPPED, Reason.REJECTED.value)
    match mailing.outcome:
        case Outcome.HOLD:
            return Part(Step.INTENDED, Step.HELD, mailing.reason)
        case Outcome.DROP:
            return Part(Step.INTENDED, Step.DROPPED, mailing.reason)
        case Outcome.SEND:
            return Part(Step.INTENDED, Step.UNDERWAY)


def _won(candidate: Candidate, mails: list[Mailing]) -> Iterator[tuple[Part, Mailing, str]]:
    """The mails that applications and hires belong to, and those that influenced them."""
    for application in candidate.applications:
        at, thing = application.at, f"{candidate.person} {application.name}"
        clicks = [
            (mailing.clicked_at, mailing.intent, mailing)
            for mailing in mails
            if mailing.clicked_at is not None
            and timedelta(0) <= at - mailing.clicked_at <= CLICK_COUNTS
            and at - mailing.at <= MAIL_COUNTS
        ]
        if clicks:
            mailing = max(clicks, key=lambda click: click[:2])[2]
            yield Part(Step.CLICKED, Step.APPLIED_AFTER_CLICK), mailing, thing
            if application.hired_at is not None:
                yield Part(Step.CLICKED, Step.HIRED_AFTER_CLICK), mailing, thing
        for mailing in mails:
            had = mailing.delivered_at
            if had is not None and timedelta(0) <= at - had <= MAIL_COUNTS:
                yield Part(Step.DELIVERED, Step.APPLIED_AFTER_MAIL), mailing, thing
                if application.hired_at is not None:
                    yield Part(Step.DELIVERED, Step.HIRED_AFTER_MAIL), mailing, thing


def touched(mailings: Iterable[Mailing], *, now: datetime) -> frozenset[PersonId]:
    """To whom a mail of the last 90 days was delivered."""
    since = now - TOUCHED_WITHIN
    return frozenset(
        mailing.person
        for mailing in mailings
        if mailing.delivered_at is not None and mailing.at >= since
    )


def read_days(first: date, last: date, today: date) -> tuple[date, date]:
    """The UTC days whose mails have to be known for a report of the days `first` to `last`.

    A mail of another day may be the one that an application belongs to; one that was held in the
    period may have left after it.
    """
    return first - MAIL_COUNTS, min(today, last + MAIL_COUNTS)
