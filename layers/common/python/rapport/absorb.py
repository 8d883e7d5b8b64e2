"""Absorbing observations: what they add to the stored clusters, each in one transaction.

Clusters only grow, by a `join` that does not mind order or repeats, so a worker that lost a race or
died half-way has nothing to take back: it reads again and joins again. A transaction holds what
must agree: the cluster that took others, the redirects of those, the pointers of what was touched.

1. Read where the identifiers stand, and their clusters. Shared and closed ones need not be read:
   an edge to them is told to the other end only.
2. Join. Nothing new: no write.
3. Lay out: a part, which no edge ties to the rest, may stand in a cluster of its own. Stored
   clusters that a part now spans become one, the biggest; the others redirect to it. Of a big
   cluster a small part is taken out when it is touched, so that what hung on an identifier that
   turned out to be shared comes apart again.
4. Resolve what changed and write, unless somebody was faster: then once more from 1.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from rapport.domain.adding import closing, pruned, weight
from rapport.domain.cluster import State, contribution, join, joined
from rapport.domain.event import millis
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation
from rapport.domain.resolve import Alike
from rapport.domain.rules import Rules
from rapport.errors import ConflictError
from rapport.identity import Change, Cluster, Clusters, Pointer
from rapport.layout import MAX_ITEMS, items, lay_out, resolved, transaction

MAX_ATTEMPTS = 12
# The longest wait after the first lost race; it doubles with each, up to 32 times that.
PAUSE_SECONDS = 0.02
# What a row may hold of what was observed; DynamoDB takes 400 KB with groups and all.
MAX_BYTES = 300_000
# Each identifier costs at most a pointer, and a row that is written or redirects.
MAX_NODES = MAX_ITEMS // 2 - 1


class _Atom(NamedTuple):
    """What is written at once or not at all, and when it was observed (ms since 1970)."""

    at: int
    state: State


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
        return bool(pointer.cluster) and not (pointer.hub or pointer.closed)


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
        return self.take_all([observation])

    def take_all(self, observations: Iterable[Observation]) -> frozenset[Ref]:
        """Several at once: those of the same identifiers go into one transaction.

        Identifiers are named whether or not anything changed: a process may have died after it
        wrote a cluster, and before it wrote the views.
        """
        atoms = [atom for seen in observations for atom in _atoms(seen)]
        touched = _nodes(atoms)
        if not touched:
            return touched
        rules = self.rules()
        known = self._read(atoms)
        written: set[str] = set()
        for bundle in _bundles(atoms):
            nodes = _nodes(bundle)
            places = {c.id for ref in nodes if (c := known.cluster_of(ref)) is not None}
            behind = not written.isdisjoint(nodes | places)
            change = self._take(bundle, self._read(bundle) if behind else known, rules)
            written |= {*change.point, *(cluster.id for cluster, _ in change.write)}
            written |= {mark.id for mark in change.redirect}
        return touched

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

    def _take(self, bundle: Sequence[_Atom], known: _Known, rules: Rules) -> Change:
        """What was written for one bundle."""
        for attempt in range(MAX_ATTEMPTS):
            change = self._change(bundle, known, rules)
            if change is not None and (not items(change) or self.clusters.commit(change)):
                return change
            self.pause(self.random.uniform(0, PAUSE_SECONDS * 2 ** min(attempt, 5)))
            known = self._read(bundle)
        msg = f"lost {MAX_ATTEMPTS} races for {len(_nodes(bundle))} identifiers"
        raise ConflictError(msg)

    def _read(self, atoms: Iterable[_Atom]) -> _Known:
        """Where identifiers stand. What keeps no edges is read only for an operator's word."""
        atoms = list(atoms)
        decreed = {ref for atom in atoms for on in atom.state.decrees for ref in on}
        pointers = self.clusters.pointers(sorted(_nodes(atoms)))
        wanted = {
            pointer.cluster
            for ref, pointer in pointers.items()
            if pointer.cluster and (ref in decreed or not (pointer.hub or pointer.closed))
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
        whole = join(before, added)
        if whole != before and weight(whole) > MAX_BYTES:
            # The row would not hold it: what was observed of so much is nobody's any more.
            whole = join(before, closing(added))
        targets = lay_out(stored, whole, added.nodes, self._new_id, taking_out=whole != before)
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
        return change

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
    return [_Atom(millis(seen.at), contribution(piece)) for piece in pieces]


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


def _allowed(atom: _Atom, known: _Known) -> State:
    """What of a piece counts: nothing of the erased, no edges to what keeps none."""
    hubs, closed, gone = set(), set(), set()
    for ref in atom.state.nodes:
        pointer, cluster = known.pointers.get(ref, Pointer()), known.cluster_of(ref)
        node = None if cluster is None else cluster.state.nodes[ref]
        if pointer.erased_at is not None and atom.at <= millis(pointer.erased_at):
            gone.add(ref)
        elif pointer.hub or (node is not None and node.hub):
            hubs.add(ref)
        elif pointer.closed or (node is not None and node.closed):
            closed.add(ref)
    return pruned(atom.state, hubs=hubs, closed=closed, gone=gone)
