"""Persons are a function of the set of events, whoever absorbs them, when and how often."""

from dataclasses import replace
from random import Random

import pytest

from rapport.domain import cluster
from rapport.domain.cluster import State, contribution, join, joined
from rapport.domain.identifiers import Ref
from rapport.domain.observation import Observation, Ruling
from rapport.domain.resolve import resolve
from tests.support.depth import rounds
from tests.support.identities import LIMITS, RULES, alike, decree, history, limits
from tests.support.oracle import Oracle
from tests.support.trials import CHAOS, MOST_CALLS, Figures, Kind, in_batches, one_by_one, trial
from tests.support.workers import World

HISTORIES = rounds(2_000)


def print_figures(told: object, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n  {told}")


@pytest.mark.parametrize("kind", [Kind(absorb=one_by_one), Kind(absorb=in_batches)])
def test_events_in_any_order_with_any_repeats_make_the_same_persons(
    kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = Figures()
    for seed in range(HISTORIES // 2):
        trial(seed, kind, figures)
    assert figures.calls <= MOST_CALLS
    assert figures.joined > HISTORIES / 4
    print_figures(figures, capsys)


def test_workers_who_die_and_overtake_one_another_make_the_same_persons(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = Figures()
    for seed in range(HISTORIES):
        trial(seed, CHAOS, figures)
    assert min(figures.lost, figures.deaths) > HISTORIES
    print_figures(figures, capsys)


def states(random: Random, count: int) -> list[State]:
    """What a few events say, in so many heaps."""
    heaps: list[list[Observation]] = [[] for _ in range(count)]
    for seen in history(random):
        random.choice(heaps).append(seen)
    return [joined(map(contribution, heap)) for heap in heaps]


def test_joining_minds_neither_order_nor_grouping_nor_repeats() -> None:
    hubs = crowds = 0
    for seed in range(HISTORIES):
        random = Random(seed)
        with limits(*random.choice(LIMITS)):
            a, b, c = states(random, 3)
            whole = join(join(a, b), c)
            assert join(a, join(b, c)) == whole
            assert join(join(c, b), a) == whole
            assert join(whole, random.choice([a, b, c])) == whole
            assert join(State(), a) == a
            hubs += any(node.hub for node in whole.nodes.values())
            crowds += any(node.crowd and not node.hub for node in whole.nodes.values())
    assert min(hubs, crowds) > HISTORIES / 20


@pytest.mark.parametrize("component", [4, 1_024])
def test_what_is_asserted_adds_to_what_is_verified_and_takes_nothing_away(
    component: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "MAX_COMPONENT", component)
    held = added = full = 0
    for seed in range(HISTORIES):
        random = Random(seed)
        rules = random.choice(RULES)
        seen = history(random, longest=20)
        sure = [one for one in seen if one.verified or one.proves or one.decrees]
        words = [replace(one, strong=(), alias=None, names=frozenset()) for one in sure]
        sure = [one if one.verified else word for one, word in zip(sure, words, strict=True)]
        with limits(*random.choice(LIMITS)):
            verified = resolve(joined(map(contribution, sure)), rules, alike)
            whole = joined(map(contribution, seen))
            everybody = resolve(whole, rules, alike)
        groups = [{*group} for group in everybody.groups]
        for group in verified.groups:
            assert any(group_of >= {*group} for group_of in groups), (seed, group)
            held += len(group) > 1
        added += len(everybody.joins) > len(verified.joins)
        full += any(node.crowd or node.fenced for node in whole.nodes.values())
    assert min(held, added, full) > HISTORIES / 10
    print_figures(f"{held} verified persons held, {added} histories of claims added", capsys)


def test_what_grows_without_end_is_closed_in_whatever_order_it_grew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "MAX_COMPONENT", 4)
    closed = fenced = 0
    for seed in range(HISTORIES):
        a, b, c = states(Random(seed), 3)
        whole = join(join(a, b), c)
        assert join(a, join(b, c)) == join(join(c, b), a) == whole
        assert join(whole, b) == whole
        assert not any(whole.nodes[ref].closed for on in whole.edges for ref in on)
        assert all(edge.verified for on, edge in whole.edges.items() if whole.nodes[on[0]].fenced)
        closed += any(node.closed for node in whole.nodes.values())
        fenced += any(node.fenced and not node.closed for node in whole.nodes.values())
    assert min(closed, fenced) > HISTORIES / 20


def world_of(seen: list[Observation], random: Random) -> World:
    world = World(rules=random.choice(RULES), random=random, showing=random.random() < 0.5)
    world.take(seen)
    return world


def ruling_on(world: World, random: Random) -> tuple[Ruling, list[Ref]]:
    """What an operator may say of a person, or of two."""
    members = max(world.persons().values(), key=lambda refs: (len(refs), refs))
    pool = sorted({*members, random.choice(sorted(world.clusters.nodes))})
    if len(pool) == 1 or random.random() < 0.3:
        return Ruling.BLOCKED, random.sample(pool, k=1)
    return random.choice([Ruling.APART, Ruling.TOGETHER]), sorted(random.sample(pool, k=2))


def test_an_operators_word_that_is_taken_back_leaves_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = changed = 0
    for seed in range(HISTORIES + HISTORIES // 10):
        random = Random(seed)
        world = world_of(history(random, longest=6), random)
        before = world.persons()
        ruling, about = ruling_on(world, random)
        if any(list(d.nodes) == about for seen in world.log.values() for d in seen.decrees):
            continue  # Taking it back would not bring the earlier word back.
        world.take([decree(1_000, ruling, *about)])
        tried, changed = tried + 1, changed + (world.persons() != before)
        world.take([decree(1_001, Ruling.NONE, *about)])
        assert world.persons() == before
        assert not world.showing or world.shown == before
    assert tried >= HISTORIES
    assert changed > HISTORIES / 8
    print_figures(f"{changed} of {tried} rulings changed persons; all were taken back", capsys)


def test_other_rules_make_other_persons_of_the_same_clusters_and_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    changed = 0
    for seed in range(HISTORIES):
        random = Random(seed)
        world = world_of(history(random, longest=6), random)
        mine, before = world.rules, world.persons()
        for rules in (random.choice(RULES), mine):
            world.rules = rules
            for stored in world.clusters.every():
                change = world.absorb.again(stored)
                assert (change is None) == (stored.rules == rules.hash)
                assert change is None or world.clusters.commit(change)
            assert world.persons() == Oracle([*world.log.values()], rules, alike).persons()
            changed += world.persons() != before
            if world.showing:
                world.views.refresh(frozenset(world.clusters.nodes))
                assert world.shown == world.persons()
        assert world.persons() == before
    assert changed > HISTORIES / 10
    print_figures(f"{changed} of {HISTORIES} sets of rules made other persons, and back", capsys)


def test_resolution_minds_no_order_in_what_it_reads() -> None:
    for seed in range(HISTORIES):
        random = Random(seed)
        rules = random.choice(RULES)
        state = joined(states(random, 1))
        mixed = State(
            nodes=dict(random.sample([*state.nodes.items()], k=len(state.nodes))),
            edges=dict(random.sample([*state.edges.items()], k=len(state.edges))),
            decrees=dict(random.sample([*state.decrees.items()], k=len(state.decrees))),
        )
        assert resolve(mixed, rules, alike) == resolve(state, rules, alike)
