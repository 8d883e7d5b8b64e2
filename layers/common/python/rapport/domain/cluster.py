"""Clusters: everything observed of identifiers that were ever tied to one another.

A `State` grows only, by `join`, which is idempotent, commutative and associative: minimum, maximum,
union. So it does not matter in which order observations come, how often, or which worker adds them.
What it means, who is one person, is for `resolve` to say; nothing here knows the rules.

A node with more than `MAX_NEIGHBOURS` keeps its edges in the log only. Its neighbours remember
that they had one more (`lost`), so that counting stays a function of what was observed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeAlias, TypeVar

from rapport.domain.event import from_millis, millis
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Decree, Observation, Ruling

# A mailbox of 200 applicants with four other identifiers each still fits into a component.
MAX_NEIGHBOURS = 200
MAX_NAMES = 8
# A component beyond these is nobody's any more, whatever the rules say.
MAX_COMPONENT = 1_024
MAX_EDGES = 4_096
# The `first_seen` of what was only decreed about: the end of the year 9999.
UNSEEN = 253_402_300_799_999

Pair: TypeAlias = tuple[Ref, Ref]
_Name = TypeVar("_Name", bound=str)


class Witness(NamedTuple):
    """The event that showed something; of several the smallest stands."""

    at: int
    pk: str
    sk: str

    @property
    def when(self) -> datetime:
        """The corrected time of the event."""
        return from_millis(self.at)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One identifier: since when, verified by whom it may be, its kind, whose names were given.

    `lost`: neighbours whose edge is not kept. `hub`: too many of its own to keep. `closed`: part of
    something without end.
    """

    first_seen: int
    verified: bool = False
    tags: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    lost: frozenset[Ref] = frozenset()
    hub: bool = False
    closed: bool = False


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Two identifiers were named together: first by `first`; `verified` the first to be trusted."""

    first: Witness
    verified: Witness | None = None
    alias: bool = False


@dataclass(frozen=True, kw_only=True)
class State:
    """What was observed of a set of identifiers."""

    nodes: Mapping[Ref, Node] = field(default_factory=dict)
    edges: Mapping[Pair, Edge] = field(default_factory=dict)
    decrees: Mapping[tuple[Ref, ...], Decree] = field(default_factory=dict)

    def neighbours(self) -> dict[Ref, set[Ref]]:
        """Per node the others that it was ever named with, as far as they are remembered."""
        found: dict[Ref, set[Ref]] = {ref: set(node.lost) for ref, node in self.nodes.items()}
        for a, b in self.edges:
            found[a].add(b)
            found[b].add(a)
        return found

    def part(self, refs: Iterable[Ref]) -> "State":
        """The state of some of its nodes, which no edge ties to the others."""
        kept = set(refs)
        return State(
            nodes={ref: node for ref, node in self.nodes.items() if ref in kept},
            edges={pair: edge for pair, edge in self.edges.items() if pair[0] in kept},
            decrees={on: decree for on, decree in self.decrees.items() if on[0] in kept},
        )


def pair(a: Ref, b: Ref) -> Pair:
    """Two identifiers in the one order in which they stand in edges and decrees."""
    return (a, b) if a < b else (b, a)


def contribution(seen: Observation) -> State:
    """What one observation adds."""
    at = millis(seen.at)
    witness = Witness(at, seen.key.pk, seen.key.sk)
    edge = Edge(first=witness, verified=witness if seen.verified else None)
    edges = {pair(a, b): edge for i, a in enumerate(seen.strong) for b in seen.strong[i + 1 :]}
    if seen.alias is not None and seen.alias[0] != seen.alias[1]:
        edges[pair(*seen.alias)] = replace(edge, alias=True)
    named = {*seen.strong, *seen.proves}
    nodes = {
        ref: Node(
            first_seen=at if ref in named else UNSEEN,
            verified=ref in seen.proves or (seen.verified and ref in seen.strong),
            tags=seen.tags.get(ref, frozenset()),
            names=_fewest(seen.names) if ref == seen.owner else frozenset(),
        )
        for ref in seen.nodes
    }
    return State(nodes=nodes, edges=edges, decrees={d.nodes: d for d in seen.decrees})


def join(one: State, other: State) -> State:
    """Both together; what has too many neighbours or no end is marked."""
    nodes, edges = dict(one.nodes), dict(one.edges)
    for ref, node in other.nodes.items():
        nodes[ref] = _nodes(nodes[ref], node) if ref in nodes else node
    for on, edge in other.edges.items():
        edges[on] = _edges(edges[on], edge) if on in edges else edge
    decrees = dict(one.decrees)
    for about, decree in other.decrees.items():
        if about not in decrees or decree.stamp > decrees[about].stamp:
            decrees[about] = decree
    return _bounded(_without_hubs(State(nodes=nodes, edges=edges, decrees=decrees)))


def joined(states: Iterable[State]) -> State:
    """All of them together."""
    whole = State()
    for state in states:
        whole = join(whole, state)
    return whole


def components(
    nodes: Iterable[_Name], pairs: Iterable[tuple[_Name, _Name]]
) -> list[frozenset[_Name]]:
    """The sets of nodes that the pairs connect, in the order of their smallest nodes."""
    parent = {node: node for node in nodes}

    def top(node: _Name) -> _Name:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in pairs:
        if a in parent and b in parent:
            low, high = sorted((top(a), top(b)))
            parent[high] = low
    found: dict[_Name, set[_Name]] = {}
    for node in parent:
        found.setdefault(top(node), set()).add(node)
    return [frozenset(found[low]) for low in sorted(found)]


def parts(state: State) -> list[frozenset[Ref]]:
    """The sets of nodes that may be kept apart: neither edge nor decree goes between them."""
    decreed = [on for on in state.decrees if len(on) > 1]
    return components(state.nodes, [*state.edges, *((on[0], on[1]) for on in decreed)])


def standing(state: State, ruling: Ruling) -> list[tuple[Ref, ...]]:
    """The identifiers that a ruling stands about, in order."""
    return sorted(on for on, decree in state.decrees.items() if decree.ruling is ruling)


def _nodes(one: Node, other: Node) -> Node:
    return Node(
        first_seen=min(one.first_seen, other.first_seen),
        verified=one.verified or other.verified,
        tags=one.tags | other.tags,
        names=_fewest(one.names | other.names),
        lost=one.lost | other.lost,
        hub=one.hub or other.hub,
        closed=one.closed or other.closed,
    )


def _edges(one: Edge, other: Edge) -> Edge:
    trusted = [w for w in (one.verified, other.verified) if w is not None]
    return Edge(
        first=min(one.first, other.first),
        verified=min(trusted, default=None),
        alias=one.alias or other.alias,
    )


def _fewest(names: frozenset[str]) -> frozenset[str]:
    """At most 8 names, those smallest by hash: whoever stays was never evicted."""
    if len(names) <= MAX_NAMES:
        return names
    return frozenset(sorted(names, key=lambda n: sha256(n.encode()).digest())[:MAX_NAMES])


def _without_hubs(state: State) -> State:
    """The state without the edges of nodes that have too many; a hub needs no `lost` of its own."""
    longest = max((len(node.lost) for node in state.nodes.values()), default=0)
    marked = any(node.hub for node in state.nodes.values())
    if not marked and len(state.nodes) + longest <= MAX_NEIGHBOURS:
        return state
    near = state.neighbours()
    hubs = {ref for ref, node in state.nodes.items() if node.hub or len(near[ref]) > MAX_NEIGHBOURS}
    if not hubs:
        return state
    lost: dict[Ref, set[Ref]] = {}
    for on in state.edges:
        for ref, neighbour in (on, on[::-1]):
            if neighbour in hubs:
                lost.setdefault(ref, set()).add(neighbour)
    nodes = dict(state.nodes)
    for ref, more in lost.items():
        nodes[ref] = replace(nodes[ref], lost=nodes[ref].lost | more)
    for ref in hubs:
        nodes[ref] = replace(_alone(nodes[ref]), hub=True)
    edges = {on: edge for on, edge in state.edges.items() if hubs.isdisjoint(on)}
    return replace(state, nodes=nodes, edges=edges)


def _bounded(state: State) -> State:
    """The state with everything closed, and without edges, that is too much or tied to what is."""
    few = len(state.nodes) <= MAX_COMPONENT and len(state.edges) <= MAX_EDGES
    if few and not any(node.closed for node in state.nodes.values()):
        return state
    tied = components(state.nodes, state.edges)
    number = {ref: at for at, part in enumerate(tied) for ref in part}
    edges = Counter(number[on[0]] for on in state.edges)
    endless = {
        ref
        for at, part in enumerate(tied)
        if len(part) > MAX_COMPONENT
        or edges[at] > MAX_EDGES
        or any(state.nodes[ref].closed for ref in part)
        for ref in part
    }
    if not endless:
        return state
    return replace(
        state,
        nodes={
            ref: replace(_alone(node), closed=True) if ref in endless else node
            for ref, node in state.nodes.items()
        },
        edges={on: edge for on, edge in state.edges.items() if on[0] not in endless},
    )


def _alone(node: Node) -> Node:
    """A node that joins nobody, without what only mattered for joining."""
    return replace(node, names=frozenset(), tags=frozenset(), lost=frozenset())
