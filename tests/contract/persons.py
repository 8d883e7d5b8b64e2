"""Persons on real stores, made as `enrich` makes them."""

from dataclasses import replace
from random import Random

from rapport.absorb import Absorb
from rapport.domain.address import SendRecord
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation
from rapport.domain.rules import Rules
from rapport.identity import Group, groups_of
from tests.contract.conftest import Stores
from tests.support.observed import seen

# One for all: the ids of clusters come from it.
_RANDOM = Random(0)


def told(stores: Stores, observation: Observation) -> None:
    """Let an observation take effect on who is one person."""
    Absorb(
        clusters=stores.clusters,
        rules=Rules,
        alike=lambda one, other: one == other,
        random=_RANDOM,
        pause=lambda _: None,
    ).take(observation)


def one_person(stores: Stores, *strong: Ref, n: int = 0) -> Group:
    """The person whom the n-th event of all names by these identifiers."""
    told(stores, seen(*strong, n=n))
    return groups_of(stores.clusters, strong)[strong[0]]


def judged(record: SendRecord, group: Group) -> SendRecord:
    """The record of a mail that was judged for a person as they are now."""
    mark = group.cluster
    return replace(record, subject=group.root, cluster=mark.id, cluster_version=mark.version)
