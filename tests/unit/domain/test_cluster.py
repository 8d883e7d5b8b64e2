"""What clusters hold, and how much of it at most."""

from random import Random

import pytest

from rapport.domain import cluster
from rapport.domain.adding import closing, pruned, weight
from rapport.domain.cluster import (
    MAX_COMPONENT,
    MAX_EDGES,
    MAX_NAMES,
    MAX_NEIGHBOURS,
    State,
    contribution,
    join,
    joined,
    parts,
)
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation, Ruling
from tests.support.identities import decree, observation

NOTHING = frozenset[Ref]()


def state_of(*seen: Observation) -> State:
    return joined(map(contribution, seen))


def chain(length: int, start: int = 0) -> list[Observation]:
    """As many identifiers in a row, each named together with the next."""
    return [
        observation(n, f"ats#{n:05}", f"ats#{n + 1:05}") for n in range(start, start + length - 1)
    ]


def closed_of(state: State) -> int:
    return sum(node.closed for node in state.nodes.values())


def test_every_two_that_an_event_names_are_tied_by_it() -> None:
    state = contribution(observation(1, "user#a", "email#x", "phone#p"))
    assert set(state.edges) == {
        ("email#x", "user#a"),
        ("email#x", "phone#p"),
        ("phone#p", "user#a"),
    }
    assert len({edge.first for edge in state.edges.values()}) == 1


def test_an_event_seen_earlier_comes_first_though_it_arrives_last() -> None:
    late, early = observation(2, "user#a", "email#x"), observation(1, "user#a", "email#x")
    state = state_of(late, early)
    assert {edge.first.sk for edge in state.edges.values()} == {"e0001"}
    assert state == state_of(early, late)


def test_a_name_is_the_owners_alone() -> None:
    seen = observation(1, "user#a", "email#x", names=frozenset({"Ana Berg"}))
    names = {ref: node.names for ref, node in contribution(seen).nodes.items()}
    assert names == {"user#a": {"Ana Berg"}, "email#x": frozenset()}


def test_of_many_names_the_same_few_stay_in_any_order() -> None:
    seen = [observation(n, "user#a", names=frozenset({f"Ana {n}"})) for n in range(30)]
    found = {
        state_of(*Random(seed).sample(seen, k=30)).nodes[Ref("user#a")].names for seed in range(20)
    }
    assert len(found) == 1
    assert len(found.pop()) == MAX_NAMES


def test_parts_are_what_neither_edge_nor_word_ties() -> None:
    state = state_of(
        observation(1, "user#a", "email#x"),
        observation(2, "user#b", "email#y"),
        decree(3, Ruling.APART, "email#y", "phone#p"),
        observation(4, "ats#1"),
    )
    assert parts(state) == [{"ats#1"}, {"email#x", "user#a"}, {"email#y", "phone#p", "user#b"}]
    assert all(state.part(part).nodes.keys() == part for part in parts(state))
    assert joined(state.part(part) for part in parts(state)) == state


def test_a_hub_is_one_neighbour_too_many_however_the_neighbours_came() -> None:
    one = [observation(n, f"ats#{n:04}", "email#x") for n in range(MAX_NEIGHBOURS)]
    last = observation(900, "ats#last", "email#x")
    assert not state_of(*one).nodes[Ref("email#x")].hub
    whole = state_of(*one, last)
    assert whole.nodes[Ref("email#x")].hub
    assert join(state_of(last, *one[:90]), state_of(*one[90:])) == whole
    # Whoever does not read the hub adds the same.
    known = {"hubs": {Ref("email#x")}, "closed": NOTHING}
    more = observation(901, "ats#more", "email#x")
    added = join(whole, pruned(contribution(more), **known))
    assert added == join(whole, contribution(more))
    assert added.nodes[Ref("ats#more")].lost == {"email#x"}


def test_a_hub_of_hubs_is_counted_by_neighbours_that_are_not_in_its_cluster() -> None:
    lost = pruned(
        state_of(*(observation(n, f"ats#{n:04}", "email#x") for n in range(MAX_NEIGHBOURS))),
        hubs={Ref(f"ats#{n:04}") for n in range(MAX_NEIGHBOURS)},
        closed=NOTHING,
    )
    assert set(lost.nodes) == {"email#x"}
    assert not lost.nodes[Ref("email#x")].hub
    assert join(lost, contribution(observation(1, "user#a", "email#x"))).nodes[Ref("email#x")].hub


def test_what_has_no_end_is_closed_as_is_whatever_is_tied_to_it() -> None:
    seen = chain(MAX_COMPONENT)
    assert closed_of(state_of(*seen)) == 0
    longer = state_of(*chain(MAX_COMPONENT + 1))
    assert closed_of(longer) == len(longer.nodes) == MAX_COMPONENT + 1
    assert not longer.edges
    tied = observation(5_000, "ats#00007", "user#late")
    assert join(longer, contribution(tied)).nodes[Ref("user#late")].closed
    unread = pruned(contribution(tied), hubs=NOTHING, closed={Ref("ats#00007")})
    assert set(unread.nodes) == {"user#late"}
    assert unread.nodes[Ref("user#late")].closed
    assert join(longer, unread) == join(longer, contribution(tied))
    others = observation(5_001, "user#b", "email#x")
    assert closed_of(join(longer, contribution(others))) == len(longer.nodes)


def test_more_edges_than_can_be_kept_close_a_component_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_EDGES > 28 * 100, "a hundred events of eight identifiers each"
    monkeypatch.setattr(cluster, "MAX_EDGES", 5)
    four = observation(1, "user#a", "ats#1", "email#x")
    assert closed_of(state_of(four, observation(2, "email#x", "ats#2"))) == 0
    assert closed_of(state_of(four, observation(2, "email#x", "phone#p", "ats#2"))) == 5


def test_a_decree_ties_nobody_to_what_is_closed() -> None:
    word = decree(9_000, Ruling.APART, "ats#00001", "user#a")
    state = state_of(*chain(MAX_COMPONENT + 1), word)
    assert not state.nodes[Ref("user#a")].closed


def test_what_is_gone_leaves_nothing_behind() -> None:
    seen = contribution(observation(1, "user#a", "email#x", "phone#p"))
    left = pruned(seen, hubs=NOTHING, closed=NOTHING, gone={Ref("email#x")})
    assert left == contribution(observation(1, "user#a", "phone#p"))
    word = contribution(decree(2, Ruling.APART, "user#a", "email#x"))
    assert not pruned(word, hubs=NOTHING, closed=NOTHING, gone={Ref("email#x")}).decrees


def test_a_word_on_a_hub_is_kept() -> None:
    word = contribution(decree(2, Ruling.TOGETHER, "user#a", "email#x"))
    assert pruned(word, hubs={Ref("email#x")}, closed=NOTHING) == word


def test_closing_what_is_added_takes_along_what_it_is_tied_to() -> None:
    stored = state_of(observation(1, "user#a", "email#x"), observation(2, "user#b", "email#y"))
    after = join(stored, closing(contribution(observation(3, "email#x", "phone#p"))))
    closed = {ref for ref, node in after.nodes.items() if node.closed}
    assert closed == {"user#a", "email#x", "phone#p"}


def test_what_is_closed_weighs_a_fraction() -> None:
    many = [
        observation(n, f"ats#{n:05}", f"ats#{n + 1:05}", names=frozenset({f"{'é' * 60} {n}"}))
        for n in range(500)
    ]
    state = state_of(*many)
    assert weight(state) > 3 * weight(join(state, closing(contribution(many[0]))))
