"""What is known of one identifier, and of two: how stories of them add up, and what they weigh.

What anybody may send gives way: of an edge or a time the verified word counts, as if the others had
never come.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from rapport.domain.event import from_millis
from rapport.domain.identifiers import Ref
from rapport.domain.observation import BECAME

MAX_NAMES = 8
MAX_NAME_CHARS, MAX_NAME_BYTES = 64, 128
# Stands for more names than are kept.
MANY = ""
# Before a tag that nobody has verified.
CLAIMED = "?"
# The `first_seen` of what was only decreed about: the end of the year 9999.
UNSEEN = 253_402_300_799_999
# What these take of a row at most, in bytes, deflated. An edge is told with the event that showed
# it, which others may share: counting each keeps the sum from ever shrinking.
NODE_BYTES, EDGE_BYTES, NAME_BYTES, REF_BYTES = 45, 128, 115, 25


class Witness(NamedTuple):
    """The event that showed something; of several the smallest stands."""

    at: int
    pk: str
    sk: str

    @property
    def when(self) -> datetime:
        """The corrected time of the event."""
        return from_millis(self.at)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One identifier: since when, verified by whom it may be, its kind, whose names were given.

    `names` were given by who is trusted, `claimed` by others; unverified tags begin with `CLAIMED`.
    `parted`, `lost`: neighbours whose verified, or only asserted, edge is not kept. `crowd`: too
    many neighbours, `fenced`: part of something without end, to keep what is only asserted. `hub`,
    `closed`: the same by verified edges alone, so that it keeps none.
    """

    first_seen: int
    verified: bool = False
    tags: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    claimed: frozenset[str] = frozenset()
    parted: frozenset[Ref] = frozenset()
    lost: frozenset[Ref] = frozenset()
    crowd: bool = False
    hub: bool = False
    fenced: bool = False
    closed: bool = False


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Two identifiers were named together, first by `first`: of trusted events, if there are any.

    `verified` says that there are. `alias`: they, too, declared the two to be one.
    """

    first: Witness
    verified: bool = False
    alias: bool = False


def both_nodes(one: Node, other: Node) -> Node:
    """Two stories of one identifier."""
    since = [node.first_seen for node in (one, other) if node.verified]
    return Node(
        first_seen=min(since or (one.first_seen, other.first_seen)),
        verified=one.verified or other.verified,
        tags=_tags(one.tags | other.tags),
        names=fewest(one.names | other.names),
        claimed=few(one.claimed | other.claimed),
        parted=one.parted | other.parted,
        lost=one.lost | other.lost,
        crowd=one.crowd or other.crowd,
        hub=one.hub or other.hub,
        fenced=one.fenced or other.fenced,
        closed=one.closed or other.closed,
    )


def both_edges(one: Edge, other: Edge) -> Edge:
    """Two stories of one edge."""
    if one.verified != other.verified:
        return one if one.verified else other
    return replace(one, first=min(one.first, other.first), alias=one.alias or other.alias)


def _tags(tags: frozenset[str]) -> frozenset[str]:
    """Each once, verified or not; what a user id became is told as long as it is one."""
    kept = {tag for tag in tags if tag.startswith(BECAME, 1) or tag.removeprefix(CLAIMED) == tag}
    kept |= {tag for tag in tags if tag.removeprefix(CLAIMED) not in tags}
    for start in (BECAME, CLAIMED + BECAME):
        became = {tag for tag in kept if tag.startswith(start)}
        if len(became) > 1:
            kept = (kept - became) | {start}
    return frozenset(kept)


def short(name: str) -> str:
    """As much of a name as is kept."""
    return name[:MAX_NAME_CHARS].encode()[:MAX_NAME_BYTES].decode(errors="ignore")


def fewest(names: frozenset[str]) -> frozenset[str]:
    """At most 8 names, those smallest by hash: whoever stays was never evicted."""
    if len(names) <= MAX_NAMES:
        return names
    return frozenset(sorted(names, key=lambda n: sha256(n.encode()).digest())[:MAX_NAMES])


def few(names: frozenset[str]) -> frozenset[str]:
    """At most 8 names, else none of them: whoever makes names up could choose which stay."""
    return frozenset({MANY}) if MANY in names or len(names) > MAX_NAMES else names


def weight_of(node: Node) -> int:
    """How many bytes of a row it takes."""
    refs = len(node.tags) + len(node.parted) + len(node.lost)
    names = len(node.names) + (MAX_NAMES if MANY in node.claimed else len(node.claimed))
    return NODE_BYTES + NAME_BYTES * names + REF_BYTES * refs


def trusted(node: Node) -> Node:
    """What is verified of a node."""
    return replace(
        node,
        first_seen=node.first_seen if node.verified else UNSEEN,
        tags=frozenset(tag for tag in node.tags if not tag.startswith(CLAIMED)),
        claimed=frozenset(),
        lost=frozenset(),
    )


def alone(node: Node) -> Node:
    """A node that joins nobody: it is told of nothing more, so what it knows may not count."""
    return Node(
        first_seen=UNSEEN,
        crowd=node.crowd,
        hub=node.hub,
        fenced=node.fenced,
        closed=node.closed,
    )
