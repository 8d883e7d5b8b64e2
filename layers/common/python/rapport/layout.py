"""Layout: which rows hold what was joined, and the one transaction that brings it there.

Where a state is stored says nothing of who is one person. A part (what neither edge nor decree
ties to the rest) may stand anywhere, as long as it stands in one row and its pointers lead there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapport.domain.cluster import State, components, parts
from rapport.domain.identifiers import Ref
from rapport.domain.resolve import Alike, resolve
from rapport.domain.rules import Rules
from rapport.identity import Change, Cluster, Mark, Pointer

# DynamoDB would take 100; what does not fit is written in several transactions.
MAX_ITEMS = 24
# Of a cluster of more nodes than BIG, a touched part of at most SMALL is taken out.
BIG = 64
SMALL = 8


@dataclass(frozen=True, kw_only=True)
class Target:
    """A row as it shall be: what it holds, the row as it stands (None: new), whom it absorbs."""

    id: str
    nodes: frozenset[Ref]
    stored: Cluster | None = None
    absorbs: tuple[Cluster, ...] = ()

    @property
    def sources(self) -> tuple[Cluster, ...]:
        """The stored clusters whose pointers lead to it as they are."""
        return self.absorbs if self.stored is None else (self.stored, *self.absorbs)

    @property
    def strangers(self) -> frozenset[Ref]:
        """What it holds and no pointer leads to yet."""
        return self.nodes.difference(*(source.state.nodes for source in self.sources))


def lay_out(
    stored: Sequence[Cluster],
    whole: State,
    touched: Collection[Ref],
    new_id: Callable[[], str],
    *,
    taking_out: bool,
) -> list[Target]:
    """The rows for a state that was joined from stored clusters and what was observed."""
    home = {ref: cluster for cluster in stored for ref in cluster.state.nodes}
    out: list[frozenset[Ref]] = []
    staying: list[frozenset[Ref]] = []
    for span in parts(whole):
        taken = taking_out and not span.isdisjoint(touched) and _comes_out(span, home)
        (out if taken else staying).append(span)
    targets = [_target(span, _within(span, home), new_id) for span in out]
    # Clusters that one part spans become one; a part that is nobody's yet stands for itself.
    owners = {span: sorted({home[ref].id for ref in span if ref in home}) for span in staying}
    moved = {cluster.id for target in targets for cluster in target.sources}
    kept = {cluster.id: cluster for cluster in stored if cluster.id not in moved}
    ties = [(ids[0], other) for ids in owners.values() for other in ids[1:]]
    for together in components(kept, ties):
        held = [span for span, ids in owners.items() if ids and ids[0] in together]
        members = [kept[cluster_id] for cluster_id in together]
        targets.append(_target(frozenset().union(*held), members, new_id))
    targets += [_target(span, (), new_id) for span, ids in owners.items() if not ids]
    return targets


def transaction(
    targets: Sequence[Target],
    stored: Sequence[Cluster],
    whole: State,
    pointers: Mapping[Ref, Pointer],
    *,
    touched: frozenset[Ref],
    rules: Rules,
    alike: Alike,
) -> Change:
    """What makes the rows so; without items when they are.

    `pointers` are those of everything touched and of all strangers.
    """
    version = max((cluster.version for cluster in stored), default=0) + 1
    write: list[tuple[Cluster, int]] = []
    redirect: dict[Mark, str] = {}
    point: dict[Ref, tuple[Pointer, str | None]] = {}
    for target in targets:
        state = whole.part(target.nodes)
        as_it_is = (
            target.stored is not None
            and not target.absorbs
            and (target.stored.state == state and target.stored.rules == rules.hash)
        )
        if not as_it_is:
            before = [c for c in stored if not target.nodes.isdisjoint(c.state.nodes)]
            cluster = Cluster(id=target.id, version=version, state=state)
            read = 0 if target.stored is None else target.stored.version
            write.append((resolved(cluster, before, touched, rules, alike), read))
            redirect |= {Mark(c.id, c.version): target.id for c in target.absorbs}
        for ref in sorted(target.nodes & (touched | target.strangers)):
            node, stands = state.nodes[ref], pointers.get(ref)
            pointer = Pointer(
                cluster=stands.cluster if stands is not None and as_it_is else target.id,
                crowd=node.crowd,
                hub=node.hub,
                fenced=node.fenced,
                closed=node.closed,
                erased_at=None if stands is None else stands.erased_at,
            )
            if pointer != stands:
                point[ref] = (pointer, None if stands is None else stands.cluster)
    return Change(write=tuple(write), redirect=redirect, point=point)


def resolved(
    cluster: Cluster,
    before: Iterable[Cluster],
    touched: frozenset[Ref],
    rules: Rules,
    alike: Alike,
) -> Cluster:
    """A cluster with the persons that its state resolves to.

    It is unsettled when persons changed that none of the touched identifiers leads to.
    """
    found = resolve(cluster.state, rules, alike)
    roots = tuple(found.roots[group[0]] for group in found.groups)
    before = tuple(before)
    known = {person for c in before for person in zip(c.roots, c.groups, strict=True)}
    changed = set(zip(roots, found.groups, strict=True)) - known
    return replace(
        cluster,
        groups=found.groups,
        roots=roots,
        rules=rules.hash,
        unsettled=any(c.unsettled for c in before)
        or any(touched.isdisjoint(group) for _, group in changed),
    )


def items(planned: Change) -> int:
    """How many rows a change writes."""
    return len(planned.write) + len(planned.redirect) + len(planned.point)


def _comes_out(span: frozenset[Ref], home: Mapping[Ref, Cluster]) -> bool:
    """Whether a part is small and of a big cluster, and nothing is left of the others it is of."""
    if len(span) > SMALL:
        return False
    owners = {home[ref].id: home[ref] for ref in span if ref in home}.values()
    big = [len(cluster.state.nodes) > BIG for cluster in owners]
    return any(big) and all(
        of_big or cluster.state.nodes.keys() <= span
        for of_big, cluster in zip(big, owners, strict=True)
    )


def _within(span: frozenset[Ref], home: Mapping[Ref, Cluster]) -> list[Cluster]:
    owners = {home[ref].id: home[ref] for ref in span if ref in home}.values()
    return [cluster for cluster in owners if cluster.state.nodes.keys() <= span]


def _target(
    nodes: frozenset[Ref], sources: Collection[Cluster], new_id: Callable[[], str]
) -> Target:
    """The biggest source takes the others, so that redirects are few from any identifier."""
    if not sources:
        return Target(id=new_id(), nodes=nodes)
    big, *others = sorted(sources, key=lambda c: (-len(c.state.nodes), c.id))
    return Target(id=big.id, nodes=nodes, stored=big, absorbs=tuple(others))
