"""Resolution: who is one person, as a pure function of what was observed and of the rules.

1. Edges count if both ends may link: neither blocked, nor shared, nor of a namespace that the rules
   leave out, nor closed. For a verified edge an identifier is shared by its verified neighbours
   alone, for one that is only asserted by all. What an operator put together is added to them.
2. A component of more than `max_identifiers` by verified edges is quarantined: every identifier its
   own person. In one that only asserted edges make so large, those join nobody.
3. Else identifiers are joined edge by edge, in one total order: an operator's word first, then
   verified before asserted, better ranks, earlier, the pair itself. A join is refused if
   G1 `apart`    an operator said that two of them are not one person;
   G2 `cap`      the person would have more of a namespace than the rules allow;
   G3 `anchors`  both sides have a verified anchor, and this edge is only asserted;
   G4 `names`    it is an edge of mail or phone, and the names of the two sides cannot be one
                 person's; or it is only asserted, and the names of the mailbox itself cannot.
   An operator's word overrides all but G1; an alias is exempt from the cap on user ids. A verified
   edge asks only for names that are verified.
4. A person is named by its root: the best rank, then the earliest, then the smallest identifier.

So what is asserted, which anybody may send, can add to what verified edges hold and never takes
anything from it. Independence of order has a price: a late edge that ranks better may split what
was one person.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TypeAlias

from rapport.domain.cluster import Pair, State, components, standing
from rapport.domain.identifiers import Namespace, Ref, namespace_of, rank
from rapport.domain.links import Stop, links
from rapport.domain.node import MANY, Edge, Witness
from rapport.domain.observation import Ruling
from rapport.domain.rules import Rules

# Of one component; names beyond them cannot be one person's.
MAX_COMPARISONS = 1_000

# Whether two full names can be one person's.
Alike: TypeAlias = Callable[[str, str], bool]


@dataclass(frozen=True, kw_only=True)
class Join:
    """Two sides became one person. `rule`: `operator`, `alias` or `named together`."""

    pair: Pair
    rule: str
    verified: bool
    witness: Witness | None
    left: frozenset[Ref]
    right: frozenset[Ref]


@dataclass(frozen=True, kw_only=True)
class Refused:
    """An edge that joined nobody: `guard` names the rule that stopped it."""

    pair: Pair
    guard: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Persons as sorted groups of identifiers, and how they came to be or not to be."""

    groups: tuple[tuple[Ref, ...], ...] = ()
    roots: Mapping[Ref, Ref] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    refused: tuple[Refused, ...] = ()
    quarantined: frozenset[Ref] = frozenset()

    def group_of(self, node: Ref) -> tuple[Ref, ...]:
        """The identifiers of the person that a node belongs to."""
        root = self.roots[node]
        return next(group for group in self.groups if root in group)


@dataclass(kw_only=True, eq=False)
class _Side:
    """A group while it grows; `age` counts its joins, `names` are the verified ones of `said`."""

    nodes: set[Ref]
    spaces: Counter[Namespace]
    anchored: bool
    names: set[str]
    said: set[str]
    age: int = 0


def resolve(state: State, rules: Rules, alike: Alike) -> Resolution:
    """Who is one person. See the procedure above."""
    edges, stopped = links(state, rules)
    refused = [Refused(pair=on, guard=stop[0], detail=stop[1]) for on, stop in stopped.items()]
    must = {(a, b) for a, b in standing(state, Ruling.TOGETHER)}
    sure = [on for on, edge in edges.items() if edge.verified]
    parts = {
        verified: components(state.nodes, [*ties, *must])
        for verified, ties in ((True, sure), (False, edges))
    }
    quarantined = {ref for ref, node in state.nodes.items() if node.closed}
    quarantined |= _too_many(parts[True], rules)
    crowded = _too_many(parts[False], rules)
    work = _Greedy(state=state, rules=rules, alike=alike, refused=refused, parts=parts)
    for on in sorted({*edges, *must}, key=lambda on: _order(on, edges.get(on), must=on in must)):
        edge = edges.get(on)
        asserted = edge is not None and not edge.verified and on not in must
        if asserted and on[0] in crowded:
            told = f"more than {rules.max_identifiers} would hang together, by mere assertion"
            refused.append(Refused(pair=on, guard="size", detail=told))
        elif quarantined.isdisjoint(on):
            work.consider(on, edge, must=on in must)
    groups = sorted(tuple(sorted(side.nodes)) for side in work.sides())
    roots = {node: root for group in groups for root in [root_of(group, state)] for node in group}
    return Resolution(
        groups=tuple(groups),
        roots=roots,
        joins=tuple(work.joins),
        refused=tuple(refused),
        quarantined=frozenset(quarantined),
    )


def root_of(group: Iterable[Ref], state: State) -> Ref:
    """The identifier that a person is named by."""
    return min(group, key=lambda ref: (rank(ref), state.nodes[ref].first_seen, ref))


def _too_many(parts: Iterable[frozenset[Ref]], rules: Rules) -> set[Ref]:
    return {ref for part in parts if len(part) > rules.max_identifiers for ref in part}


def _order(on: Pair, edge: Edge | None, *, must: bool) -> tuple[object, ...]:
    trusted = edge is not None and edge.verified
    since = edge.first.at if edge is not None else 0
    return (not must, not trusted, rank(on[0]) + rank(on[1]), since, on)


@dataclass(kw_only=True)
class _Greedy:
    """Joins sides, one edge after the other. `parts`: what verified edges tie, and what all do."""

    state: State
    rules: Rules
    alike: Alike
    refused: list[Refused]
    parts: Mapping[bool, Sequence[frozenset[Ref]]]
    joins: list[Join] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.apart: dict[Ref, set[Ref]] = {}
        for a, b in standing(self.state, Ruling.APART):
            self.apart.setdefault(a, set()).add(b)
            self.apart.setdefault(b, set()).add(a)
        self._side = {
            ref: _Side(
                nodes={ref},
                spaces=Counter([namespace_of(ref)]),
                anchored=node.verified and namespace_of(ref) in self.rules.anchors,
                names=set(node.names),
                said={*node.names, *node.claimed},
            )
            for ref, node in self.state.nodes.items()
        }
        # Two sides may be tied by many edges, and each of them asks about the same names.
        self._compared: dict[tuple[_Side, int, _Side, int, bool], bool] = {}
        self._mixed: dict[Ref, bool] = {}
        self._left: dict[tuple[Ref, bool], list[int]] = {}
        for verified, parts in self.parts.items():
            for part in parts:
                left = [MAX_COMPARISONS]
                self._left |= {(ref, verified): left for ref in part}

    def sides(self) -> list[_Side]:
        """The groups as they are now."""
        return list({id(side): side for side in self._side.values()}.values())

    def consider(self, on: Pair, edge: Edge | None, *, must: bool) -> None:
        """Join the two sides of an edge, unless a guard stands in between."""
        left, right = self._side[on[0]], self._side[on[1]]
        if left is right:
            return
        stopped = self._guard(left, right, on, edge, must=must)
        if stopped is not None:
            self.refused.append(Refused(pair=on, guard=stopped[0], detail=stopped[1]))
            return
        verified = edge is not None and edge.verified
        alias = edge is not None and edge.alias
        self.joins.append(
            Join(
                pair=on,
                rule="operator" if must else "alias" if alias else "named together",
                verified=verified,
                witness=None if edge is None else edge.first,
                left=frozenset(left.nodes),
                right=frozenset(right.nodes),
            )
        )
        big, small = (left, right) if len(left.nodes) >= len(right.nodes) else (right, left)
        big.nodes |= small.nodes
        big.spaces += small.spaces
        big.anchored |= small.anchored
        big.names |= small.names
        big.said |= small.said
        big.age += 1
        for ref in small.nodes:
            self._side[ref] = big

    def _guard(
        self, left: _Side, right: _Side, on: Pair, edge: Edge | None, *, must: bool
    ) -> Stop | None:
        met = min(
            (
                (ref, other)
                for ref in self.apart.keys() & left.nodes
                for other in self.apart[ref] & right.nodes
            ),
            default=None,
        )
        if met is not None:
            return "apart", f"{met[0]} and {met[1]} were declared two people"
        if must or edge is None:
            return None
        for ns, most in sorted(self.rules.caps.items()):
            both = left.spaces[ns] and right.spaces[ns]
            exempt = edge.alias and ns is Namespace.USER
            if both and not exempt and left.spaces[ns] + right.spaces[ns] > most:
                have = left.spaces[ns] + right.spaces[ns]
                return "cap", f"one person would have {have} of {ns}, and {most} may be"
        if not edge.verified and left.anchored and right.anchored:
            return "anchors", "both sides are verified, and what ties them is only asserted"
        mailboxes = [ref for ref in on if namespace_of(ref) in self.rules.veto_on]
        mixed = () if edge.verified else [ref for ref in mailboxes if self._is_mixed(ref)]
        if mixed or (mailboxes and not self._compatible(left, right, on[0], edge.verified)):
            who = mixed[0] if mixed else "the two sides"
            return "names", f"the names that {who} go by cannot be one person's"
        return None

    def _compatible(self, left: _Side, right: _Side, at: Ref, verified: bool) -> bool:  # noqa: FBT001
        """Whether any name of one side can be a name of the other, if both have names."""
        mine, theirs = (left.names, right.names) if verified else (left.said, right.said)
        if not mine or not theirs:
            return True
        asked = (left, left.age, right, right.age, verified)
        if asked not in self._compared:
            self._compared[asked] = MANY not in mine | theirs and (
                not mine.isdisjoint(theirs)
                or any(
                    self._one_persons(a, b, (at, verified))
                    for a, b in product(sorted(mine), sorted(theirs))
                )
            )
        return self._compared[asked]

    def _is_mixed(self, ref: Ref) -> bool:
        """Whether an identifier itself goes by names of more than one person."""
        if ref not in self._mixed:
            node = self.state.nodes[ref]
            said = sorted(node.names | node.claimed)
            self._mixed[ref] = MANY in said or not all(
                self._one_persons(a, b, (ref, False)) for a, b in combinations(said, 2)
            )
        return self._mixed[ref]

    def _one_persons(self, one: str, other: str, where: tuple[Ref, bool]) -> bool:
        left = self._left[where]
        left[0] -= 1
        return left[0] >= 0 and self.alike(one, other)
