"""A merge or a split between a decision, its claim and its retry: nothing doubled, no cap exceeded.

What a history is, and what is wrong in one, stands in `tests/support/mail_histories.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest

from rapport.domain.address import AddressState, SendRecord
from rapport.domain.decision import FactRef
from rapport.domain.gates import Case
from rapport.errors import RetryableError
from rapport.identity import Clusters, groups_of
from rapport.mailing import snapshot
from rapport.mailing.snapshot import Reader
from rapport.ports import People
from rapport.profiles import Found, profile_of
from tests.support.depth import rounds
from tests.support.mail_histories import Tally, played
from tests.support.merging import Book, World

# A planted mistake is looked for in as many as it takes, up to all; those that showed the rarest
# ones come first.
ALL = 2_000
SHOWED = (289, 738)
HISTORIES = rounds(ALL)


def test_whoever_is_merged_or_split_meanwhile_gets_no_mail_twice_and_none_too_many() -> None:
    tally = Tally()
    for seed in range(HISTORIES):
        played(seed, tally)
    print(f"\n{tally}")
    assert tally.wrong == []
    assert min(tally.between, tally.behind, tally.splits) > HISTORIES / 20


# The same with a mistake in it: each must be seen


class NoCluster(Book):
    """A claim does not ask whether the person is still who they were."""

    def _is_at(self, cluster: str, version: int) -> bool:
        return True


class NoOthers(Book):
    """A claim does not ask whether the person's other addresses are as they were judged."""

    def _others_stand(self, others: Sequence[AddressState]) -> bool:
        return True


class NoAddress(Book):
    """A claim does not ask whether its own address is as it was judged."""

    def _stands(self, state: AddressState) -> bool:
        return True


class NoIntent(Book):
    """Nobody remembers that an intent came to a mail at an address that the person had then."""

    def sent_for(self, intent: str) -> SendRecord | None:
        super().sent_for(intent)
        return None

    def _unspent(self, record: SendRecord, instead_of: Sequence[SendRecord]) -> bool:
        return True


class NoFence(Book):
    """Whoever was slow with a mail to one address is not kept from it when another is mailed."""

    def _fence_off(self, record: SendRecord, *, now: datetime) -> None:
        return


class OneRepeat(Reader):
    """Whether a mail went out before is asked of the one address only."""

    def _sent(self, *_: object) -> tuple[SendRecord, ...]:
        return ()


class OneLedger(Reader):
    """Reminders are counted at the one address only."""

    def _addressed(self, case: Case, found: Found) -> Case:
        case = super()._addressed(case, found)
        return replace(case, others=tuple(replace(other, ledger=()) for other in case.others))


def stale(people: People, clusters: Clusters, fact: FactRef) -> Found:
    """The view that there is, whether or not it is that of the group."""
    try:
        return profile_of(people, clusters, fact)
    except RetryableError:
        root = people.root_of(fact.person)
        assert root is not None
        group = groups_of(clusters, [root])[root]
        view = people.view(group.person) or people.view(fact.person)
        assert view is not None
        return Found(view.profile, group)


MISTAKES: Mapping[str, Callable[[int], World]] = {
    "no cluster check in the claim": partial(World, book=NoCluster),
    "others' versions unchecked": partial(World, book=NoOthers),
    "the address's version unchecked": partial(World, book=NoAddress),
    "the intent's mail forgotten": partial(World, book=NoIntent),
    "a slow worker not fenced off": partial(World, book=NoFence),
    "repeat looks at one address only": partial(World, reader=OneRepeat),
    "pause looks at one address only": partial(World, reader=OneLedger),
    "a stale view accepted": World,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_that_is_planted_is_caught(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "stale" in mistake:
        monkeypatch.setattr(snapshot, "profile_of", stale)
    tally = Tally()
    for seed in (*SHOWED, *range(ALL)):
        played(seed, tally, MISTAKES[mistake])
        if tally.wrong:
            break
    print(f"\n{mistake}: caught in history {tally.histories}: {tally.wrong[:1]}")
    assert tally.wrong
