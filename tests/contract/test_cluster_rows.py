"""The row of a cluster: read as it was written, equal for equal clusters, and small."""

import string
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from rapport.adapters.dynamo import cluster_rows
from rapport.adapters.dynamo.cluster_rows import pack, unpack
from rapport.domain.cluster import MAX_WEIGHT, State, weight
from rapport.domain.event import from_millis, hour_of
from rapport.domain.identifiers import STRONG, Namespace, Ref
from rapport.domain.node import MAX_NAMES, Edge, Node, Witness, short
from rapport.domain.observation import Decree, Ruling
from rapport.errors import PoisonError
from rapport.identity import Cluster, Mark
from tests.contract.examples import NOW
from tests.support.depth import rounds
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
    for n in range(rounds(400)):
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


def hostile(random: Random, nodes: int, edges: int, letters: str) -> State:
    """As much as is not closed, of letters that do not deflate, and so many identifiers."""
    words = string.ascii_letters + string.digits + "-_"

    def made_up(ns: str) -> Ref:
        return Ref(f"{ns}#{''.join(random.choices(words, k=22))}")

    def named() -> frozenset[str]:
        return frozenset(short("".join(random.choices(letters, k=64))) for _ in range(MAX_NAMES))

    refs = sorted(made_up(random.choice(STRONG)) for _ in range(nodes))
    found = {ref: Node(first_seen=random.randrange(7_000_000_000_000)) for ref in refs}
    ties = {}
    for n in range(edges):
        a, b = (refs[n], refs[n + 1]) if n < nodes - 1 else sorted(random.sample(refs, 2))
        at = random.randrange(1_700_000_000_000, 1_800_000_000_000)
        sort = f"{hour_of(from_millis(at))}#{''.join(random.choices(words, k=120))}"
        ties[a, b] = Edge(first=Witness(at, made_up("anon"), sort), verified=random.random() < 0.5)
        if weight(State(edges=ties)) > MAX_WEIGHT - nodes * 50:
            break
    room = MAX_WEIGHT - weight(State(nodes=found, edges=ties))
    for node in refs:
        full = [replace(found[node], names=named(), claimed=named())]
        full += [replace(full[0], lost=frozenset(made_up("user") for _ in range(40)))]
        bare = weight(State(nodes={node: found[node]}))
        fitting = [told for told in full if weight(State(nodes={node: told})) - bare <= room]
        if fitting:
            found[node] = fitting[-1]
            room -= weight(State(nodes={node: found[node]})) - bare
    return State(nodes=found, edges=ties)


@pytest.mark.parametrize(
    "letters",
    [
        string.ascii_letters,
        "".join(map(chr, range(0x4E00, 0x9FFF))),
        "".join(map(chr, range(0x20000, 0x2A6DF))),
    ],
)
@pytest.mark.parametrize(("nodes", "edges"), [(1_024, 4_096), (1_024, 1_023), (100, 300)])
def test_whatever_hostile_senders_send_fits_its_row(nodes: int, edges: int, letters: str) -> None:
    state = hostile(Random(nodes + edges), nodes, edges, letters)
    assert 300_000 < weight(state) <= MAX_WEIGHT
    alone = tuple((ref,) for ref in sorted(state.nodes))
    roots = tuple(ref for (ref,) in alone)
    packed = pack(Cluster(id="c", version=1, state=state, groups=alone, roots=roots))
    assert len(packed) < 350_000


def test_a_cluster_that_fits_no_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_rows, "MAX_BYTES", 200)
    with pytest.raises(PoisonError, match="2 identifiers"):
        pack(cluster("c", seen(ANA, BEA)))
