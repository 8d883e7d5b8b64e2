"""Absorbing observations: what they add to the stored clusters, each in one transaction.

Clusters only grow, by a `join` that does not mind order or repeats, so a worker that lost a race or
died half-way has nothing to take back: it reads again and joins again. A transaction holds what
must agree: the cluster that took others, the redirects of those, the pointers of what was touched.

1. Read where the identifiers stand, and their clusters. Shared and closed ones need not be read,
   for what they do not keep: an edge to them is told to the other end only.
2. Join. Nothing new: no write.
3. Lay out: a part, which no edge ties to the rest, may stand in a cluster of its own. Stored
   clusters that a part now spans become one, the biggest; the others redirect to it. Of a big
   cluster a small part is taken out when it is touched, so that what hung on an identifier that
   turned out to be shared comes apart again.
4. Resolve what changed and write, unless somebody was faster: then once more from 1.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import NamedTuple

from rapport.domain.adding import Full, closing, pruned
from rapport.domain.cluster import MAX_WEIGHT, State, contribution, join, joined, weight
from rapport.domain.event import millis
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation
from rapport.domain.resolve import Alike
from rapport.domain.rules import Rules
from rapport.errors import ConflictError
from rapport.identity import Change, Cluster, Clusters, Pointer
from rapport.layout import MAX_ITEMS, Target, items, lay_out, resolved, transaction

MAX_ATTEMPTS = 12
# The longest wait after the first lost race; it doubles with each, up to 32 times that.
PAUSE_SECONDS = 0.02
# Each identifier costs at most a pointer, and a row that is written or redirects.
MAX_NODES = MAX_ITEMS // 2 - 1


class _Atom(NamedTuple):
    """What is written at once or not at all, and when it was observed (ms since 1970).

    `returns`: whether it brings back who was erased before.
    """

    at: int
    state: State
    returns: bool = True


class _Known(NamedTuple):
    """What was read: where identifiers stand, and the clusters that those places lead to."""

    pointers: Mapping[Ref, Pointer]
    clusters: Mapping[str, Cluster]

    def cluster_of(self, ref: Ref) -> Cluster | None:
        """Its cluster, when it was read."""
        pointer = self.pointers.get(ref)
        return None if pointer is None else self.clusters.get(pointer.cluster)

    def torn(self, ref: Ref) -> bool:
        """Whether its cluster no longer has it, because somebody wrote between two reads."""
        cluster = self.cluster_of(ref)
        if cluster is not None:
            return ref not in cluster.state.nodes
        pointer = self.pointers.get(ref, Pointer())
        return bool(pointer.cluster) and _to_be_read(pointer, verified=False)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The identifiers whose persons to look at; those whose cluster was read or written, with it;
    those that were erased, and when. Of the `barred` of them nothing counts whenever it happened:
    they were erased, and have not come back by themselves.

    Whether or not anything changed: a process may have died after it wrote a cluster, and before
    it wrote the views.
    """

    nodes: frozenset[Ref]
    clusters: Mapping[Ref, Cluster]
    erased: Mapping[Ref, datetime] = field(default_factory=dict)
    barred: frozenset[Ref] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Absorb:
    """Adds observations to the stored clusters. The rules are asked for once per call."""

    clusters: Clusters
    rules: Callable[[], Rules]
    alike: Alike
    random: Random
    pause: Callable[[float], None] = time.sleep

    def take(self, observation: Observation) -> frozenset[Ref]:
        """The identifiers whose persons to look at. ConflictError: it lost too many races."""
        return self.take_all([observation]).nodes

    def take_all(self, observations: Iterable[Observation]) -> Taken:
        """Several at once: those of the same identifiers go into one transaction."""
        atoms = [atom for seen in observations for atom in _atoms(seen)]
        touched = _nodes(atoms)
        if not touched:
            return Taken(nodes=touched, clusters={})
        rules = self.rules()
        known = self._read(atoms)
        written: set[str] = set()
        stand: dict[Ref, Cluster] = {}
        for bundle in _bundles(atoms):
            nodes = _nodes(bundle)
            places = {c.id for ref in nodes if (c := known.cluster_of(ref)) is not None}
            behind = not written.isdisjoint(nodes | places)
            found, change = self._take(bundle, self._read(bundle) if behind else known, rules)
            stand |= {ref: c for ref in nodes if (c := found.cluster_of(ref)) is not None}
            stand |= {ref: c for c, _ in change.write for ref in touched & c.state.nodes.keys()}
            written |= {*change.point, *(cluster.id for cluster, _ in change.write)}
            written |= {mark.id for mark in change.redirect}
        erased = {
            ref: pointer.erased_at
            for ref, pointer in known.pointers.items()
            if pointer.erased_at is not None
        }
        back = _nodes(_returning(atoms, known))
        barred = frozenset(ref for ref in erased if not known.pointers[ref].cluster) - back
        return Taken(nodes=touched, clusters=stand, erased=erased, barred=barred)

    def again(self, cluster: Cluster) -> Change | None:
        """A stored cluster under the live rules; None when it was resolved under them already.

        Whoever changes the rules commits this for `every` cluster, when all workers know the new
        ones: one that still has the old ones leaves their hash in what it writes.
        """
        rules = self.rules()
        if cluster.rules == rules.hash:
            return None
        after = replace(cluster, version=cluster.version + 1)
        after = resolved(after, [cluster], frozenset(), rules, self.alike)
        return Change(write=((after, cluster.version),))

    def _take(self, bundle: Sequence[_Atom], known: _Known, rules: Rules) -> tuple[_Known, Change]:
        """What was read last for one bundle, and what was written."""
        for attempt in range(MAX_ATTEMPTS):
            change = self._change(bundle, known, rules)
            if change is not None and (not items(change) or self.clusters.commit(change)):
                return known, change
            self.pause(self.random.uniform(0, PAUSE_SECONDS * 2 ** min(attempt, 5)))
            known = self._read(bundle)
        msg = f"lost {MAX_ATTEMPTS} races for {len(_nodes(bundle))} identifiers"
        raise ConflictError(msg)

    def _read(self, atoms: Iterable[_Atom]) -> _Known:
        """Where identifiers stand. What would keep nothing is read only for an operator's word."""
        atoms = list(atoms)
        decreed = {ref for atom in atoms for on in atom.state.decrees for ref in on}
        sure = {ref for a in atoms for ref, node in a.state.nodes.items() if node.verified}
        pointers = self.clusters.pointers(sorted(_nodes(atoms)))
        wanted = {
            pointer.cluster
            for ref, pointer in pointers.items()
            if pointer.cluster and (ref in decreed or _to_be_read(pointer, verified=ref in sure))
        }
        return _Known(pointers, self.clusters.clusters(sorted(wanted)) if wanted else {})

    def _change(self, bundle: Sequence[_Atom], known: _Known, rules: Rules) -> Change | None:
        """The transaction for a bundle; None when what was read does not go together."""
        touched = _nodes(bundle)
        if any(known.torn(ref) for ref in touched):
            return None
        near = {c.id: c for ref in touched if (c := known.cluster_of(ref)) is not None}
        stored = [near[cluster_id] for cluster_id in sorted(near)]
        before = joined(cluster.state for cluster in stored)
        added = joined(_allowed(atom, known) for atom in bundle)
        whole, targets = self._laid_out(stored, before, added)
        elsewhere = sorted({ref for target in targets for ref in target.strangers} - touched)
        pointers = {**known.pointers, **(self.clusters.pointers(elsewhere) if elsewhere else {})}

        def planned() -> Change:
            return transaction(
                targets, stored, whole, pointers, touched=touched, rules=rules, alike=self.alike
            )

        change = planned()
        # Persons that changed unseen are found through what was touched: both must stand in one
        # cluster, so that nothing is taken out then.
        unseen = any(cluster.unsettled for cluster, _ in change.write)
        moved = any(not before.nodes.keys().isdisjoint(target.strangers) for target in targets)
        if moved and (unseen or items(change) > MAX_ITEMS):
            targets = lay_out(stored, whole, added.nodes, self._new_id, taking_out=False)
            change = planned()
        # A pointer without its row is under no condition but its own: it must not be older.
        lone = sorted(change.point.keys() - {r for c, _ in change.write for r in c.state.nodes})
        again = self.clusters.pointers(lone) if lone else {}
        return None if any(again.get(ref) != pointers.get(ref) for ref in lone) else change

    def _laid_out(
        self, stored: Sequence[Cluster], before: State, added: State
    ) -> tuple[State, list[Target]]:
        """Both together, and the rows for it: parts that stand in one may be too much for it."""
        whole, targets = before, list[Target]()
        for less in (added, closing(added, sure=False), closing(added, sure=True)):
            whole = join(before, less)
            targets = lay_out(stored, whole, added.nodes, self._new_id, taking_out=whole != before)
            if whole == before or _fits(whole, targets):
                break
        return whole, targets

    def _new_id(self) -> str:
        return f"{self.random.getrandbits(96):024x}"


def _atoms(seen: Observation) -> list[_Atom]:
    """What one observation adds, in pieces that say something on their own.

    What was named together is one piece; so is every decree, because an operator may rule on more
    identifiers at once than fit into a transaction.
    """
    pieces = [replace(seen, proves=frozenset(), decrees=())] if seen.strong else []
    for ref in sorted(seen.proves):
        proof = replace(seen, strong=(), alias=None, proves=frozenset({ref}), decrees=())
        pieces.append(proof)
    for decree in seen.decrees:
        word = replace(seen, strong=(), alias=None, proves=frozenset(), decrees=(decree,))
        pieces.append(replace(word, owner=None))
    return [_Atom(millis(seen.at), contribution(piece), seen.returns) for piece in pieces]


def _nodes(atoms: Iterable[_Atom]) -> frozenset[Ref]:
    return frozenset(ref for atom in atoms for ref in atom.state.nodes)


def _bundles(atoms: Iterable[_Atom]) -> list[list[_Atom]]:
    """Pieces that share identifiers, as many together as fit into a transaction."""
    bundles: list[list[_Atom]] = []
    for atom in atoms:
        near = [bundle for bundle in bundles if not _nodes(bundle).isdisjoint(atom.state.nodes)]
        both = [atom]
        for bundle in near:
            if len(_nodes([*both, *bundle])) <= MAX_NODES:
                both = [*bundle, *both]
                bundles.remove(bundle)
        bundles.append(both)
    return bundles


def _fits(whole: State, targets: Iterable[Target]) -> bool:
    return weight(whole) <= MAX_WEIGHT or all(
        weight(whole.part(target.nodes)) <= MAX_WEIGHT for target in targets
    )


def _to_be_read(pointer: Pointer, *, verified: bool) -> bool:
    """Whether something could be added to an identifier that stands so."""
    if verified:
        return not (pointer.hub or pointer.closed)
    return not (pointer.crowd or pointer.hub or pointer.fenced or pointer.closed)


def _is_gone(pointer: Pointer, atom: _Atom) -> bool:
    """Whether what is told of an identifier is of somebody erased, who has not come back."""
    if pointer.erased_at is None:
        return False
    return atom.at <= millis(pointer.erased_at) or not (atom.returns or pointer.cluster)


def _returning(atoms: Iterable[_Atom], known: _Known) -> list[_Atom]:
    """Those by which somebody who was erased comes back."""
    return [
        atom
        for atom in atoms
        if atom.returns
        and any(not _is_gone(known.pointers.get(ref, Pointer()), atom) for ref in atom.state.nodes)
    ]


def _allowed(atom: _Atom, known: _Known) -> State:
    """What of a piece counts: nothing of the erased, no edges to what keeps none."""
    gone: set[Ref] = set()
    kinds: dict[str, set[Ref]] = {"hubs": set(), "closed": set(), "crowds": set(), "fenced": set()}
    for ref in atom.state.nodes:
        pointer, cluster = known.pointers.get(ref, Pointer()), known.cluster_of(ref)
        if _is_gone(pointer, atom):
            gone.add(ref)
        # What was read is newer than a pointer, which learns of it when it is touched.
        for found in (pointer, *(() if cluster is None else (cluster.state.nodes[ref],))):
            marks = (found.hub, found.closed, found.crowd, found.fenced)
            for kind, marked in zip(kinds.values(), marks, strict=True):
                if marked:
                    kind.add(ref)
    return pruned(atom.state, Full(**kinds), gone)
