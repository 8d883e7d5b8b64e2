"""Workers who absorb observations as badly as processes may, and what is shown meanwhile.

Workers are greenlets that hand over their turn before every store call. They may be killed there,
and what they had is delivered again. The chaos comes from a seeded `Random`: a shrinking search is
bad at finding schedules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from greenlet import getcurrent, greenlet

from rapport.absorb import Absorb
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.observation import Observation
from rapport.domain.rules import Rules
from rapport.errors import ConflictError
from rapport.identity import Change, Mark, groups_of
from tests.support.clusters import FakeClusters
from tests.support.fakes import Calls, CrashError
from tests.support.identities import alike

# More turns than any history takes that ends.
MAX_TURNS = 20_000


class Turns(Calls):
    """Store calls that hand over the turn before they do anything."""

    def touch(self, name: str) -> None:
        super().touch(name)
        mine = getcurrent()
        if mine.parent is not None:
            mine.parent.switch(name)


@dataclass(kw_only=True)
class Views:
    """Who is shown as one person: root → (version, members), no members when it moved.

    The least that keeps views right: the identifiers that were touched are looked at, and everybody
    in a cluster that says that it is unsettled.
    """

    clusters: FakeClusters
    calls: Calls
    shown: dict[Ref, tuple[int, tuple[Ref, ...]]] = field(default_factory=dict)

    def refresh(self, touched: frozenset[Ref]) -> None:
        """Bring the persons of some identifiers up to date."""
        pointers = self.clusters.pointers(touched)
        found = self.clusters.clusters({p.cluster for p in pointers.values()}).values()
        unsettled = [c for c in found if c.unsettled]
        roots = {root for c in unsettled for root in c.roots}
        for ref in sorted(roots | touched):
            self._look(ref, set())
        for done in unsettled:
            self.clusters.settle(Mark(done.id, done.version))

    def _look(self, ref: Ref, looking: set[Ref]) -> None:
        root = groups_of(self.clusters, [ref])[ref].root
        for one in {ref, root} if ref in self.shown else {root}:
            while one not in looking and not self._written(one, looking | {one}):
                pass

    def _written(self, root: Ref, looking: set[Ref]) -> bool:
        self.calls.touch("views.read")
        version, before = self.shown.get(root, (0, ()))
        group = groups_of(self.clusters, [root])[root]
        now = group.members if group.root == root else ()
        if version and before == now:
            return True
        # Whoever came or went first, so that a process that dies here leaves the difference.
        for other in sorted(set(before) ^ set(now)):
            self._look(other, looking)
        self.calls.touch("views.write")
        if self.shown.get(root, (0, ()))[0] != version:
            return False
        self.shown[root] = (version + 1, now)
        # Whoever absorbed this person before it was shown had no version to write on.
        return bool(version)


class WatchedClusters(FakeClusters):
    """Clusters that remember every person they ever held, and how many races were lost."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.roots: set[Ref] = set()
        self.lost = 0

    def commit(self, change: Change) -> bool:
        won = super().commit(change)
        self.lost += not won
        if won:
            self.roots.update(root for cluster, _ in change.write for root in cluster.roots)
        return won


@dataclass(kw_only=True)
class World:
    """A log, a store of clusters, those who absorb into it, and what is `shown` of it, if it is."""

    rules: Rules
    random: Random
    calls: Calls = field(default_factory=Calls)
    stored: type[WatchedClusters] = WatchedClusters
    engine: type[Absorb] = Absorb
    log: dict[LogKey, Observation] = field(default_factory=dict)
    showing: bool = True
    deaths: int = 0

    def __post_init__(self) -> None:
        self.clusters = self.stored(self.calls)
        self.views = Views(clusters=self.clusters, calls=self.calls)
        self.absorb = self.engine(
            clusters=self.clusters,
            rules=lambda: self.rules,
            alike=alike,
            random=self.random,
            pause=lambda _: None,
        )

    def take(self, batch: Sequence[Observation]) -> None:
        """Absorb events as the log holds them (the first copy), and show what came of it."""
        held = [self.log.setdefault(seen.key, seen) for seen in batch]
        touched = self.absorb.take_all(held).nodes
        if self.showing:
            self.views.refresh(touched)

    def persons(self) -> dict[Ref, tuple[Ref, ...]]:
        """Root → members, as anybody finds them who asks for an identifier."""
        groups = groups_of(self.clusters, filter(is_strong, self.clusters.nodes)).values()
        return {group.root: group.members for group in groups}

    @property
    def shown(self) -> dict[Ref, tuple[Ref, ...]]:
        """Root → members, as the views have it."""
        return {root: members for root, (_, members) in self.views.shown.items() if members}


def batches(seen: Sequence[Observation], random: Random) -> list[list[Observation]]:
    """The same in the same order, cut anywhere."""
    cut: list[list[Observation]] = []
    for one in seen:
        if cut and random.random() < 0.4:
            cut[-1].append(one)
        else:
            cut.append([one])
    return cut


@dataclass(kw_only=True)
class _Worker:
    batch: list[Observation]
    run: greenlet
    pending: str = ""


def interleave(
    world: World, work: Sequence[list[Observation]], random: Random, *, live: int, deaths: int
) -> None:
    """Let workers absorb at once until everything is absorbed, whoever died meanwhile."""
    queue, workers = list(work), list[_Worker]()
    schedule: Callable[[Sequence[_Worker], int, Random], _Worker]
    schedule = random.choice([_any_of, _in_step, _starving])
    for turn in range(MAX_TURNS):
        if not (queue or workers):
            return
        while queue and len(workers) < live:
            workers.append(_Worker(batch=queue.pop(0), run=greenlet(world.take)))
        worker = schedule(workers, turn, random)
        try:
            if world.deaths < deaths and worker.pending and random.random() < 0.08:
                world.deaths += 1
                worker.run.throw(CrashError)
            worker.pending = str(worker.run.switch(*([] if worker.pending else [worker.batch])))
        except (CrashError, ConflictError):
            queue.append(worker.batch)
        if worker.run.dead:
            workers.remove(worker)
    msg = f"not done after {MAX_TURNS} turns"
    raise AssertionError(msg)


def _any_of(workers: Sequence[_Worker], turn: int, random: Random) -> _Worker:
    return random.choice(workers)


def _in_step(workers: Sequence[_Worker], turn: int, random: Random) -> _Worker:
    """All read, then all write."""
    return workers[turn % len(workers)]


def _starving(workers: Sequence[_Worker], turn: int, random: Random) -> _Worker:
    """Whoever wants to write waits until nobody else can do anything, or for long."""
    others = [w for w in workers if w.pending != "clusters.commit"]
    return random.choice(others) if others and random.random() < 0.97 else random.choice(workers)
