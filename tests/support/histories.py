"""Histories of visitors, and a stream that delivers them as badly as AWS may.

`Delivery` plays a log's shards through enrich: batches of any size, processes that die before any
store call, batches that come again whole or in parts, a log that is ahead of its stream, another
shard or a twin of the same invocation that gets in between two calls. The chaos comes from a seeded
`Random`, because a shrinking search is bad at finding schedules.

Events of these histories say in their body who they name (`names`), and what that person is called
(`called`), so that a history is refs from end to end; those of the engine are read as always.

One module, longer than others: visitors, shards and ways to die make one game, played by its seed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast
from zlib import crc32

from functions.enrich.flow import Enrich, Result
from rapport.absorb import Absorb
from rapport.domain.event import Event, Json, Origin, Trust, millis
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id, rank
from rapport.domain.observation import Observation, Ruling
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import Profile
from rapport.domain.rules import Rules
from rapport.events import ENGINE_SOURCE
from rapport.extraction import observe
from rapport.ports import SealedEvent, View
from rapport.refreshing.persons import Persons
from rapport.refreshing.receipts import Receipts
from rapport.refreshing.views import Views
from rapport.ruling import decreed_event
from tests.support.clusters import FakeClusters
from tests.support.fakes import Calls, CrashError, FakeLog, FakePeople, FakePseudonyms

# Four hours before a month ends, so that histories cross it.
# Some twenty times as many as the longest invocation of all histories makes.
MOST_CALLS = 2_000
EVE = datetime(2026, 2, 28, 20, 0, tzinfo=UTC)
COOKIES = tuple(Ref(f"anon#{n}") for n in ("tablet", "laptop", "phone"))


def strong(ns: str, name: str) -> Ref:
    """A ref of the length that refs have."""
    return Ref(f"{ns}#{name.ljust(22, '-')}")


USERS = tuple(strong("user", n) for n in ("ana", "bo", "cy"))
EMAILS = tuple(strong("email", n) for n in ("ana", "bo", "family"))
PHONES = tuple(strong("phone", n) for n in ("ana", "hall"))
NAMES = ("Ana Berg", "Ana Sand", "Bo Berg", "Cy Lund")
OF_AN_ATS = (
    "Application Received",
    "Application Stage Changed",
    "Application Updated",
    "Application Rejected",
    "Candidate Recorded",
    "Candidate Deleted",
)
# Kinds of event whose properties or traits a profile reads.
_CARRYING = (
    "Job Viewed",
    "Talent Network Joined",
    "Application Started",
    "Application Step Completed",
    "Application Submitted",
)


def of_an_ats(minute: int, n: int) -> dict[str, Json]:
    """What an ATS says in a history, its clock minutes off: of few applications and many records.

    A few of the clocks are the same, so that words tie.
    """
    stage = ("phone", "interview", "offer")[n % 3]
    return {
        "clock": millis(EVE) + (minute - minute % 3 - n) * 60_000,
        "application": f"{n % 3}".rjust(22, "p"),
        "candidate": f"{n % 40}".rjust(22, "c"),
        "stage": stage,
        "stage_id": str(n % 4),
        "status": ("active", "rejected", "")[n % 5 % 3],
        "can_email": (None, True, False)[n % 7 % 3],
        "came_from": stage,
        "prospect": n % 4 == 0,
    }


def event(
    minute: int = 0,
    *,
    cookie: Ref | None = None,
    user: Ref | None = None,
    kind: str = "page",
    body: dict[str, Json] | None = None,
    message_id: str = "",
    trust: Trust = Trust.ASSERTED,
    late: int = 0,
) -> Event:
    """An event `minute` minutes after EVE, received `late` minutes later."""
    at = EVE + timedelta(minutes=minute)
    home = user or cookie
    if home is None:
        msg = "an event hangs on a cookie or a user"
        raise ValueError(msg)
    return Event(
        partition=cookie or home,
        home=home,
        type=kind,
        source="site",
        message_id=message_id or f"m-{kind}-{minute}-{home}",
        trust=trust,
        origin=Origin.LIVE,
        original_at=at,
        sent_at=None,
        received_at=at + timedelta(minutes=late),
        at=at,
        body=body or {},
        owner=user,
    )


def joined(minute: int = 0, *, email: str = "ana@inbox.halden.example", **more: object) -> Event:
    """A visitor joins the talent network."""
    properties: dict[str, Json] = {"email": email, "category": "nursing"}
    return event(minute, kind="Talent Network Joined", body={"properties": properties}, **more)  # type: ignore[arg-type]


def naming(
    minute: int, *named: Ref, called: str = "", alias: bool = False, **more: object
) -> Event:
    """An event that names several identifiers together; it is the best one's."""
    best = min(named, key=lambda ref: (rank(ref), ref))
    body: dict[str, Json] = {"names": [str(ref) for ref in named], "called": called, "alias": alias}
    told = cast("dict[str, Json]", more.pop("body", {}))
    return event(minute, user=best, body={**told, **body}, **more)  # type: ignore[arg-type]


def decreed(minute: int, ruling: Ruling, *about: Ref) -> Event:
    """An operator's word."""
    now = EVE + timedelta(minutes=minute)
    return decreed_event([about], ruling, reason="a call", by="rita", now=now)


def told(event: Event) -> Observation:
    """What an event of a history says of who its person is."""
    if event.source == ENGINE_SOURCE:
        return observe(event, FakePseudonyms())
    named = {Ref(ref) for ref in cast("list[str]", event.body.get("names", []))}
    if is_strong(event.home):
        named.add(event.home)
    refs = tuple(sorted(named, key=lambda ref: (rank(ref), ref)))
    called = cast("str", event.body.get("called", ""))
    return Observation(
        key=event.key,
        at=event.at,
        verified=event.trust is Trust.VERIFIED,
        strong=refs,
        owner=refs[0] if refs else None,
        names=frozenset({called} if called and refs else ()),
        alias=(refs[0], refs[1]) if event.body.get("alias") and len(refs) > 1 else None,
    )


def alike(one: str, other: str) -> bool:
    """Whether two made-up names can be one person's."""
    return one.partition(" ")[0] == other.partition(" ")[0]


def history(random: Random, *, most: int = 12) -> list[Event]:
    """What a few cookies and people sent, in order of arrival; each log key once."""
    cookies = COOKIES[: random.randint(1, 3)]
    users, emails = USERS[: random.randint(1, 3)], EMAILS[: random.randint(1, 3)]
    phones = PHONES[: random.randint(0, 2)]
    linking = random.choice([0.1, 0.4, 0.8])
    found: dict[object, Event] = {}
    for n in range(random.randint(2, most)):
        minute = random.choice([0, 30, 245, random.randint(0, 90), random.randint(0, 3000)])
        if random.random() < 0.12:
            one = _decree(random, minute, [*users, *emails, *phones])
        else:
            one = _visit(random, (minute, n), cookies, (users, emails, phones), linking)
        found.setdefault(one.key, one)
    return list(found.values())


def _decree(random: Random, minute: int, refs: Sequence[Ref]) -> Event:
    ruling = random.choice(list(Ruling))
    about = random.sample(list(refs), k=1 if ruling is Ruling.BLOCKED else min(2, len(refs)))
    return decreed(minute, ruling, *about)


def _visit(
    random: Random,
    moment: tuple[int, int],
    cookies: Sequence[Ref],
    spaces: Sequence[Sequence[Ref]],
    linking: float,
) -> Event:
    minute, n = moment
    named = [random.choice(refs) for refs in spaces if refs and random.random() < linking]
    if random.random() < 0.1 and len(spaces[0]) > 1:
        named = random.sample(list(spaces[0]), k=2)
    cookie = random.choice([*cookies, *cookies, None])
    word = random.choice(["nursing", "laboratory"])
    kind = random.choice(["page", "identify", "Unsubscribed", *_CARRYING, *OF_AN_ATS])
    if kind in OF_AN_ATS and n % 4:
        # Few browsers send it; what does may be anybody's who has a key.
        cookie = None
    if cookie is None and not named:
        named = [random.choice(spaces[0])]
    value = f"{word}@inbox.halden.example"
    about: dict[str, Json] = {"email": value, "category": word, "job_id": random.randint(1, 20)}
    body: dict[str, Json] = {"properties": about}
    if kind == "identify":
        body = {"traits": {"email": value, "firstName": word}}
    if kind in OF_AN_ATS:
        traits: dict[str, Json] = {"emails": [value] if n % 2 else None, "first_name": word}
        body = {"traits": traits, "properties": {**about, **of_an_ats(minute, n)}}
    if minute % 7 == 1:
        body["bot"] = ["crawler"]
    more: dict[str, object] = {
        "cookie": cookie,
        "kind": kind,
        # Some ids come again, under another timestamp, as another kind, hours and months apart.
        "message_id": random.choice("abc") if random.random() < 0.2 else f"m-{n}",
        "trust": random.choice(list(Trust)),
        "late": random.randint(0, 120),
        "body": body,
    }
    if not named:
        return event(minute, **more)  # type: ignore[arg-type]
    called = random.choice(NAMES) if random.random() < 0.2 else ""
    alias = len(named) > 1 and all(ref in USERS for ref in named)
    return naming(minute, *named, called=called, alias=alias, **more)


class WatchedPeople(FakePeople):
    """People, with a list of every view that was written."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.written: list[PersonId] = []
        self.versions: list[tuple[Profile, int, Profile | None]] = []

    def save_view(self, view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> bool:
        person = view.profile.person
        before = self.views.get(person)
        done = super().save_view(view, occurrences, now=now)
        if done:
            self.written.append(person)
            old = None if before is None else before.profile
            self.versions.append((view.profile, view.version, old))
        return done


@dataclass
class Interrupted(Calls):
    """Calls of one invocation: before one of them it dies, or somebody else gets a turn."""

    die_at: int | None = None
    meanwhile: dict[int, Callable[[], None]] = field(default_factory=dict)

    def touch(self, name: str) -> None:
        super().touch(name)
        if len(self.names) > MOST_CALLS:
            # Without this a mistake that has people looked at for ever would hold the search up.
            msg = f"an invocation does not end: {MOST_CALLS} calls, the last one {name}"
            raise AssertionError(msg)
        turn = self.meanwhile.pop(len(self.names), None)
        if turn is not None:
            turn()
        if len(self.names) == self.die_at:
            raise CrashError(name)


@dataclass(kw_only=True)
class Stores:
    """What enrich works on; all of it shares its calls."""

    log: FakeLog = field(default_factory=FakeLog)
    people: WatchedPeople = field(default_factory=WatchedPeople)
    clusters: FakeClusters = field(default_factory=FakeClusters)

    def __post_init__(self) -> None:
        self.watched_by(self.log.calls)

    def watched_by(self, calls: Calls) -> Calls:
        """Let another count the calls; returns who did before."""
        before = self.log.calls
        self.log.calls = self.people.calls = self.clusters.calls = calls
        return before


@dataclass
class Delivery:
    """Plays a history into enrich until every record is done, with chaos by `random`."""

    history: Sequence[Event]
    random: Random
    shards: int = 2
    stores: Stores = field(default_factory=Stores)
    done: dict[int, int] = field(default_factory=dict)
    arrived: int = 0
    crashes: int = 0
    intrusions: int = 0
    repeats: int = 0

    def play(self) -> None:
        """Deliver everything, with what enrich itself puts into the log."""
        while True:
            self._arrive()
            open_shards = [s for s in range(self.shards) if self.pending(s)]
            if open_shards:
                self._invoke(self.random.choice(open_shards))
            elif self.arrived == len(self.history):
                return

    def _arrive(self) -> None:
        """More events reach the log, ahead of what the stream delivers."""
        more = self.random.randint(0, 6)
        for item in self.history[self.arrived : self.arrived + more]:
            self.stores.log.put(item)
        self.arrived = min(self.arrived + more, len(self.history))

    def pending(self, shard: int) -> list[SealedEvent]:
        """The rows of a shard that are not done."""
        stream = self.stores.log.stream
        rows = [row for row in stream if crc32(row.key.pk.encode()) % self.shards == shard]
        return rows[self.done.get(shard, 0) :]

    def _invoke(self, shard: int, *, calm: bool = False) -> None:
        """One invocation with the next rows of a shard, and perhaps another of the same rows."""
        start = self.done.get(shard, 0)
        rows = self.pending(shard)[: self.random.randint(1, 6)]
        calls = Interrupted()
        if not calm:
            calls = self._chaos(shard)
        if self.run(rows, calls) is None:
            self.crashes += 1
            return
        # A twin may have been further already.
        self.done[shard] = max(self.done.get(shard, 0), start + len(rows))
        if not calm and self.random.random() < 0.35:
            self.repeats += 1
            self.done[shard] = min(self.done[shard], start + self.random.randint(0, len(rows)))

    def _chaos(self, shard: int) -> Interrupted:
        calls = Interrupted()
        dice = self.random.random()
        longest = self.random.choice([14, 40])
        if dice < 0.35:
            calls.die_at = self.random.randint(1, longest)
        if 0.2 < dice < 0.7:
            others = [s for s in range(self.shards) if s != shard]
            whose = self.random.choice([shard, *others])
            calls.meanwhile[self.random.randint(1, longest)] = lambda: self._intrude(whose)
        return calls

    def _intrude(self, shard: int) -> None:
        """Somebody else works while an invocation stands still, for a batch or two."""
        outer = self.stores.log.calls
        self.intrusions += 1
        for _ in range(self.random.randint(1, 2)):
            self._arrive()
            if self.pending(shard):
                self._invoke(shard, calm=True)
        self.stores.watched_by(outer)

    def run(self, rows: Sequence[SealedEvent], calls: Calls) -> Result | None:
        """One invocation; None when it died."""
        self.stores.watched_by(calls)
        try:
            result = enrich_of(self.stores).batch(rows)
        except CrashError:
            return None
        if result.failures:
            msg = f"nothing is wrong with these rows: {result.failures}"
            raise AssertionError(msg)
        return result

    def stored(self, root: Ref) -> Profile | None:
        """The profile in the stored view."""
        view = self.stores.people.views.get(person_id(root))
        return None if view is None else view.profile


def _nothing(_: object) -> None:
    """Neither waits nor suggests."""


def enrich_of(
    stores: Stores,
    *,
    observed: Callable[[Event], Observation] = told,
    suggest: Callable[[Profile], None] = _nothing,
    rules: Callable[[], Rules] = Rules,
) -> Enrich:
    """The flow on fakes; its clock stands still."""
    log, people, clusters = stores.log, stores.people, stores.clusters
    return composed(
        log, people, clusters, observed=observed, suggest=suggest, rules=rules, now=lambda: EVE
    )


def composed(
    log: FakeLog,
    people: FakePeople,
    clusters: FakeClusters,
    *,
    now: Callable[[], datetime],
    observed: Callable[[Event], Observation] = told,
    suggest: Callable[[Profile], None] = _nothing,
    rules: Callable[[], Rules] = Rules,
) -> Enrich:
    """The flow as its handler composes it."""
    views = Views(
        log=log,
        people=people,
        clusters=clusters,
        receipts=Receipts(clusters=clusters, rules=rules, alike=alike),
        suggest=suggest,
        now=now,
    )
    return Enrich(
        log=log,
        people=people,
        observe=observed,
        absorb=Absorb(
            clusters=clusters, rules=rules, alike=alike, random=Random(7), pause=_nothing
        ),
        persons=Persons(views=views, clusters=clusters),
    )


def facts_in(rows: Iterable[Event], fact_of: Callable[[str], object]) -> set[tuple[str, str]]:
    """The keys of the events that give rise to a fact."""
    return {e.key for e in rows if fact_of(e.type) is not None}
