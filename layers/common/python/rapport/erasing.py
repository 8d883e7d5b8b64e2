"""What erasure needs from the store of people: a person's rows, gone; a mark that they were.

Each call is harmless to repeat. In between somebody may write again what is erased: whoever erases
destroys the keys of the log first, and calls again for what it finds.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from rapport.domain.cluster import State
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.resolve import root_of
from rapport.identity import Cluster


class ClusterEraser(Protocol):
    """Forgets identifiers."""

    def erase(self, ref: Ref, at: datetime) -> str | None:
        """Leave of an identifier only that it was erased at that time.

        The cluster that it was part of, if anything is left of it, is to be resolved again; its id.
        ConflictError when others kept writing it.
        """
        ...


class PeopleEraser(Protocol):
    """Forgets partitions, links and views."""

    def erase_partition(self, ref: Ref) -> None:
        """Remove what is counted of a log partition, and every mention of it as seen somewhere."""
        ...

    def unlink(self, strong: Ref) -> None:
        """Forget in which partitions a strong identifier was seen, there as well as with it."""
        ...

    def erase_view(self, person: PersonId) -> None:
        """Remove a profile; its id resolves no more."""
        ...


def without(state: State, ref: Ref) -> State:
    """What was observed of the other identifiers."""
    nodes = {
        other: replace(node, parted=node.parted - {ref}, lost=node.lost - {ref})
        for other, node in state.nodes.items()
        if other != ref
    }
    return State(
        nodes=nodes,
        edges={on: edge for on, edge in state.edges.items() if ref not in on},
        decrees={on: decree for on, decree in state.decrees.items() if ref not in on},
    )


def remaining(cluster: Cluster, ref: Ref) -> Cluster:
    """The cluster without an identifier, a version on: its groups are those from before until they
    are resolved again, which its missing rules ask for.
    """
    state = without(cluster.state, ref)
    others = [tuple(node for node in group if node != ref) for group in cluster.groups]
    kept = [group for group in others if group]
    return replace(
        cluster,
        version=cluster.version + 1,
        state=state,
        groups=tuple(kept),
        roots=tuple(root_of(group, state) for group in kept),
        rules="",
        unsettled=True,
    )
