"""What clusters hold, and how much of it at most."""

from dataclasses import replace
from random import Random

import pytest

from rapport.domain import cluster
from rapport.domain.adding import Full, closing, pruned
from rapport.domain.cluster import (
    MAX_COMPONENT,
    MAX_NEIGHBOURS,
    MAX_WEIGHT,
    State,
    contribution,
    join,
    joined,
    parts,
    weight,
)
from rapport.domain.identifiers import Ref
from rapport.domain.node import CLAIMED, MANY, MAX_NAMES
from rapport.domain.observation import Observation, Ruling
from tests.support.identities import decree, history, observation


def state_of(*seen: Observation) -> State:
    return joined(map(contribution, seen))


def sure(number: int, *strong: str, **said: object) -> Observation:
    return observation(number, *strong, **{"verified": True, **said})


def chain(length: int) -> list[Observation]:
    """As many identifiers in a row, each named together with the next by who is trusted."""
    return [sure(n, f"ats#{n:05}", f"ats#{n + 1:05}") for n in range(length - 1)]


def closed_of(state: State) -> int:
    return sum(node.closed for node in state.nodes.values())


def fenced_of(state: State) -> int:
    return sum(node.fenced for node in state.nodes.values())


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
    seen = sure(1, "user#a", "email#x", names=frozenset({"Ana Berg"}))
    names = {ref: node.names for ref, node in contribution(seen).nodes.items()}
    assert names == {"user#a": {"Ana Berg"}, "email#x": frozenset()}


def test_a_name_that_anybody_gives_is_no_verified_name() -> None:
    seen = contribution(observation(1, "user#a", names=frozenset({"Ana Berg"})))
    assert seen.nodes[Ref("user#a")].names == frozenset()
    assert seen.nodes[Ref("user#a")].claimed == {"Ana Berg"}


def test_whoever_gives_ever_more_names_from_a_browser_changes_nothing_after_a_few() -> None:
    seen = [observation(n, "user#a", names=frozenset({f"Ana {n}"})) for n in range(30)]
    few, many = state_of(*seen[:MAX_NAMES]), state_of(*seen[: MAX_NAMES + 1])
    assert len(few.nodes[Ref("user#a")].claimed) == MAX_NAMES
    assert many.nodes[Ref("user#a")].claimed == {MANY}
    assert state_of(*reversed(seen)) == many


def test_of_many_names_the_same_few_stay_in_any_order() -> None:
    seen = [sure(n, "user#a", names=frozenset({f"Ana {n}"})) for n in range(30)]
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
    one = [sure(n, f"ats#{n:04}", "email#x") for n in range(MAX_NEIGHBOURS)]
    last = sure(900, "ats#last", "email#x")
    assert not state_of(*one).nodes[Ref("email#x")].hub
    whole = state_of(*one, last)
    assert whole.nodes[Ref("email#x")].hub
    assert join(state_of(last, *one[:90]), state_of(*one[90:])) == whole
    # Whoever does not read the hub adds the same.
    known = Full(hubs={Ref("email#x")}, crowds={Ref("email#x")})
    for more in (sure(901, "ats#more", "email#x"), observation(902, "ats#more", "email#x")):
        added = join(whole, pruned(contribution(more), known))
        assert added == join(whole, contribution(more))
        node = added.nodes[Ref("ats#more")]
        assert (node.parted if more.verified else node.lost) == {"email#x"}


def test_neighbours_that_anybody_claims_push_out_none_that_is_verified() -> None:
    mine = [sure(0, "ats#mine", "email#x"), sure(1, "user#mine", "email#x")]
    lies = [observation(10 + n, f"user#{n:04}", "email#x") for n in range(MAX_NEIGHBOURS)]
    late = sure(900, "linkedin#mine", "email#x")
    again = observation(2, "ats#mine", "email#x")
    whole = state_of(*mine, *lies, late, again)
    assert {*whole.edges} == {
        ("ats#mine", "email#x"),
        ("email#x", "user#mine"),
        ("email#x", "linkedin#mine"),
    }
    address = whole.nodes[Ref("email#x")]
    assert (address.crowd, address.hub) == (True, False)
    assert whole.nodes[Ref("user#0007")].lost == {"email#x"}
    for seed in range(5):
        seen = [*mine, *lies, late, again]
        assert state_of(*Random(seed).sample(seen, k=len(seen))) == whole
    # Whoever does not read it for what it does not keep adds the same.
    known = Full(crowds={Ref("email#x")})
    for more in (again, observation(901, "user#more", "email#x"), late):
        assert join(whole, pruned(contribution(more), known)) == join(whole, contribution(more))


def test_what_becomes_verified_is_as_if_nobody_had_claimed_it() -> None:
    claim = observation(
        1, "user#a", "user#b", alias=(Ref("user#a"), Ref("user#b")), tags={Ref("user#a"): {"t"}}
    )
    seen = sure(5, "user#a", "user#b")
    state = state_of(claim, seen)
    assert state.edges == contribution(seen).edges
    assert {node.first_seen for node in state.nodes.values()} == {
        node.first_seen for node in contribution(seen).nodes.values()
    }
    assert state.nodes[Ref("user#a")].tags == {f"{CLAIMED}t"}


def test_a_hub_of_hubs_is_counted_by_neighbours_that_are_not_in_its_cluster() -> None:
    lost = pruned(
        state_of(*(sure(n, f"ats#{n:04}", "email#x") for n in range(MAX_NEIGHBOURS))),
        Full(hubs={Ref(f"ats#{n:04}") for n in range(MAX_NEIGHBOURS)}),
    )
    assert set(lost.nodes) == {"email#x"}
    assert not lost.nodes[Ref("email#x")].hub
    assert join(lost, contribution(sure(1, "user#a", "email#x"))).nodes[Ref("email#x")].hub


def test_what_has_no_end_is_closed_as_is_whatever_is_tied_to_it() -> None:
    seen = chain(MAX_COMPONENT)
    assert closed_of(state_of(*seen)) == 0
    longer = state_of(*chain(MAX_COMPONENT + 1))
    assert closed_of(longer) == len(longer.nodes) == MAX_COMPONENT + 1
    assert not longer.edges
    tied = sure(5_000, "ats#00007", "user#late")
    assert join(longer, contribution(tied)).nodes[Ref("user#late")].closed
    ends = Full(closed={Ref("ats#00007")}, fenced={Ref("ats#00007")})
    unread = pruned(contribution(tied), ends)
    assert set(unread.nodes) == {"user#late"}
    assert unread.nodes[Ref("user#late")].closed
    assert join(longer, unread) == join(longer, contribution(tied))
    others = observation(5_001, "user#b", "email#x")
    assert closed_of(join(longer, contribution(others))) == len(longer.nodes)


def test_whoever_claims_to_be_tied_to_what_is_closed_keeps_what_is_verified_of_them() -> None:
    longer = state_of(*chain(MAX_COMPONENT + 1))
    mine, claim = sure(1, "user#a", "email#x"), observation(2, "email#x", "ats#00007")
    whole = join(longer, state_of(mine, claim))
    assert closed_of(whole) == MAX_COMPONENT + 1
    assert fenced_of(whole) == MAX_COMPONENT + 3
    assert {*whole.edges} == {("email#x", "user#a")}
    ends = Full(closed={Ref("ats#00007")}, fenced={Ref("ats#00007")})
    unread = pruned(contribution(claim), ends)
    assert join(join(longer, contribution(mine)), unread) == whole
    again = observation(3, "user#a", "phone#p")
    assert not join(whole, contribution(again)).edges.keys() - whole.edges.keys()
    fence = Full(fenced={Ref("user#a")})
    assert join(whole, pruned(contribution(again), fence)) == join(whole, contribution(again))


def test_what_anybody_hangs_onto_a_person_without_end_takes_nothing_away() -> None:
    mine = [sure(0, "user#a", "email#x"), sure(1, "email#x", "phone#p")]
    lies = [observation(n, f"ats#{n:05}", f"ats#{n + 1:05}") for n in range(2, MAX_COMPONENT)]
    hung = observation(9_000, "email#x", "ats#00002")
    state = state_of(*mine, *lies, hung, observation(9_001, "ats#00001", "ats#00002"))
    assert closed_of(state) == 0
    assert fenced_of(state) == MAX_COMPONENT + 3
    assert {*state.edges} == {("email#x", "user#a"), ("email#x", "phone#p")}


def test_seventy_events_of_eight_identifiers_fit_and_what_weighs_more_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    eights = [
        sure(n, "ats#00000", *(f"ats#{7 * n + i:05}" for i in range(1, 8))) for n in range(70)
    ]
    assert weight(state_of(*eights)) <= MAX_WEIGHT
    four = sure(1, "user#a", "ats#1", "email#x")
    more = sure(2, "email#x", "phone#p", "ats#2")
    monkeypatch.setattr(cluster, "MAX_WEIGHT", weight(state_of(four, more)) - 1)
    assert closed_of(state_of(four, sure(2, "email#x", "ats#2"))) == 0
    assert closed_of(state_of(four, more)) == 5
    claimed = state_of(four, replace(more, verified=False))
    assert (closed_of(claimed), fenced_of(claimed)) == (0, 5)
    assert len(claimed.edges) == 3


def test_a_row_never_weighs_less_for_what_is_added() -> None:
    for seed in range(300):
        random = Random(seed)
        state = State()
        for seen in history(random, longest=20):
            before, state = weight(state), join(state, contribution(seen))
            assert weight(state) >= before


def test_a_decree_ties_nobody_to_what_is_closed() -> None:
    word = decree(9_000, Ruling.APART, "ats#00001", "user#a")
    state = state_of(*chain(MAX_COMPONENT + 1), word)
    assert not state.nodes[Ref("user#a")].closed


def test_what_is_gone_leaves_nothing_behind() -> None:
    seen = contribution(observation(1, "user#a", "email#x", "phone#p"))
    left = pruned(seen, Full(), gone={Ref("email#x")})
    assert left == contribution(observation(1, "user#a", "phone#p"))
    word = contribution(decree(2, Ruling.APART, "user#a", "email#x"))
    assert not pruned(word, Full(), gone={Ref("email#x")}).decrees


def test_a_word_on_a_hub_is_kept() -> None:
    word = contribution(decree(2, Ruling.TOGETHER, "user#a", "email#x"))
    assert pruned(word, Full(hubs={Ref("email#x")})) == word


@pytest.mark.parametrize("how", [True, False])
def test_closing_what_is_added_takes_along_what_it_is_tied_to(how: bool) -> None:
    stored = state_of(sure(1, "user#a", "email#x"), sure(2, "user#b", "email#y"))
    after = join(stored, closing(contribution(sure(3, "email#x", "phone#p")), sure=how))
    ends = {ref for ref, node in after.nodes.items() if (node.closed if how else node.fenced)}
    assert ends == {"user#a", "email#x", "phone#p"}


def test_names_are_cut_to_what_a_row_can_bear() -> None:
    for letter, chars in (("n", 64), ("é", 64), ("諾", 42), ("\U0001f600", 32)):
        seen = contribution(sure(1, "user#a", names=frozenset({letter * 500})))
        assert seen.nodes[Ref("user#a")].names == {letter * chars}
