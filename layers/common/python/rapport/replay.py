"""The whole log, read again: everything observed, and who that makes one person.

`Replay` takes observations in any order and joins them by what they tie together. Asked for persons
it applies any rules to them, so that two sets of rules can be held against each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapport.domain.cluster import State, contribution, join
from rapport.domain.decision import Decision, Outcome
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation
from rapport.domain.reasons import Reason
from rapport.domain.resolve import Alike, Resolution, resolve
from rapport.domain.rules import Rules


class Replay:
    """Observations, gathered."""

    def __init__(self) -> None:
        self._above: dict[Ref, Ref] = {}
        self._parts: dict[Ref, list[State]] = {}

    def add(self, seen: Observation) -> None:
        """Take one observation; repeats change nothing."""
        nodes = seen.nodes
        if not nodes:
            return
        tops = sorted({self._top(node) for node in nodes}, key=self._size, reverse=True)
        first, *others = tops
        mine = self._parts.setdefault(first, [])
        for other in others:
            self._above[other] = first
            mine += self._parts.pop(other, [])
        mine.append(contribution(seen))

    def states(self) -> Iterator[State]:
        """One state per set of identifiers that anything ties together."""
        for parts in self._parts.values():
            parts[:] = [_together(parts)]
            yield parts[0]

    def persons(self, rules: Rules, alike: Alike) -> "Persons":
        """Who is one person under these rules."""
        return Persons.of([resolve(state, rules, alike) for state in self.states()])

    def _top(self, node: Ref) -> Ref:
        self._above.setdefault(node, node)
        while self._above[node] != node:
            self._above[node] = self._above[self._above[node]]
            node = self._above[node]
        return node

    def _size(self, top: Ref) -> tuple[int, Ref]:
        return (len(self._parts.get(top, ())), top)


def _together(parts: Sequence[State]) -> State:
    """The states joined in pairs, so that thousands take no square of the time."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = [parts[-1]] if len(parts) % 2 else []
        parts = [*(join(one, other) for one, other in pairs), *odd]
    return parts[0]


@dataclass(frozen=True, kw_only=True)
class Persons:
    """Everybody, as groups of identifiers, by root; and what was decided about each pair."""

    groups: Mapping[Ref, tuple[Ref, ...]]
    roots: Mapping[Ref, Ref]
    resolutions: Mapping[Ref, Resolution]

    @classmethod
    def of(cls, resolutions: Iterable[Resolution]) -> "Persons":
        """Those of several states, which share no identifier."""
        groups: dict[Ref, tuple[Ref, ...]] = {}
        roots: dict[Ref, Ref] = {}
        found: dict[Ref, Resolution] = {}
        for resolution in resolutions:
            roots.update(resolution.roots)
            for group in resolution.groups:
                root = resolution.roots[group[0]]
                groups[root] = group
                found[root] = resolution
        return cls(groups=groups, roots=roots, resolutions=found)


@dataclass(frozen=True, kw_only=True)
class Regrouping:
    """One person after who was several before, or the other way about: the roots on both sides."""

    one: Ref
    several: tuple[Ref, ...]


@dataclass(frozen=True, kw_only=True)
class MailDiffers:
    """A mail that would have been judged otherwise: `sent` tells what it was, not what it would be.

    `because` is the other mail of the same playbook and occasion.
    """

    decision: Decision
    sent: bool
    because: Decision


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What other rules would change. A merge of three people counts as two."""

    merged: tuple[Regrouping, ...] = ()
    split: tuple[Regrouping, ...] = ()
    mails: tuple[MailDiffers, ...] = ()

    @property
    def merges_gained(self) -> int:
        """By how many people there would be fewer, for what is joined."""
        return sum(len(each.several) - 1 for each in self.merged)

    @property
    def merges_lost(self) -> int:
        """By how many there would be more, for what comes apart."""
        return sum(len(each.several) - 1 for each in self.split)

    @property
    def touched(self) -> frozenset[Ref]:
        """The roots, before and after, of everybody who changes."""
        both = (*self.merged, *self.split)
        return frozenset({each.one for each in both} | {r for each in both for r in each.several})


def difference(before: Persons, after: Persons, decisions: Iterable[Decision] = ()) -> Difference:
    """What changes from one to the other, and which of the decided mails that concerns."""
    return Difference(
        merged=_regrouped(after, before),
        split=_regrouped(before, after),
        mails=tuple(_mails(before, after, decisions)),
    )


def _regrouped(one: Persons, several: Persons) -> tuple[Regrouping, ...]:
    found = []
    for root, group in sorted(one.groups.items()):
        others = sorted({several.roots[node] for node in group if node in several.roots})
        if len(others) > 1:
            found.append(Regrouping(one=root, several=tuple(others)))
    return tuple(found)


@dataclass(kw_only=True)
class _Occasion:
    """What was decided for one playbook and occasion, in order of time."""

    sent: list[Decision] = field(default_factory=list)
    held: list[Decision] = field(default_factory=list)


def _mails(before: Persons, after: Persons, decisions: Iterable[Decision]) -> Iterator[MailDiffers]:
    """Mails that went to two people who would be one; those held for another who would not be."""
    occasions: dict[tuple[str, str], _Occasion] = {}
    for decision in sorted(decisions, key=lambda d: (d.decided_at, d.intent.id)):
        key = (decision.intent.program, decision.intent.occurrence)
        occasion = occasions.setdefault(key, _Occasion())
        if decision.outcome is Outcome.SEND:
            occasion.sent.append(decision)
        elif decision.reason is Reason.ALREADY_SENT:
            occasion.held.append(decision)
    for occasion in occasions.values():
        for at, sent in enumerate(occasion.sent):
            twin = next((o for o in occasion.sent[:at] if _newly_one(before, after, o, sent)), None)
            if twin is not None:
                yield MailDiffers(decision=sent, sent=True, because=twin)
        for held in occasion.held:
            cause = next((s for s in occasion.sent if _newly_one(after, before, s, held)), None)
            if cause is not None and cause.address != held.address:
                yield MailDiffers(decision=held, sent=False, because=cause)


def _newly_one(apart: Persons, together: Persons, one: Decision, other: Decision) -> bool:
    """Whether two decisions are about two people there, and about one here."""
    a, b = one.subject, other.subject
    return (
        a in together.roots
        and together.roots[a] == together.roots.get(b)
        and apart.roots.get(a, a) != apart.roots.get(b, b)
    )
