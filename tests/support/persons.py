"""Persons as resolution would leave them."""

from collections.abc import Sequence

from rapport.domain.cluster import State
from rapport.domain.identifiers import Ref
from rapport.domain.node import Node
from rapport.identity import Cluster, Group
from tests.support.clusters import FakeClusters


def plant(clusters: FakeClusters, members: Sequence[Ref]) -> Group:
    """Let identifiers be one person, the first its root, and whoever they were with another one."""
    before = {p.cluster for ref in members if (p := clusters.nodes.get(ref))}
    stood = [clusters.rows[each] for each in before]
    number = len(clusters.rows) + len(clusters.redirects)
    taken = _person(f"c-{number}", members, 1 + max((c.version for c in stood), default=0))
    for cluster in stood:
        left = [ref for ref in cluster.state.nodes if ref not in members]
        if left:
            clusters.put(_person(cluster.id, left, cluster.version + 1))
        else:
            del clusters.rows[cluster.id]
            clusters.redirects[cluster.id] = taken.id
    clusters.put(taken)
    return taken.group_of(members[0])


def _person(cluster: str, members: Sequence[Ref], version: int) -> Cluster:
    return Cluster(
        id=cluster,
        version=version,
        state=State(nodes={ref: Node(first_seen=0) for ref in members}),
        groups=(tuple(sorted(members)),),
        roots=(members[0],),
    )
