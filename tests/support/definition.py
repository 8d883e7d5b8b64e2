"""Who is one person and what is known of them, by definition: from the events alone, no store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapport.domain.cluster import contribution, joined
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.resolve import resolve
from rapport.domain.rules import Rules
from rapport.domain.tally import Partition, fold_partition
from tests.support.histories import alike, told


@dataclass(frozen=True, kw_only=True)
class Everybody:
    """Persons by root, the root of each identifier, and the partitions that the log folds to."""

    groups: Mapping[Ref, tuple[Ref, ...]]
    roots: Mapping[Ref, Ref]
    partitions: Mapping[Ref, Partition]

    def profile(self, ref: Ref) -> Profile:
        """The profile of a root, of an identifier that is part of a person, or of a cookie."""
        if not is_strong(ref):
            partition = self.partitions.get(ref, Partition(ref=ref))
            return fold_profile(ref, [partition], roots=self.roots)
        if self.roots.get(ref, ref) != ref:
            return Profile(root=ref, moved_to=self.roots[ref])
        members = self.groups.get(ref, (ref,))
        mine = [
            partition
            for partition in self.partitions.values()
            if partition.ref in members or not set(members).isdisjoint(partition.strongs)
        ]
        return fold_profile(ref, mine, members=members)


def everybody(rows: Iterable[Event], rules: Rules | None = None) -> Everybody:
    """Everybody in a log."""
    log = list(rows)
    state = joined(contribution(told(event)) for event in log)
    found = resolve(state, rules or Rules(), alike)
    refs = {event.partition for event in log}
    return Everybody(
        groups={found.roots[group[0]]: group for group in found.groups},
        roots=found.roots,
        partitions={
            ref: fold_partition(ref, [e for e in log if e.partition == ref]) for ref in sorted(refs)
        },
    )
