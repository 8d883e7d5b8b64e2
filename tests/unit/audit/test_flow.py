"""A sample of profiles is compared with the log, as far as the time reaches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle

from functions.audit.flow import Audit
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.profile import Profile
from rapport.identity import Group
from rapport.rebuild import Rebuilt, Verdict
from tests.support.fakes import Clock

ROOTS = [Ref(f"user#{n}") for n in range(5)]


@dataclass
class Store:
    """Profiles, some of which are not what the log says."""

    roots_there: Iterable[Ref]
    verdicts: dict[Ref, Verdict] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def roots(self) -> Iterator[Ref]:
        yield from self.roots_there

    def person(self, root: Ref) -> Rebuilt:
        self.clock.forward(seconds=1)
        verdict = self.verdicts.get(root, Verdict.EQUAL)
        return Rebuilt(
            group=Group(root=root, members=(root,)),
            profile=Profile(root=root),
            verdict=verdict,
            differences=() if verdict is Verdict.EQUAL else ("profile",),
        )

    def audit(self) -> Audit:
        return Audit(sample=self, person=self.person, now=self.clock)


def test_everybody_of_a_small_deployment_is_compared() -> None:
    store = Store(ROOTS)
    result = store.audit().run(size=200, until=store.clock() + timedelta(minutes=5))
    assert (result.checked, result.busy, result.differing) == (5, 0, {})


def test_who_differs_is_named_and_who_is_too_lively_is_counted() -> None:
    store = Store(ROOTS, {ROOTS[1]: Verdict.DIFFERS, ROOTS[2]: Verdict.BUSY})
    result = store.audit().run(size=200, until=store.clock() + timedelta(minutes=5))
    assert result.differing == {person_id(ROOTS[1]): ("profile",)}
    assert (result.checked, result.busy) == (5, 1)


def test_no_more_are_compared_than_asked_for() -> None:
    store = Store(cycle(ROOTS))
    assert store.audit().run(size=7, until=store.clock() + timedelta(minutes=5)).checked == 7


def test_no_profile_is_begun_when_the_call_is_about_to_end() -> None:
    store = Store(cycle(ROOTS))
    until = store.clock() + timedelta(seconds=30)
    assert store.audit().run(size=1000, until=until).checked == 11
