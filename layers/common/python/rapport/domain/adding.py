"""What of a contribution may be added to a cluster that is already large, or that was not read."""

from collections.abc import Collection
from dataclasses import replace

from rapport.domain.cluster import State
from rapport.domain.identifiers import Ref

# Of a ref with what stands beside it, of an edge by numbers, of a name or witness beside its words.
_NODE_BYTES, _EDGE_BYTES, _MARK_BYTES = 64, 32, 24


def closing(state: State) -> State:
    """The same nodes, closed: whatever they are joined with will be."""
    nodes = {ref: replace(node, closed=True) for ref, node in state.nodes.items()}
    return replace(state, nodes=nodes)


def weight(state: State) -> int:
    """About how many bytes it takes at most; somewhat more than a row does."""
    nodes = sum(
        _NODE_BYTES * (1 + len(node.lost) + len(node.tags))
        + sum(len(name.encode()) + _MARK_BYTES for name in node.names)
        for node in state.nodes.values()
    )
    seen = {w for edge in state.edges.values() for w in (edge.first, edge.verified) if w}
    witnesses = sum(_MARK_BYTES + len(witness.pk) + len(witness.sk) for witness in seen)
    return nodes + witnesses + _EDGE_BYTES * (len(state.edges) + 3 * len(state.decrees))


def pruned(
    state: State, *, hubs: Collection[Ref], closed: Collection[Ref], gone: Collection[Ref] = ()
) -> State:
    """A contribution as it may be joined without a look at its hubs and closed nodes.

    They learn nothing more, but for an operator's word; the others remember that they were tied to
    them. Nodes that are `gone` leave nothing behind.
    """
    if not hubs and not closed and not gone:
        return state
    decrees = {on: d for on, d in state.decrees.items() if not any(ref in gone for ref in on)}
    decreed = {ref for on in decrees for ref in on}
    full = {ref for ref in state.nodes if ref in hubs or ref in closed}
    nodes = {
        ref: node
        for ref, node in state.nodes.items()
        if ref not in gone and (ref not in full or ref in decreed)
    }
    edges = {}
    for on, edge in state.edges.items():
        if any(ref in gone for ref in on):
            continue
        if full.isdisjoint(on):
            edges[on] = edge
        for ref, neighbour in (on, on[::-1]):
            if neighbour not in full or ref in full:
                continue
            node = nodes[ref]
            if neighbour in hubs:
                nodes[ref] = replace(node, lost=node.lost | {neighbour})
            else:
                nodes[ref] = replace(node, closed=True)
    return State(nodes=nodes, edges=edges, decrees=decrees)
