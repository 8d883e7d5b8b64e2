"""Partitions and profiles are pure functions of sets, and every event is one person's."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.copies import once
from rapport.domain.engagement import LONGEST, WORTH, score
from rapport.domain.event import Event, Trust, day_of
from rapport.domain.identifiers import Ref, is_strong
from rapport.domain.labels import left, taken
from rapport.domain.profile import (
    MAX_HOT_BYTES,
    Profile,
    detail_to_json,
    fold_profile,
    from_json,
    hot_to_json,
    to_json,
)
from rapport.domain.statements import registers_of
from rapport.domain.tally import (
    Partition,
    Tally,
    add,
    counted_as,
    fold_partition,
    keeps,
    owned,
    takes,
    tally_from_json,
    tally_to_json,
)
from rapport.domain.touch import touch_of
from tests.support.browsing import histories
from tests.support.histories import COOKIES, OF_AN_ATS, USERS

HOUR = timedelta(hours=1)
# Which of the users are one person, by the name of the person.
GROUPINGS = st.fixed_dictionaries({user: st.sampled_from(USERS) for user in USERS})


def partitions(history: Iterable[Event]) -> list[Partition]:
    rows = list(history)
    refs = sorted({e.partition for e in rows})
    return [fold_partition(ref, [e for e in rows if e.partition == ref]) for ref in refs]


def people(history: Iterable[Event], grouping: Mapping[Ref, Ref]) -> list[Profile]:
    """Everybody: each group of users, rooted at its least, and each cookie's own visitor."""
    groups: dict[Ref, list[Ref]] = {}
    for user, name in sorted(grouping.items()):
        groups.setdefault(name, []).append(user)
    roots = {user: min(members) for members in groups.values() for user in members}
    folded = partitions(history)
    profiles = [fold_profile(min(m), folded, members=m) for m in groups.values()]
    return [*profiles, *(fold_profile(cookie, folded, roots=roots) for cookie in COOKIES)]


def events_of(
    profile: Profile, history: Iterable[Event], grouping: Mapping[Ref, Ref]
) -> list[Event]:
    """What the timeline shows of a person, row by row from the log."""
    rows = list(history)
    found = []
    for partition in partitions(rows):
        if profile.members:
            labels = takes(profile.members, partition)
        else:
            labels = keeps(grouping, partition) if partition.ref == profile.root else frozenset()
        mine = [e for e in rows if e.partition == partition.ref]
        found += [event for event, label in owned(mine) if label in labels]
    return found


@given(histories(), st.randoms(use_true_random=False))
def test_a_partition_is_the_same_in_any_order_with_any_repeats(
    history: list[Event], random: Random
) -> None:
    for cookie in COOKIES:
        rows = [e for e in history if e.partition == cookie]
        again = [*rows, *random.choices(rows, k=3)] if rows else []
        random.shuffle(again)
        assert fold_partition(cookie, again) == fold_partition(cookie, rows)


@given(histories(), st.randoms(use_true_random=False))
def test_events_may_be_added_to_a_tally_in_any_order(history: list[Event], random: Random) -> None:
    shuffled = random.sample(history, k=len(history))
    assert reduce(add, shuffled, Tally()) == reduce(add, history, Tally())


@given(histories(), GROUPINGS)
def test_tallies_and_profiles_survive_storing(
    history: list[Event], grouping: dict[Ref, Ref]
) -> None:
    for partition in partitions(history):
        for tally in partition.tallies.values():
            assert tally_from_json(json.loads(json.dumps(tally_to_json(tally)))) == tally
    for profile in people(history, grouping):
        assert from_json(to_json(profile)) == profile
        hot, detail = hot_to_json(profile), detail_to_json(profile)
        assert from_json(hot, detail) == profile
        assert len(hot.encode()) <= MAX_HOT_BYTES


@given(st.integers(0, 6), st.randoms(use_true_random=False))
def test_every_label_has_exactly_one_taker_however_identifiers_are_grouped(
    size: int, random: Random
) -> None:
    strongs = [Ref(f"user#{n}") for n in range(size)]
    roots = {strong: Ref(f"user#{random.randrange(6)}") for strong in strongs}
    groups = [{s for s in strongs if roots[s] == root} for root in set(roots.values())]
    # Persons have identifiers that were never seen here, too.
    shares = [taken(group | {Ref("email#else")}, strongs) for group in groups]
    labels = {f"{mark}{strong}" for mark in ("", "~", "-", ">") for strong in strongs}
    # Of two and more, no event stands under NOBODY.
    for label in labels | ({""} if size < 2 else set()):
        takers = sum(label in share for share in shares) + (label in left(roots, strongs))
        assert takers == 1, label


@given(histories(), GROUPINGS)
def test_every_event_counts_once_and_for_one_person(
    history: list[Event], grouping: dict[Ref, Ref]
) -> None:
    totals: Counter[str] = Counter()
    for profile in people(history, grouping):
        totals.update(profile.totals)
    assert totals == Counter(counted_as(e) for e in once(history))


@given(histories(), GROUPINGS)
def test_a_profile_is_what_the_rows_of_the_log_add_up_to(
    history: list[Event], grouping: dict[Ref, Ref]
) -> None:
    for profile in people(history, grouping):
        events = events_of(profile, history, grouping)
        assert profile.totals == Counter(counted_as(e) for e in events)
        # What machines do and what is done to the person is counted, and is no sign of theirs.
        signs = [e for e in events if not e.body.get("bot")]
        done_to_them = {"Mail Reported", *OF_AN_ATS} - {"Application Received"}
        own = [e.at for e in signs if e.type not in done_to_them]
        assert (profile.first, profile.last) == (min(own, default=None), max(own, default=None))
        touches = [touch for e in events if (touch := touch_of(e)) is not None]
        assert profile.first_touch == min(touches, default=None)
        assert profile.last_touch == max(touches, default=None)
        assert profile.score_zero_at == interest_ends(events)


def interest_ends(events: list[Event]) -> datetime | None:
    """By definition, from the events: day by day, what is left plus what the day added."""
    zero = None
    for day in sorted({day_of(e.at) for e in events}):
        kinds = Counter(counted_as(e) for e in events if day_of(e.at) == day)
        added = sum(w.hours * min(kinds[kind], w.daily) for kind, w in WORTH.items())
        if added:
            start = datetime.fromisoformat(f"{day}T00:00:00+00:00")
            before = 0 if zero is None else score(zero, start)
            zero = start + min((before + added) * HOUR, LONGEST)
    return zero


@given(histories())
def test_what_a_person_has_does_not_depend_on_who_else_is_one_person(history: list[Event]) -> None:
    ana, bo, cy = USERS
    apart = people(history, {user: user for user in USERS})
    merged = people(history, {ana: ana, bo: bo, cy: bo})
    assert [p for p in apart if p.members == (ana,)] == [p for p in merged if p.members == (ana,)]


@given(histories(), st.sampled_from(COOKIES))
def test_the_history_of_a_cookie_moves_to_the_only_person_seen_on_it(
    history: list[Event], cookie: Ref
) -> None:
    one = dict.fromkeys(USERS, USERS[0])
    profile = fold_profile(cookie, partitions(history), roots=one)
    if any(e.partition == cookie and e.owner is not None for e in history):
        assert profile == Profile(root=cookie, moved_to=USERS[0])
    else:
        assert profile.moved_to is None


@given(histories())
def test_one_message_sent_under_two_write_keys_counts_once(history: list[Event]) -> None:
    again = [replace(e, source="server") for e in history]
    counted = [e.message_id for e in once(history)]
    both = once([*history, *again])
    assert len(both) <= len(counted)
    keys = {(e.partition, e.message_id, e.type, e.original_at) for e in both}
    assert len(keys) == len(both)


@given(histories())
def test_what_a_browser_asserts_never_displaces_a_verified_value(history: list[Event]) -> None:
    for profile in people(history, {user: user for user in USERS}):
        register = profile.attributes.get("email")
        named = [registers_of(e).get("email") for e in once(history) if e.home == profile.root]
        verified = [r for r in named if r is not None and r.trust is Trust.VERIFIED]
        if verified and is_strong(profile.root):
            assert register is not None
            assert register.trust is Trust.VERIFIED
            assert register.stamp >= max(r.stamp for r in verified)
