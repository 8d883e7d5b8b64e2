"""Which edges may join somebody: those between identifiers that may link.

What too many others are tied to, what is blocked or left out by the rules, joins nobody. For a
verified edge only what is verified of an identifier is asked.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from rapport.domain.cluster import Pair, State, standing
from rapport.domain.identifiers import Ref, namespace_of
from rapport.domain.node import CLAIMED, Edge, Node
from rapport.domain.observation import BECAME, Ruling
from rapport.domain.rules import Rules

# The guard that stops an edge, and what it has to say.
Stop: TypeAlias = tuple[str, str]


def shared(state: State, rules: Rules, *, verified: bool = False) -> dict[Ref, str]:
    """The identifiers that too many others are tied to, each with what it has too many of.

    `verified`: by what is verified alone.
    """
    found = {}
    for ref, near in state.neighbours(verified=verified).items():
        node = state.nodes[ref]
        if node.hub or (node.crowd and not verified):
            found[ref] = "it has more neighbours than are kept"
        elif _became_several(node, verified=verified):
            # A browser's id, given to an alias for each who logged in there.
            found[ref] = "it was said to have become several user ids"
        elif many := _too_many_near(ref, near, rules):
            found[ref] = many
    return found


def _became_several(node: Node, *, verified: bool) -> bool:
    told = (tag if verified else tag.removeprefix(CLAIMED) for tag in node.tags)
    became = {tag for tag in told if tag.startswith(BECAME)}
    return len(became) > 1 or BECAME in became


def _too_many_near(ref: Ref, near: Iterable[Ref], rules: Rules) -> str:
    limits = rules.hubs.get(namespace_of(ref), {})
    counts = Counter(namespace_of(other) for other in near)
    for ns, most in sorted(limits.items()):
        if counts[ns] > most:
            return f"it is tied to {counts[ns]} of {ns}, and {most} may be"
    return ""


def links(state: State, rules: Rules) -> tuple[dict[Pair, Edge], dict[Pair, Stop]]:
    """The edges that may join somebody, and why the others may not."""
    decreed = {on[0] for on in standing(state, Ruling.BLOCKED)}
    stops = {}
    for verified in (True, False):
        hubs = shared(state, rules, verified=verified)
        for ref, node in state.nodes.items():
            stops[ref, verified] = _stopped(
                ref, node, rules, hubs.get(ref, ""), decreed=ref in decreed, verified=verified
            )
    counting, stopped = {}, {}
    for on, edge in sorted(state.edges.items()):
        stop = stops[on[0], edge.verified] or stops[on[1], edge.verified]
        if stop is None:
            counting[on] = edge
        else:
            stopped[on] = stop
    return counting, stopped


def _stopped(
    ref: Ref, node: Node, rules: Rules, hub: str, *, decreed: bool, verified: bool
) -> Stop | None:
    """Why an identifier joins nobody, if it does not."""
    tags = sorted(tag if verified else tag.removeprefix(CLAIMED) for tag in node.tags)
    kinds = (tag for tag in tags if {tag, tag.partition(":")[0]} & rules.blocked_tags)
    kind = next(kinds, None)
    answers = (
        (decreed, "blocked", "was blocked by an operator"),
        (ref in rules.blocked, "blocked", "is blocked by the rules"),
        (kind is not None, "blocked", f"is a mailbox of the kind {kind}, which the rules block"),
        (namespace_of(ref) not in rules.link_on, "off", "is of a kind that the rules leave out"),
        (bool(hub), "shared", f"is shared: {hub}"),
        (node.closed, "closed", "hangs together with more than can be one person"),
    )
    return next(((guard, f"{ref} {told}") for holds, guard, told in answers if holds), None)
