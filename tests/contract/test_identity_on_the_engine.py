"""Many workers absorb what was observed, on a real engine: nothing is lost, and all is bounded."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from random import Random
from threading import Barrier

import pytest

from bench import identity
from bench.identity import Watched
from bench.meter import Meter
from rapport.absorb import Absorb
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.clusters import DynamoClusters
from rapport.adapters.dynamo.models import ClusterRow
from rapport.domain.cluster import State, contribution, joined
from rapport.domain.identifiers import Namespace
from rapport.domain.observation import Observation
from rapport.domain.resolve import resolve
from rapport.domain.rules import Rules
from rapport.errors import ConflictError
from rapport.identity import Clusters, groups_of
from tests.contract.conftest import Stores
from tests.support.fakes import CrashError
from tests.support.observed import ref, seen

WORKERS = 32
MAX_ITEMS = 24
RULES = Rules()
# Reads of pointers and of clusters, one more for those that a part brings along, and a write.
MAX_CALLS = 4


def alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def absorb(clusters: Clusters) -> Absorb:
    return Absorb(clusters=clusters, rules=lambda: RULES, alike=alike, random=Random())


def deepest() -> int:
    """Over how many redirects the longest way to a cluster leads."""
    rows = ClusterRow.scan(ClusterRow.moved_to.exists(), consistent_read=True)
    moved = {row.pk.partition("#")[2]: row.moved_to for row in rows}

    def hops(id_: str) -> int:
        return 1 + hops(moved[id_]) if id_ in moved else 0

    return max(map(hops, moved), default=0)


def everything_is_there(clusters: DynamoClusters, told: Iterable[Observation]) -> State:
    """Assert that the store holds what the observations add up to, and resolves it as they do."""
    whole = joined(map(contribution, told))
    nodes = sorted(whole.nodes)
    pointers = clusters.pointers(nodes)
    assert set(pointers) == set(nodes)
    stored = clusters.clusters({p.cluster for p in pointers.values()})
    for node, pointer in pointers.items():
        assert node in stored[pointer.cluster].state.nodes
    states = {cluster.id: cluster.state for cluster in stored.values()}
    assert joined(states.values()) == whole
    assert sum(len(state.nodes) for state in states.values()) == len(nodes)
    should = resolve(whole, RULES, alike)
    for node, group in groups_of(clusters, nodes).items():
        assert (group.root, group.members) == (should.roots[node], should.group_of(node))
    return whole


def together(
    clusters: Watched, told: Sequence[Observation], *, seed: int, workers: int = WORKERS
) -> int:
    """Absorb all, shared out among workers that start at once; how often one had to be called
    again, as a stream calls again whatever failed.
    """
    mixed = Random(seed).sample(told, len(told))
    barrier = Barrier(workers)

    def work(number: int) -> int:
        own, again = absorb(clusters), 0
        barrier.wait(timeout=30)
        for each in mixed[number::workers]:
            while True:
                try:
                    own.take(each)
                    break
                except ConflictError:
                    again += 1
        return again

    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(work, range(workers)))


def one_person() -> list[Observation]:
    """Events of somebody with a user id, five addresses, four phones and many ATS ids."""
    random = Random(11)
    user = ref("u-1", Namespace.USER)
    others = [
        *(ref(f"ana+{n}@inbox.halden.example") for n in range(5)),
        *(ref(f"+4712345{n:03d}", Namespace.PHONE) for n in range(4)),
        *(ref(f"candidate-{n}", Namespace.ATS) for n in range(20)),
    ]
    names = frozenset({"Ana Nowak"})
    return [
        seen(user, *random.sample(others, random.randrange(1, 4)), n=n, verified=True, names=names)
        for n in range(64)
    ]


def chain(length: int) -> list[Observation]:
    """Each identifier named together with the next: one person from end to end."""
    nodes = [ref(f"candidate-{n}", Namespace.ATS) for n in range(length)]
    return [seen(a, b, n=n, verified=True) for n, (a, b) in enumerate(pairwise(nodes))]


@pytest.mark.parametrize(
    ("what", "told"), [("one person", one_person()), ("a chain of 200", chain(200))]
)
def test_many_workers_at_once_lose_nothing(
    dynamo: Stores, what: str, told: list[Observation]
) -> None:
    assert isinstance(dynamo.clusters, DynamoClusters)
    watched = Watched(dynamo.clusters)
    again = together(watched, told, seed=5)
    whole = everything_is_there(dynamo.clusters, told)
    assert len(resolve(whole, RULES, alike).groups) == 1
    print(
        f"{WORKERS} workers on {what}: {len(told)} events, lost 0; transactions "
        f"{watched.written} written and {watched.lost} retried, {again} events called again; at "
        f"most {watched.most_items} items and {watched.most_bytes} bytes in one"
    )
    assert watched.lost > 0, "nobody met anybody"
    assert watched.most_items <= MAX_ITEMS
    assert deepest() <= 8


def test_a_second_delivery_to_many_workers_writes_nothing(dynamo: Stores) -> None:
    assert isinstance(dynamo.clusters, DynamoClusters)
    told = one_person()
    together(Watched(dynamo.clusters), told, seed=1, workers=4)
    watched, meter = Watched(dynamo.clusters), Meter()
    together(watched, told, seed=2, workers=4)
    meter.stop()
    assert (watched.written, watched.lost, meter.writes.total()) == (0, 0, 0)
    calls = sum(meter.calls.values()) / len(told)
    print(f"an event that says nothing new: {calls:.1f} store calls, 0 written")
    assert calls <= 2


class Dying(DynamoClusters):
    """Dies at the n-th call, before it reaches the store or after."""

    left = 0
    after = False

    def _call(self, work: Callable[[], object]) -> object:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise CrashError
        answer = work()
        if self.left == 0:
            raise CrashError
        return answer

    def pointers(self, refs):  # type: ignore[no-untyped-def]
        refs = list(refs)
        return self._call(lambda: DynamoClusters.pointers(self, refs))

    def clusters(self, ids):  # type: ignore[no-untyped-def]
        ids = list(ids)
        return self._call(lambda: DynamoClusters.clusters(self, ids))

    def commit(self, change):  # type: ignore[no-untyped-def]
        return self._call(lambda: DynamoClusters.commit(self, change))


def test_a_worker_that_dies_at_any_call_is_followed_by_one_that_comes_to_the_same(
    dynamo: Stores,
) -> None:
    assert isinstance(dynamo.clusters, DynamoClusters)
    crashes: Counter[str] = Counter()
    for after in (False, True):
        for call in range(1, MAX_CALLS + 1):
            person = f"{after}-{call}"
            user, other = (ref(f"{n}-{person}", Namespace.USER) for n in ("u", "v"))
            mail, phone = ref(f"{person}@inbox.halden.example"), ref(person, Namespace.PHONE)
            told = [seen(user, mail, n=1), seen(other, phone, n=2), seen(mail, phone, n=3)]
            for each in told:
                dying = Dying(TABLE_NAMES["people"])
                dying.left, dying.after = call, after
                try:
                    absorb(dying).take(each)
                except CrashError:
                    crashes["after" if after else "before"] += 1
                touched = absorb(dynamo.clusters).take(each)
                assert touched == set(each.strong)
            everything_is_there(dynamo.clusters, told)
    print(f"workers that died at a store call and were followed: {dict(crashes)}")
    assert min(crashes["before"], crashes["after"]) >= 2 * (MAX_CALLS - 1)


def test_what_an_event_takes_is_bounded_however_many_identifiers_its_person_has(
    dynamo: Stores,
) -> None:
    assert isinstance(dynamo.clusters, DynamoClusters)
    told = chain(80)
    meter, calls = Meter(), []
    watched = Watched(dynamo.clusters)
    for each in told:
        before = meter.calls.total()
        absorb(watched).take(each)
        calls.append(meter.calls.total() - before)
    meter.stop()
    print(
        f"a person grown to 80 identifiers: at most {max(calls)} store calls per event, "
        f"{watched.most_items} items and {watched.most_bytes} bytes in a transaction"
    )
    assert max(calls) <= MAX_CALLS
    assert watched.most_items <= MAX_ITEMS


def test_the_bench_of_identity_keeps_its_bounds(engine: str, dynamo: Stores) -> None:
    figures = identity.measure(engine, sizes=(1, 10), rounds=3)
    for line in figures.told():
        print(line)
    assert figures.bounded
