"""Identifiers in words: their kind, and their value where a stored event tells it in clear.

Keys hold hashes only. The value is read from an event that named the identifier, which opens as
long as its person was not erased.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.cluster import State
from rapport.domain.event import Event, LogKey, Trust, from_millis
from rapport.domain.identifiers import Namespace, Ref, is_strong, namespace_of, rank
from rapport.domain.node import UNSEEN, Node
from rapport.errors import ErasedError
from rapport.extraction import identifiers_of
from rapport.viewing.finding import state_of
from rapport.viewing.stores import Stores

KINDS: Mapping[Namespace, str] = {
    Namespace.USER: "user id",
    Namespace.ATS: "applicant id",
    Namespace.LINKEDIN: "LinkedIn page",
    Namespace.EMAIL: "address",
    Namespace.PHONE: "phone",
    Namespace.ANON: "browser",
}


_KINDS = {ns.value: f"{kind}{'es' if kind.endswith('s') else 's'}" for ns, kind in KINDS.items()}


_COUNTED = re.compile(rf"(\d+) of ({'|'.join(Namespace)})\b")


_REF = re.compile(rf"\b(?:{'|'.join(Namespace)})#[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One identifier of a person. `value` is empty when no event tells it any more."""

    ref: Ref
    value: str
    verified: bool
    since: datetime | None

    @property
    def kind(self) -> str:
        """What it is, in a word or two."""
        return KINDS[namespace_of(self.ref)]

    @property
    def trust(self) -> Trust:
        """Whether it was ever proved, or named by whoever is trusted."""
        return Trust.VERIFIED if self.verified else Trust.ASSERTED

    @property
    def words(self) -> str:
        """Kind and value; the key that stands for a value that is not known."""
        return f"{self.kind} {self.value or self.ref}"


def identities(stores: Stores, refs: Sequence[Ref]) -> list[Identity]:
    """Some identifiers, best first, with what was observed of them."""
    state = state_of(stores, refs)
    values = _values(stores, refs, state)
    found = []
    for ref in refs:
        node = state.nodes.get(ref)
        found.append(
            Identity(
                ref=ref,
                value=values.get(ref, ""),
                verified=node is not None and node.verified,
                since=None if node is None else _seen(node),
            )
        )
    return sorted(found, key=lambda each: (rank(each.ref), each.ref))


def _seen(node: Node) -> datetime | None:
    """Since when it is known; of a shared one that is not kept."""
    return None if node.first_seen == UNSEEN else from_millis(node.first_seen)


def in_words(stores: Stores, refs: Sequence[Ref]) -> dict[Ref, str]:
    """Some identifiers in words."""
    return {each.ref: each.words for each in identities(stores, refs)}


def told(sentence: str, words: Mapping[Ref, str]) -> str:
    """A sentence about refs with those that are known in words, and kinds in words."""
    named = _REF.sub(lambda found: words.get(Ref(found[0]), found[0]), sentence)
    return _COUNTED.sub(lambda found: f"{found[1]} {_KINDS[found[2]]}", named)


def _values(stores: Stores, refs: Iterable[Ref], state: State) -> dict[Ref, str]:
    values: dict[Ref, str] = {}
    for ref in filter(is_strong, refs):
        for event in _telling(stores, ref, state):
            if ref in values:
                break
            for who in identifiers_of(event):
                values.setdefault(stores.pseudonyms.ref(who.ns, who.value), who.value)
    return values


def _telling(stores: Stores, ref: Ref, state: State) -> Iterator[Event]:
    """Events that named an identifier: what tied it to another, else what hangs on it."""
    for on in sorted(on for on in state.edges if ref in on):
        witness = state.edges[on].first
        event = event_at(stores, LogKey(witness.pk, witness.sk))
        if event is not None:
            yield event
    for place in stores.people.partitions_of([ref]):
        yield from stores.log.partition(place)


def event_at(stores: Stores, key: LogKey) -> Event | None:
    """An event, or None when it is not there or does not open any more."""
    try:
        return stores.log.get(key)
    except ErasedError:
        return None
