"""Persons as a resolution has them: folded from what is stored of their identifiers."""

from collections.abc import Callable, Iterator, Sequence

from cli.preview import Person
from cli.store import Stores
from rapport.domain.address import SendRecord, SendState
from rapport.domain.identifiers import Namespace, Ref, namespace_of
from rapport.domain.resolve import Resolution
from rapport.domain.run import waiting
from rapport.viewing.people import folded, runs_of

# A mail in one of these was counted, and what became of it is not known yet.
ON_THE_WAY = frozenset(
    {SendState.CLAIMED, SendState.SUBMITTING, SendState.UNCERTAIN, SendState.RETRY}
)


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


def _mails(stores: Stores, everybody: Sequence[Ref], group: Sequence[Ref]) -> Iterator[SendRecord]:
    for ref in everybody:
        if namespace_of(ref) is not Namespace.EMAIL:
            continue
        for entry in stores.book.address(ref).ledger:
            record = stores.book.send(entry.send_key)
            if record is not None and record.state in ON_THE_WAY and record.subject in group:
                yield record
