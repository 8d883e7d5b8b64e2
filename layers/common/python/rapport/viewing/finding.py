"""Who is meant by what somebody typed: the first of these that is known.

1. `p_…`, a person id, also one of somebody who is part of another person by now;
2. a user id, `ats:<vendor>:<instance>:<id>`, a LinkedIn page, an e-mail address, a phone number
   with its country code: the person that it belongs to; `ats:<vendor>:<instance>:application/<id>`:
   whose application it is;
3. an anonymous id (a browser): the person that its history went to;
4. a send id or a decision id: the person that it was about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapport.ats_rows import led_to
from rapport.domain.cluster import State, joined
from rapport.domain.event import Event, LogKey
from rapport.domain.identifiers import (
    Identifier,
    Namespace,
    PersonId,
    Ref,
    identifier,
    is_strong,
)
from rapport.domain.profile import fold_profile
from rapport.domain.tally import fold_partition
from rapport.errors import RapportError
from rapport.extraction import phone
from rapport.identity import Group, groups_of
from rapport.viewing.stores import Stores

_ATS = f"{Namespace.ATS}:"


_APPLICATION = ":application/"


class NobodyError(RapportError):
    """Nobody is meant, or several `people` may be; the message says what to ask for."""

    def __init__(self, told: str, people: Sequence[PersonId] = ()) -> None:
        """Tell what is wrong, and whom to ask for instead."""
        super().__init__(told)
        self.people = tuple(people)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A person as of now. `named`: the identifier that was asked for, also by its person id.

    `decision` if that was asked for.
    """

    asked: str
    group: Group
    named: Ref | None = None
    decision: LogKey | None = None

    @property
    def root(self) -> Ref:
        """The identifier that the person is named by."""
        return self.group.root

    @property
    def person(self) -> PersonId:
        """The public id."""
        return self.group.person

    @property
    def members(self) -> tuple[Ref, ...]:
        """The person's identifiers; a browser that is nobody's is its own."""
        return self.group.members or (self.group.root,)


def find(stores: Stores, asked: str) -> Found:
    """The person meant; raises NobodyError when nobody is, or when several people may be."""
    asked = asked.strip()
    root = stores.people.root_of(PersonId(asked)) if asked.startswith("p_") else None
    if root is not None:
        return Found(asked=asked, group=_owner(stores, root), named=root)
    named = next((ref for ref in _named(stores, asked) if _is_known(stores, ref)), None)
    if named is not None:
        return Found(asked=asked, group=_owner(stores, named), named=named)
    record = stores.book.send(asked)
    decision = stores.finder.decision(asked) if record is None else record.decision
    event = None if decision is None else stores.log.get(decision)
    if event is None:
        msg = (
            f"Nobody is known as {asked}; give an e-mail address, a user id, an anonymous id,"
            " a phone number (+…), a LinkedIn page, ats:<vendor>:<instance>:<id>, a person id"
            " (p_…), a send id or a decision id (d_…)."
        )
        raise NobodyError(msg)
    return Found(asked=asked, group=_owner(stores, event.home), decision=event.key)


def _named(stores: Stores, asked: str) -> Iterator[Ref]:
    """The identifiers that the words can mean, the best first."""
    for who in readings(asked):
        ref = stores.pseudonyms.ref(who.ns, who.value)
        yield led_to(stores.ats_rows, ref) if _APPLICATION in who.value else ref


def readings(asked: str) -> Iterator[Identifier]:
    """What the words are in each namespace that they can belong to."""
    for ns in Namespace:
        if (ns is Namespace.EMAIL) != ("@" in asked) and ns is not Namespace.USER:
            continue
        if ns is Namespace.PHONE:
            # Nobody tells in which country it is dialled.
            who = phone(asked) if asked.startswith("+") else None
        else:
            who = identifier(ns, asked.removeprefix(_ATS) if ns is Namespace.ATS else asked)
        if who is not None:
            yield who


def _is_known(stores: Stores, ref: Ref) -> bool:
    pointer = stores.clusters.pointers([ref] if is_strong(ref) else []).get(ref)
    return bool(pointer is not None and pointer.cluster) or bool(stores.log.partition(ref))


def _owner(stores: Stores, ref: Ref) -> Group:
    """Whose an identifier is. A browser's history may have gone to somebody."""
    if is_strong(ref):
        group = groups_of(stores.clusters, [ref])[ref]
        return group if len(group.members) > 1 else _giver(stores, group)
    partition = fold_partition(ref, stores.log.partition(ref))
    owners = groups_of(stores.clusters, partition.strongs)
    roots = {strong: group.root for strong, group in owners.items()}
    profile = fold_profile(ref, [partition], roots=roots)
    if profile.moved_to is not None:
        return next(group for group in owners.values() if group.root == profile.moved_to)
    people = sorted({group.person for group in owners.values()})
    if people and not profile.totals:
        msg = f"Several people used this browser; ask for one of them: {', '.join(people)}."
        raise NobodyError(msg, people)
    return Group(root=ref, members=())


def _giver(stores: Stores, alone: Group) -> Group:
    """Who gave an identifier that is nobody's, as that of a mailbox or a phone which many share."""
    view = stores.people.view(alone.person)
    if view is not None and view.profile.totals:
        return alone
    near = state_of(stores, alone.members).neighbours().get(alone.root, set())
    people = {group.person: group for group in groups_of(stores.clusters, sorted(near)).values()}
    if len(people) > 1:
        msg = f"Several people gave this; ask for one of them: {', '.join(sorted(people))}."
        raise NobodyError(msg, sorted(people))
    return next(iter(people.values()), alone)


def state_of(stores: Stores, members: Sequence[Ref]) -> State:
    """What was observed of identifiers and of those ever tied to them; empty for a browser."""
    pointers = stores.clusters.pointers([ref for ref in members if is_strong(ref)])
    stored = stores.clusters.clusters({p.cluster for p in pointers.values() if p.cluster})
    return joined({each.id: each.state for each in stored.values()}.values())


def partitions(stores: Stores, members: Sequence[Ref]) -> list[tuple[Ref, list[Event]]]:
    """The log partitions that may hold events of the person, each with its rows."""
    refs = stores.people.partitions_of(members) or members
    return [(ref, stores.log.partition(ref)) for ref in refs]
