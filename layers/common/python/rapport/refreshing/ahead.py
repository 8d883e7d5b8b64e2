"""What a batch reads once: a view first, then what goes into it.

Whoever writes a view has to have read it before its inputs, who is one person and the partitions
(views.py). So a batch reads the views of those whom it is going to touch before it changes
anything. What absorbing reads or writes of clusters afterwards is then as good as read for the
view; so is a partition all of whose months were written afterwards, because each was written on
the condition that nobody else did.

All of it serves one attempt at a view. Another attempt, and whoever is looked at because of what
this batch did to others, has everything read anew. Not so a cookie that is looked at because its
person is another one by what was read here: by that, its own view is right, too. Should somebody
have changed who is one person since then, they find either view as it was before, and look at both.
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapport.domain.identifiers import Ref, person_id
from rapport.domain.tally import Partition
from rapport.errors import RapportError
from rapport.identity import NOWHERE, Cluster, Clusters, Group, groups_of
from rapport.ports import People, View


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A view, and what was read or written after it."""

    view: View | None
    clusters: Mapping[Ref, Cluster] = field(default_factory=dict)
    partitions: Mapping[Ref, Partition] = field(default_factory=dict)

    def groups(self, clusters: Clusters, refs: Iterable[Ref]) -> dict[Ref, Group]:
        """The persons of identifiers; those not in sight are asked for."""
        wanted = [*refs]
        near = {ref: self.clusters[ref].group_of(ref) for ref in wanted if ref in self.clusters}
        unknown = [ref for ref in wanted if ref not in near]
        return near | (groups_of(clusters, unknown) if unknown else {})

    def partition(self, people: People, ref: Ref) -> Partition:
        """A partition; one that is not in sight is read."""
        known = self.partitions.get(ref)
        return people.partition(ref)[0] if known is None else known


def groups_near(
    clusters: Clusters, refs: Iterable[Ref], groups: Iterable[Group]
) -> dict[Ref, Group]:
    """The persons of identifiers, read anew, where some stood before: most have not moved.

    An identifier stands in one cluster only, so whoever finds it there need not ask where it is.
    """
    wanted = [*refs]
    places = {group.cluster.id for group in groups} - {NOWHERE.id}
    stored = clusters.clusters(sorted(places)) if places else {}
    found = {
        ref: cluster.group_of(ref)
        for cluster in stored.values()
        for ref in wanted
        if ref in cluster.state.nodes
    }
    return found | groups_of(clusters, [ref for ref in wanted if ref not in found])


@dataclass(kw_only=True)
class Ahead:
    """What was read so far. Nothing of it may be noted before all `views` were read."""

    views: dict[Ref, View | None] = field(default_factory=dict)
    clusters: dict[Ref, Cluster] = field(default_factory=dict)
    partitions: dict[Ref, Partition] = field(default_factory=dict)

    def read(self, people: People, refs: Iterable[Ref]) -> None:
        """The views of identifiers and cookies.

        One that cannot be read, and those behind it, are left to whoever needs them, and tells.
        """
        with contextlib.suppress(RapportError):
            for ref in sorted(refs):
                self.views[ref] = people.view(person_id(ref))

    def note(self, clusters: Iterable[Cluster]) -> None:
        """Clusters as they stand now: what they hold stood elsewhere before, if anywhere."""
        for cluster in clusters:
            self.clusters |= dict.fromkeys(cluster.state.nodes, cluster)

    def take(self, ref: Ref) -> Sight | None:
        """What is known for the first attempt at a view; None if the view was not read."""
        if ref not in self.views:
            return None
        view = self.views.pop(ref)
        return Sight(view=view, clusters=self.clusters, partitions=self.partitions)

    def forget(self, ref: Ref) -> None:
        """Somebody has to be looked at because of what was written since."""
        self.views.pop(ref, None)
