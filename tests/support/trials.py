"""One history, absorbed some way, and everything that must hold of it afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log2
from random import Random

from rapport.absorb import Absorb
from rapport.domain.identifiers import Namespace, Ref, is_strong, namespace_of, person_id
from rapport.domain.observation import Observation, Ruling
from rapport.domain.rules import Rules
from rapport.layout import MAX_ITEMS
from tests.support.fakes import Calls
from tests.support.identities import LIMITS, RULES, alike, history, limits
from tests.support.oracle import Oracle
from tests.support.workers import Turns, WatchedClusters, World, batches, interleave

COOKIES = (Ref("anon#tablet"), Ref("anon#laptop"))
# Two reads, one of them again for what is taken out of a big cluster, and a write.
MOST_CALLS = 4


@dataclass(kw_only=True)
class Figures:
    """What trials saw, added up; `items`, `hops` and `calls` are the most of any."""

    histories: int = 0
    events: int = 0
    joined: int = 0
    transactions: int = 0
    lost: int = 0
    deaths: int = 0
    unsettled: int = 0
    items: int = 0
    hops: int = 0
    calls: int = 0

    def __str__(self) -> str:
        return (
            f"{self.histories} histories of {self.events} events, {self.joined} persons of several "
            f"identifiers, {self.transactions} transactions, {self.lost} lost races, "
            f"{self.deaths} deaths; at most {self.items} items in one, {self.hops} redirects in a "
            f"row" + (f", {self.calls} store calls for an event" if self.calls else "")
        )


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a history is absorbed, by whom and into what."""

    absorb: Callable[[World, Sequence[Observation], Random, Figures], None]
    calls: type[Calls] = Calls
    stored: type[WatchedClusters] = WatchedClusters
    engine: type[Absorb] = Absorb
    rules: Callable[[Rules], Rules] = lambda rules: rules


def one_by_one(world: World, seen: Sequence[Observation], random: Random, figures: Figures) -> None:
    """Each event in a call of its own, counting what it costs."""
    for observation in seen:
        before = len(world.calls.names)
        held = world.log.setdefault(observation.key, observation)
        touched = world.absorb.take(held)
        if held.proves <= {*held.strong} and not held.decrees:
            figures.calls = max(figures.calls, len(world.calls.names) - before)
        if world.showing:
            world.views.refresh(touched)


def in_batches(world: World, seen: Sequence[Observation], random: Random, figures: Figures) -> None:
    """Several events at once."""
    for batch in batches(seen, random):
        world.take(batch)


def at_once(world: World, seen: Sequence[Observation], random: Random, figures: Figures) -> None:
    """By six to nine workers, who die."""
    interleave(world, batches(seen, random), random, live=random.randint(6, 9), deaths=3)


def trial(seed: int, kind: Kind, figures: Figures) -> None:
    """Absorb the history of a seed in any order, with repeats, and look at everything."""
    random = Random(seed)
    rules = random.choice(RULES)
    bounds = random.choice(LIMITS)
    seen = history(random)
    if bounds == LIMITS[0] and random.random() < 0.5:
        seen = [_with_cookie(one, random) for one in seen]
    order = [*seen, *random.choices(seen, k=3)]
    random.shuffle(order)
    with limits(*bounds):
        world = World(
            rules=kind.rules(rules),
            random=random,
            calls=kind.calls(),
            stored=kind.stored,
            engine=kind.engine,
            # The half of them takes half of the time.
            showing=seed % 2 == 0,
        )
        kind.absorb(world, order, random, figures)
        held = [_without_cookies(one) for one in world.log.values()]
        oracle = Oracle(held, rules, alike)
        expect(world, oracle)
        commits = world.calls.count("clusters.commit")
        world.absorb.take_all(world.log[seen.key] for seen in random.sample(order, k=len(order)))
        assert world.calls.count("clusters.commit") == commits, "a second delivery wrote"
        _count(world, figures, bounds)
        if bounds == LIMITS[0]:
            assert _hops(world) <= log2(max(2, len(world.clusters.nodes)))


def expect(world: World, oracle: Oracle) -> None:
    """The persons are those of the oracle, who are sound, and everybody is shown who they are."""
    persons = oracle.persons()
    assert _strong(world.persons()) == persons
    assert not world.showing or _strong(world.shown) == persons
    for cluster in world.clusters.rows.values():
        assert sorted(ref for group in cluster.groups for ref in group) == sorted(
            cluster.state.nodes
        )
        for two, edge in cluster.state.edges.items():
            if all(map(is_strong, two)):
                assert (edge.first, edge.verified) == oracle.witness(frozenset(two))
    found = {ref for members in persons.values() for ref in members}
    assert {root for root in world.clusters.roots if is_strong(root)} <= found, "a root is lost"
    assert_sound(persons, oracle)


def assert_sound(persons: Mapping[Ref, tuple[Ref, ...]], oracle: Oracle) -> None:
    """What must hold of any persons, whoever found them."""
    everybody = [ref for members in persons.values() for ref in members]
    assert sorted(everybody) == oracle.nodes
    assert len({person_id(root) for root in persons}) == len(persons)
    apart = oracle.ruled(Ruling.APART)
    ruled = any(d.ruling is Ruling.TOGETHER for o in oracle.seen for d in o.decrees)
    aliased = any(o.alias for o in oracle.seen)
    for root, members in persons.items():
        assert root in members
        assert len(members) <= oracle.rules.max_identifiers
        assert apart.isdisjoint(frozenset(two) for two in combinations(members, 2))
        for ns, most in oracle.rules.caps.items():
            have = sum(namespace_of(ref) is ns for ref in members)
            assert have <= most or ruled or (aliased and ns is Namespace.USER)


def _strong(persons: Mapping[Ref, tuple[Ref, ...]]) -> dict[Ref, tuple[Ref, ...]]:
    return {root: members for root, members in persons.items() if is_strong(root)}


def _with_cookie(seen: Observation, random: Random) -> Observation:
    """An event that names a cookie as if it were somebody: nobody is joined by it."""
    if not seen.strong or random.random() < 0.3:
        return seen
    return replace(seen, strong=(*seen.strong, random.choice(COOKIES)))


def _without_cookies(seen: Observation) -> Observation:
    return replace(seen, strong=tuple(ref for ref in seen.strong if is_strong(ref)))


def _hops(world: World) -> int:
    ids = {pointer.cluster for pointer in world.clusters.nodes.values()}
    return max((world.clusters.end_of(one)[1] for one in ids), default=0)


def _count(world: World, figures: Figures, bounds: tuple[int, int, int]) -> None:
    figures.histories += 1
    figures.events += len(world.log)
    figures.joined += sum(len(members) > 1 for members in world.persons().values())
    figures.transactions += len(world.clusters.sizes)
    figures.lost += world.clusters.lost
    figures.deaths += world.deaths
    figures.items = max(figures.items, *world.clusters.sizes)
    figures.hops = max(figures.hops, _hops(world))
    assert figures.items <= MAX_ITEMS


CHAOS = Kind(absorb=at_once, calls=Turns)
