"""Persons as a resolution has them: folded from what is stored of their identifiers."""

from collections.abc import Callable, Collection, Iterator, Sequence

from cli.preview import Person
from cli.store import Stores
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import FactRef
from rapport.domain.identifiers import Namespace, Ref, is_strong, namespace_of
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.resolve import Resolution
from rapport.domain.run import Run, waiting

# A mail in one of these was counted, and what became of it is not known yet.
ON_THE_WAY = frozenset(
    {SendState.CLAIMED, SendState.SUBMITTING, SendState.UNCERTAIN, SendState.RETRY}
)


def folded(stores: Stores, root: Ref, members: Sequence[Ref]) -> Profile:
    """The profile of some identifiers if they were one person, and nobody else was."""
    places = stores.people.partitions_of(members)
    read = [stores.people.partition(place)[0] for place in places]
    return fold_profile(root, read, members=tuple(sorted(members)))


def described(stores: Stores) -> Callable[[Resolution, tuple[Ref, ...]], Person]:
    """What tells a person of a resolution: profile, waits, mails on the way."""

    def describe(side: Resolution, group: tuple[Ref, ...]) -> Person:
        root = side.roots[group[0]]
        everybody = tuple(sorted(side.roots))
        places = stores.people.partitions_of(everybody)
        return Person(
            root=root,
            members=group,
            profile=folded(stores, root, group),
            waits=tuple(waiting(runs_of(stores, places, group))),
            mails=tuple(_mails(stores, everybody, group)),
        )

    return describe


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


def _mails(stores: Stores, everybody: Sequence[Ref], group: Sequence[Ref]) -> Iterator[SendRecord]:
    for ref in everybody:
        if namespace_of(ref) is not Namespace.EMAIL:
            continue
        for entry in stores.book.address(ref).ledger:
            record = stores.book.send(entry.send_key)
            if record is not None and record.state in ON_THE_WAY and record.subject in group:
                yield record
