"""Receipts: what the log keeps of profiles that became one, or came apart.

A receipt is appended before the first view that shows the change, and named by who was one person
before, who is after, and the version of the view: whoever does the same work again, or at the same
time, writes the same event. It stands with the person's own identifier, so the person's events tell
how they came to be.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapport import events
from rapport.domain.cluster import State
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Ref
from rapport.domain.profile import Profile
from rapport.domain.resolve import Alike, Join, Refused, Resolution, resolve
from rapport.domain.rules import Rules
from rapport.identity import Clusters, Group, groups_of
from rapport.records import ID_CHARS, engine_event

# Of a person tied together by more, the first in order: a row holds 400 KB.
MAX_JOINS = 128


@dataclass(frozen=True, kw_only=True)
class Regrouping:
    """A person as of now, the profile it has, and the profiles that it was made from.

    `sides` are former profiles, each with the members that it was folded from; `version` is that of
    the view that does not know of it yet.
    """

    group: Group
    profile: Profile
    sides: Sequence[Profile]
    version: int

    @property
    def lost(self) -> tuple[Ref, ...]:
        """Identifiers of the former profiles that belong to somebody else now."""
        had = {member for side in self.sides for member in side.members}
        return tuple(sorted(had.difference(self.group.members)))

    @property
    def merged(self) -> bool:
        """Whether a profile became part of another one."""
        others = [side for side in self.sides if side.root != self.group.root]
        return bool(others) and any(side.members != self.group.members for side in others)


@dataclass(frozen=True, kw_only=True)
class Receipts:
    """Writes receipts, by what resolution says of the stored clusters."""

    clusters: Clusters
    rules: Callable[[], Rules]
    alike: Alike

    def of(self, regrouping: Regrouping, cause: Event) -> list[Event]:
        """The events to append for a change; none when no profile merged or split."""
        group, lost = regrouping.group, regrouping.lost
        if not (lost or regrouping.merged):
            return []
        others = groups_of(self.clusters, lost)
        after = {group.members} | {other.members for other in others.values()}
        before = {side.members for side in regrouping.sides}
        nodes = {node for each in (*before, *after) for node in each}
        rules = self.rules()
        told: dict[str, Json] = {
            "before": _lists(before),
            "after": _lists(after),
            **_trace(self._resolved(nodes, rules), nodes),
            "rules": rules.hash,
            "cause": [cause.key.pk, cause.key.sk],
            **_brought(regrouping),
        }
        kinds = [
            *([events.ProfileMerged.event] if regrouping.merged else []),
            *([events.ProfileSplit.event] if lost else []),
        ]
        return [_receipt(kind, regrouping, told, cause) for kind in kinds]

    def _resolved(self, nodes: Iterable[Ref], rules: Rules) -> list[tuple[State, Resolution]]:
        pointers = self.clusters.pointers(nodes)
        stored = self.clusters.clusters({p.cluster for p in pointers.values() if p.cluster})
        found = {cluster.id: cluster.state for cluster in stored.values()}
        return [(state, resolve(state, rules, self.alike)) for _, state in sorted(found.items())]


def _receipt(kind: str, change: Regrouping, told: Mapping[str, Json], cause: Event) -> Event:
    root, version = change.group.root, str(change.version)
    before, after = str(told["before"]), str(told["after"])
    event = engine_event(
        kind,
        subject=root,
        message_id=f"g_{digest(kind, root, before, after, version)[:ID_CHARS]}",
        cause_at=cause.received_at,
        now=cause.received_at,
        properties=told,
    )
    return replace(event, origin=cause.origin)


def _lists(groups: Iterable[tuple[Ref, ...]]) -> list[Json]:
    return [[str(member) for member in group] for group in sorted(groups)]


def _trace(found: Iterable[tuple[State, Resolution]], nodes: set[Ref]) -> dict[str, Json]:
    resolutions = [resolution for _, resolution in found]
    joins = [j for r in resolutions for j in r.joins if nodes.issuperset(j.pair)]
    refused = [r for each in resolutions for r in each.refused if nodes.issuperset(r.pair)]
    return {
        "joins": [_join(join) for join in joins[:MAX_JOINS]],
        "refused": [_refused(each) for each in refused[:MAX_JOINS]],
    }


def _join(join: Join) -> Json:
    seen = join.witness
    return {
        "pair": [str(ref) for ref in join.pair],
        "rule": join.rule,
        "verified": join.verified,
        "witness": None if seen is None else [seen.pk, seen.sk],
    }


def _refused(refused: Refused) -> Json:
    pair: list[Json] = [str(ref) for ref in refused.pair]
    return {"pair": pair, "guard": refused.guard, "detail": refused.detail}


def _brought(regrouping: Regrouping) -> dict[str, Json]:
    """Per side its attributes, and per attribute of now the side whose statement it is."""
    brought: dict[str, Json] = {}
    won: dict[str, Json] = {}
    for side in regrouping.sides:
        brought[side.root] = {name: told.value for name, told in sorted(side.attributes.items())}
        for name, register in side.attributes.items():
            if regrouping.profile.attributes.get(name) == register:
                won.setdefault(name, str(side.root))
    return {"brought": brought, "won": dict(sorted(won.items()))}
