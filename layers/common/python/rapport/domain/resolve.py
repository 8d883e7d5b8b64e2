"""Resolution: who is one person, as a pure function of what was observed and of the rules.

1. Edges count if both ends may link: neither blocked, nor a hub, nor of a namespace that the rules
   leave out, nor closed. What an operator put together is added to them.
2. A component of more than `max_identifiers` is quarantined: every identifier its own person.
3. Else identifiers are joined edge by edge, in one total order: an operator's word first, then
   verified before asserted, better ranks, earlier, the pair itself. A join is refused if
   G1 `apart`    an operator said that two of them are not one person;
   G2 `cap`      the person would have more of a namespace than the rules allow;
   G3 `anchors`  both sides have a verified anchor, and this edge is only asserted;
   G4 `names`    it is an edge of mail or phone, and the names of the two sides cannot be one
                 person's.
   An operator's word overrides all but G1; an alias is exempt from the cap on user ids.
4. A person is named by its root: the best rank, then the earliest, then the smallest identifier.

Independence of order has a price: a late edge that ranks better may split what was one person.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from rapport.domain.cluster import UNSEEN, Edge, Pair, State, Witness, components, standing
from rapport.domain.identifiers import Namespace, Ref, namespace_of, rank
from rapport.domain.observation import BECAME, Ruling
from rapport.domain.rules import Rules

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
    """A group while it grows; `age` counts its joins."""

    nodes: set[Ref]
    spaces: Counter[Namespace]
    anchored: bool
    names: set[str]
    age: int = 0


def resolve(state: State, rules: Rules, alike: Alike) -> Resolution:
    """Who is one person. See the procedure above."""
    refused: list[Refused] = []
    edges = _counting(state, rules, refused)
    must = {(a, b) for a, b in standing(state, Ruling.TOGETHER)}
    quarantined = {ref for ref, node in state.nodes.items() if node.closed}
    for part in components(state.nodes, [*edges, *must]):
        if len(part) > rules.max_identifiers:
            quarantined |= part
    work = _Greedy(state=state, rules=rules, alike=alike, refused=refused)
    for on in sorted({*edges, *must}, key=lambda on: _order(on, edges.get(on), must=on in must)):
        if quarantined.isdisjoint(on):
            work.consider(on, edges.get(on), must=on in must)
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

    def order(ref: Ref) -> tuple[int, int, Ref]:
        node = state.nodes[ref]
        # A hub is told of no more events, so that what it knows of itself may not count.
        return (rank(ref), UNSEEN if node.hub else node.first_seen, ref)

    return min(group, key=order)


def shared(state: State, rules: Rules) -> dict[Ref, str]:
    """The identifiers that too many others are tied to, each with what it has too many of."""
    found = {}
    for ref, near in state.neighbours().items():
        if state.nodes[ref].hub:
            found[ref] = "it has more neighbours than are kept"
            continue
        became = [tag for tag in state.nodes[ref].tags if tag.startswith(BECAME)]
        if len(became) > 1:
            # A browser's id, given to an alias for each who logged in there.
            found[ref] = f"it was said to have become {len(became)} user ids"
            continue
        limits = rules.hubs.get(namespace_of(ref), {})
        counts = Counter(namespace_of(other) for other in near)
        for ns, most in sorted(limits.items()):
            if counts[ns] > most:
                found[ref] = f"it is tied to {counts[ns]} of {ns}, and {most} may be"
                break
    return found


def _counting(state: State, rules: Rules, refused: list[Refused]) -> dict[Pair, Edge]:
    """The edges that may join somebody."""
    hubs = shared(state, rules)
    decreed = {on[0] for on in standing(state, Ruling.BLOCKED)}
    stops = {ref: _stopped(ref, state, rules, hubs, decreed) for ref in state.nodes}
    counting = {}
    for on, edge in sorted(state.edges.items()):
        stopped = stops[on[0]] or stops[on[1]]
        if stopped is None:
            counting[on] = edge
        else:
            refused.append(Refused(pair=on, guard=stopped[0], detail=stopped[1]))
    return counting


def _stopped(
    ref: Ref, state: State, rules: Rules, hubs: Mapping[Ref, str], decreed: set[Ref]
) -> tuple[str, str] | None:
    """Why an identifier joins nobody, if it does not."""
    tags = sorted(state.nodes[ref].tags)
    kind = next((tag for tag in tags if {tag, tag.partition(":")[0]} & rules.blocked_tags), None)
    answers = (
        (ref in decreed, "blocked", "was blocked by an operator"),
        (ref in rules.blocked, "blocked", "is blocked by the rules"),
        (kind is not None, "blocked", f"is a mailbox of the kind {kind}, which the rules block"),
        (namespace_of(ref) not in rules.link_on, "off", "is of a kind that the rules leave out"),
        (ref in hubs, "shared", f"is shared: {hubs.get(ref)}"),
        (state.nodes[ref].closed, "closed", "hangs together with more than can be one person"),
    )
    return next(((guard, f"{ref} {told}") for holds, guard, told in answers if holds), None)


def _order(on: Pair, edge: Edge | None, *, must: bool) -> tuple[object, ...]:
    trusted = edge is not None and edge.verified is not None
    since = edge.first.at if edge is not None else 0
    return (not must, not trusted, rank(on[0]) + rank(on[1]), since, on)


@dataclass(kw_only=True)
class _Greedy:
    """Joins sides, one edge after the other."""

    state: State
    rules: Rules
    alike: Alike
    refused: list[Refused]
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
                anchored=not node.hub and node.verified and namespace_of(ref) in self.rules.anchors,
                names=set() if node.hub else set(node.names),
            )
            for ref, node in self.state.nodes.items()
        }
        # Two sides may be tied by many edges, and each of them asks about the same names.
        self._compared: dict[tuple[_Side, int, _Side, int], bool] = {}

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
        verified = edge is not None and edge.verified is not None
        alias = edge is not None and edge.alias
        self.joins.append(
            Join(
                pair=on,
                rule="operator" if must else "alias" if alias else "named together",
                verified=verified,
                witness=None if edge is None else edge.verified or edge.first,
                left=frozenset(left.nodes),
                right=frozenset(right.nodes),
            )
        )
        big, small = (left, right) if len(left.nodes) >= len(right.nodes) else (right, left)
        big.nodes |= small.nodes
        big.spaces += small.spaces
        big.anchored |= small.anchored
        big.names |= small.names
        big.age += 1
        for ref in small.nodes:
            self._side[ref] = big

    def _guard(
        self, left: _Side, right: _Side, on: Pair, edge: Edge | None, *, must: bool
    ) -> tuple[str, str] | None:
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
        if edge.verified is None and left.anchored and right.anchored:
            return "anchors", "both sides are verified, and what ties them is only asserted"
        veto = {namespace_of(ref) for ref in on} & self.rules.veto_on
        if veto and left.names and right.names and not self._compatible(left, right):
            return "names", "the names that the two sides go by cannot be one person's"
        return None

    def _compatible(self, left: _Side, right: _Side) -> bool:
        asked = (left, left.age, right, right.age)
        if asked not in self._compared:
            self._compared[asked] = not left.names.isdisjoint(right.names) or any(
                self.alike(a, b) for a in left.names for b in right.names
            )
        return self._compared[asked]
