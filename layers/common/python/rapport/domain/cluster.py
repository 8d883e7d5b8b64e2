"""Clusters: everything observed of identifiers that were ever tied to one another.

A `State` grows only, by `join`, which is idempotent, commutative and associative: minimum, maximum,
union. So it does not matter in which order observations come, how often, or which worker adds them.
What it means, who is one person, is for `resolve` to say; nothing here knows the rules.

What is verified never gives way to what is only asserted, which anybody may send: of an edge or of
a time the verified word counts and the others are forgotten, and every limit is there twice. Beyond
the limit by all that was said, a node keeps what is verified of it; beyond the limit by verified
words alone, nothing.

Edges that are not kept stand in the log only. The neighbours of a node that has too many remember
that they had one more (`lost`, `parted`), so that counting stays a function of what was observed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from rapport.domain.event import millis
from rapport.domain.identifiers import Ref
from rapport.domain.node import (
    CLAIMED,
    EDGE_BYTES,
    REF_BYTES,
    UNSEEN,
    Edge,
    Node,
    Witness,
    alone,
    both_edges,
    both_nodes,
    few,
    fewest,
    short,
    trusted,
    weight_of,
)
from rapport.domain.observation import Decree, Observation, Ruling

# A mailbox of 200 applicants with four other identifiers each still fits into a component.
MAX_NEIGHBOURS = 200
# A component beyond these is nobody's any more, whatever the rules say.
MAX_COMPONENT = 1_024
MAX_WEIGHT = 345_000

Pair: TypeAlias = tuple[Ref, Ref]
_Name = TypeVar("_Name", bound=str)


@dataclass(frozen=True, kw_only=True)
class State:
    """What was observed of a set of identifiers."""

    nodes: Mapping[Ref, Node] = field(default_factory=dict)
    edges: Mapping[Pair, Edge] = field(default_factory=dict)
    decrees: Mapping[tuple[Ref, ...], Decree] = field(default_factory=dict)

    def neighbours(self, *, verified: bool = False) -> dict[Ref, set[Ref]]:
        """Per node the others that it was ever named with, as far as they are remembered."""
        found: dict[Ref, set[Ref]] = {
            ref: {*node.parted} if verified else {*node.parted, *node.lost}
            for ref, node in self.nodes.items()
        }
        for (a, b), edge in self.edges.items():
            if edge.verified or not verified:
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
    edge = Edge(first=witness, verified=seen.verified)
    edges = {pair(a, b): edge for i, a in enumerate(seen.strong) for b in seen.strong[i + 1 :]}
    if seen.alias is not None and seen.alias[0] != seen.alias[1]:
        edges[pair(*seen.alias)] = replace(edge, alias=True)
    named = {*seen.strong, *seen.proves}
    sure = named if seen.verified else seen.proves
    names = frozenset(map(short, seen.names))
    nodes = {
        ref: Node(
            first_seen=at if ref in named else UNSEEN,
            verified=ref in sure,
            tags=frozenset(
                tag if ref in sure else f"{CLAIMED}{tag}" for tag in seen.tags.get(ref, ())
            ),
            names=fewest(names) if ref == seen.owner and seen.verified else frozenset(),
            claimed=few(names) if ref == seen.owner and not seen.verified else frozenset(),
        )
        for ref in seen.nodes
    }
    return State(nodes=nodes, edges=edges, decrees={d.nodes: d for d in seen.decrees})


def join(one: State, other: State) -> State:
    """Both together; what has too many neighbours or no end is marked."""
    nodes, edges = dict(one.nodes), dict(one.edges)
    for ref, node in other.nodes.items():
        nodes[ref] = both_nodes(nodes[ref], node) if ref in nodes else node
    for on, edge in other.edges.items():
        edges[on] = both_edges(edges[on], edge) if on in edges else edge
    decrees = dict(one.decrees)
    for about, decree in other.decrees.items():
        if about not in decrees or decree.stamp > decrees[about].stamp:
            decrees[about] = decree
    return _bounded(_without_crowds(State(nodes=nodes, edges=edges, decrees=decrees)))


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


def weight(state: State) -> int:
    """About how many bytes of a row it takes; it grows with what is observed, and only grows."""
    return (
        sum(map(weight_of, state.nodes.values()))
        + EDGE_BYTES * len(state.edges)
        + (EDGE_BYTES + REF_BYTES) * len(state.decrees)
    )


def _without_crowds(state: State) -> State:
    """The state without the edges of nodes that have too many; those need not count any more."""
    plain = not any(n.lost or n.parted or n.crowd for n in state.nodes.values())
    if plain and len(state.nodes) <= MAX_NEIGHBOURS:
        return state
    near, sure = state.neighbours(), state.neighbours(verified=True)
    hubs = {ref for ref, n in state.nodes.items() if n.hub or len(sure[ref]) > MAX_NEIGHBOURS}
    crowds = {ref for ref, n in state.nodes.items() if n.crowd or len(near[ref]) > MAX_NEIGHBOURS}
    edges = {
        on: edge
        for on, edge in state.edges.items()
        if (hubs if edge.verified else crowds).isdisjoint(on)
    }
    nodes = _remembering(state, edges)
    for ref in crowds:
        nodes[ref] = replace(trusted(nodes[ref]), crowd=True)
    for ref in hubs:
        nodes[ref] = replace(alone(nodes[ref]), crowd=True, hub=True)
    return replace(state, nodes=nodes, edges=edges)


def _remembering(state: State, kept: Collection[Pair]) -> dict[Ref, Node]:
    """The nodes, who remember the neighbours that they had by edges that are not kept."""
    parted = {ref: {*node.parted} for ref, node in state.nodes.items()}
    lost = {ref: {*node.lost} for ref, node in state.nodes.items()}
    for on, edge in state.edges.items():
        for ref, neighbour in (on, on[::-1]):
            if on in kept:
                lost[ref].discard(neighbour)
            else:
                (parted if edge.verified else lost)[ref].add(neighbour)
    return {
        ref: replace(node, parted=frozenset(parted[ref]), lost=frozenset(lost[ref] - parted[ref]))
        if parted[ref] or node.lost or lost[ref]
        else node
        for ref, node in state.nodes.items()
    }


def _bounded(state: State) -> State:
    """The state without the edges of what is too much, or tied to what is."""
    plain = not any(node.fenced for node in state.nodes.values())
    if plain and len(state.nodes) <= MAX_COMPONENT and weight(state) <= MAX_WEIGHT:
        return state
    sure = {on: edge for on, edge in state.edges.items() if edge.verified}
    closed = _endless(state, sure, lambda node: node.closed, trusted)
    fenced = _endless(state, state.edges, lambda node: node.fenced, lambda node: node) | closed
    if not fenced:
        return state
    nodes = dict(state.nodes)
    for ref in fenced:
        nodes[ref] = replace(trusted(nodes[ref]), fenced=True)
    for ref in closed:
        nodes[ref] = replace(alone(nodes[ref]), fenced=True, closed=True)
    edges = {
        on: edge
        for on, edge in state.edges.items()
        if (closed if edge.verified else fenced).isdisjoint(on)
    }
    return replace(state, nodes=nodes, edges=edges)


def _endless(
    state: State,
    edges: Iterable[Pair],
    marked: Callable[[Node], bool],
    counted: Callable[[Node], Node],
) -> set[Ref]:
    """The nodes of components that are too many or too heavy, or tied to what is marked so."""
    tied = components(state.nodes, edges := [*edges])
    number = {ref: at for at, part in enumerate(tied) for ref in part}
    weights = [sum(weight_of(counted(state.nodes[ref])) for ref in part) for part in tied]
    for on in edges:
        weights[number[on[0]]] += EDGE_BYTES
    return {
        ref
        for part, heavy in zip(tied, weights, strict=True)
        if len(part) > MAX_COMPONENT
        or heavy > MAX_WEIGHT
        or any(marked(state.nodes[ref]) for ref in part)
        for ref in part
    }
