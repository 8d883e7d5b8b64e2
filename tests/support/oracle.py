"""Who is one person, straight from a list of observations: slow, and written without a look at how
rapport does it. It shares the rules, and what the guards mean.

Everything is asked of the whole list, every time: nothing is joined, kept or counted on the way.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import combinations

from rapport.domain import cluster
from rapport.domain.identifiers import Namespace, Ref, namespace_of, rank
from rapport.domain.node import MANY, MAX_NAMES
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
        # What is trusted of every tie, else all that was said of it.
        self.sure = {two for two, told in self.ties.items() if any(o.verified for o in told)}
        for two in self.sure:
            self.ties[two] = [o for o in self.ties[two] if o.verified]
        self.near = {
            (ref, sure): {r for two in ties if ref in two for r in two - {ref}}
            for ref in self.nodes
            for sure, ties in ((True, self.sure), (False, self.ties))
        }

    def persons(self) -> dict[Ref, tuple[Ref, ...]]:
        """Root → the sorted identifiers of the person."""
        groups = [{ref} for ref in self.nodes]
        alone, by_claims = self._alone(self.sure), self._alone(self.ties)
        must = self.ruled(Ruling.TOGETHER)
        for two in self._in_order():
            one, other = (next(g for g in groups if ref in g) for ref in sorted(two))
            too_many = two & (alone if two in self.sure | must else alone | by_claims)
            if one is other or too_many or self._stopped(two, one, other):
                continue
            groups.remove(other)
            one |= other
        return {min(group, key=self._age): tuple(sorted(group)) for group in groups}

    def witness(self, two: frozenset[Ref]) -> tuple[object, bool]:
        """The first event that named two together, of the trusted if there are; if there are."""
        return min((_ms(o), *o.key) for o in self.ties[two]), two in self.sure

    def ruled(self, ruling: Ruling) -> set[frozenset[Ref]]:
        """What an operator's last word says this of."""
        words = sorted((d.at, d.id, d.ruling.value, d.nodes) for o in self.seen for d in o.decrees)
        last = {nodes: value for _, _, value, nodes in words}
        return {frozenset(nodes) for nodes, value in last.items() if value == ruling.value}

    def _in_order(self) -> list[frozenset[Ref]]:
        must = self.ruled(Ruling.TOGETHER)
        live = self._live(self.ties)

        def place(two: frozenset[Ref]) -> tuple[object, ...]:
            told = self.ties[two] if two in live else []
            since = min((_ms(o) for o in told), default=0)
            trusted = two in self.sure & live
            return (two not in must, not trusted, sum(map(rank, two)), since, sorted(two))

        return sorted(must | live, key=place)

    def _live(self, ties: Iterable[frozenset[Ref]]) -> set[frozenset[Ref]]:
        """Those of the ties that count."""
        return {two for two in ties if not any(self._mute(ref, two in self.sure) for ref in two)}

    def _mute(self, ref: Ref, sure: bool) -> bool:
        """Whether no edge at an identifier counts; of trusted edges or of others."""
        told = [o for o in self.seen if self._trusts(o, ref) or not sure]
        tags = {tag for o in told for tag in o.tags.get(ref, ()) if ref in o.nodes}
        limits = self.rules.hubs.get(namespace_of(ref), {})
        return (
            frozenset([ref]) in self.ruled(Ruling.BLOCKED)
            or ref in self.rules.blocked
            or any(t in self.rules.blocked_tags for tag in tags for t in (tag, tag.split(":")[0]))
            or namespace_of(ref) not in self.rules.link_on
            or self._full(ref, sure)
            or sum(tag.startswith(BECAME) for tag in tags) > 1
            or any(len(_of(ns, self.near[ref, sure])) > most for ns, most in limits.items())
        )

    def _full(self, ref: Ref, sure: bool) -> bool:
        return len(self.near[ref, sure]) > cluster.MAX_NEIGHBOURS

    def _trusts(self, o: Observation, ref: Ref) -> bool:
        return ref in o.proves or (o.verified and ref in o.strong)

    def _alone(self, ties: Iterable[frozenset[Ref]]) -> set[Ref]:
        """Identifiers that hang together with too many to be anybody's, by some of the ties."""
        kept = [t for t in ties if not any(self._full(ref, t in self.sure) for ref in t)]
        parts = _tied(self.nodes, kept)
        endless = {r for part in parts if len(part) > cluster.MAX_COMPONENT for r in part}
        live = {two for two in self._live(ties) if not two & endless} | self.ruled(Ruling.TOGETHER)
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
        sure = two in self.sure
        if not sure and self._anchored(one) and self._anchored(other):
            return True
        boxes = [ref for ref in two if namespace_of(ref) in self.rules.veto_on]
        two_faced = any(self._two_faced(self._names([box], sure=False)) for box in boxes)
        return bool(boxes) and (self._strangers(one, other, sure) or (two_faced and not sure))

    def _strangers(self, one: Iterable[Ref], other: Iterable[Ref], sure: bool) -> bool:
        mine, theirs = self._names(one, sure), self._names(other, sure)
        one_persons = MANY not in mine | theirs and any(
            self.alike(a, b) for a in mine for b in theirs
        )
        return bool(mine and theirs) and not one_persons

    def _two_faced(self, names: set[str]) -> bool:
        return MANY in names or not all(self.alike(a, b) for a, b in combinations(names, 2))

    def _anchored(self, group: Iterable[Ref]) -> bool:
        return any(
            self._trusts(o, ref)
            for ref in group
            if namespace_of(ref) in self.rules.anchors and not self._full(ref, sure=True)
            for o in self.seen
        )

    def _names(self, group: Iterable[Ref], sure: bool) -> set[str]:
        found: set[str] = set()
        for ref in group:
            owned = [o for o in self.seen if o.owner == ref]
            given = {name for o in owned if o.verified for name in o.names}
            by_hash = sorted(given, key=lambda name: sha256(name.encode()).digest())
            found |= set() if self._full(ref, sure=True) else set(by_hash[:MAX_NAMES])
            claimed = {name for o in owned if not o.verified for name in o.names}
            if not sure and not self._full(ref, sure=False):
                found |= {MANY} if len(claimed) > MAX_NAMES else claimed
        return found

    def _age(self, ref: Ref) -> tuple[int, int, Ref]:
        told = [o for o in self.seen if ref in o.strong or ref in o.proves]
        trusted = [o for o in told if self._trusts(o, ref)]
        full = self._full(ref, sure=True) or (self._full(ref, sure=False) and not trusted)
        since = min((_ms(o) for o in trusted or told), default=LAST)
        return (rank(ref), LAST if full else since, ref)


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
