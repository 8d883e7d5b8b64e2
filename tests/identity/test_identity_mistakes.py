"""What finds nothing wrong with identity would find it: mistakes are planted, and found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from rapport import absorb, layout
from rapport.absorb import Absorb, Taken
from rapport.domain import adding, cluster, links, resolve
from rapport.domain.cluster import State
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.node import Node
from rapport.domain.observation import Observation
from rapport.domain.rules import Rules
from rapport.identity import Change, Cluster
from tests.support.trials import CHAOS, Figures, Kind, trial
from tests.support.workers import WatchedClusters

# Histories that a search may take; none needs half as many.
SEEDS = range(10_000, 11_400)
# The ones that find what hardly any other finds: there the search begins.
TELLING = (10_663, 10_190, 10_069)


class ForgetsTheRoot(WatchedClusters):
    def allows(self, change: Change) -> bool:
        new = tuple((written, read) for written, read in change.write if not read)
        return super().allows(replace(change, write=new))


class ForgetsTheAbsorbed(WatchedClusters):
    def allows(self, change: Change) -> bool:
        return super().allows(replace(change, redirect={}))


class ForgetsThePointers(WatchedClusters):
    def allows(self, change: Change) -> bool:
        return super().allows(replace(change, point={}))


class TakesALostRaceForWon(WatchedClusters):
    def commit(self, change: Change) -> bool:
        super().commit(change)
        return True


class WritesInPieces(WatchedClusters):
    def commit(self, change: Change) -> bool:
        if not super().commit(replace(change, point={})):
            return False
        return super().commit(replace(change, write=(), redirect={}))


class FollowsNoRedirect(WatchedClusters):
    def clusters(self, ids: Iterable[str]) -> Mapping[str, Cluster]:
        self.calls.touch("clusters.clusters")
        return {asked: self.rows[asked] for asked in ids if asked in self.rows}


class NamesOnlyTheOwner(Absorb):
    def take_all(self, observations: Iterable[Observation]) -> Taken:
        seen = [*observations]
        owners = frozenset(one.owner for one in seen if one.owner is not None)
        return replace(super().take_all(seen), nodes=owners)


class NamesOnlyWhatItWrote(Absorb):
    def take_all(self, observations: Iterable[Observation]) -> Taken:
        assert isinstance(self.clusters, WatchedClusters)
        before = len(self.clusters.sizes)
        taken = super().take_all(observations)
        wrote = len(self.clusters.sizes) > before
        return taken if wrote else replace(taken, nodes=frozenset())


class ReadsOnce(Absorb):
    def _read(self, atoms: Iterable[Any]) -> Any:
        return self.__dict__.setdefault("known", super()._read(atoms))


Plant = Callable[[pytest.MonkeyPatch], Kind]


def stored(store: type[WatchedClusters]) -> Plant:
    return lambda _: replace(CHAOS, stored=store)


def engine(kind: type[Absorb]) -> Plant:
    return lambda _: replace(CHAOS, engine=kind)


def joined(what: str, **wrong: Callable[[Any, Any], object]) -> Plant:
    """Two stories of a node or an edge are joined wrongly."""

    def plant(patch: pytest.MonkeyPatch) -> Kind:
        right = getattr(cluster, what)

        def join(one: Any, other: Any) -> Any:
            amiss = {name: how(one, other) for name, how in wrong.items()}
            return replace(right(one, other), **amiss)

        patch.setattr(cluster, what, join)
        return CHAOS

    return plant


def last_decree(patch: pytest.MonkeyPatch) -> Kind:
    right = cluster.join

    def join(one: State, other: State) -> State:
        return replace(right(one, other), decrees={**one.decrees, **other.decrees})

    patch.setattr(cluster, "join", join)
    patch.setattr(absorb, "join", join)
    return CHAOS


def cookies_join(patch: pytest.MonkeyPatch) -> Kind:
    def rules(right: Rules) -> Rules:
        return replace(right, link_on=right.link_on | {Namespace.ANON})

    return replace(CHAOS, rules=rules)


def any_order(patch: pytest.MonkeyPatch) -> Kind:
    """Edges in the order in which they arrived."""
    patch.setattr(resolve, "_order", lambda on, edge, *, must: not must)
    return CHAOS


def hubs_forgotten_when_they_appear(patch: pytest.MonkeyPatch) -> Kind:
    patch.setattr(cluster, "_remembering", lambda state, _: dict(state.nodes))
    return CHAOS


def hubs_forgotten_when_they_are_known(patch: pytest.MonkeyPatch) -> Kind:
    def pruned(*told: Any) -> State:
        after = adding.pruned(*told)
        forgetful = {
            ref: replace(node, parted=frozenset(), lost=frozenset())
            for ref, node in after.nodes.items()
        }
        return replace(after, nodes=forgetful)

    patch.setattr(absorb, "pruned", pruned)
    return CHAOS


def hubs_not_counted(patch: pytest.MonkeyPatch) -> Kind:
    right = State.neighbours

    def neighbours(state: State, **how: bool) -> dict[Ref, set[Ref]]:
        found = right(state, **how)
        for ref, node in state.nodes.items():
            found[ref] -= node.parted | node.lost
        return found

    patch.setattr(State, "neighbours", neighbours)
    return CHAOS


def roots_by_name(patch: pytest.MonkeyPatch) -> Kind:
    patch.setattr(resolve, "root_of", lambda group, state: min(group))
    return CHAOS


def hubs_with_a_past(patch: pytest.MonkeyPatch) -> Kind:
    """A hub is as old as the last event that it was told of."""
    for trimmed in ("alone", "trusted"):
        patch.setattr(cluster, trimmed, _with_a_past(getattr(cluster, trimmed)))
    return CHAOS


def _with_a_past(right: Callable[[Node], Node]) -> Callable[[Node], Node]:
    return lambda node: replace(right(node), first_seen=node.first_seen)


def claims_count_as_neighbours(patch: pytest.MonkeyPatch) -> Kind:
    """For what is verified, too, everybody counts who was ever named with it."""
    right = links.shared
    patch.setattr(links, "shared", lambda state, rules, **_: right(state, rules))
    return CHAOS


def claims_push_out(patch: pytest.MonkeyPatch) -> Kind:
    """Of what has too many neighbours no edge is kept, whoever named them."""
    right = State.neighbours
    patch.setattr(State, "neighbours", lambda state, **_: right(state))
    return CHAOS


def claims_quarantine(patch: pytest.MonkeyPatch) -> Kind:
    """What hangs together by mere claims is nobody's, verified or not."""
    right = resolve._too_many
    greedy = resolve._Greedy.__post_init__

    def quarantining(self: Any) -> None:
        greedy(self)
        for ref in right(self.parts[False], self.rules):
            self.apart.setdefault(ref, set()).update(self.state.nodes)

    patch.setattr(resolve._Greedy, "__post_init__", quarantining)
    return CHAOS


def claims_are_compared(patch: pytest.MonkeyPatch) -> Kind:
    """For verified edges the names that anybody gave count as well."""
    right = resolve._Greedy._compatible
    patch.setattr(
        resolve._Greedy,
        "_compatible",
        lambda self, left, right_side, at, _: right(self, left, right_side, at, False),
    )
    return CHAOS


def mailboxes_of_two(patch: pytest.MonkeyPatch) -> Kind:
    """Nobody asks whether the names of a mailbox itself can be one person's."""
    patch.setattr(resolve._Greedy, "_is_mixed", lambda *_: False)
    return CHAOS


def caps_of_each_side(patch: pytest.MonkeyPatch) -> Kind:
    """Each side has no more than a person may have, and nobody adds them up."""
    right = resolve._Greedy._guard

    def guard(self: Any, *sides: Any, **told: Any) -> Any:
        kept = self.rules
        self.rules = replace(kept, caps={ns: 2 * most for ns, most in kept.caps.items()})
        try:
            return right(self, *sides, **told)
        finally:
            self.rules = kept

    patch.setattr(resolve._Greedy, "_guard", guard)
    return CHAOS


def together_stronger_than_apart(patch: pytest.MonkeyPatch) -> Kind:
    right = resolve._Greedy._guard

    def guard(self: Any, *sides: Any, must: bool) -> Any:
        return None if must else right(self, *sides, must=must)

    patch.setattr(resolve._Greedy, "_guard", guard)
    return CHAOS


def quarantine_of_groups(patch: pytest.MonkeyPatch) -> Kind:
    """Nobody asks how much hangs together."""
    right = resolve.resolve

    def resolved(state: State, rules: Rules, alike: resolve.Alike) -> resolve.Resolution:
        return right(state, replace(rules, max_identifiers=1_000), alike)

    patch.setattr(layout, "resolve", resolved)
    return CHAOS


def nobody_unsettled(patch: pytest.MonkeyPatch) -> Kind:
    right = layout.resolved

    def resolved(*story: Any) -> Cluster:
        return replace(right(*story), unsettled=False)

    patch.setattr(layout, "resolved", resolved)
    return CHAOS


def left_behind(patch: pytest.MonkeyPatch) -> Kind:
    """What is taken out of a big cluster is pointed to only where it was touched."""
    patch.setattr(layout.Target, "strangers", frozenset())
    return CHAOS


def decrees_tie_nothing(patch: pytest.MonkeyPatch) -> Kind:
    """Two who were declared apart stand in two clusters, neither of which knows enough."""
    patch.setattr(layout, "parts", lambda state: cluster.components(state.nodes, state.edges))
    return CHAOS


PLANTED: Mapping[str, Plant] = {
    "no version check on the cluster that takes others": stored(ForgetsTheRoot),
    "no version check on the cluster that is absorbed": stored(ForgetsTheAbsorbed),
    "pointers put unconditionally": stored(ForgetsThePointers),
    "a lost race taken for won": stored(TakesALostRaceForWon),
    "clusters and pointers written one after the other": stored(WritesInPieces),
    "redirects not followed": stored(FollowsNoRedirect),
    "only the owner's person looked at": engine(NamesOnlyTheOwner),
    "no look at persons when nothing was written": engine(NamesOnlyWhatItWrote),
    "no second reading after a lost race": engine(ReadsOnce),
    "first seen by first arrival": joined(
        "both_nodes", first_seen=lambda one, other: one.first_seen
    ),
    "verified by last arrival": joined("both_nodes", verified=lambda one, other: other.verified),
    "names by last arrival": joined(
        "both_nodes", names=lambda one, other: other.names or one.names
    ),
    "kinds of mailbox by first arrival": joined("both_nodes", tags=lambda one, other: one.tags),
    "an edge's first event by first arrival": joined(
        "both_edges", first=lambda one, other: one.first
    ),
    "an edge verified by last arrival": joined(
        "both_edges", verified=lambda one, other: other.verified
    ),
    "an alias by last arrival": joined("both_edges", alias=lambda one, other: other.alias),
    "an operator's word by last arrival": last_decree,
    "an operator's words tie nothing": decrees_tie_nothing,
    "cookies join": cookies_join,
    "edges in any order": any_order,
    "a new hub's neighbours forget it": hubs_forgotten_when_they_appear,
    "a known hub's neighbours forget it": hubs_forgotten_when_they_are_known,
    "neighbours that are hubs not counted": hubs_not_counted,
    "roots by name alone": roots_by_name,
    "roots by what hubs remember": hubs_with_a_past,
    "claimed neighbours share what is verified": claims_count_as_neighbours,
    "claimed neighbours push out what is verified": claims_push_out,
    "claims quarantine what is verified": claims_quarantine,
    "claimed names part what is verified": claims_are_compared,
    "mailboxes of two join": mailboxes_of_two,
    "caps counted before the union": caps_of_each_side,
    "together stronger than apart": together_stronger_than_apart,
    "no quarantine": quarantine_of_groups,
    "nobody told of persons that changed unseen": nobody_unsettled,
    "what is taken out not pointed to": left_behind,
}


def caught_after(plant: Plant) -> int | None:
    """How many histories it took to find a mistake, if it was found."""
    with pytest.MonkeyPatch.context() as patch:
        kind = plant(patch)
        for tried, seed in enumerate((*TELLING, *SEEDS), start=1):
            try:
                trial(seed, kind, Figures())
            except Exception:  # noqa: BLE001 - any way to fail is a way to be found
                return tried
    return None


def test_every_planted_mistake_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    tries = {name: caught_after(plant) for name, plant in PLANTED.items()}
    missed = [name for name, tried in tries.items() if tried is None]
    with capsys.disabled():
        print(f"\n  {len(tries) - len(missed)} of {len(tries)} planted mistakes caught")
    assert not missed
