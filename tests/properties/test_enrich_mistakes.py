"""The search of test_enrich.py finds mistakes: each of these is planted, and found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rapport.absorb import Absorb
from rapport.domain.identifiers import is_strong, person_id
from rapport.identity import groups_of
from rapport.refreshing.ahead import Ahead, Sight
from rapport.refreshing.partitions import apply
from rapport.refreshing.persons import Todo
from rapport.refreshing.views import Views
from tests.properties.test_enrich import search
from tests.support.fakes import FakePeople

Plant = Callable[[pytest.MonkeyPatch], None]
# Those that showed one of the mistakes when it was planted come first; what changes the calls that
# are made shifts them, and then the others find it.
SHOWED = (23, 63, 80, 133, 151, 181, 198, 297, 343, 346, 1_398, 1_736, 1_872)
SEEDS = (*SHOWED, *range(2_000))


def views_are_written_whatever_the_version(patch: pytest.MonkeyPatch) -> None:
    honest = FakePeople.save_view

    def save(self, view, occurrences, *, now):  # type: ignore[no-untyped-def]
        stored = self.views.get(view.profile.person)
        version = 1 if stored is None else stored.version + 1
        return honest(self, replace(view, version=version), occurrences, now=now)

    patch.setattr(FakePeople, "save_view", save)


def unsettled_clusters_are_left_alone(patch: pytest.MonkeyPatch) -> None:
    honest = Ahead.note

    def note(self, clusters):  # type: ignore[no-untyped-def]
        honest(self, [replace(cluster, unsettled=False) for cluster in clusters])

    patch.setattr(Ahead, "note", note)


def only_whose_share_changed_is_looked_at(patch: pytest.MonkeyPatch) -> None:
    honest = Absorb.take_all

    def take_all(self, observations):  # type: ignore[no-untyped-def]
        return replace(honest(self, observations), nodes=frozenset())

    patch.setattr(Absorb, "take_all", take_all)


def cookies_of_changed_people_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    honest = Views.look

    def look(self, ref, look, sight=None):  # type: ignore[no-untyped-def]
        looked = honest(self, ref, look, sight)
        looked.next = {who: why for who, why in looked.next.items() if is_strong(who)}
        return looked

    patch.setattr(Views, "look", look)


def absorbed_people_keep_their_views(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Views, "_views_within", lambda *_, **__: {})


def news_for_an_absorbed_person_are_dropped(patch: pytest.MonkeyPatch) -> None:
    honest = Todo.add

    def add(self, ref, look):  # type: ignore[no-untyped-def]
        honest(self, ref, replace(look, news=look.news[:1]))

    patch.setattr(Todo, "add", add)


def the_group_is_read_before_the_view(patch: pytest.MonkeyPatch) -> None:
    honest = Views._person

    def person(self, ref, look, looked, sight):  # type: ignore[no-untyped-def]
        before = groups_of(self.clusters, [ref])
        late = Sight(view=self.people.view(person_id(ref)))
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Sight, "groups", lambda *_: before)
            return honest(self, ref, look, looked, late)

    patch.setattr(Views, "_person", person)


def views_are_read_after_what_goes_into_them(patch: pytest.MonkeyPatch) -> None:
    honest = Views.look

    def look(self, ref, look, sight=None):  # type: ignore[no-untyped-def]
        late = self.people.view(person_id(ref))
        return honest(self, ref, look, None if sight is None else replace(sight, view=late))

    patch.setattr(Views, "look", look)


def every_partition_counts_as_written_whole(patch: pytest.MonkeyPatch) -> None:
    def applied(plan, *, log, people):  # type: ignore[no-untyped-def]
        return replace(apply(plan, log=log, people=people), whole=plan.fold.partition)

    patch.setattr("functions.enrich.flow.apply", applied)


def nobody_looks_again_at_who_is_one_person(patch: pytest.MonkeyPatch) -> None:
    def groups_near(_clusters, refs, groups):  # type: ignore[no-untyped-def]
        return {ref: g for ref in refs for g in groups if ref in g.members}

    patch.setattr("rapport.refreshing.views.groups_near", groups_near)


def what_was_read_ahead_serves_every_attempt(patch: pytest.MonkeyPatch) -> None:
    honest = Ahead.take

    def take(self, ref):  # type: ignore[no-untyped-def]
        sight = honest(self, ref)
        self.views |= {} if sight is None else {ref: sight.view}
        return sight

    patch.setattr(Ahead, "take", take)
    patch.setattr(Ahead, "forget", lambda *_: None)


MISTAKES: tuple[Plant, ...] = (
    views_are_written_whatever_the_version,
    unsettled_clusters_are_left_alone,
    only_whose_share_changed_is_looked_at,
    cookies_of_changed_people_are_forgotten,
    absorbed_people_keep_their_views,
    news_for_an_absorbed_person_are_dropped,
    the_group_is_read_before_the_view,
    views_are_read_after_what_goes_into_them,
    every_partition_counts_as_written_whole,
    nobody_looks_again_at_who_is_one_person,
    what_was_read_ahead_serves_every_attempt,
)


def test_every_planted_mistake_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for plant in MISTAKES:
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            try:
                search(SEEDS)
            except Exception:  # noqa: BLE001  (a mistake may break anything)
                found.append(plant)
    with capsys.disabled():
        print(f"{len(found)} of {len(MISTAKES)} planted mistakes caught")
    assert [plant.__name__ for plant in MISTAKES if plant not in found] == []
