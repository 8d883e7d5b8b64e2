"""Made-up people and the rules that they are mailed by, for a simulated year.

Half of them are members for a year already. Three of four never show a sign that they read: most
people never agree that it is noted. None has been silent for two years, where mail ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from rapport.bundle import EDUCATION, Bundle
from rapport.domain.address import AddressState, Consent, ConsentStatus, LedgerEntry
from rapport.domain.decision import MailClass
from rapport.domain.gates import JobsWish, SendMode, Terms
from rapport.domain.identifiers import Ref
from rapport.domain.person import Zone, ZoneSource
from rapport.playbooks import terms

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
TOPICS = ("talent-network", "job-alerts")
FIELDS = ("nursing", "physiotherapy", "laboratory", "administration", "it", "logistics")
KEEP, ASK, ALERT, WELCOME = (
    "keep-in-touch",
    "still-interested",
    "job-alert",
    "talent-network-welcome",
)
REMINDER, LETTER = "application-reminder", "one-to-one"
NEWS, OPENINGS, ATS = "open-day", "openings", "application-received"
SURE = [
    "Europe/Oslo",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Lisbon",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Auckland",
]
GUESSES = (
    ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    ("Australia/Sydney", "Australia/Perth"),
    ("Europe/Lisbon", "Atlantic/Azores"),
)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail that went out. `late`: how long after the first instant at which it was allowed."""

    entry: LedgerEntry
    mail_class: MailClass
    education: bool
    late: timedelta


@dataclass(kw_only=True)
class Person:
    """Somebody with their year: `consents` all of it, `wishes_less` than the employer sends."""

    number: int
    zone: Zone | None
    trade: str
    began: datetime
    state: AddressState
    looking: bool
    answers: float
    consents: bool = True
    wishes_less: bool = False
    # When they left, or said what they wish.
    said_at: datetime | None = None
    mails: list[Mail] = field(default_factory=list)
    before: tuple[LedgerEntry, ...] = ()
    decided: int = 0
    dropped: list[str] = field(default_factory=list)
    probed: int = 0
    opened_early: int = 0


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The bundle in the words of decisions, with the programs that an employer adds."""

    bundle: Bundle
    programs: Mapping[str, Terms]
    waits: Mapping[str, timedelta]

    @classmethod
    def of(cls, bundle: Bundle) -> "Rules":
        """The rules of a bundle, sending to everybody."""
        found = {p.program: terms(bundle, p.program) for p in bundle.playbooks}
        programs = {name: replace(t, send_mode=SendMode.LIVE) for name, t in found.items() if t}
        campaign = replace(
            programs[KEEP],
            every=timedelta(),
            stale_after=21 * DAY,
            priority=4,
            program=NEWS,
        )
        needed = replace(
            campaign,
            program=ATS,
            mail_class=MailClass.TRANSACTIONAL,
            education=False,
            stale_after=DAY,
        )
        openings = replace(
            campaign, program=OPENINGS, education=False, jobs=JobsWish.REQUIRED, priority=4
        )
        waits = {p.program: timedelta(seconds=p.wait_seconds) for p in bundle.playbooks}
        return cls(
            bundle=bundle,
            programs={**programs, NEWS: campaign, OPENINGS: openings, ATS: needed},
            waits=waits,
        )

    def next_block(self, person: Person, now: datetime) -> tuple[str, ...]:
        """The next block of education that fits the person and that they have not had."""
        since = now - self.bundle.policy.relevance.block_again_after
        told = {key for entry in person.state.ledger if entry.at > since for key in entry.blocks}
        for block in self.bundle.blocks:
            fits = not block.topics or person.trade in block.topics
            if block.kind == EDUCATION and fits and block.key not in told:
                return (block.key,)
        return ()


def born(number: int, chance: Random, rules: Rules) -> Person:
    kind = chance.random()
    zone: Zone | None = Zone(names=(chance.choice(SURE),), source=ZoneSource.BROWSER, sure=True)
    if kind < 0.15:
        zone = Zone(names=chance.choice(GUESSES), source=ZoneSource.COUNTRY, sure=False)
    elif kind < 0.25:
        zone = None
    # Most people join while they are awake.
    home = ZoneInfo(zone.names[0] if zone else rules.bundle.policy.home_zone)
    hour = 24 * chance.random() if chance.random() < 0.15 else 8 + 12 * chance.random()
    began = datetime.combine(FIRST + chance.randrange(365) * DAY, time(), home)
    began = began.astimezone(UTC) + timedelta(hours=hour)
    yes = Consent(
        status=ConsentStatus.GRANTED,
        at=began,
        statement="s",
        statement_hash="h",
        event_id="c",
    )
    person = Person(
        number=number,
        zone=zone,
        trade=chance.choice(FIELDS),
        began=began,
        state=AddressState(
            ref=Ref(f"address-{number}"),
            version=1,
            confirmed_at=began,
            consents=dict.fromkeys(TOPICS, yes),
        ),
        looking=chance.random() < 0.15,
        answers=0.3 if chance.random() < 0.25 else 0.0,
    )
    if chance.random() < 0.5:
        _have_history(person, rules, chance)
    return person


def _have_history(person: Person, rules: Rules, chance: Random) -> None:
    """A year of keep-in-touch mails before, which is what the rhythm alone comes to."""
    every = rules.programs[KEEP].every
    at = person.began - chance.random() * every - 10 * every
    while at < person.began:
        entry = LedgerEntry(
            at=at,
            program=KEEP,
            send_key=f"before-{at}",
            blocks=rules.next_block(person, at),
            human=chance.random() < person.answers,
        )
        person.state = replace(person.state, ledger=(*person.state.ledger, entry))
        at += every
    person.before = person.state.ledger
