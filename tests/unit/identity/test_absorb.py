"""Absorbing: what is read, what is written, and what is left alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from rapport import absorb as absorbing
from rapport.absorb import MAX_ATTEMPTS, Absorb
from rapport.domain.cluster import MAX_COMPONENT, MAX_NEIGHBOURS, weight
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Decree, Observation, Ruling
from rapport.domain.rules import Rules
from rapport.errors import ConflictError
from rapport.identity import Change, Mark, Pointer, groups_of
from rapport.layout import BIG, MAX_ITEMS
from tests.support.clusters import FakeClusters
from tests.support.identities import MORNING, alike, decree, observation


class Intruded(FakeClusters):
    """A store in which somebody else is faster, so many times."""

    losing = 0

    def allows(self, change: Change) -> bool:
        self.losing -= 1
        return self.losing < 0 and super().allows(change)


@dataclass
class Desk:
    """Somebody who absorbs, and looks."""

    clusters: Intruded = field(default_factory=Intruded)
    rules: Rules = field(default_factory=Rules)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.absorb = Absorb(
            clusters=self.clusters,
            rules=lambda: self.rules,
            alike=alike,
            random=Random(1),
            pause=self.waits.append,
        )

    def take(self, *seen: Observation) -> frozenset[Ref]:
        return self.absorb.take_all(seen).nodes

    def persons(self) -> set[str]:
        found = groups_of(self.clusters, self.clusters.nodes).values()
        return {" ".join(group.members) for group in found if group.members}

    def calls_of(self, *seen: Observation) -> list[str]:
        before = len(self.clusters.calls.names)
        self.take(*seen)
        return [name.partition(".")[2] for name in self.clusters.calls.names[before:]]

    def cluster_of(self, ref: str) -> str:
        return self.clusters.end_of(self.clusters.nodes[Ref(ref)].cluster)[0]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def agency(count: int) -> list[Observation]:
    """So many candidates with the one address of their agency."""
    return [observation(n, f"ats#{n:04}", f"user#{n:04}", "email#agency") for n in range(count)]


def each(desk: Desk, seen: Iterable[Observation]) -> None:
    for one in seen:
        desk.take(one)


def test_what_is_new_takes_one_read_and_one_write_and_what_is_known_only_reads(desk: Desk) -> None:
    seen = observation(1, "user#a", "email#x")
    assert desk.calls_of(seen) == ["pointers", "commit"]
    assert desk.calls_of(seen) == ["pointers", "clusters"]
    assert desk.take(seen) == {"user#a", "email#x"}
    assert desk.calls_of(observation(2)) == []


def test_events_of_one_person_in_a_batch_are_one_transaction(desk: Desk) -> None:
    seen = [
        observation(1, "user#a", "email#x"),
        observation(2, "ats#1", "phone#p"),
        observation(3, "phone#p", "email#x"),
        observation(4, "user#b"),
    ]
    assert desk.calls_of(*seen) == ["pointers", "commit", "commit"]
    assert desk.persons() == {"ats#1 email#x phone#p user#a", "user#b"}


def test_two_clusters_that_meet_become_one_which_is_found_from_both(desk: Desk) -> None:
    each(desk, [observation(1, "user#a", "email#x", "phone#p"), observation(2, "ats#1")])
    small = desk.clusters.nodes[Ref("ats#1")].cluster
    each(desk, [observation(3, "ats#2", "linkedin#l"), observation(4, "ats#2", "ats#1")])
    desk.take(observation(5, "ats#2", "email#x"))
    assert desk.persons() == {"ats#1 ats#2 email#x linkedin#l phone#p user#a"}
    assert len(desk.clusters.rows) == 1
    (whole,) = desk.clusters.rows.values()
    assert small in desk.clusters.redirects
    assert desk.clusters.clusters([small])[small] is whole
    assert whole.version > 1


def test_a_lost_race_is_run_again_after_a_pause_that_grows(desk: Desk) -> None:
    desk.clusters.losing = 4
    desk.take(observation(1, "user#a", "email#x"))
    assert desk.persons() == {"email#x user#a"}
    assert len(desk.waits) == 4
    assert max(desk.waits) <= 8 * absorbing.PAUSE_SECONDS


def test_who_loses_every_race_gives_up_for_now(desk: Desk) -> None:
    desk.clusters.losing = MAX_ATTEMPTS
    with pytest.raises(ConflictError):
        desk.take(observation(1, "user#a"))
    assert desk.persons() == set()


def test_a_hub_is_not_read_again_and_its_next_neighbour_is_not_tied_to_it(desk: Desk) -> None:
    each(desk, agency(MAX_NEIGHBOURS // 2 + 1))
    assert desk.clusters.nodes[Ref("email#agency")].crowd
    rows = dict(desk.clusters.rows)
    late = observation(900, "ats#late", "email#agency")
    assert desk.calls_of(late) == ["pointers", "commit"]
    assert desk.cluster_of("ats#late") not in rows
    assert desk.clusters.rows.items() >= rows.items()
    assert desk.calls_of(late) == ["pointers", "clusters"]


def test_a_verified_word_on_what_anybody_tied_too_many_to_is_read_and_kept(desk: Desk) -> None:
    each(desk, agency(MAX_NEIGHBOURS // 2 + 1))
    desk.take(observation(900, "linkedin#a", "email#agency", verified=True))
    assert "email#agency linkedin#a" in desk.persons()
    assert not desk.clusters.nodes[Ref("email#agency")].hub


def test_two_large_rows_that_an_event_looks_at_close_nobody_when_they_stay_two(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    each(desk, [observation(n, "user#a", f"email#a{n}") for n in range(4)])
    each(desk, [observation(n, "user#b", f"email#b{n}") for n in range(4)])
    large = max(weight(stored.state) for stored in desk.clusters.every())
    monkeypatch.setattr(absorbing, "MAX_WEIGHT", large + 200)
    desk.clusters.nodes[Ref("email#gone")] = Pointer(erased_at=observation(90).at)
    desk.take(
        observation(20, "user#a", "phone#p", "email#gone"), observation(21, "user#b", "email#gone")
    )
    assert len([*desk.clusters.every()]) == 2
    assert not any(n.fenced for c in desk.clusters.every() for n in c.state.nodes.values())


def test_whoever_was_tied_to_a_hub_leaves_its_cluster_when_something_new_is_seen_of_them(
    desk: Desk,
) -> None:
    each(desk, agency(MAX_NEIGHBOURS // 2 + 1))
    together = desk.cluster_of("ats#0007")
    assert len(desk.clusters.rows[together].state.nodes) > BIG
    before = desk.persons()
    for stored in desk.clusters.every():
        desk.clusters.settle(Mark(stored.id, stored.version))
    desk.take(observation(901, "ats#0007", "phone#p"))
    own = desk.clusters.rows[desk.cluster_of("user#0007")]
    assert own.state.nodes.keys() == {"ats#0007", "user#0007", "phone#p"}
    assert "ats#0007" not in desk.clusters.rows[together].state.nodes
    assert desk.persons() - before == {"ats#0007 phone#p user#0007"}
    assert max(desk.clusters.sizes) <= MAX_ITEMS


def test_nobody_leaves_a_cluster_in_which_persons_changed_unseen(desk: Desk) -> None:
    each(desk, agency(MAX_NEIGHBOURS // 2 + 1))
    together = desk.cluster_of("ats#0007")
    assert desk.clusters.rows[together].unsettled
    desk.take(observation(901, "ats#0007", "phone#p"))
    assert desk.cluster_of("ats#0007") == together


def test_what_was_erased_comes_back_only_by_what_happens_later(desk: Desk) -> None:
    early, late = observation(1, "user#a", "email#x"), observation(3, "user#a", "email#x")
    desk.clusters.nodes[Ref("email#x")] = Pointer(erased_at=observation(2).at)
    desk.take(early)
    assert desk.persons() == {"user#a", "email#x"}
    assert desk.clusters.nodes[Ref("email#x")].cluster == ""
    desk.take(replace(early, at=observation(2).at))
    assert desk.clusters.nodes[Ref("email#x")].cluster == ""
    desk.take(late, early)
    assert desk.persons() == {"email#x user#a"}
    assert desk.clusters.nodes[Ref("email#x")].erased_at == observation(2).at
    (stored,) = desk.clusters.rows.values()
    assert {edge.first.sk for edge in stored.state.edges.values()} == {late.key.sk}


def test_persons_who_change_unseen_leave_the_cluster_unsettled_until_somebody_looked(
    desk: Desk,
) -> None:
    each(desk, [observation(9, "ats#1", "email#x"), observation(8, "email#x", "phone#p")])
    (stored,) = desk.clusters.rows.values()
    assert not stored.unsettled
    # Two who were one because of a third, of whom alone this speaks.
    desk.take(decree(10, Ruling.BLOCKED, "email#x"))
    (stored,) = desk.clusters.rows.values()
    assert stored.unsettled
    assert desk.persons() == {"ats#1", "email#x", "phone#p"}
    desk.clusters.settle(Mark(stored.id, stored.version - 1))
    assert desk.clusters.rows[stored.id].unsettled
    desk.clusters.settle(Mark(stored.id, stored.version))
    assert not desk.clusters.rows[stored.id].unsettled


def test_an_operator_may_rule_on_more_than_a_transaction_holds(desk: Desk) -> None:
    others = [f"ats#{n:03}" for n in range(30)]
    each(desk, [observation(n, "user#a", other) for n, other in enumerate(others[:25])])
    words = [
        Decree(nodes=(Ref(other), Ref("user#a")), ruling=Ruling.APART, at=MORNING, id="d1")
        for other in others
    ]
    desk.take(observation(90, decrees=tuple(words)))
    assert desk.persons() == {"user#a", *others}
    assert max(desk.clusters.sizes) <= MAX_ITEMS


def test_what_is_closed_is_told_to_its_pointers_as_they_are_touched(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapport.domain.cluster.MAX_COMPONENT", 3)
    each(desk, [observation(n, f"ats#{n}", f"ats#{n + 1}") for n in range(3)])
    assert desk.persons() == {"ats#0", "ats#1", "ats#2", "ats#3"}
    again = observation(0, "ats#0")
    assert desk.calls_of(again) == ["pointers", "clusters", "pointers", "commit"]
    assert desk.clusters.nodes[Ref("ats#0")].fenced
    assert desk.calls_of(again) == ["pointers"]
    desk.take(observation(7, "ats#0", "user#a"))
    assert "user#a" in desk.persons()


def test_what_no_row_could_hold_is_closed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rapport.domain.cluster.MAX_WEIGHT", 1_200)
    for n in range(MAX_COMPONENT // 50):
        desk.take(observation(n, "user#a", f"email#{n}", verified=True))
    assert "user#a" in desk.persons()
    assert desk.clusters.rows[desk.cluster_of("user#a")].state.nodes[Ref("user#a")].closed


def test_parts_of_one_row_that_are_too_much_for_it_together_lose_what_is_claimed_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    each(desk, [observation(1, "user#a", "email#x", verified=True), observation(2, "user#b")])
    desk.take(decree(3, Ruling.APART, "user#a", "user#b"))
    (stored,) = desk.clusters.every()
    monkeypatch.setattr(absorbing, "MAX_WEIGHT", weight(stored.state) + 100)
    desk.take(observation(4, "user#a", "phone#p"))
    assert {"email#x user#a", "phone#p"} <= desk.persons()


def test_other_rules_are_applied_to_a_cluster_once(desk: Desk) -> None:
    desk.take(observation(1, "user#a", "email#x"))
    (stored,) = desk.clusters.every()
    assert desk.absorb.again(stored) is None
    desk.rules = Rules(blocked=frozenset({Ref("email#x")}), hash="other")
    change = desk.absorb.again(stored)
    assert change is not None
    assert desk.clusters.commit(change)
    (stored,) = desk.clusters.every()
    assert (stored.rules, stored.version, stored.unsettled) == ("other", 2, True)
    assert desk.persons() == {"user#a", "email#x"}
    assert desk.absorb.again(stored) is None


def test_rules_that_change_nobody_leave_only_their_name(desk: Desk) -> None:
    desk.take(observation(1, "user#a", "email#x"))
    (stored,) = desk.clusters.every()
    desk.rules = Rules(max_identifiers=100, hash="other")
    change = desk.absorb.again(stored)
    assert change is not None
    assert [c for c, _ in change.write] == [replace(stored, rules="other", version=2)]


def test_an_operators_word_on_a_hub_is_heeded(desk: Desk) -> None:
    each(desk, agency(MAX_NEIGHBOURS // 2 + 1))
    desk.take(observation(901, "user#late"))
    desk.take(decree(902, Ruling.TOGETHER, "user#late", "email#agency"))
    assert "email#agency user#late" in desk.persons()
    held = [ref for stored in desk.clusters.every() for ref in stored.state.nodes]
    assert sorted(held) == sorted(desk.clusters.nodes)


def test_a_batch_that_ties_many_clusters_takes_several_transactions(desk: Desk) -> None:
    each(desk, [observation(n, f"ats#{n:02}") for n in range(30)])
    desk.take(*(observation(n, f"ats#{n:02}", f"ats#{n + 1:02}") for n in range(29)))
    assert [len(person.split()) for person in desk.persons()] == [30]
    assert 3 <= max(desk.clusters.sizes) <= MAX_ITEMS
