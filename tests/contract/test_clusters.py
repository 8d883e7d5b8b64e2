"""What every store of clusters does, in memory and in DynamoDB alike."""

from dataclasses import replace
from datetime import timedelta

from rapport.domain.observation import Decree, Ruling
from rapport.identity import Change, Mark, Pointer
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.support.observed import ANA, BEA, CLEO, at, cluster, new, ref, seen, stored


def test_what_nobody_wrote_is_left_out(stores: Stores) -> None:
    assert stores.clusters.pointers([ANA]) == {}
    assert stores.clusters.clusters(["none"]) == {}
    assert list(stores.clusters.every()) == []


def test_a_cluster_is_read_as_it_was_written(stores: Stores) -> None:
    apart = Decree(
        nodes=(ANA, BEA) if ANA < BEA else (BEA, ANA), ruling=Ruling.APART, at=NOW, id="d"
    )
    full = cluster(
        "full",
        seen(ANA, BEA, n=1, names=frozenset({"Ana Nowak"}), tags={ANA: frozenset({"role:jobs"})}),
        seen(BEA, CLEO, n=2, alias=(BEA, CLEO)),
        seen(n=3, decrees=(apart,)),
        version=7,
        unsettled=True,
    )
    assert stores.clusters.commit(new(full))
    assert stored(stores.clusters, "full") == full
    assert stores.clusters.pointers([ANA, BEA]) == {ANA: at("full"), BEA: at("full")}
    assert list(stores.clusters.every()) == [full]


def test_a_cluster_is_written_only_at_the_version_that_was_read(stores: Stores) -> None:
    first, again = cluster("c", seen(ANA)), cluster("c", seen(ANA, BEA), version=2)
    assert stores.clusters.commit(new(first))
    assert not stores.clusters.commit(Change(write=((again, 0),)))
    assert not stores.clusters.commit(Change(write=((again, 2),)))
    assert stored(stores.clusters, "c") == first
    assert stores.clusters.commit(Change(write=((again, 1),)))
    assert stored(stores.clusters, "c") == again


def test_of_a_change_that_is_refused_nothing_is_written(stores: Stores) -> None:
    one, other = cluster("one", seen(ANA)), cluster("other", seen(BEA))
    stores.clusters.commit(new(one))
    stores.clusters.commit(new(other))
    both = cluster("one", seen(ANA, BEA), version=2)
    merge = Change(
        write=((both, 1),), redirect={Mark("other", 1): "one"}, point={BEA: (at("one"), "other")}
    )
    for wrong in (
        replace(merge, write=((both, 2),)),
        replace(merge, redirect={Mark("other", 2): "one"}),
        replace(merge, point={BEA: (at("one"), "elsewhere")}),
        replace(merge, point={BEA: (at("one"), None)}),
        replace(merge, point={CLEO: (at("one"), "one")}),
    ):
        assert not stores.clusters.commit(wrong)
        assert stores.clusters.clusters(["one", "other"]) == {"one": one, "other": other}
        assert stores.clusters.pointers([ANA, BEA, CLEO]) == {ANA: at("one"), BEA: at("other")}
    assert stores.clusters.commit(merge)
    assert stores.clusters.clusters(["one", "other"]) == {"one": both, "other": both}
    assert stores.clusters.pointers([BEA]) == {BEA: at("one")}
    assert list(stores.clusters.every()) == [both]


def test_redirects_are_followed_to_the_end(stores: Stores) -> None:
    found = [cluster(f"c{n}", seen(ref(f"n{n}"), n=n)) for n in range(5)]
    for each in found:
        stores.clusters.commit(new(each))
    for small, big in ((0, 1), (1, 2), (3, 2), (2, 4)):
        grown = replace(found[big], version=found[big].version + 1)
        assert stores.clusters.commit(
            Change(
                write=((grown, found[big].version),),
                redirect={Mark(found[small].id, found[small].version): grown.id},
            )
        )
        found[big] = grown
    read = stores.clusters.clusters([f"c{n}" for n in (0, 3, 4)])
    assert read == {"c0": found[4], "c3": found[4], "c4": found[4]}


def test_a_cluster_that_was_taken_is_never_written_again(stores: Stores) -> None:
    one, other = cluster("one", seen(ANA)), cluster("other", seen(BEA))
    stores.clusters.commit(new(one))
    stores.clusters.commit(new(other))
    both = replace(one, version=2)
    stores.clusters.commit(Change(write=((both, 1),), redirect={Mark("other", 1): "one"}))
    for before in (0, 1, 2):
        assert not stores.clusters.commit(Change(write=((replace(other, version=3), before),)))
        again = Change(
            write=((replace(both, version=3), 2),), redirect={Mark("other", before): "x"}
        )
        assert not stores.clusters.commit(again)
    assert stored(stores.clusters, "other") == both


def test_a_pointer_keeps_what_it_says_of_its_identifier(stores: Stores) -> None:
    found = cluster("c", seen(ANA))
    told = {
        ANA: (Pointer(cluster="c", hub=True), None),
        BEA: (Pointer(cluster="c", closed=True), None),
        CLEO: (Pointer(erased_at=NOW), None),
    }
    assert stores.clusters.commit(Change(write=((found, 0),), point=told))
    assert stores.clusters.pointers(told) == {ref: pointer for ref, (pointer, _) in told.items()}


def test_an_erased_identifier_is_pointed_somewhere_again_only_by_who_has_read_that(
    stores: Stores,
) -> None:
    found = cluster("c", seen(ANA))
    tombstone, back = Pointer(erased_at=NOW), Pointer(cluster="c", erased_at=NOW)
    stores.clusters.commit(Change(write=(), point={ANA: (tombstone, None)}))
    for unread in (None, "c"):
        assert not stores.clusters.commit(Change(write=((found, 0),), point={ANA: (back, unread)}))
    for erased_at in (None, NOW - timedelta(days=1)):
        other = Pointer(cluster="c", erased_at=erased_at)
        assert not stores.clusters.commit(Change(write=((found, 0),), point={ANA: (other, "")}))
    assert stores.clusters.pointers([ANA]) == {ANA: tombstone}
    assert stores.clusters.commit(Change(write=((found, 0),), point={ANA: (back, "")}))
    assert stores.clusters.pointers([ANA]) == {ANA: back}


def test_a_cluster_is_settled_at_its_version_alone(stores: Stores) -> None:
    found = cluster("c", seen(ANA), version=3, unsettled=True)
    stores.clusters.commit(new(found))
    stores.clusters.settle(Mark("c", 2))
    stores.clusters.settle(Mark("none", 1))
    assert stored(stores.clusters, "c") == found
    assert stored(stores.clusters, "none") is None
    stores.clusters.settle(Mark("c", 3))
    stores.clusters.settle(Mark("c", 3))
    assert stored(stores.clusters, "c") == replace(found, unsettled=False)
    # Whoever read it unsettled may still write: settling is no new version.
    grown = replace(found, version=4)
    assert stores.clusters.commit(Change(write=((grown, 3),)))


def test_more_are_read_at_once_than_one_request_takes(stores: Stores) -> None:
    refs = [ref(f"n{n}") for n in range(230)]
    for start in range(0, len(refs), 23):
        some = refs[start : start + 23]
        point = {each: (at(f"c{start}"), None) for each in some}
        found = cluster(f"c{start}", *(seen(each, n=n) for n, each in enumerate(some)))
        assert stores.clusters.commit(Change(write=((found, 0),), point=point))
    assert set(stores.clusters.pointers(refs)) == set(refs)
    assert len(stores.clusters.clusters(f"c{n}" for n in range(0, 230, 23))) == 10
