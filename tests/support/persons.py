"""Persons as resolution would leave them, and the queue of those who may be one."""

from collections.abc import Iterable, Sequence

from rapport.domain.cluster import Node, State
from rapport.domain.identifiers import Ref
from rapport.identity import Cluster, Group
from rapport.suggestions import Suggestion
from tests.support.clusters import FakeClusters
from tests.support.fakes import Calls


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


class FakeSuggestions:
    """The review queue, in a list."""

    def __init__(self, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.open: list[Suggestion] = []

    def of(self, members: Iterable[Ref]) -> list[Suggestion]:
        self.calls.touch("suggestions.of")
        about = set(members)
        found = [each for each in self.open if about & {*each.pair}]
        return sorted(found, key=lambda each: -each.score)

    def queue(self, *, limit: int) -> list[Suggestion]:
        return sorted(self.open, key=lambda each: -each.score)[:limit]

    def put(self, found: Sequence[Suggestion]) -> None:
        self.open += found

    def close(self, pair: tuple[Ref, Ref]) -> None:
        self.open = [each for each in self.open if each.pair != pair]
