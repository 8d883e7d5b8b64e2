"""A person's runs, and their profile if some identifiers were one person."""

from collections.abc import Collection, Iterator, Sequence

from rapport.domain.decision import FactRef
from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.run import Run
from rapport.viewing.stores import Stores


def folded(stores: Stores, root: Ref, members: Sequence[Ref]) -> Profile:
    """The profile of some identifiers if they were one person, and nobody else was."""
    places = stores.people.partitions_of(members)
    read = [stores.people.partition(place)[0] for place in places]
    return fold_profile(root, read, members=tuple(sorted(members)))


def runs_of(stores: Stores, places: Sequence[Ref], members: Collection[Ref]) -> Iterator[Run]:
    """The runs that are a person's, in any state, of those under any of the places.

    A run is theirs to whom its fact leads, as `rapport.waiting` has it, but for that nobody waits
    here for a profile to be brought up to date.
    """
    for place in dict.fromkeys(places):
        for run in stores.runs.of(place):
            if _leads(stores, run.fact, members):
                yield run


def _leads(stores: Stores, fact: FactRef, members: Collection[Ref]) -> bool:
    root = stores.people.root_of(fact.person) or Ref(fact.log_pk)
    if root in members or is_strong(root):
        return root in members
    strongs = stores.people.partition(root)[0].strongs
    return bool(strongs) and all(strong in members for strong in strongs)
