"""The door for deliveries on in-memory stores: what stands behind it is told, not done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from functions.ats.flow import Delivery, Door, Received
from rapport.adapters.ats import adapter_for
from rapport.ats import Adapter, Connection, Refetch, Taken
from rapport.domain.ats import AtsEvent
from rapport.domain.event import Json, Origin
from rapport.errors import RetryableError
from tests.support.ats.signing import Signed
from tests.support.fakes import Clock

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(kw_only=True)
class FakeConnections:
    """Connections by name. `stale` is what a worker remembers; `down`: nothing answers."""

    newest: dict[str, Connection] = field(default_factory=dict)
    stale: dict[str, Connection] = field(default_factory=dict)
    down: bool = False
    fresh_reads: int = 0

    def get(self, name: str, *, fresh: bool = False) -> Connection | None:
        if self.down:
            raise RetryableError
        self.fresh_reads += fresh
        if not fresh and name in self.stale:
            return self.stale[name]
        return self.newest.get(name)

    def names(self) -> Sequence[str]:
        return sorted(self.newest)


@dataclass(kw_only=True)
class FakeIntake:
    """Takes everything; `seen` is what it was given. `answer` is what it says that came of it."""

    seen: list[tuple[str, AtsEvent]] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    answer: Taken = field(default_factory=Taken)
    trouble: Exception | None = None

    def take(
        self,
        connection: Connection,
        events: Sequence[AtsEvent],
        *,
        origin: Origin,
        pulled: bool = False,
        dry_run: bool = False,
    ) -> Taken:
        assert (pulled, dry_run) == (False, False)
        self.origins.append(origin)
        if self.trouble is not None:
            raise self.trouble
        self.seen += [(connection.name, each) for each in events]
        return self.answer


@dataclass(kw_only=True)
class FakeOnce:
    """Tokens and the digests that came with them; settled or not."""

    tokens: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)
    kept_for: list[timedelta] = field(default_factory=list)

    def claim(
        self, connection: str, token: str, digest: str, now: datetime, *, keep: timedelta
    ) -> bool:
        del now
        self.kept_for.append(keep)
        return self.tokens.setdefault((connection, token), (digest, False)) == (digest, False)

    def settle(self, connection: str, token: str) -> None:
        digest, _ = self.tokens[connection, token]
        self.tokens[connection, token] = (digest, True)


@dataclass(kw_only=True)
class FakeKept:
    """Bodies that were kept: connection, reason, content."""

    kept: list[tuple[str, str, Mapping[str, Json]]] = field(default_factory=list)
    full: bool = False

    def keep(self, connection: str, reason: str, at: datetime, content: Mapping[str, Json]) -> None:
        del at
        if self.full:
            raise RetryableError
        self.kept.append((connection, reason, content))


@dataclass(kw_only=True)
class FakeRefetches:
    """What has to be read."""

    asked: list[Refetch] = field(default_factory=list)
    down: bool = False

    def put(self, refetch: Refetch, *, after_s: int = 0) -> None:
        del after_s
        if self.down:
            raise RetryableError
        self.asked.append(refetch)


@dataclass(kw_only=True)
class Hall:
    """The door with all that it needs; the adapters are the real ones unless told otherwise."""

    connections: FakeConnections = field(default_factory=FakeConnections)
    intake: FakeIntake = field(default_factory=FakeIntake)
    refetches: FakeRefetches = field(default_factory=FakeRefetches)
    once: FakeOnce = field(default_factory=FakeOnce)
    kept: FakeKept = field(default_factory=FakeKept)
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    adapters: Callable[[str], Adapter | None] = adapter_for

    def knows(self, *connections: Connection) -> None:
        self.connections.newest |= {each.name: each for each in connections}

    @property
    def door(self) -> Door:
        return Door(
            connections=self.connections,
            adapters=self.adapters,
            intake=self.intake,
            refetches=self.refetches,
            once=self.once,
            kept=self.kept,
            now=self.clock,
        )

    def receive(self, name: str, signed: Signed) -> Received:
        return self.door.receive(
            Delivery(connection=name, headers=signed.headers, body=signed.body)
        )

    @property
    def untouched(self) -> bool:
        """Whether nothing at all came of what was delivered."""
        return not (self.intake.seen or self.kept.kept or self.refetches.asked)
