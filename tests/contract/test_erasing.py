"""What erasure takes away, and what it leaves alone."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.people import DynamoPeople
from rapport.domain.cluster import State
from rapport.domain.event import month_of
from rapport.domain.identifiers import Namespace
from rapport.domain.observation import Decree, Ruling
from rapport.domain.profile import Profile
from rapport.domain.tally import fold_partition
from rapport.errors import ConflictError
from rapport.identity import Change, Cluster, Mark, Pointer
from rapport.ports import View
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, event
from tests.support.observed import ANA, BEA, CLEO, at, cluster, new, ref, seen, stored


@pytest.fixture
def clusters(dynamo: Stores) -> DynamoClusters:
    assert isinstance(dynamo.clusters, DynamoClusters)
    return dynamo.clusters


@pytest.fixture
def people(dynamo: Stores) -> DynamoPeople:
    assert isinstance(dynamo.people, DynamoPeople)
    return dynamo.people


def test_of_an_erased_identifier_nothing_is_left_but_that_it_was_erased(
    clusters: DynamoClusters,
) -> None:
    said = Decree(nodes=(ANA,), ruling=Ruling.BLOCKED, at=NOW, id="d")
    both = cluster(
        "c", seen(ANA, BEA, names=frozenset({"Ana Nowak"})), seen(n=1, decrees=(said,)), version=4
    )
    clusters.commit(new(both))
    assert clusters.erase(ANA, NOW) == "c"
    assert stored(clusters, "c") == Cluster(
        id="c",
        version=5,
        state=State(nodes={BEA: replace(both.state.nodes[BEA])}),
        groups=((BEA,),),
        roots=(BEA,),
        unsettled=True,
    )
    assert clusters.pointers([ANA, BEA]) == {ANA: Pointer(erased_at=NOW), BEA: at("c")}
    assert clusters.erase(BEA, NOW) is None
    assert stored(clusters, "c") is None
    assert list(clusters.every()) == []


def test_those_that_stay_are_to_be_resolved_again_under_a_root_of_their_own(
    clusters: DynamoClusters,
) -> None:
    user = ref("u-1", Namespace.USER)
    person = cluster("c", seen(user, ANA), seen(user, BEA, n=2), seen(CLEO, n=4))
    clusters.commit(new(person))
    assert person.group_of(BEA).root == user
    clusters.erase(user, NOW)
    left = stored(clusters, "c")
    assert left is not None
    assert (left.rules, left.unsettled, left.version) == ("", True, 2)
    assert left.group_of(ANA).root == ANA
    assert left.group_of(BEA).members == tuple(sorted([ANA, BEA]))
    assert left.group_of(CLEO).root == CLEO
    assert not left.state.edges


def test_an_erased_neighbour_is_no_more_remembered_by_one_that_lost_its_edge(
    clusters: DynamoClusters,
) -> None:
    found = cluster("c", seen(ANA))
    node = replace(found.state.nodes[ANA], lost=frozenset({BEA, CLEO}))
    clusters.commit(new(replace(found, state=State(nodes={**found.state.nodes, ANA: node}))))
    other = cluster("other", seen(BEA))
    clusters.commit(new(other))
    clusters.erase(BEA, NOW)
    assert clusters.pointers([BEA]) == {BEA: Pointer(erased_at=NOW)}
    assert stored(clusters, "other") is None


def test_one_behind_a_redirect_is_erased_where_it_stands_now(clusters: DynamoClusters) -> None:
    one, other = cluster("one", seen(ANA)), cluster("other", seen(BEA))
    clusters.commit(new(one))
    clusters.commit(new(other))
    both = cluster("one", seen(ANA, BEA), version=2)
    clusters.commit(Change(write=((both, 1),), redirect={Mark("other", 1): "one"}))
    assert clusters.erase(BEA, NOW) == "one"
    left = stored(clusters, "one")
    assert left is not None
    assert set(left.state.nodes) == {ANA}


def test_an_erasure_repeated_or_of_somebody_never_seen_leaves_the_latest_mark(
    clusters: DynamoClusters,
) -> None:
    later = NOW + timedelta(days=1)
    assert clusters.erase(ANA, NOW) is None
    assert clusters.erase(ANA, later) is None
    assert clusters.erase(ANA, NOW) is None
    assert clusters.pointers([ANA]) == {ANA: Pointer(erased_at=later)}


def test_whoever_read_before_an_erasure_writes_nothing_after_it(clusters: DynamoClusters) -> None:
    clusters.commit(new(cluster("c", seen(ANA, BEA))))
    clusters.erase(ANA, NOW)
    late = cluster("c", seen(ANA, BEA), version=2)
    assert not clusters.commit(Change(write=((late, 1),), point={ANA: (at("c"), "c")}))
    # Even one that knew of an earlier erasure: this one is of later events too.
    clusters.erase(ANA, NOW + timedelta(days=1))
    back = Pointer(cluster="d", erased_at=NOW)
    fresh = cluster("d", seen(ANA))
    assert not clusters.commit(Change(write=((fresh, 0),), point={ANA: (back, "")}))
    assert clusters.pointers([ANA]) == {ANA: Pointer(erased_at=NOW + timedelta(days=1))}


def test_an_erasure_that_others_kept_overtaking_says_so(
    clusters: DynamoClusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters.commit(new(cluster("c", seen(ANA, BEA))))
    read = clusters.clusters

    def overtaken(ids: list[str]) -> object:
        found = read(ids)
        for each in found.values():
            grown = replace(each, version=each.version + 1)
            assert clusters.commit(Change(write=((grown, each.version),)))
        return found

    monkeypatch.setattr(clusters, "clusters", overtaken)
    with pytest.raises(ConflictError):
        clusters.erase(ANA, NOW)
    monkeypatch.undo()
    assert clusters.pointers([ANA]) == {ANA: at("c")}


def test_a_partition_and_every_mention_of_it_are_gone_at_their_erasure(
    people: DynamoPeople,
) -> None:
    browser, other = (ref(name, Namespace.ANON) for name in ("browser", "other"))
    for each in (browser, other):
        folded = fold_partition(each, [event(each, home=ANA)])
        assert people.save_month(folded, month_of(NOW), sequence="1", after=None)
        for strong in (ANA, BEA):
            people.add_strong(each, strong, NOW)
    people.erase_partition(browser)
    people.erase_partition(browser)
    assert people.partition(browser) == (fold_partition(browser, []), {})
    assert people.partitions_of([ANA, BEA]) == [ANA, BEA, other]
    assert people.partition(other)[1] == {month_of(NOW): "1"}


def test_an_identifiers_own_partition_is_found_until_it_is_erased(people: DynamoPeople) -> None:
    own = fold_partition(ANA, [event(ANA)])
    assert people.save_month(own, month_of(NOW), sequence="1", after=None)
    people.unlink(ANA)
    assert people.counted_with([ANA]) == [ANA]
    people.erase_partition(ANA)
    assert people.counted_with([ANA]) == []


def test_an_unlinked_identifier_is_seen_nowhere_and_its_neighbours_stay(
    people: DynamoPeople,
) -> None:
    browser = ref("browser", Namespace.ANON)
    for strong in (ANA, BEA):
        people.add_strong(browser, strong, NOW)
    people.add_strong(ANA, ANA, NOW)
    people.unlink(ANA)
    people.unlink(ANA)
    assert people.partitions_of([ANA]) == [ANA]
    assert people.partitions_of([BEA]) == [BEA, browser]
    assert people.partition(browser)[0].strongs == (BEA,)
    assert people.partition(ANA)[0].strongs == ()


def test_an_erased_view_is_gone_and_its_id_resolves_no_more(people: DynamoPeople) -> None:
    full = Profile(root=ANA, interests={Random(n).randbytes(48).hex(): n for n in range(16)})
    for version, profile in ((1, Profile(root=ANA)), (1, full)):
        assert people.save_view(View(profile=profile, version=version), [], now=NOW)
        people.erase_view(profile.person)
        people.erase_view(profile.person)
        assert people.view(profile.person) is None
        assert people.root_of(profile.person) is None
