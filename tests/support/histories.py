"""Histories of visitors, and a stream that delivers them as badly as AWS may.

`Delivery` plays a log's shards through enrich: batches of any size, processes that die before any
store call, batches that come again whole or in parts, a log that is ahead of its stream, another
shard or a twin of the same invocation that gets in between two calls. The chaos comes from a seeded
`Random`, because a shrinking search is bad at finding schedules.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from functions.enrich.flow import Enrich, Result
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id
from rapport.domain.profile import Occurrence, Profile, fold_profile
from rapport.domain.tally import fold_partition
from rapport.ports import SealedEvent, View
from tests.support.fakes import Calls, CrashError, FakeLog, FakePeople

# Four hours before a month ends, so that histories cross it.
EVE = datetime(2026, 2, 28, 20, 0, tzinfo=UTC)
COOKIES = tuple(Ref(f"anon#{n}") for n in ("tablet", "laptop", "phone"))
USERS = tuple(Ref(f"user#{n}") for n in ("ana", "bo", "cy"))
# Kinds of event whose properties or traits a profile reads.
_CARRYING = (
    "Job Viewed",
    "Talent Network Joined",
    "Application Started",
    "Application Step Completed",
    "Application Submitted",
)


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


@st.composite
def events(draw: st.DrawFn, cookies: Sequence[Ref], users: Sequence[Ref]) -> Event:
    """Any event of a few cookies and users; many at once, and around the kiosk's window."""
    cookie = draw(st.sampled_from([*cookies, *cookies, None]))
    user = draw(st.sampled_from([None, None, *users] if cookie else list(users)))
    kind = draw(st.sampled_from(["page", "identify", "Unsubscribed", *_CARRYING]))
    word = draw(st.sampled_from(["nursing", "laboratory", "physiotherapy"]))
    value = f"{word}@inbox.halden.example"
    applying: dict[str, Json] = {
        # More jobs than a profile keeps, one of them in a spelling that may not stand in clear.
        "job_id": draw(st.one_of(st.integers(1, 40), st.just("Ward nurse, nights"))),
        "step": draw(st.sampled_from([1, 2, "3", 0, None])),
        "category": word,
    }
    bodies: dict[str, dict[str, Json]] = {
        "identify": {"traits": {"email": value, "firstName": word}},
        "Job Viewed": {"properties": {"category": word}},
        "Talent Network Joined": {"properties": {"email": value, "category": word}},
        "Application Started": {"properties": {**applying, "email": value}},
        "Application Step Completed": {"properties": applying},
        "Application Submitted": {"properties": applying},
    }
    signs: dict[str, Json] = {"bot": {"because": ["the user agent is a crawler's"]}}
    bot = draw(st.sampled_from([{}, {}, {}, signs]))
    return event(
        draw(st.one_of(st.sampled_from([0, 30, 245]), st.integers(0, 90), st.integers(0, 3000))),
        cookie=cookie,
        user=user,
        kind=kind,
        body={**bodies.get(kind, {}), **bot},
        # Some ids come again, under another timestamp, as another kind, hours and months apart.
        message_id=draw(st.one_of(st.sampled_from("abc"), st.uuids().map(str))),
        trust=draw(st.sampled_from(Trust)),
        late=draw(st.integers(0, 120)),
    )


@st.composite
def histories(draw: st.DrawFn, max_size: int = 14) -> list[Event]:
    """What 1 to 3 cookies and 1 to 3 users sent, in order of arrival; each log key once."""
    cookies = COOKIES[: draw(st.integers(1, len(COOKIES)))]
    users = USERS[: draw(st.integers(1, len(USERS)))]
    return draw(
        st.lists(events(cookies, users), min_size=1, max_size=max_size, unique_by=lambda e: e.key)
    )


def profile_of(root: Ref, log: Iterable[Event]) -> Profile:
    """The profile by definition: a fold of all events there are, without any store."""
    rows = list(log)
    refs = {row.partition for row in rows}
    folded = (fold_partition(ref, [e for e in rows if e.partition == ref]) for ref in sorted(refs))
    mine = [p for p in folded if p.ref == root or (is_strong(root) and root in p.strongs)]
    return fold_profile(root, mine)


class WatchedPeople(FakePeople):
    """People, with a list of every view that was written."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.written: list[PersonId] = []

    def save_view(self, view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> bool:
        done = super().save_view(view, occurrences, now=now)
        if done:
            self.written.append(view.profile.person)
        return done


@dataclass
class Interrupted(Calls):
    """Calls of one invocation: before one of them it dies, or somebody else gets a turn."""

    die_at: int | None = None
    meanwhile: dict[int, Callable[[], None]] = field(default_factory=dict)

    def touch(self, name: str) -> None:
        super().touch(name)
        turn = self.meanwhile.pop(len(self.names), None)
        if turn is not None:
            turn()
        if len(self.names) == self.die_at:
            raise CrashError(name)


@dataclass
class Delivery:
    """Plays a history into enrich until every record is done, with chaos by `random`."""

    history: Sequence[Event]
    random: Random
    shards: int = 2
    log: FakeLog = field(default_factory=FakeLog)
    people: WatchedPeople = field(default_factory=WatchedPeople)
    done: dict[int, int] = field(default_factory=dict)
    arrived: int = 0
    crashes: int = 0
    intrusions: int = 0
    repeats: int = 0

    def play(self) -> None:
        """Deliver everything."""
        while True:
            self._arrive()
            open_shards = [s for s in range(self.shards) if self._pending(s)]
            if open_shards:
                self._invoke(self.random.choice(open_shards))
            elif self.arrived == len(self.history):
                return

    def _arrive(self) -> None:
        """More events reach the log, ahead of what the stream delivers."""
        more = self.random.randint(0, 6)
        for item in self.history[self.arrived : self.arrived + more]:
            self.log.put(item)
        self.arrived = min(self.arrived + more, len(self.history))

    def _shard(self, ref: str) -> int:
        return sorted({e.partition for e in self.history}).index(Ref(ref)) % self.shards

    def _pending(self, shard: int) -> list[SealedEvent]:
        rows = [row for row in self.log.stream if self._shard(row.key.pk) == shard]
        return rows[self.done.get(shard, 0) :]

    def _invoke(self, shard: int, *, calm: bool = False) -> None:
        """One invocation with the next rows of a shard, and perhaps another of the same rows."""
        start = self.done.get(shard, 0)
        rows = self._pending(shard)[: self.random.randint(1, 6)]
        calls = Interrupted()
        if not calm:
            calls = self._chaos(shard)
        if self._run(rows, calls) is None:
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
        if dice < 0.35:
            calls.die_at = self.random.randint(1, 14)
        if 0.2 < dice < 0.7:
            others = [s for s in range(self.shards) if s != shard]
            whose = self.random.choice([shard, *others])
            calls.meanwhile[self.random.randint(1, 14)] = lambda: self._intrude(whose)
        return calls

    def _intrude(self, shard: int) -> None:
        """Somebody else works while an invocation stands still, for a batch or two."""
        outer = (self.log.calls, self.people.calls)
        self.intrusions += 1
        for _ in range(self.random.randint(1, 2)):
            self._arrive()
            if self._pending(shard):
                self._invoke(shard, calm=True)
        self.log.calls, self.people.calls = outer

    def _run(self, rows: Sequence[SealedEvent], calls: Calls) -> Result | None:
        self.log.calls = self.people.calls = calls
        try:
            result = enrich(self.log, self.people).batch(rows)
        except CrashError:
            return None
        if result.failures:
            msg = f"nothing is wrong with these rows: {result.failures}"
            raise AssertionError(msg)
        return result

    def stored(self, root: Ref) -> Profile | None:
        """The profile in the stored view."""
        view = self.people.views.get(person_id(root))
        return None if view is None else view.profile


def enrich(log: FakeLog, people: FakePeople) -> Enrich:
    """The flow on fakes; its clock stands still."""
    return Enrich(log=log, people=people, now=lambda: EVE)
