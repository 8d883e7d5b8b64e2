"""The in-memory twin of the port `Clusters`: conditions and transactions as the table has them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from rapport.domain.identifiers import Ref
from rapport.identity import Change, Cluster, Mark, Pointer
from tests.support.fakes import Calls


class FakeClusters:
    """Nodes and clusters in dicts. `sizes` counts the items of every transaction that was sent.

    A test of other stores may plant a person with `put`.
    """

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.nodes: dict[Ref, Pointer] = {}
        self.rows: dict[str, Cluster] = {}
        # Absorbed cluster → the cluster that took it.
        self.redirects: dict[str, str] = {}
        self.sizes: list[int] = []

    def pointers(self, refs: Iterable[Ref]) -> Mapping[Ref, Pointer]:
        self.calls.touch("clusters.pointers")
        return {ref: self.nodes[ref] for ref in refs if ref in self.nodes}

    def clusters(self, ids: Iterable[str]) -> Mapping[str, Cluster]:
        self.calls.touch("clusters.clusters")
        return {asked: self.rows[found] for asked in ids if (found := self.end_of(asked)[0])}

    def end_of(self, asked: str) -> tuple[str, int]:
        """The cluster that an id leads to ("" when it leads nowhere), and over how many hops."""
        hops = 0
        while asked in self.redirects:
            asked, hops = self.redirects[asked], hops + 1
            assert hops <= len(self.redirects), "redirects lead round in a circle"
        return (asked if asked in self.rows else ""), hops

    def commit(self, change: Change) -> bool:
        self.calls.touch("clusters.commit")
        self.sizes.append(len(change.write) + len(change.redirect) + len(change.point))
        if not self.allows(change):
            return False
        for cluster, _ in change.write:
            self.redirects.pop(cluster.id, None)
            self.rows[cluster.id] = cluster
        for mark, to in change.redirect.items():
            self.rows.pop(mark.id, None)
            self.redirects[mark.id] = to
        for ref, (pointer, _) in change.point.items():
            self.nodes[ref] = pointer
        return True

    def allows(self, change: Change) -> bool:
        """Whether everything stands as the change read it."""
        return (
            all(self._version(cluster.id) == read for cluster, read in change.write)
            and all(self._version(mark.id) == mark.version for mark in change.redirect)
            and all(
                self._stands(ref) == (None if read is None else (read, pointer.erased_at))
                for ref, (pointer, read) in change.point.items()
            )
        )

    def _stands(self, ref: Ref) -> tuple[str, datetime | None] | None:
        pointer = self.nodes.get(ref)
        return None if pointer is None else (pointer.cluster, pointer.erased_at)

    def _version(self, cluster_id: str) -> int | None:
        """The stored version; 0 when there is no row, None when the row redirects."""
        if cluster_id in self.redirects:
            return None
        return self.rows[cluster_id].version if cluster_id in self.rows else 0

    def settle(self, mark: Mark) -> None:
        self.calls.touch("clusters.settle")
        stored = self.rows.get(mark.id)
        if stored is not None and stored.version == mark.version:
            self.rows[mark.id] = replace(stored, unsettled=False)

    def every(self) -> Iterator[Cluster]:
        self.calls.touch("clusters.every")
        yield from list(self.rows.values())

    def put(self, cluster: Cluster) -> None:
        """A cluster as if it had always been there."""
        self.rows[cluster.id] = cluster
        for ref, node in cluster.state.nodes.items():
            self.nodes[ref] = Pointer(cluster=cluster.id, hub=node.hub, closed=node.closed)
