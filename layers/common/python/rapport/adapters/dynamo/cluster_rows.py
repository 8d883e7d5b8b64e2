"""A cluster as the bytes of its row: small, and equal for equal clusters.

Identifiers stand once and are meant by their place in that list; events that witness edges stand
once, for one event makes many edges. What is large is deflated. At most `MAX_BYTES` may come of it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

from rapport.adapters.dynamo.packing import dumps, packed, unpacked
from rapport.domain.cluster import State
from rapport.domain.event import from_millis, hour_of, millis
from rapport.domain.identifiers import Ref
from rapport.domain.node import Edge, Node, Witness
from rapport.domain.observation import Decree, Ruling
from rapport.errors import PoisonError
from rapport.identity import Cluster, Mark

# DynamoDB takes 400 KB a row, keys and names of attributes included.
MAX_BYTES = 400_000
_HOUR_LENGTH = len(hour_of(from_millis(0)))
# Before a sort key that does not begin with the hour of its event's corrected time.
_WHOLE = "="

_Raw: TypeAlias = dict[str, Any]


def pack(cluster: Cluster) -> bytes:
    """State, groups and roots of a cluster. PoisonError if no row can hold them."""
    nodes = sorted(cluster.state.nodes)
    place = {ref: at for at, ref in enumerate(nodes)}
    raw = _nodes(cluster.state.nodes, nodes) | _edges(cluster.state, place)
    if cluster.state.decrees:
        raw["d"] = [
            [_placed(on, place), decree.ruling.value, millis(decree.at), decree.id]
            for on, decree in sorted(cluster.state.decrees.items())
        ]
    if cluster.groups != (tuple(nodes),):
        raw["g"] = [_placed(group, place) for group in cluster.groups]
    raw["r"] = _placed(cluster.roots, place)
    row = packed(dumps(raw))
    if len(row) > MAX_BYTES:
        msg = f"a cluster of {len(nodes)} identifiers takes {len(row)} bytes"
        raise PoisonError(msg)
    return row


def unpack(row: bytes, mark: Mark, *, rules: str, unsettled: bool) -> Cluster:
    """The inverse of `pack`, with what stands beside it in the row."""
    raw = cast("_Raw", json.loads(unpacked(row)))
    nodes = [Ref(ref) for ref in raw["n"]]
    groups = raw.get("g", [[*range(len(nodes))]])
    return Cluster(
        id=mark.id,
        version=mark.version,
        state=_state(raw, nodes),
        groups=tuple(tuple(_meant(group, nodes)) for group in groups),
        roots=tuple(_meant(raw["r"], nodes)),
        rules=rules,
        unsettled=unsettled,
    )


def _placed(refs: Iterable[Ref], place: Mapping[Ref, int]) -> list[int | str]:
    return [place.get(ref, str(ref)) for ref in refs]


def _meant(placed: Iterable[int | str], nodes: list[Ref]) -> list[Ref]:
    return [nodes[at] if isinstance(at, int) else Ref(at) for at in placed]


def _nodes(found: Mapping[Ref, Node], nodes: list[Ref]) -> _Raw:
    """Refs, then column by column what is known of them; a column that says nothing is left out."""
    rows = [(str(at), found[ref]) for at, ref in enumerate(nodes)]
    since = min((node.first_seen for _, node in rows), default=0)
    later = [node.first_seen - since for _, node in rows]
    columns: _Raw = {
        "f": later if any(later) else [],
        "v": [int(at) for at, node in rows if node.verified],
        "t": {at: sorted(node.tags) for at, node in rows if node.tags},
        "m": {at: sorted(node.names) for at, node in rows if node.names},
        "u": {at: sorted(node.claimed) for at, node in rows if node.claimed},
        "l": {at: sorted(node.lost) for at, node in rows if node.lost},
        "p": {at: sorted(node.parted) for at, node in rows if node.parted},
        "y": [int(at) for at, node in rows if node.crowd],
        "z": [int(at) for at, node in rows if node.fenced],
        "h": [int(at) for at, node in rows if node.hub],
        "x": [int(at) for at, node in rows if node.closed],
    }
    told = {name: column for name, column in columns.items() if column}
    return {"n": nodes, "s": since, **told}


def _edges(state: State, place: Mapping[Ref, int]) -> _Raw:
    edges = sorted(state.edges.items())
    witnesses = sorted({edge.first for _, edge in edges})
    number = {witness: at for at, witness in enumerate(witnesses)}
    told = {
        "w": [[at, place.get(Ref(pk), pk), _short(at, sk)] for at, pk, sk in witnesses],
        "e": [
            [*_placed(on, place), number[edge.first], *([1] if edge.verified else [])]
            for on, edge in edges
        ],
        "a": [at for at, (_, edge) in enumerate(edges) if edge.alias],
    }
    return {name: column for name, column in told.items() if column}


def _short(at: int, sort: str) -> str:
    hour = hour_of(from_millis(at))
    return sort[_HOUR_LENGTH:] if sort.startswith(f"{hour}#") else _WHOLE + sort


def _long(at: int, short: str) -> str:
    return short[1:] if short.startswith(_WHOLE) else hour_of(from_millis(at)) + short


def _state(raw: _Raw, nodes: list[Ref]) -> State:
    later = raw.get("f", [0] * len(nodes))
    verified, crowds, hubs, fenced, closed = (set(raw.get(column, ())) for column in "vyhzx")
    tags, names, claimed, parted, lost = (raw.get(column, {}) for column in "tmupl")
    aliases = set(raw.get("a", ()))
    witnesses = [
        Witness(at, nodes[pk] if isinstance(pk, int) else pk, _long(at, sk))
        for at, pk, sk in raw.get("w", ())
    ]
    return State(
        nodes={
            ref: Node(
                first_seen=raw["s"] + later[at],
                verified=at in verified,
                tags=frozenset(tags.get(str(at), ())),
                names=frozenset(names.get(str(at), ())),
                claimed=frozenset(claimed.get(str(at), ())),
                parted=frozenset(Ref(other) for other in parted.get(str(at), ())),
                lost=frozenset(Ref(other) for other in lost.get(str(at), ())),
                crowd=at in crowds,
                hub=at in hubs,
                fenced=at in fenced,
                closed=at in closed,
            )
            for at, ref in enumerate(nodes)
        },
        edges={
            (nodes[a], nodes[b]): Edge(
                first=witnesses[first],
                verified=bool(trusted),
                alias=at in aliases,
            )
            for at, (a, b, first, *trusted) in enumerate(raw.get("e", ()))
        },
        decrees={
            on: Decree(nodes=on, ruling=Ruling(ruling), at=from_millis(at), id=name)
            for placed, ruling, at, name in raw.get("d", ())
            for on in [tuple(_meant(placed, nodes))]
        },
    )
