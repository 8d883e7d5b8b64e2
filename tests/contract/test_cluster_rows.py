"""The row of a cluster: read as it was written, equal for equal clusters, and small."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from rapport.adapters.dynamo import cluster_rows
from rapport.adapters.dynamo.cluster_rows import pack, unpack
from rapport.domain.cluster import State
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.node import Edge, Node, Witness
from rapport.domain.observation import Decree, Ruling
from rapport.errors import PoisonError
from rapport.identity import Cluster, Mark
from tests.contract.examples import NOW
from tests.support.observed import ANA, BEA, cluster, ref, seen

UNIT = 1024


def any_state(random: Random) -> State:
    nodes = sorted(
        ref(f"n{n}", random.choice([*Namespace][:5])) for n in range(random.randrange(1, 9))
    )

    def words(*of: str) -> frozenset[str]:
        return frozenset(word for word in of if random.random() < 0.3)

    def witness() -> Witness:
        when = seen(n=random.randrange(4))
        sort = random.choice([when.key.sk, "2019-01-01T00#site#m", "=odd", "#", ""])
        return Witness(1_770_000_000_000 + random.randrange(5), random.choice([*nodes, "x"]), sort)

    return State(
        nodes={
            node: Node(
                first_seen=random.randrange(-5, 5),
                verified=random.random() < 0.5,
                tags=words("role:jobs", "domain:x"),
                names=words("Ana Nowak", "Ána 諾瓦克"),
                claimed=words("Ana Nowak", "Bo Lund", ""),
                parted=frozenset(map(Ref, words("user#parted", "email#parted"))),
                lost=frozenset(map(Ref, words("user#lost", "email#lost"))),
                crowd=random.random() < 0.2,
                hub=random.random() < 0.2,
                fenced=random.random() < 0.2,
                closed=random.random() < 0.2,
            )
            for node in nodes
        },
        edges={
            (a, b): Edge(
                first=witness(),
                verified=random.random() < 0.5,
                alias=random.random() < 0.2,
            )
            for i, a in enumerate(nodes)
            for b in nodes[i + 1 :]
            if random.random() < 0.4
        },
        decrees={
            on: Decree(nodes=on, ruling=random.choice([*Ruling]), at=NOW, id="d")
            for on in [(nodes[0],), (nodes[0], nodes[-1]), (nodes[-1], Ref("user#elsewhere"))]
            if random.random() < 0.4
        },
    )


def test_any_cluster_is_read_from_its_row_as_it_was_and_equal_ones_give_equal_bytes() -> None:
    for n in range(400):
        random = Random(n)
        state = any_state(random)
        sides: dict[int, list[Ref]] = {}
        for node in sorted(state.nodes):
            sides.setdefault(random.randrange(3), []).append(node)
        made = Cluster(
            id="c",
            version=n + 1,
            state=state,
            groups=tuple(map(tuple, sides.values())),
            roots=tuple(map(random.choice, sides.values())),
            rules="default",
            unsettled=n % 2 == 0,
        )
        packed = pack(made)
        told = unpack(packed, Mark("c", n + 1), rules="default", unsettled=n % 2 == 0)
        assert told == made
        assert pack(replace(told, state=shuffled(state, random))) == packed


def shuffled(state: State, random: Random) -> State:
    def mixed(found: Mapping[object, object]) -> dict[object, object]:
        return dict(random.sample([*found.items()], len(found)))

    return State(
        nodes=mixed(state.nodes),  # type: ignore[arg-type]
        edges=mixed(state.edges),  # type: ignore[arg-type]
        decrees=mixed(state.decrees),  # type: ignore[arg-type]
    )


def test_the_row_of_an_ordinary_person_is_within_one_write_unit_and_all_fit_a_row() -> None:
    user, phone = ref("u-1", Namespace.USER), ref("+4712345678", Namespace.PHONE)
    ordinary = cluster("c" * 16, seen(user, ANA, phone, names=frozenset({"Ana Nowak"})))
    sizes = {"ordinary, 3": len(pack(ordinary)), "2": len(pack(cluster("c", seen(user, ANA))))}
    for count in (10, 100, 256, 1001):
        chain = [ref(f"n{n}", [*Namespace][1 + n % 4]) for n in range(count)]
        told = [seen(a, b, n=n) for n, (a, b) in enumerate(pairwise(chain))]
        sizes[str(count)] = len(pack(cluster("c", *told)))
    print(f"bytes of a cluster by its identifiers: {sizes}")
    assert sizes["ordinary, 3"] <= UNIT // 2
    assert sizes["10"] <= UNIT
    assert sizes["1001"] <= 110_000


def test_a_cluster_that_fits_no_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_rows, "MAX_BYTES", 200)
    with pytest.raises(PoisonError, match="2 identifiers"):
        pack(cluster("c", seen(ANA, BEA)))
