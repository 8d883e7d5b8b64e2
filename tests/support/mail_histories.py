"""Histories of mail to people who are merged and split meanwhile, and what was wrong in them.

Two people with an address each are welcomed and reminded. Meanwhile they are merged by an event or
by an operator, taken apart, and merged again; profiles lag behind, an owner says no. Workers die
anywhere, and what they had in hand is delivered again. What was right is judged by how things
really stood when each claim held.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from greenlet import greenlet

from functions.send.flow import LEASE
from rapport.bundle import OCCURRENCE_EVER
from rapport.domain.address import AddressState, Consent, ConsentStatus
from rapport.domain.decision import Intent, MailClass
from rapport.domain.gates import ASK_AGAIN_AFTER, REMIND_AGAIN_AFTER
from rapport.domain.observation import Ruling
from rapport.errors import ConflictError, RetryableError
from tests.support.fakes import CrashError
from tests.support.mailroom import TOPIC, WELCOME
from tests.support.merging import Claim, World

REMINDER = "application-reminder"
# As often as a queue delivers something before it gives up.
TRIES = 6
AT_ONCE = (3, 8)


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
        self.at_once = self.random.choice(AT_ONCE)
        self.pace = self.random.choice([0.05, 1.0, 12.0])
        self.slow = self.random.choice([0.0, 0.3])
        self.dying = self.random.choice([0.0, 0.01, 0.04])
        self.order = self.random.choice(
            [self._any, self._in_turn, self._one_starves, self._runs, self._runs]
        )
        # One person from the start, who writes from one address and the other.
        self.one = self.random.random() < 0.35
        self.last = 0

    def run(self) -> None:
        """Begin, let everybody work until the queues are empty, and deliver everything again."""
        self._begin()
        intents = [*self._intents()]
        twice = [intent for intent in intents if self.random.random() < 0.6]
        work: list[Callable[[], None]] = [*self._changes()]
        work += [partial(self.world.deliver, intent) for intent in [*intents, *twice]]
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
        if self.one:
            world.decreed(world.first, world.second, Ruling.TOGETHER)()

    def _intents(self) -> Iterator[Intent]:
        world = self.world
        people = (world.user, world.second)
        for whose in (*people, *self.random.choices(people, k=1)):
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
        if self.one:
            yield from [world.restate] * self.random.randint(1, 4)
        else:
            yield self.random.choice(kinds)()
        for _ in range(self.random.randint(0, 2)):
            yield self.random.choice(kinds)()
        if self.random.random() < 0.3:
            yield partial(world.withdraw, self.random.choice(pair))

    # Who goes on, and how far

    def _work_off(self, work: list[Callable[[], None]]) -> None:
        """At most so many at once; what dies or must come again is put back, some of it anyway."""
        waiting = [(task, 1) for task in work]
        live: list[tuple[greenlet, Callable[[], None], int]] = []
        asleep: list[tuple[greenlet, Callable[[], None], int]] = []
        while waiting or live or asleep:
            if asleep and (not (waiting or live) or self.random.random() < 0.02):
                live.append(asleep.pop())
            while waiting and len(live) < self.at_once:
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
                if done == "book.advance" and self.random.random() < self.slow:
                    # It has looked at the clock, and stands still until its lease is over.
                    asleep.append(live.pop(at))
                    self.world.room.clock.forward(seconds=LEASE.total_seconds() + 1)
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
        return 0 if live == 1 or self.random.random() < 0.1 else self.random.randrange(1, live)

    def _runs(self, live: int) -> int:
        if self.random.random() < 0.1:
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
