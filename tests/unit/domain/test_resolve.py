"""Who is one person: the guards, one by one, and the families, kiosks and agencies of real life."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations, permutations, product
from random import Random

import pytest

from rapport.domain.cluster import (
    MAX_NEIGHBOURS,
    State,
    contribution,
    joined,
    pair,
)
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.node import Edge, Node, Witness
from rapport.domain.observation import Observation, Ruling
from rapport.domain.resolve import Resolution, resolve
from rapport.domain.rules import Rules
from tests.support.identities import MORNING, alike, decree, observation


def sure(number: int, *strong: str, **said: object) -> Observation:
    """An observation by somebody who is trusted."""
    return observation(number, *strong, **{"verified": True, **said})


def called(name: str) -> frozenset[str]:
    return frozenset({name})


def resolution(seen: Sequence[Observation], rules: Rules | None = None) -> Resolution:
    """The one answer to all orders of a few observations; of many, to some."""
    rules = rules or Rules()
    orders = (
        [*permutations(seen)]
        if len(seen) < 5
        else [Random(n).sample(seen, k=len(seen)) for n in range(5)]
    )
    found = [resolve(joined(map(contribution, order)), rules, alike) for order in orders]
    assert all(one == found[0] for one in found)
    return found[0]


def persons(seen: Sequence[Observation], rules: Rules | None = None) -> set[str]:
    """`email#x user#a` per person."""
    return {" ".join(group) for group in resolution(seen, rules).groups}


def guards(seen: Sequence[Observation], rules: Rules | None = None) -> set[str]:
    return {refused.guard for refused in resolution(seen, rules).refused}


def test_what_is_named_together_is_one_person_named_by_its_best_identifier() -> None:
    found = resolution([observation(1, "email#x", "phone#p"), observation(2, "phone#p", "user#a")])
    assert found.groups == (("email#x", "phone#p", "user#a"),)
    assert set(found.roots.values()) == {"user#a"}


def test_of_two_as_good_the_earlier_names_the_person() -> None:
    seen = [observation(2, "ats#1"), observation(1, "ats#2"), observation(3, "ats#1", "ats#2")]
    assert set(resolution(seen).roots.values()) == {"ats#2"}


def test_two_users_of_one_browser_at_a_kiosk_are_two_people() -> None:
    seen = [sure(1, "user#a", "email#x"), sure(2, "user#b", "email#y")]
    assert {o.key.pk for o in seen} == {"anon#tablet"}
    assert persons(seen) == {"email#x user#a", "email#y user#b"}


def test_a_family_mailbox_joins_nobody_when_a_third_user_logs_in_with_it() -> None:
    family = [sure(n, f"user#{who}", "email#family") for n, who in enumerate("abc")]
    assert persons(family) == {"user#a", "user#b", "user#c", "email#family"}
    assert guards(family) == {"shared"}


def test_two_of_a_family_stay_two_because_a_person_has_one_user_id() -> None:
    couple = [sure(1, "user#a", "email#family"), sure(2, "user#b", "email#family")]
    assert persons(couple) == {"email#family user#a", "user#b"}
    assert guards(couple) == {"cap"}


def test_an_agencys_address_on_fifty_candidates_joins_none_of_them() -> None:
    seen = [sure(n, f"ats#{n}", "email#agency", f"email#{n}", f"phone#{n}") for n in range(50)]
    alone = {f"ats#{n} email#{n} phone#{n}" for n in range(50)}
    assert persons(seen) == {*alone, "email#agency"}


def test_a_recycled_phone_number_does_not_join_its_owners_under_other_names() -> None:
    seen = [
        sure(1, "ats#1", "phone#p", names=called("Ana Berg")),
        sure(900, "ats#2", "phone#p", names=called("Bo Lund")),
    ]
    assert persons(seen) == {"ats#1 phone#p", "ats#2"}
    assert guards(seen) == {"names"}


def test_names_that_can_be_one_persons_do_not_stand_in_the_way() -> None:
    seen = [
        sure(1, "ats#1", "phone#p", names=called("Ana Berg")),
        sure(2, "ats#2", "phone#p", names=called("A. Berg")),
    ]
    assert persons(seen) == {"ats#1 ats#2 phone#p"}


def test_names_stop_no_link_of_ids() -> None:
    seen = [
        sure(1, "user#a", "ats#1", names=called("Ana Berg")),
        sure(2, "ats#1", "ats#2", names=called("Bo Lund")),
    ]
    assert persons(seen) == {"ats#1 ats#2 user#a"}


def test_aliases_in_a_circle_are_one_person_though_they_are_three_user_ids() -> None:
    ring = [("user#a", "user#b"), ("user#b", "user#c"), ("user#c", "user#a")]
    seen = [observation(n, *two, alias=(Ref(two[0]), Ref(two[1]))) for n, two in enumerate(ring)]
    assert persons(seen) == {"user#a user#b user#c"}
    assert {join.rule for join in resolution(seen).joins} == {"alias"}


def test_two_user_ids_that_are_merely_named_together_stay_two() -> None:
    assert persons([sure(1, "user#a", "user#b")]) == {"user#a", "user#b"}


def test_an_alias_of_itself_is_nothing() -> None:
    itself = observation(1, "user#a", alias=(Ref("user#a"), Ref("user#a")))
    assert persons([itself]) == {"user#a"}
    assert contribution(itself).edges == {}


def test_an_alias_holds_before_either_id_was_seen_with_anything() -> None:
    seen = [
        sure(1, "user#a", "user#b", alias=(Ref("user#a"), Ref("user#b"))),
        sure(2, "user#a", "email#x"),
        sure(3, "user#b", "email#y"),
    ]
    assert persons(seen) == {"email#x email#y user#a user#b"}


def test_an_asserted_alias_does_not_join_two_who_are_verified() -> None:
    claim = observation(3, "user#a", "user#b", alias=(Ref("user#a"), Ref("user#b")))
    seen = [sure(1, "user#a", "email#x"), sure(2, "user#b", "email#y"), claim]
    assert persons(seen) == {"email#x user#a", "email#y user#b"}
    assert guards(seen) == {"anchors"}
    assert len(persons([*seen[:2], replace(claim, verified=True)])) == 1


def test_who_claims_a_verified_address_from_a_browser_does_not_get_into_its_person() -> None:
    victim = sure(1, "ats#1", "email#victim")
    liar = [sure(2, "user#liar"), observation(3, "user#liar", "email#victim")]
    assert persons([victim, *liar]) == {"ats#1 email#victim", "user#liar"}


VICTIM = (sure(100, "ats#1", "email#victim"), sure(101, "user#v", "email#victim"))
CLAIMS = {
    "user ids on the address": [observation(n, f"user#{n}", "email#victim") for n in range(4)],
    "more than is kept": [
        observation(n, f"linkedin#{n:03}", "email#victim") for n in range(MAX_NEIGHBOURS + 1)
    ],
    "more than can be one person": [
        observation(n, "phone#p" if n else "email#victim", f"ats#n{n // 20}", f"phone#{n}")
        for n in range(300)
    ]
    + [observation(999, f"ats#n{n}", f"ats#n{n + 1}") for n in range(15)],
    "another's name": [
        observation(n, who, names=called("Zoe Zander"))
        for n, who in enumerate(["email#victim", "user#v", "ats#1"])
    ],
    "ever more names": [
        observation(n, "email#victim", names=called(f"Zoe {n}")) for n in range(20)
    ],
    "what the user id became": [
        observation(
            n,
            "user#v",
            f"user#{n}",
            alias=(Ref("user#v"), Ref(f"user#{n}")),
            tags={Ref("user#v"): frozenset({f"became:{n}"})},
        )
        for n in range(3)
    ],
    "a kind of mailbox": [
        observation(1, "email#victim", tags={Ref("email#victim"): frozenset({"role:jobs"})})
    ],
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS.keys())
def test_nothing_that_anybody_may_claim_takes_a_verified_person_apart(
    claims: list[Observation],
) -> None:
    named = [replace(one, names=called("Ana Berg")) for one in VICTIM]
    for victim in (VICTIM, named):
        found = resolution([*victim, *claims])
        assert {"ats#1", "email#victim", "user#v"} <= {*found.group_of(Ref("email#victim"))}


def test_a_claim_of_long_ago_brings_no_verified_link_forward() -> None:
    couple = [sure(1, "user#a", "email#family"), sure(2, "user#b", "email#family")]
    claim = observation(0, "user#b", "email#family")
    assert persons([*couple, claim]) == persons(couple) == {"email#family user#a", "user#b"}


def test_a_claim_of_long_ago_gives_a_verified_person_no_other_name() -> None:
    seen = [sure(1, "ats#2"), sure(2, "ats#1", "ats#2"), observation(0, "ats#1")]
    assert set(resolution(seen).roots.values()) == {"ats#2"}


def test_two_who_were_named_together_are_no_alias_because_a_browser_says_so() -> None:
    claim = observation(1, "user#a", "user#b", alias=(Ref("user#a"), Ref("user#b")))
    lax = Rules(anchors=frozenset())
    assert persons([sure(2, "user#a", "user#b"), claim], lax) == {"user#a", "user#b"}


def test_a_couple_on_one_mailbox_who_never_logged_in_stay_apart_with_their_phones() -> None:
    couple = [
        observation(1, "email#both", "phone#a", names=called("Ana Berg")),
        observation(2, "email#both", "phone#b", names=called("Bo Berg")),
    ]
    assert persons(couple) == {"email#both", "phone#a", "phone#b"}
    assert guards(couple) == {"names"}
    assert persons([couple[0], replace(couple[1], names=called("A. Berg"))]) == {
        "email#both phone#a phone#b"
    }


def test_a_verified_link_of_a_mailbox_of_two_stays() -> None:
    seen = [
        sure(1, "user#a", "email#both"),
        sure(2, "email#both", names=called("Ana Berg")),
        observation(3, "email#both", names=called("Bo Berg")),
        observation(4, "email#both", "phone#b"),
    ]
    assert persons(seen) == {"email#both user#a", "phone#b"}


def test_claims_that_would_tie_too_many_together_join_nobody_and_say_so() -> None:
    rules = Rules(caps={}, hubs={}, max_identifiers=4)
    row = [observation(n, f"ats#{n}", f"ats#{n + 1}") for n in range(4)]
    assert len(persons(row[:-1], rules)) == 1
    assert len(persons(row, rules)) == 5
    assert guards(row, rules) == {"size"}
    assert persons([sure(9, "ats#1", "ats#2"), *row], rules) == {
        "ats#0",
        "ats#1 ats#2",
        "ats#3",
        "ats#4",
    }


def test_an_address_that_was_proved_counts_as_verified_and_ties_nothing() -> None:
    proof = observation(1, proves=frozenset({Ref("email#x")}))
    claim = observation(3, "user#a", "email#x")
    assert persons([proof]) == {"email#x"}
    assert persons([proof, sure(2, "user#a"), claim]) == {"email#x", "user#a"}
    assert persons([sure(2, "user#a"), claim]) == {"email#x user#a"}


def test_a_late_edge_that_ranks_better_wins_whenever_it_comes() -> None:
    weak = [observation(1, "user#a", "email#x"), observation(2, "email#x", "user#b")]
    strong = sure(3, "user#b", "email#x")
    assert persons(weak) == {"email#x user#a", "user#b"}
    assert persons([*weak, strong]) == {"email#x user#b", "user#a"}


def test_of_edges_as_good_the_better_ranks_come_first_then_the_earlier() -> None:
    one_mail = Rules(caps={Namespace.EMAIL: 1}, anchors=frozenset())
    by_rank = [observation(1, "phone#p", "email#x"), observation(2, "ats#1", "phone#p")]
    by_rank.append(observation(3, "ats#1", "email#y"))
    assert persons(by_rank, one_mail) == {"ats#1 email#y phone#p", "email#x"}
    by_time = [observation(2, "ats#1", "email#x"), observation(1, "ats#1", "email#y")]
    assert persons(by_time, one_mail) == {"ats#1 email#y", "email#x"}


@pytest.mark.parametrize(
    "ns", [Namespace.USER, Namespace.LINKEDIN, Namespace.EMAIL, Namespace.PHONE]
)
def test_nobody_has_more_of_a_kind_than_the_rules_allow(ns: Namespace) -> None:
    most = Rules().caps[ns]
    seen = [sure(n, "ats#1", f"{ns}#{n}") for n in range(most + 1)]
    assert len(persons(seen)) == 2
    assert len(persons(seen[:-1])) == 1


def test_an_operator_who_says_apart_is_heeded_even_by_who_says_together() -> None:
    seen = [
        sure(1, "ats#1", "email#x"),
        decree(2, Ruling.APART, "ats#1", "ats#2"),
        decree(3, Ruling.TOGETHER, "email#x", "ats#2"),
    ]
    found = resolution(seen)
    assert found.group_of(Ref("ats#1")) != found.group_of(Ref("ats#2"))
    assert "apart" in {refused.guard for refused in found.refused}


def test_an_operator_who_says_together_overrides_caps_anchors_names_and_blocks() -> None:
    seen = [
        sure(1, "user#a", "email#x", names=called("Ana Berg")),
        sure(2, "user#b", "email#y", names=called("Bo Lund")),
        decree(3, Ruling.BLOCKED, "email#x"),
        decree(4, Ruling.TOGETHER, "email#x", "email#y"),
    ]
    assert persons(seen) == {"email#x email#y user#b", "user#a"}


def test_the_last_word_of_operators_stands_and_none_takes_it_back() -> None:
    seen = [sure(1, "ats#1", "email#x"), decree(2, Ruling.APART, "ats#1", "email#x")]
    assert persons(seen) == {"ats#1", "email#x"}
    assert persons([*seen, decree(3, Ruling.NONE, "ats#1", "email#x")]) == {"ats#1 email#x"}


def test_a_word_on_an_identifier_that_was_never_seen_makes_nobody_older() -> None:
    seen = [
        decree(0, Ruling.BLOCKED, "ats#2"),
        decree(1, Ruling.NONE, "ats#2"),
        observation(2, "ats#1"),
        observation(3, "ats#1", "ats#2"),
    ]
    assert set(resolution(seen).roots.values()) == {"ats#1"}


@pytest.mark.parametrize(
    ("rules", "tags"),
    [
        (Rules(), {Ref("email#x"): frozenset({"role:jobs"})}),
        (Rules(blocked_tags=frozenset({"domain:d1"})), {Ref("email#x"): frozenset({"domain:d1"})}),
        (Rules(blocked=frozenset({Ref("email#x")})), {}),
        (Rules(link_on=frozenset({Namespace.USER})), {}),
    ],
)
def test_what_the_rules_block_joins_nobody(rules: Rules, tags: dict[Ref, frozenset[str]]) -> None:
    assert persons([sure(1, "user#a", "email#x", tags=tags)], rules) == {"email#x", "user#a"}


def test_more_than_can_be_one_person_is_quarantined_and_one_less_is_not() -> None:
    rules = Rules(caps={}, hubs={})
    chain = [sure(n, f"ats#{n:04}", f"ats#{n + 1:04}") for n in range(256)]
    state = joined(map(contribution, chain))
    assert len(resolve(state, rules, alike).groups) == 257
    assert resolve(state, rules, alike).quarantined == frozenset(state.nodes)
    fewer = joined(map(contribution, chain[:-1]))
    assert [len(group) for group in resolve(fewer, rules, alike).groups] == [256]
    assert len(resolve(state, replace(rules, max_identifiers=300), alike).groups) == 1


def test_a_hub_joins_nobody_under_any_rules_and_its_neighbours_remember_it() -> None:
    seen = [sure(n, f"ats#{n:04}", "email#agency") for n in range(MAX_NEIGHBOURS + 1)]
    lax = Rules(caps={}, hubs={}, max_identifiers=1_024)
    some = resolve(joined(map(contribution, seen[:-1])), lax, alike)
    assert [len(group) for group in some.groups] == [MAX_NEIGHBOURS + 1]
    state = joined(map(contribution, seen))
    assert len(resolve(state, lax, alike).groups) == MAX_NEIGHBOURS + 2
    assert not state.edges
    assert state.nodes[Ref("ats#0000")].parted == {"email#agency"}


def test_neighbours_that_are_hubs_are_counted_like_any_others() -> None:
    phone_of = [sure(n, f"user#{n}", "phone#p", at=MORNING) for n in range(2)]
    hub = [sure(n, f"ats#{n:04}", "user#hub") for n in range(MAX_NEIGHBOURS + 1)]
    tie = sure(900, "user#hub", "phone#p")
    with_hub = joined(map(contribution, [*phone_of, *hub, tie]))
    found = resolve(with_hub, Rules(caps={}), alike)
    assert found.group_of(Ref("phone#p")) == ("phone#p",)


def test_the_trace_tells_who_joined_whom_by_what() -> None:
    seen = [observation(1, "user#a", "email#x"), sure(2, "email#x", "phone#p")]
    first, second = resolution(seen).joins
    assert (first.pair, first.verified, first.rule) == (
        ("email#x", "phone#p"),
        True,
        "named together",
    )
    assert (first.left, first.right) == (frozenset({"email#x"}), frozenset({"phone#p"}))
    assert second.witness == Witness(60_000 * 1 + ms(MORNING), "anon#tablet", "e0001")
    assert {*second.left, *second.right} == {"email#x", "phone#p", "user#a"}


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def test_a_thousand_identifiers_are_resolved_with_few_comparisons_of_names() -> None:
    asked = 0

    def counting(one: str, other: str) -> bool:
        nonlocal asked
        asked += 1
        return one[0] == other[0]

    # Two camps of many names, tied to each other by every edge that there can be.
    camps = [[Ref(f"email#{who}{n:03}") for n in range(100)] for who in "ab"]
    nodes = {
        ref: Node(first_seen=1, names=frozenset({f"{'AB'[side]}{ref}"}))
        for side, camp in enumerate(camps)
        for ref in camp
    }
    early, late = (Witness(at, "anon#tablet", "e1") for at in (1, 2))
    edges = {
        pair(a, b): Edge(first=early, verified=True)
        for camp in camps
        for a, b in combinations(camp, 2)
    }
    across = product(camps[0][:40], camps[1][:40])
    edges |= {pair(a, b): Edge(first=late) for a, b in across}
    state = State(nodes=nodes, edges=edges)
    found = resolve(state, Rules(caps={}, hubs={}), counting)
    assert [len(group) for group in found.groups] == [100, 100]
    assert asked < 20_000
