"""A merge or a split between a decision, its claim and its retry: nothing doubled, no cap exceeded.

A history: two people with an address each are welcomed and reminded. Meanwhile they are merged by
an event or by an operator, taken apart, and merged again; profiles lag behind, an owner says no.
Workers die anywhere, and what they had in hand is delivered again. What was right is judged by how
things really stood when each claim held.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from greenlet import greenlet  # type: ignore[import-untyped]

from functions.send import snapshot
from functions.send.flow import LEASE
from functions.send.snapshot import Reader
from rapport.bundle import OCCURRENCE_EVER
from rapport.domain.address import AddressState, Consent, ConsentStatus, SendRecord
from rapport.domain.decision import FactRef, Intent, MailClass
from rapport.domain.gates import ASK_AGAIN_AFTER, REMIND_AGAIN_AFTER, Case
from rapport.domain.observation import Ruling
from rapport.errors import ConflictError, RetryableError
from rapport.identity import Clusters, groups_of
from rapport.ports import People
from rapport.profiles import Found, profile_of
from tests.support.fakes import CrashError
from tests.support.mailroom import TOPIC, WELCOME
from tests.support.merging import Book, Claim, World

REMINDER = "application-reminder"
HISTORIES = 2_000
# As often as a queue delivers something before it gives up.
TRIES = 6
AT_ONCE = 8


@dataclass(kw_only=True)
class Tally:
    """What happened over all histories."""

    histories: int = 0
    mails: int = 0
    merges: int = 0
    splits: int = 0
    between: int = 0
    behind: int = 0
    deaths: int = 0
    redeliveries: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.histories} histories: {self.mails} mails, {self.merges} merges and "
            f"{self.splits} splits; {self.between} claims met a person who had changed since the "
            f"decision, {self.behind} times a profile was behind; {self.deaths} deaths, "
            f"{self.redeliveries} redeliveries; wrong: {len(self.wrong)}"
        )


class History:
    """One seed's work, done by workers side by side in an order that the seed decides."""

    def __init__(self, world: World, tally: Tally) -> None:
        self.world = world
        self.tally = tally
        self.random = world.random
        self.pace = self.random.choice([0.05, 1.0, 12.0])
        self.dying = self.random.choice([0.0, 0.01, 0.04])
        self.order = self.random.choice([self._any, self._in_turn, self._one_starves, self._runs])
        self.last = 0

    def run(self) -> None:
        """Begin, let everybody work until the queues are empty, and deliver everything again."""
        self._begin()
        intents = [*self._intents()]
        twice = [intent for intent in intents if self.random.random() < 0.6]
        work = [partial(self.world.deliver, intent) for intent in [*intents, *twice]]
        work += [*self._changes()]
        self.random.shuffle(work)
        self._work_off(work)
        self.world.refresh()
        for intent in intents:
            self.world.room.clock.forward(seconds=LEASE.total_seconds() + 1)
            self._calmly(partial(self.world.deliver, intent))

    def _begin(self) -> None:
        world = self.world
        world.named(world.user, world.first)()
        world.named(*self.random.choice([(world.second,), (world.other, world.second)]))()
        for email in world.mailboxes.values():
            if self.random.random() < 0.8:
                world.room.state(email, partial(_agreed, world))
        if self.random.random() < 0.3:
            world.decreed(world.first, world.second, Ruling.TOGETHER)()

    def _intents(self) -> Iterator[Intent]:
        world = self.world
        people = (world.user, world.second)
        for whose in (*people, *self.random.choices(people, k=2)):
            match self.random.choice(["ever", "event", "job", "job"]):
                case "ever":
                    yield world.intent(whose, WELCOME, OCCURRENCE_EVER)
                case "event":
                    yield world.intent(whose, WELCOME, "")
                case _:
                    job = self.random.choice("12")
                    yield world.intent(whose, REMINDER, f"application:{job}", job)

    def _changes(self) -> Iterator[Callable[[], None]]:
        world = self.world
        pair = (world.first, world.second)
        kinds: list[Callable[[], Callable[[], None]]] = [
            lambda: world.named(world.user, world.second),
            lambda: world.decreed(*pair, Ruling.TOGETHER),
            lambda: world.decreed(*pair, Ruling.APART),
            lambda: world.decreed(world.user, world.second, Ruling.APART),
            lambda: world.decreed(*pair, Ruling.NONE),
            lambda: world.restate,
        ]
        for _ in range(self.random.randint(1, 4)):
            yield self.random.choice(kinds)()
        if self.random.random() < 0.3:
            yield partial(world.withdraw, self.random.choice(pair))

    # Who goes on, and how far

    def _work_off(self, work: list[Callable[[], None]]) -> None:
        """At most so many at once; what dies or must come again is put back, some of it anyway."""
        waiting = [(task, 1) for task in work]
        live: list[tuple[greenlet, Callable[[], None], int]] = []
        while waiting or live:
            while waiting and len(live) < AT_ONCE:
                task, tries = waiting.pop(0)
                live.append((greenlet(partial(self._outcome, task)), task, tries))
            at = self.order(len(live))
            worker, task, tries = live[at]
            self.world.room.clock.forward(seconds=self.random.random() * self.pace)
            if self.random.random() < self.dying and worker:
                self.tally.deaths += 1
                done = worker.throw(CrashError)
            else:
                done = worker.switch()
            if not worker.dead:
                continue
            del live[at]
            if (done or self.random.random() < 0.1) and tries < TRIES:
                self.tally.redeliveries += 1
                waiting.insert(self.random.randint(0, len(waiting)), (task, tries + 1))

    def _outcome(self, task: Callable[[], None]) -> bool:
        """Whether the task must come again."""
        try:
            task()
        except RetryableError as error:
            self.tally.behind += "brought up to date" in str(error)
            return True
        except (ConflictError, CrashError):
            return True
        return False

    def _calmly(self, task: Callable[[], None]) -> None:
        """Alone, and without a pause."""
        worker = greenlet(partial(self._outcome, task))
        while not worker.dead:
            worker.switch()

    def _any(self, live: int) -> int:
        return self.random.randrange(live)

    def _in_turn(self, live: int) -> int:
        self.last += 1
        return self.last % live

    def _one_starves(self, live: int) -> int:
        return 0 if live == 1 or self.random.random() < 0.03 else self.random.randrange(1, live)

    def _runs(self, live: int) -> int:
        if self.random.random() < 0.15:
            self.last = self.random.randrange(live)
        return self.last % live


def _agreed(world: World, state: AddressState) -> AddressState:
    word = Consent(
        status=ConsentStatus.GRANTED,
        at=world.room.clock(),
        statement="talent-network-1",
        statement_hash="h",
        event_id="c_1",
    )
    return replace(state, version=1, confirmed_at=word.at, consents={TOPIC: word})


# What was wrong


def wrongs(sent: list[Claim]) -> Iterator[str]:
    """What should not have happened, of the mails that left, in the order of their claims."""
    ordered = sorted(sent, key=lambda claim: claim.number)
    for at, claim in enumerate(ordered):
        if claim.record.address not in claim.addresses:
            yield "mailed at an address that is somebody else's"
        if claim.withdrawn and claim.record.mail_class == MailClass.MARKETING:
            yield "mailed after the consent was withdrawn"
        for earlier in ordered[:at]:
            yield from _doubled(earlier, claim)
            yield from _too_soon(earlier, claim)


def _doubled(earlier: Claim, claim: Claim) -> Iterator[str]:
    one, two = earlier.record, claim.record
    if one.send_key == two.send_key:
        yield "one key, two mails"
    if one.intent == two.intent:
        yield "one intent, two mails"
    same = (one.program, earlier.occurrence) == (two.program, claim.occurrence)
    if same and one.address in claim.addresses:
        yield "one occasion, two mails to one person"


def _too_soon(earlier: Claim, claim: Claim) -> Iterator[str]:
    one, two = earlier.record, claim.record
    gap = two.claimed_at - one.claimed_at
    reminded = one.program == two.program == REMINDER and one.address in claim.addresses
    if reminded and gap < REMIND_AGAIN_AFTER:
        yield "two reminders to one person within the pause"
    asked = one.mail_class == two.mail_class == MailClass.CONFIRMATION
    if asked and one.address == two.address and gap < ASK_AGAIN_AFTER:
        yield "an address was asked twice in a day"


def played(seed: int, tally: Tally, make: Callable[[int], World] = World) -> None:
    """One history, counted."""
    world = make(seed)
    History(world, tally).run()
    world.clusters.count()
    tally.histories += 1
    tally.mails += len(world.mailer.sent)
    tally.merges += world.clusters.merges
    tally.splits += world.clusters.splits
    tally.between += world.book.between
    tally.wrong += [f"{seed}: {what}" for what in wrongs(world.mailer.sent)]


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

    def _unspent(self, record: SendRecord, instead_of: SendRecord | None) -> bool:
        return True


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
    "repeat looks at one address only": partial(World, reader=OneRepeat),
    "pause looks at one address only": partial(World, reader=OneLedger),
    "a stale view accepted": World,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_that_is_planted_is_caught(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "stale" in mistake:
        monkeypatch.setattr(snapshot, "profile_of", stale)
    tally = Tally()
    for seed in range(HISTORIES):
        played(seed, tally, MISTAKES[mistake])
        if tally.wrong:
            break
    print(f"\n{mistake}: caught in history {tally.histories}: {tally.wrong[:1]}")
    assert tally.wrong
