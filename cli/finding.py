"""Who is meant by what somebody typed: the first of these that is known.

1. `p_…`, a person id;
2. an e-mail address: the person rooted there, else whom its last mail was sent to, else the one
   whose profile has it;
3. a user id;
4. an anonymous id (a browser): the person that its history went to;
5. a send id or a decision id: the person that it was about.
"""

from dataclasses import dataclass

from cli.errors import CommandError
from cli.store import Stores
from rapport.domain.event import Event, LogKey
from rapport.domain.identifiers import (
    Namespace,
    PersonId,
    Ref,
    identifier,
    is_strong,
    namespace_of,
    normalise_email,
    person_id,
)
from rapport.domain.tally import fold_partition


@dataclass(frozen=True, kw_only=True)
class Found:
    """A person, by the identifier that it is rooted at; `decision` if that was asked for."""

    asked: str
    root: Ref
    decision: LogKey | None = None

    @property
    def person(self) -> PersonId:
        """The public id."""
        return person_id(self.root)


def find(stores: Stores, asked: str) -> Found:
    """The person meant; raises CommandError when nobody is, or when several people may be."""
    asked = asked.strip()
    root = _by_person_id(stores, asked) or _by_identifier(stores, asked)
    if root is not None:
        return Found(asked=asked, root=root)
    record = stores.book.send(asked)
    decision = stores.finder.decision(asked) if record is None else record.decision
    event = None if decision is None else stores.log.get(decision)
    if event is None:
        msg = (
            f"Nobody is known as {asked}; give an e-mail address, a user id, an anonymous id,"
            " a person id (p_…), a send id or a decision id (d_…)."
        )
        raise CommandError(msg)
    return Found(asked=asked, root=event.home, decision=event.key)


def _by_person_id(stores: Stores, asked: str) -> Ref | None:
    root = stores.people.root_of(PersonId(asked)) if asked.startswith("p_") else None
    return None if root is None else _settled(stores, root)


def _by_identifier(stores: Stores, asked: str) -> Ref | None:
    for ns in Namespace:
        if (ns is Namespace.EMAIL) != ("@" in asked) and ns is not Namespace.USER:
            continue
        who = identifier(ns, asked)
        if who is None:
            continue
        ref = stores.pseudonyms.ref(ns, who.value)
        if _is_known(stores, ref):
            return _settled(stores, ref)
        if ns is Namespace.EMAIL:
            return _by_address(stores, who.value, ref)
    return None


def _is_known(stores: Stores, ref: Ref) -> bool:
    return stores.people.root_of(person_id(ref)) is not None or bool(stores.log.partition(ref))


def _settled(stores: Stores, ref: Ref) -> Ref:
    """A strong identifier is its own person; a cookie's history may have gone to one."""
    if namespace_of(ref) is not Namespace.ANON:
        return ref
    cookie = fold_partition(ref, stores.log.partition(ref))
    if len(cookie.strongs) > 1 and not cookie.of(ref):
        people = ", ".join(person_id(strong) for strong in cookie.strongs)
        msg = f"Several people used this browser; ask for one of them: {people}."
        raise CommandError(msg)
    return cookie.strongs[0] if len(cookie.strongs) == 1 else ref


def _by_address(stores: Stores, address: str, ref: Ref) -> Ref | None:
    """A person whose home is a user id: found by the last mail, else among all profiles."""
    ledger = sorted(stores.book.address(ref).ledger, key=lambda entry: entry.at)
    records = (stores.book.send(entry.send_key) for entry in reversed(ledger))
    mailed = next((record.subject for record in records if record is not None), None)
    if mailed is not None:
        return mailed
    roots = {
        profile.root
        for profile in stores.finder.profiles()
        if normalise_email(profile.attribute("email")) == address and is_strong(profile.root)
    }
    if len(roots) > 1:
        people = ", ".join(sorted(person_id(root) for root in roots))
        msg = f"Several people gave this address; ask for one of them: {people}."
        raise CommandError(msg)
    return next(iter(roots), None)


def partitions(stores: Stores, root: Ref) -> list[tuple[Ref, list[Event]]]:
    """The log partitions that may hold events of the person, each with its rows."""
    refs = stores.people.partitions_of(root) or [root]
    return [(ref, stores.log.partition(ref)) for ref in refs]
