"""What it takes to resolve an event, by how many identifiers its person has.

The real `Absorb` on the emulator's DynamoDB, its units counted as in bench/cost.py. An event that
brings an identifier writes its cluster again, so it costs by the size of the cluster; the bounds
are what a person, a quarantined cluster and a shared identifier may cost at most. Time is told as a
ratio to the smallest person's, because the emulator's milliseconds say nothing about AWS.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import median
from uuid import uuid4

import boto3

from bench.meter import Meter
from local import tables
from rapport.absorb import Absorb
from rapport.adapters.dynamo.cluster_rows import pack
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.domain.cluster import MAX_NEIGHBOURS, State, contribution
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Namespace, Ref, keyed_ref
from rapport.domain.observation import Observation
from rapport.domain.resolve import resolve
from rapport.domain.rules import Rules
from rapport.identity import Change, Cluster, Clusters, Mark, Pointer

SIZES = (1, 10, 100, 256)
ROUNDS = 15
# Write units of an event that brings an identifier, by how many its person has: the cluster, its
# bytes counted twice because the write is a transaction, and the new pointer.
MAX_UNITS = {1: 6, 10: 6, 100: 22, 256: 52}
# An event that ties somebody to a shared identifier: one cluster and one pointer, both small.
MAX_HUB_UNITS = 4
MAX_ITEMS = 24
_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_RULES = Rules()
_AT_ONCE = 90


class Watched:
    """The port `Clusters`, with an eye on what is asked of it."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters
        self.written = self.lost = self.most_items = self.most_bytes = 0
        self.asked: set[str] = set()

    def pointers(self, refs: Iterable[Ref]) -> Mapping[Ref, Pointer]:
        """Passed on."""
        return self._clusters.pointers(refs)

    def clusters(self, ids: Iterable[str]) -> Mapping[str, Cluster]:
        """Passed on; which were asked for is kept."""
        wanted = set(ids)
        self.asked |= wanted
        return self._clusters.clusters(wanted)

    def commit(self, change: Change) -> bool:
        """Passed on; how large it was, and whether somebody was faster."""
        items = len(change.write) + len(change.redirect) + len(change.point)
        self.most_items = max(self.most_items, items)
        size = sum(len(pack(cluster)) for cluster, _ in change.write)
        self.most_bytes = max(self.most_bytes, size)
        self.asked |= {cluster.id for cluster, _ in change.write}
        self.asked |= {mark.id for mark in change.redirect}
        done = self._clusters.commit(change)
        self.written += done
        self.lost += not done
        return done

    def settle(self, mark: Mark) -> None:
        """Passed on."""
        self._clusters.settle(mark)

    def every(self) -> Iterator[Cluster]:
        """Passed on."""
        return self._clusters.every()


@dataclass(frozen=True, kw_only=True)
class Event:
    """What one event took, on average: write and read units, store calls; the median seconds."""

    writes: float
    reads: float
    calls: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """By the identifiers of the person: an event that brings another, and one that says nothing
    new. `hub`: an event that ties somebody new to an identifier with more than 1 000 neighbours.
    """

    brings: Mapping[int, Event]
    repeats: Mapping[int, Event]
    hub: Event
    hub_untouched: bool
    most_items: int

    def ratio(self, size: int) -> float:
        """How much longer an event takes than the smallest person's."""
        return self.brings[size].seconds / self.brings[min(self.brings)].seconds

    @property
    def bounded(self) -> bool:
        """Whether units, calls and items are within their bounds; time is told, and not judged."""
        return (
            all(self.brings[size].writes <= MAX_UNITS[size] for size in self.brings)
            and all(event.writes == 0 for event in self.repeats.values())
            and self.hub.writes <= MAX_HUB_UNITS
            and self.hub_untouched
            and self.most_items <= MAX_ITEMS
        )

    def told(self) -> Iterator[str]:
        """A line for each size, and one for the shared identifier."""
        for size, event in self.brings.items():
            yield (
                f"{size:>4} identifiers: {event.writes:.1f} write units (at most "
                f"{MAX_UNITS[size]}), {event.reads:.1f} read units, {event.calls:.1f} store calls, "
                f"{self.ratio(size):.1f} times as long; nothing new: "
                f"{self.repeats[size].writes:.1f} and {self.repeats[size].reads:.1f}"
            )
        yield (
            f"beyond {MAX_NEIGHBOURS:,} neighbours: {self.hub.writes:.1f} write units (at most "
            f"{MAX_HUB_UNITS}), {self.hub.reads:.1f} read units; of the shared one "
            f"{'nothing' if self.hub_untouched else 'SOMETHING'} was read or written"
        )


def measure(url: str, *, sizes: Iterable[int] = SIZES, rounds: int = ROUNDS) -> Figures:
    """On a fresh table of the emulator, which the models are bound to meanwhile."""
    name = f"people-{uuid4().hex[:8]}"
    dynamo = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=url)
    tables.create(dynamo, {"people": name})
    stored = DynamoClusters(name)
    watched, meter = Watched(stored), Meter()
    try:
        brings, repeats = {}, {}
        for size in sizes:
            brings[size], repeats[size] = _person(stored, watched, meter, size=size, rounds=rounds)
        hub, untouched = _hub(stored, watched, meter, rounds=rounds)
    finally:
        meter.stop()
    return Figures(
        brings=brings,
        repeats=repeats,
        hub=hub,
        hub_untouched=untouched,
        most_items=watched.most_items,
    )


def _person(
    stored: Clusters, watched: Watched, meter: Meter, *, size: int, rounds: int
) -> tuple[Event, Event]:
    """Persons of that size, each identifier named with the next: each gets one event that brings
    another, and then the same event once more.
    """
    told = []
    for number in range(rounds):
        nodes = [_ref(Namespace.ATS, f"{size}-{number}-{n}") for n in range(size + 1)]
        links = [_seen(n, *pair) for n, pair in enumerate(pairwise(nodes))]
        plant(stored, links[:-1] or [_seen(0, nodes[0])])
        told.append(links[-1])
    return _taken(watched, meter, told), _taken(watched, meter, told)


def _hub(stored: Clusters, watched: Watched, meter: Meter, *, rounds: int) -> tuple[Event, bool]:
    shared = _ref(Namespace.EMAIL, "jobs")
    near = [_ref(Namespace.ATS, f"near-{n}") for n in range(MAX_NEIGHBOURS + 1 + rounds)]
    told = [_seen(n, shared, other) for n, other in enumerate(near)]
    home = plant(stored, told[:MAX_NEIGHBOURS])
    # The one that makes it a hub, and takes its edges away.
    _absorb(stored).take(told[MAX_NEIGHBOURS])
    watched.asked.clear()
    return _taken(watched, meter, told[MAX_NEIGHBOURS + 1 :]), home not in watched.asked


def plant(clusters: Clusters, told: Iterable[Observation]) -> str:
    """Store what was observed as one cluster, at once: absorbing it one by one takes its time."""
    states = [contribution(seen) for seen in told]
    state = State(
        nodes={ref: node for each in reversed(states) for ref, node in each.nodes.items()},
        edges={on: edge for each in states for on, edge in each.edges.items()},
    )
    found = resolve(state, _RULES, _alike)
    roots = tuple(found.roots[group[0]] for group in found.groups)
    planted = Cluster(
        id=uuid4().hex[:24],
        version=1,
        state=state,
        groups=found.groups,
        roots=roots,
        rules=_RULES.hash,
    )
    nodes = sorted(state.nodes)
    clusters.commit(Change(write=((planted, 0),)))
    for start in range(0, len(nodes), _AT_ONCE):
        some = nodes[start : start + _AT_ONCE]
        point = {ref: (Pointer(cluster=planted.id), None) for ref in some}
        clusters.commit(Change(write=(), point=point))
    return planted.id


def _taken(watched: Watched, meter: Meter, told: list[Observation]) -> Event:
    absorb = _absorb(watched)
    writes, reads = meter.writes.total(), sum(meter.reads.values())
    calls, seconds = meter.calls.total(), []
    for each in told:
        began = time.perf_counter()
        absorb.take(each)
        seconds.append(time.perf_counter() - began)
    return Event(
        writes=(meter.writes.total() - writes) / len(told),
        reads=(sum(meter.reads.values()) - reads) / len(told),
        calls=(meter.calls.total() - calls) / len(told),
        seconds=median(seconds),
    )


def _absorb(clusters: Clusters) -> Absorb:
    chance = Random()  # noqa: S311  (it names clusters and spreads retries)
    return Absorb(clusters=clusters, rules=lambda: _RULES, alike=_alike, random=chance)


def _alike(one: str, other: str) -> bool:
    return one == other


def _ref(ns: Namespace, value: str) -> Ref:
    return keyed_ref(b"bench", ns, value)


def _seen(number: int, *strong: Ref) -> Observation:
    """An event of a browser, from a source that may be believed."""
    at = _START + timedelta(minutes=number)
    message = f"{uuid4()}"
    return Observation(
        key=LogKey(_ref(Namespace.ANON, message), f"{at:%Y-%m-%dT%H}#site#{message}"),
        at=at,
        verified=True,
        strong=strong,
        owner=strong[0],
    )
