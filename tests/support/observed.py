"""Observations and clusters of invented people, for tests of what stores them."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from rapport.domain.cluster import contribution, joined
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.observation import Observation
from rapport.domain.resolve import resolve
from rapport.domain.rules import Rules
from rapport.identity import Change, Cluster, Clusters, Pointer
from tests.support.fakes import START, FakePseudonyms

REFS = FakePseudonyms()


def ref(value: str, ns: Namespace = Namespace.EMAIL) -> Ref:
    return REFS.ref(ns, value)


ANA, BEA, CLEO = (ref(f"{name}@inbox.halden.example") for name in ("ana", "bea", "cleo"))


def seen(*strong: Ref, n: int = 0, **told: object) -> Observation:
    """The n-th event of a browser; each at its own time, with a message id as browsers make it."""
    at = START + timedelta(minutes=7 * n)
    message = f"ajs-next-{1_760_000_000_000 + n}-{Random(n).randbytes(16).hex()}"
    browser = ref(f"browser-{n}", Namespace.ANON)
    plain = Observation(
        key=LogKey(browser, f"{at:%Y-%m-%dT%H}#site#{message}"),
        at=at,
        verified=n % 2 == 0,
        strong=tuple(sorted(strong)),
        owner=min(strong, default=None),
    )
    return replace(plain, **told)  # type: ignore[arg-type]


def cluster(
    id_: str, *observations: Observation, version: int = 1, unsettled: bool = False
) -> Cluster:
    state = joined(map(contribution, observations))
    found = resolve(state, Rules(), lambda one, other: one == other)
    return Cluster(
        id=id_,
        version=version,
        state=state,
        groups=found.groups,
        roots=tuple(found.roots[group[0]] for group in found.groups),
        rules="default",
        unsettled=unsettled,
    )


def at(id_: str) -> Pointer:
    return Pointer(cluster=id_)


def new(found: Cluster) -> Change:
    return Change(
        write=((found, 0),), point={node: (at(found.id), None) for node in found.state.nodes}
    )


def stored(clusters: Clusters, id_: str) -> Cluster | None:
    return clusters.clusters([id_]).get(id_)
