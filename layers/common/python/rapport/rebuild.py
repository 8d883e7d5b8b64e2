"""A person made again from the log, to see whether what is stored is what the events say.

1. Every log partition that may hold events of what hangs together with the person is folded anew
   and compared with what is stored of it.
2. Every event of them is observed anew; what that says of the person's identifiers is compared with
   their cluster. The events of an identifier that is shared or closed stand elsewhere, too: it is
   left out.
3. The persons are resolved and the profile is folded from both, and compared byte for byte.

The log may be ahead of its stream. A person of whom a row came within `SETTLED` is judged only if
all is equal: else they are `BUSY`, and another night tells.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rapport.domain.cluster import State, contribution, joined
from rapport.domain.event import Event
from rapport.domain.finder import finder_row
from rapport.domain.identifiers import PersonId, Ref, is_strong
from rapport.domain.observation import Observation
from rapport.domain.profile import Profile, fold_profile, to_json
from rapport.domain.resolve import Alike, resolve
from rapport.domain.rules import Rules
from rapport.domain.tally import Partition, fold_partition
from rapport.identity import Cluster, Clusters, Group, groups_of
from rapport.ports import Log, People, View

SETTLED = timedelta(minutes=15)


class Verdict(StrEnum):
    """What a comparison came to."""

    EQUAL = "equal"
    DIFFERS = "differs"
    BUSY = "busy"


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What the log gives, and in which of its parts the store says otherwise."""

    group: Group
    profile: Profile
    verdict: Verdict
    differences: tuple[str, ...] = ()
    partitions: tuple[Partition, ...] = ()
    cluster: Cluster | None = None
    state: State = field(default_factory=State)

    def corrected(self, stored: State) -> State:
        """A stored state with what events say of those identifiers that can be judged."""
        whole = _whole(stored)
        nodes = {
            r: self.state.nodes.get(r, n) if r in whole else n for r, n in stored.nodes.items()
        }
        edges = {on: edge for on, edge in stored.edges.items() if not whole.issuperset(on)}
        edges |= {on: edge for on, edge in self.state.edges.items() if whole.issuperset(on)}
        return State(nodes=nodes, edges=edges, decrees=self.state.decrees)


@dataclass(frozen=True, kw_only=True)
class Rebuild:
    """Reads; whoever wants to mend writes what it gives. `finder` reads a row of the finder."""

    log: Log
    people: People
    clusters: Clusters
    observe: Callable[[Event], Observation]
    rules: Callable[[], Rules]
    alike: Alike
    now: Callable[[], datetime]
    finder: Callable[[PersonId], bytes | None] | None = None

    def group(self, ref: Ref) -> Group:
        """The person that an identifier belongs to; a browser's visitor is alone."""
        return groups_of(self.clusters, [ref])[ref]

    def person(self, ref: Ref) -> Rebuilt:
        """The person of an identifier, or a browser's visitor."""
        group = self.group(ref)
        stored = self.clusters.clusters([group.cluster.id]).get(group.cluster.id)
        nodes = [ref] if stored is None else sorted(stored.state.nodes)
        rows = {at: self.log.partition(at) for at in self.people.partitions_of(nodes)}
        partitions = [fold_partition(at, events) for at, events in sorted(rows.items())]
        state = self._observed(rows.values(), nodes)
        view = self.people.view(group.person)
        profile = self._profile(group, state, partitions)
        differences = [
            *(f"partition {p.ref}" for p in partitions if self.people.partition(p.ref)[0] != p),
            *(f"identifier {each}" for each in _differing(stored, state)),
            *(["profile"] if not _is(view, profile) else []),
            *(["finder row"] if not self._found(group.person, profile) else []),
        ]
        late = self.now() - SETTLED
        busy = any(event.received_at > late for events in rows.values() for event in events)
        verdict = Verdict.DIFFERS if differences else Verdict.EQUAL
        return Rebuilt(
            group=group,
            profile=profile,
            verdict=Verdict.BUSY if differences and busy else verdict,
            differences=tuple(differences),
            partitions=tuple(partitions),
            cluster=stored,
            state=state,
        )

    def _found(self, person: PersonId, profile: Profile) -> bool:
        """Whether the finder has the row that the profile gives."""
        return self.finder is None or self.finder(person) == finder_row(profile)

    def _observed(self, rows: Iterable[Sequence[Event]], nodes: Sequence[Ref]) -> State:
        """What the events say of these identifiers, and nothing of others."""
        known = set(nodes)
        whole = joined(contribution(self.observe(event)) for events in rows for event in events)
        return State(
            nodes={ref: node for ref, node in whole.nodes.items() if ref in known},
            edges={on: edge for on, edge in whole.edges.items() if known.issuperset(on)},
            decrees={on: word for on, word in whole.decrees.items() if known.issuperset(on)},
        )

    def _profile(self, group: Group, state: State, partitions: Sequence[Partition]) -> Profile:
        if not is_strong(group.root):
            strongs = {strong for partition in partitions for strong in partition.strongs}
            found = groups_of(self.clusters, strongs)
            roots = {strong: found[strong].root for strong in strongs}
            return fold_profile(group.root, partitions, roots=roots)
        root, members = group.root, group.members
        if group.root in state.nodes:
            resolution = resolve(state, self.rules(), self.alike)
            members = resolution.group_of(group.root)
            root = resolution.roots[group.root]
        mine = set(self.people.partitions_of(members))
        return fold_profile(root, [p for p in partitions if p.ref in mine], members=members)


def _is(view: View | None, profile: Profile) -> bool:
    """Whether the stored profile is this one; nothing is stored of somebody without events."""
    if view is None:
        return not profile.totals
    return to_json(view.profile) == to_json(profile)


def _differing(stored: Cluster | None, state: State) -> list[Ref]:
    """The identifiers of which the store does not say what the events say."""
    if stored is None:
        return sorted(state.nodes)
    whole = _whole(stored.state)
    found = {ref for ref in whole if stored.state.nodes[ref] != state.nodes.get(ref)}
    for on in stored.state.edges.keys() | state.edges.keys():
        if whole.issuperset(on) and stored.state.edges.get(on) != state.edges.get(on):
            found |= {*on}
    for about in stored.state.decrees.keys() | state.decrees.keys():
        if stored.state.decrees.get(about) != state.decrees.get(about):
            found |= {*about}
    return sorted(found)


def _whole(state: State) -> set[Ref]:
    """The identifiers whose events all stand with their own cluster."""
    return {
        ref for ref, n in state.nodes.items() if not (n.crowd or n.fenced or n.parted or n.lost)
    }
