"""What resolution needs from its store, and how a person is found through it.

A node points to its cluster. A cluster holds the state of everything that was tied together, and
the persons that this state resolves to, so that whoever only reads needs no rules. A cluster that
was absorbed redirects to the one that took it. Nothing that hangs on an identifier ever moves.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from rapport.domain.cluster import State
from rapport.domain.identifiers import PersonId, Ref, is_strong, person_id
from rapport.errors import RetryableError

MAX_LOOKS = 5


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """Where an identifier stands. `hub`, `closed`: it keeps no more edges, so need not be read.

    `crowd`, `fenced`: it keeps none that are only asserted, so need not be read for them.
    `erased_at`: its person was erased; nothing that happened until then may bring it back.
    """

    cluster: str = ""
    crowd: bool = False
    hub: bool = False
    fenced: bool = False
    closed: bool = False
    erased_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A stored cluster. `groups` are its persons, each sorted, under the rules of hash `rules`.

    `roots` names each group's root. `unsettled`: views of it may be behind its groups.
    """

    id: str
    version: int
    state: State
    groups: tuple[tuple[Ref, ...], ...] = ()
    roots: tuple[Ref, ...] = ()
    rules: str = ""
    unsettled: bool = False

    def group_of(self, node: Ref) -> "Group":
        """The person that a node of it belongs to."""
        for root, members in zip(self.roots, self.groups, strict=True):
            if node in members:
                return Group(root=root, members=members, cluster=Mark(self.id, self.version))
        raise KeyError(node)


class Mark(NamedTuple):
    """A cluster at a version; version 0 stands for no cluster."""

    id: str
    version: int


NOWHERE = Mark("", 0)


@dataclass(frozen=True, kw_only=True)
class Group:
    """One person as resolution has it: the root, all identifiers, and as of which version."""

    root: Ref
    members: tuple[Ref, ...]
    cluster: Mark = NOWHERE

    @property
    def person(self) -> PersonId:
        """The public id."""
        return person_id(self.root)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One transaction on clusters.

    `write`: clusters as they shall be, each with the version that is stored now (0: none).
    `redirect`: absorbed clusters at the version read → the cluster that took them.
    `point`: nodes as they shall point, each with the cluster that it points to now (None: no row);
    what stands of their erasure is kept, and has to stand as it was read.
    """

    write: tuple[tuple[Cluster, int], ...]
    redirect: Mapping[Mark, str] = field(default_factory=dict)
    point: Mapping[Ref, tuple[Pointer, str | None]] = field(default_factory=dict)


class Clusters(Protocol):
    """Nodes and clusters. Reads are strongly consistent; RetryableError when out of reach."""

    def pointers(self, refs: Iterable[Ref]) -> Mapping[Ref, Pointer]:
        """Where identifiers stand; those never seen are left out."""
        ...

    def clusters(self, ids: Iterable[str]) -> Mapping[str, Cluster]:
        """Clusters by the ids asked for, redirects followed."""
        ...

    def commit(self, change: Change) -> bool:
        """All of a change, or nothing and False when somebody else was faster."""
        ...

    def settle(self, mark: Mark) -> None:
        """Note that the views of a cluster are up to date, if it still stands at that version."""
        ...

    def every(self) -> Iterator[Cluster]:
        """All clusters, in no order, redirects left out."""
        ...


def groups_of(clusters: Clusters, nodes: Iterable[Ref]) -> dict[Ref, Group]:
    """Per identifier its person: a cookie, or one that no cluster knows, stands for itself.

    RetryableError when clusters were rearranged at every look.
    """
    found = {node: Group(root=node, members=(node,) if is_strong(node) else ()) for node in nodes}
    sought = [node for node in found if is_strong(node)]
    for _ in range(MAX_LOOKS):
        pointers = clusters.pointers(sought)
        stored = clusters.clusters({p.cluster for p in pointers.values() if p.cluster})
        sought = []
        for node, pointer in pointers.items():
            cluster = stored.get(pointer.cluster)
            if cluster is not None and node in cluster.state.nodes:
                found[node] = cluster.group_of(node)
            elif pointer.cluster:
                # It was moved to another cluster between the two reads.
                sought.append(node)
        if not sought:
            return found
    msg = f"the clusters of {len(sought)} identifiers were rearranged at every look"
    raise RetryableError(msg)
