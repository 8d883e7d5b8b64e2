"""Who is one person, straight from a list of observations: slow, and written without a look at how
rapport does it. It shares the rules, and what the guards mean.

Everything is asked of the whole list, every time: nothing is joined, kept or counted on the way.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import combinations

from rapport.domain import cluster
from rapport.domain.identifiers import Namespace, Ref, namespace_of, rank
from rapport.domain.observation import BECAME, Observation, Ruling
from rapport.domain.rules import Rules

Alike = Callable[[str, str], bool]
LAST = 253_402_300_799_999


class Oracle:
    """Answers about a list of observations under rules."""

    def __init__(self, seen: Sequence[Observation], rules: Rules, alike: Alike) -> None:
        self.seen, self.rules, self.alike = seen, rules, alike
        self.nodes = sorted({ref for o in seen for ref in o.nodes})
        self.ties = {frozenset(two): [] for o in seen for two in _named_together(o)}  # type: dict[frozenset[Ref], list[Observation]]
        for o in seen:
            for two in _named_together(o):
                self.ties[two].append(o)
        self.near: dict[Ref, set[Ref]] = {ref: set() for ref in self.nodes}
        for two in self.ties:
            for ref in two:
                self.near[ref] |= two - {ref}

    def persons(self) -> dict[Ref, tuple[Ref, ...]]:
        """Root → the sorted identifiers of the person."""
        groups = [{ref} for ref in self.nodes]
        alone = self._alone()
        for two in self._in_order():
            one, other = (next(g for g in groups if ref in g) for ref in sorted(two))
            if one is other or two & alone or self._stopped(two, one, other):
                continue
            groups.remove(other)
            one |= other
        return {min(group, key=self._age): tuple(sorted(group)) for group in groups}

    def witnesses(self, two: frozenset[Ref]) -> tuple[object, object]:
        """The first event that named two together, and the first of those that are trusted."""
        told = sorted((_ms(o), o.key, o.verified) for o in self.ties[two])
        trusted = [(at, *key) for at, key, verified in told if verified]
        return (told[0][0], *told[0][1]), (trusted[0] if trusted else None)

    def ruled(self, ruling: Ruling) -> set[frozenset[Ref]]:
        """What an operator's last word says this of."""
        words = sorted((d.at, d.id, d.ruling.value, d.nodes) for o in self.seen for d in o.decrees)
        last = {nodes: value for _, _, value, nodes in words}
        return {frozenset(nodes) for nodes, value in last.items() if value == ruling.value}

    def _in_order(self) -> list[frozenset[Ref]]:
        must = self.ruled(Ruling.TOGETHER)
        live = {two for two in self.ties if not any(self._mute(ref) for ref in two)}

        def place(two: frozenset[Ref]) -> tuple[object, ...]:
            told = self.ties[two] if two in live else []
            since = min((_ms(o) for o in told), default=0)
            trusted = any(o.verified for o in told)
            return (two not in must, not trusted, sum(map(rank, two)), since, sorted(two))

        return sorted(must | live, key=place)

    def _mute(self, ref: Ref) -> bool:
        """Whether no edge at an identifier counts."""
        tags = {tag for o in self.seen for tag in o.tags.get(ref, ()) if ref in o.nodes}
        limits = self.rules.hubs.get(namespace_of(ref), {})
        return (
            frozenset([ref]) in self.ruled(Ruling.BLOCKED)
            or ref in self.rules.blocked
            or any(t in self.rules.blocked_tags for tag in tags for t in (tag, tag.split(":")[0]))
            or namespace_of(ref) not in self.rules.link_on
            or self._hub(ref)
            or sum(tag.startswith(BECAME) for tag in tags) > 1
            or any(len(_of(ns, self.near[ref])) > most for ns, most in limits.items())
        )

    def _hub(self, ref: Ref) -> bool:
        return len(self.near[ref]) > cluster.MAX_NEIGHBOURS

    def _alone(self) -> set[Ref]:
        """Identifiers that hang together with too many to be anybody's."""
        kept = [two for two in self.ties if not any(self._hub(ref) for ref in two)]
        endless = {
            r for part in _tied(self.nodes, kept) if len(part) > cluster.MAX_COMPONENT for r in part
        }
        live = [
            two
            for two in self._in_order()
            if not two & endless or two in self.ruled(Ruling.TOGETHER)
        ]
        many = [part for part in _tied(self.nodes, live) if len(part) > self.rules.max_identifiers]
        return endless.union(*many)

    def _stopped(self, two: frozenset[Ref], one: set[Ref], other: set[Ref]) -> bool:
        if any(apart <= one | other for apart in self.ruled(Ruling.APART)):
            return True
        if two in self.ruled(Ruling.TOGETHER):
            return False
        told = self.ties[two]
        alias = any(o.alias is not None and frozenset(o.alias) == two for o in told)
        for ns, most in self.rules.caps.items():
            if alias and ns is Namespace.USER:
                continue
            if _of(ns, one) and _of(ns, other) and len(_of(ns, one | other)) > most:
                return True
        if not any(o.verified for o in told) and self._anchored(one) and self._anchored(other):
            return True
        mine, theirs = self._names(one), self._names(other)
        strangers = mine and theirs and not any(self.alike(a, b) for a in mine for b in theirs)
        return bool(strangers) and any(namespace_of(ref) in self.rules.veto_on for ref in two)

    def _anchored(self, group: Iterable[Ref]) -> bool:
        return any(
            ref in o.proves or (o.verified and ref in o.strong)
            for ref in group
            if namespace_of(ref) in self.rules.anchors and not self._hub(ref)
            for o in self.seen
        )

    def _names(self, group: Iterable[Ref]) -> set[str]:
        found: set[str] = set()
        for ref in group:
            given = {name for o in self.seen if o.owner == ref for name in o.names}
            by_hash = sorted(given, key=lambda name: sha256(name.encode()).digest())
            found |= set() if self._hub(ref) else set(by_hash[: cluster.MAX_NAMES])
        return found

    def _age(self, ref: Ref) -> tuple[int, int, Ref]:
        since = [_ms(o) for o in self.seen if ref in o.strong or ref in o.proves]
        return (rank(ref), LAST if self._hub(ref) else min(since, default=LAST), ref)


def _named_together(o: Observation) -> set[frozenset[Ref]]:
    alias = [] if o.alias is None else [o.alias]
    return {frozenset(two) for two in [*combinations(o.strong, 2), *alias] if two[0] != two[1]}


def _of(ns: Namespace, refs: Iterable[Ref]) -> list[Ref]:
    return [ref for ref in refs if namespace_of(ref) is ns]


def _ms(o: Observation) -> int:
    return round(o.at.timestamp() * 1000)


def _tied(nodes: Iterable[Ref], ties: Iterable[frozenset[Ref]]) -> list[set[Ref]]:
    """Flooding, from every node that was not reached before."""
    ties = list(ties)
    left, found = set(nodes), []
    while left:
        reached = {left.pop()}
        while more := {ref for two in ties if two & reached for ref in two} - reached:
            reached |= more
        left -= reached
        found.append(reached)
    return found
