"""Campaigns on their way: the ports of their state, what they are made of now, when whose turn is.

How a campaign stands is read at most every 10 s by whoever judges its mails.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Protocol
from zoneinfo import ZoneInfo

from rapport.bundle import Bundle
from rapport.campaigns import FACT, USD_PER_MAIL, Campaign, fingerprint, key_of
from rapport.domain import launch as way
from rapport.domain.decision import FactRef, Intent
from rapport.domain.event import Origin, millis
from rapport.domain.identifiers import Namespace, PersonId
from rapport.domain.launch import Launch, Stand
from rapport.domain.person import Zone
from rapport.domain.quiet import zone_named
from rapport.errors import ConflictError

READ_SECONDS = 10.0
# People in a row of the audience.
PAGE = 500
TRIES = 3
EVERYBODY = frozenset({"", "true"})
_NAME_DIGITS = 14
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some of the audience, whose turn is at one instant; `page` says with whom they were read."""

    due: datetime
    page: int
    people: tuple[PersonId, ...]

    @property
    def name(self) -> str:
        """Sorts by whose turn is first."""
        return f"{chunk_time(self.due)}#{self.page:06d}"


def chunk_time(due: datetime) -> str:
    """What the names of chunks that are due then begin with."""
    return f"{millis(due):0{_NAME_DIGITS}d}"


class Launches(Protocol):
    """How far each campaign has come, and its audience. Reads are strongly consistent."""

    def get(self, campaign: str) -> Launch:
        """A campaign's way; a draft of version 0 for one that nobody touched."""
        ...

    def save(self, launch: Launch, chunks: Sequence[Chunk] = ()) -> bool:
        """Store it with chunks of its audience, all or nothing; a page has at most 90.

        False, and nothing stored, unless the stored version is the one before.
        """
        ...

    def chunks(self, campaign: str, *, since: str, until: datetime, limit: int) -> Sequence[Chunk]:
        """The chunks from the one of that name on, that one too, which are due by then."""
        ...

    def next_due(self, campaign: str, *, after: str) -> datetime | None:
        """When the chunk after the one of that name is due; None if there is none."""
        ...

    def spent(self, campaign: str) -> int:
        """How many mails of it have left that its bound counts."""
        ...

    def spend(self, campaign: str, *, most: int) -> bool:
        """Count one more unless there were `most` already; whether it was counted."""
        ...


class Stands(Protocol):
    """How campaigns stand, for whoever judges their mails."""

    def of(self, program: str, bundle: Bundle, bundle_hash: str) -> Stand | None:
        """How the campaign stands that a program is; None for a playbook."""
        ...

    def take(self, stand: Stand) -> bool:
        """Count one more mail of it, if its bound allows one more."""
        ...


class LiveStands:
    """As it was at most 10 s ago; as it is, where it is not what was agreed to."""

    def __init__(self, launches: Launches, *, clock: Callable[[], float] = monotonic) -> None:
        """`clock` gives seconds."""
        self._launches, self._clock = launches, clock
        self._read: dict[str, tuple[float, Launch, int]] = {}
        self._prints: dict[tuple[str, str], tuple[str, str]] = {}

    def of(self, program: str, bundle: Bundle, bundle_hash: str) -> Stand | None:
        """How the campaign stands that a program is; None for a playbook."""
        campaign = bundle.campaign(key_of(program)) if key_of(program) else None
        if campaign is None:
            return None
        most = most_of(campaign)
        place = bundle_hash, campaign.key
        if place not in self._prints:
            self._prints = {p: told for p, told in self._prints.items() if p[0] == bundle_hash}
            self._prints[place] = print_of(bundle, campaign)
        told, lacking = self._prints[place]
        read, now = self._read.get(campaign.key), self._clock()
        if read is None or now - read[0] >= READ_SECONDS or read[1].agreed != told:
            spent = 0 if most is None else self._launches.spent(campaign.key)
            read = now, self._launches.get(campaign.key), spent
            self._read[campaign.key] = read
        return Stand(launch=read[1], fingerprint=told, lacking=lacking, spent=read[2], most=most)

    def take(self, stand: Stand) -> bool:
        """Count one more mail of it; if there is none left, whoever asks next is told so."""
        key = stand.launch.campaign
        if stand.most is None or self._launches.spend(key, most=stand.most):
            return True
        self._read.pop(key, None)
        return False


class AsIfLaunched:
    """For whoever wants to know what a campaign would be, before it is launched."""

    def of(self, program: str, bundle: Bundle, bundle_hash: str) -> Stand | None:
        """None: no campaign is in anybody's way."""
        return None

    def take(self, stand: Stand) -> bool:
        """Nothing leaves, so nothing is counted."""
        return True


def most_of(campaign: Campaign) -> int | None:
    """How many mails may leave by both bounds of a campaign; None: as many as there are people."""
    bounds = [campaign.most_mails] if campaign.most_mails else []
    if campaign.most_usd:
        bounds.append(int(campaign.most_usd / USD_PER_MAIL))
    return min(bounds, default=None)


def print_of(bundle: Bundle, campaign: Campaign) -> tuple[str, str]:
    """The fingerprint of a campaign with all that it names, and a sentence for what it lacks.

    With something unpublished the fingerprint is empty, so that nobody can agree to it; when that
    is back as it was, so is the fingerprint.
    """
    templates = [t for t in bundle.templates if t.name == campaign.template]
    if not templates:
        return "", f"The template {campaign.template} is not published."
    segment = bundle.segment(campaign.segment)
    if campaign.segment and segment is None:
        return "", f"The segment {campaign.segment} is not published."
    blocks = [b for b in bundle.blocks if b.key == campaign.block]
    if campaign.block and not blocks:
        return "", f"The block {campaign.block} is not published."
    try:
        statement = bundle.statement(campaign.topic)
    except KeyError:
        return "", f"No consent statement for the topic {campaign.topic} is published."
    parts = [
        "" if segment is None else segment.when,
        *sorted(t.version for t in templates),
        *sorted(e.version for b in blocks for e in b.editions),
        *sorted(w.hash for w in statement.wordings),
    ]
    return fingerprint(campaign, *parts), ""


def mark_changed(
    launches: Launches, before: Bundle | None, after: Bundle, *, by: str
) -> tuple[str, ...]:
    """Whoever makes another bundle the live one cannot approve what it changes; those campaigns.

    By what it names a campaign is changed, too. Called before the bundle is live, for else somebody
    could approve in between. ConflictError if others change the same all the time.
    """
    changed = tuple(
        each.key
        for each in after.campaigns
        if before is None
        or (known := before.campaign(each.key)) is None
        or print_of(before, known) != print_of(after, each)
    )
    for key in changed:
        moved(launches, key, lambda launch: way.changed(launch, by))
    return changed


def moved(launches: Launches, campaign: str, step: Callable[[Launch], Launch]) -> Launch:
    """Take a step on a campaign's way; MoveError from the step. Harmless when it changes nothing.

    ConflictError if somebody else was faster every time.
    """
    for _ in range(TRIES):
        before = launches.get(campaign)
        after = step(before)
        if after == before or launches.save(after):
            return after
    msg = f"the campaign {campaign} changed {TRIES} times in a row"
    raise ConflictError(msg)


def everybody(bundle: Bundle, campaign: Campaign) -> bool:
    """Whether its segment leaves nobody out."""
    segment = bundle.segment(campaign.segment)
    return segment is not None and segment.when.strip() in EVERYBODY


def intent_of(
    launch: Launch, program: str, person: PersonId, *, due: datetime, bundle_hash: str
) -> Intent:
    """The wish to mail one of the audience: the same however often it is made.

    Nothing in the log stands for it; what is left of somebody who is unknown by now is a visitor.
    """
    fact = FactRef(
        name=FACT,
        event_id=launch.id,
        person=person,
        origin=Origin.LIVE.value,
        occurred_at=due,
        received_at=due,
        log_pk=f"{Namespace.ANON}#{person}",
        log_sk=launch.id,
    )
    return Intent(
        program=program,
        occurrence=launch.id,
        person=person,
        fact=fact,
        bundle=bundle_hash,
        decided_at=due,
    )


def beginning(campaign: Campaign, now: datetime) -> datetime:
    """The first instant at which anybody gets it, if it is launched now."""
    return max(now, datetime.fromisoformat(campaign.at)).astimezone(UTC) if campaign.at else now


def turn(begins: datetime, local_hour: int, zone: Zone) -> datetime:
    """The first instant from `begins` on at which it is that hour where the person lives.

    Of several zones that they may live in the westernmost counts: in the others it is later in the
    day. An hour that clocks leave out is the one after it; of one that comes twice, the first.
    """
    zones = [found for name in zone.names if (found := zone_named(name)) is not None]
    if local_hour < 0 or not zones:
        return begins
    where = min(zones, key=lambda each: begins.astimezone(each).utcoffset() or timedelta())
    today = begins.astimezone(where).date()
    turns = (_at(today + n * _DAY, local_hour, where) for n in (-1, 0, 1, 2))
    return next(each for each in turns if each >= begins)


def _at(day: date, hour: int, where: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), where).astimezone(UTC)


def grouped(people: Iterable[tuple[PersonId, datetime]], *, page: int) -> tuple[Chunk, ...]:
    """The chunks of one page of the audience, by when whose turn is."""
    found: dict[datetime, list[PersonId]] = {}
    for person, due in people:
        found.setdefault(due, []).append(person)
    return tuple(
        Chunk(due=due, page=page, people=tuple(each)) for due, each in sorted(found.items())
    )
