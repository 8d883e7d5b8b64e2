"""Persons as resolution would leave them."""

from collections.abc import Sequence

from rapport.domain.cluster import Node, State
from rapport.domain.identifiers import Ref
from rapport.identity import Cluster, Group
from tests.support.clusters import FakeClusters


def plant(clusters: FakeClusters, members: Sequence[Ref]) -> Group:
    """Let identifiers be one person, the first its root; the clusters that they had go into one."""
    before = {p.cluster for ref in members if (p := clusters.nodes.get(ref))}
    version = 1 + max((clusters.rows[each].version for each in before), default=0)
    cluster = Cluster(
        id=f"c-{members[0]}",
        version=version,
        state=State(nodes={ref: Node(first_seen=0) for ref in members}),
        groups=(tuple(sorted(members)),),
        roots=(members[0],),
    )
    for absorbed in before - {cluster.id}:
        del clusters.rows[absorbed]
        clusters.redirects[absorbed] = cluster.id
    clusters.put(cluster)
    return cluster.group_of(members[0])
