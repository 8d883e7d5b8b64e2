"""What of a contribution may be added to a cluster that is already large, or that was not read."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from rapport.domain.cluster import State
from rapport.domain.identifiers import Ref
from rapport.domain.node import Edge, Node


def closing(state: State, *, sure: bool) -> State:
    """The same nodes, closed if that is `sure`, else fenced, as will be what they are tied to."""
    nodes = {
        ref: replace(node, fenced=True, closed=node.closed or sure)
        for ref, node in state.nodes.items()
    }
    return replace(state, nodes=nodes)


@dataclass(frozen=True, kw_only=True)
class Full:
    """Identifiers that keep no edges (`hubs`, `closed`), or none that are only asserted."""

    hubs: Collection[Ref] = frozenset()
    closed: Collection[Ref] = frozenset()
    crowds: Collection[Ref] = frozenset()
    fenced: Collection[Ref] = frozenset()

    def keeps(self, ref: Ref, *, verified: bool) -> bool:
        """Whether an identifier takes anything in from an event."""
        return (
            ref not in self.hubs
            and ref not in self.closed
            and (verified or (ref not in self.crowds and ref not in self.fenced))
        )

    def told(self, node: Node, neighbour: Ref, edge: Edge) -> Node:
        """A node that remembers a neighbour whose edge is not kept."""
        if edge.verified:
            if neighbour in self.hubs:
                return replace(node, parted=node.parted | {neighbour})
            return replace(node, fenced=True, closed=True) if neighbour in self.closed else node
        if neighbour in self.hubs or neighbour in self.crowds:
            return replace(node, lost=node.lost | {neighbour})
        end = neighbour in self.closed or neighbour in self.fenced
        return replace(node, fenced=True) if end else node


def pruned(state: State, full: Full, gone: Collection[Ref] = ()) -> State:
    """A contribution as it may be joined without a look at what is full.

    That learns nothing more, but for an operator's word; the others remember that they were tied to
    it. Nodes that are `gone` leave nothing behind.
    """
    decrees = {on: d for on, d in state.decrees.items() if not any(ref in gone for ref in on)}
    decreed = {ref for on in decrees for ref in on}
    nodes = {
        ref: node
        for ref, node in state.nodes.items()
        if ref not in gone and (ref in decreed or full.keeps(ref, verified=node.verified))
    }
    edges = {}
    for on, edge in state.edges.items():
        if any(ref in gone for ref in on):
            continue
        if all(full.keeps(ref, verified=edge.verified) for ref in on):
            edges[on] = edge
        for ref, neighbour in _ends(on):
            if ref in nodes:
                nodes[ref] = full.told(nodes[ref], neighbour, edge)
    return State(nodes=nodes, edges=edges, decrees=decrees)


def _ends(on: tuple[Ref, Ref]) -> Iterator[tuple[Ref, Ref]]:
    yield on
    yield on[1], on[0]
