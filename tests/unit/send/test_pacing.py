"""As fast as SES takes it, and nothing lost when it does not."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from random import Random

import msgspec
import pytest

from functions.send.flow import Done
from rapport.domain.address import SendState
from rapport.domain.decision import Intent
from rapport.domain.pace import LATEST_S, pace_of
from rapport.domain.person import Account
from rapport.errors import RetryableError
from rapport.ports import Accepted, Mail, NotSent, Unknown
from rapport.sending import Refusal
from tests.support.fakes import FakeMailer
from tests.support.mailroom import ANA, Mailroom
from tests.support.pacing import pacing_of

SECOND = timedelta(seconds=1)
THROTTLED = NotSent(code="TooManyRequestsException", again=True, why=Refusal.THROTTLED)
# As infra/constructs/queues.py has it: the function's 30 s six times, and five tries.
VISIBILITY, TRIES = timedelta(seconds=180), 5


def busy() -> Mailroom:
    """A room where mail after mail leaves, and marketing's next turn is more than a second off."""
    room = Mailroom()
    room.accounts.known = Account(per_second=14)
    taken(room)
    return room


def taken(room: Mailroom) -> None:
    pace = pace_of(14, None, room.clock(), waited_for=False)
    room.pacing.turns.until = room.clock() + pace.bucket.span  # type: ignore[attr-defined]


def test_a_mail_whose_turn_is_far_off_goes_back_into_the_queue_and_leaves_no_trace() -> None:
    room = busy()
    intent = room.intent(room.confirmed())
    assert room.send.deliver(intent).done is Done.PUT_BACK
    assert room.intents.queue == [intent]
    assert 1 <= room.intents.delays[0] <= 2
    assert (room.log.rows, room.book.sends, room.mails) == ({}, {}, [])
    room.clock.forward(seconds=room.intents.delays[0])
    assert room.send.deliver(intent).done is Done.ACCEPTED


def test_a_request_to_confirm_does_not_wait_behind_marketing() -> None:
    room = busy()
    assert room.send.deliver(room.intent(room.confirmed())).done is Done.PUT_BACK
    newcomer = room.intent(room.person("new@inbox.halden.example"))
    assert room.send.deliver(newcomer).done is Done.ACCEPTED


def test_without_a_word_of_ses_on_its_rate_nobody_waits() -> None:
    room = Mailroom()
    people = [room.confirmed(f"p{n}@inbox.halden.example") for n in range(20)]
    done = {room.send.deliver(room.intent(person)).done for person in people}
    assert done == {Done.ACCEPTED}
    assert room.intents.queue == []


def test_what_came_too_fast_goes_back_into_the_queue_and_slows_all_down() -> None:
    room = Mailroom()
    room.accounts.known = Account(per_second=14)
    intent = room.intent(room.confirmed())
    room.mailer.answers = [THROTTLED]
    assert room.send.deliver(intent).done is Done.THROTTLED
    assert room.record().state is SendState.RETRY
    assert not [e for e in room.book.addresses[room.ref(ANA)].ledger if e.counted]
    assert room.intents.queue == [intent]
    assert room.slowdowns.known is not None
    assert room.slowdowns.known.part == 0.5
    room.clock.forward(seconds=room.intents.delays[0])
    assert room.send.deliver(intent).done is Done.ACCEPTED


def test_a_copy_of_what_was_put_back_changes_nothing() -> None:
    """The worker died after the intent was put back, and before the queue heard of it."""
    room = busy()
    intent = room.intent(room.confirmed())
    for _ in range(3):
        assert room.send.deliver(intent).done is Done.PUT_BACK
    assert room.intents.queue == [intent] * 3
    done = []
    for copy in [*room.intents.queue]:
        room.clock.forward(seconds=2)
        done.append(room.send.deliver(copy).done)
    assert done == [Done.ACCEPTED, Done.NOTHING, Done.NOTHING]
    assert len(room.mails) == 1


def test_whoever_waits_for_longer_than_the_playbook_allows_is_dropped_as_stale() -> None:
    room = busy()
    room.playbook(lambda playbook: msgspec.structs.replace(playbook, stale_after_seconds=900))
    intent = room.intent(room.confirmed())
    ends = room.clock() + timedelta(seconds=900)
    done, tries = Done.PUT_BACK, 0
    while done is Done.PUT_BACK:
        tries += 1
        taken(room)
        done = room.send.deliver(intent).done
        if done is Done.PUT_BACK:
            room.clock.forward(seconds=room.intents.delays[-1])
    assert done is Done.DROPPED
    assert room.decisions[-1].reason.value == "stale"
    assert ends < room.clock() <= ends + LATEST_S * SECOND
    assert tries < 50


# A burst


@dataclass(kw_only=True)
class Ses(FakeMailer):
    """It takes so many mails in any second; a call takes a moment to get there."""

    room: Mailroom
    takes: int
    random: Random
    taken: list[datetime] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.room.calls)

    def submit(self, mail: Mail) -> Accepted | NotSent | Unknown:
        at = self.room.clock() + self.random.random() * SECOND / 20
        if sum(at - SECOND < each <= at for each in self.taken) >= self.takes:
            self.refused += 1
            return THROTTLED
        self.taken.append(at)
        return super().submit(mail)


@dataclass(kw_only=True)
class Burst:
    """Many mails at one moment, and what a queue and so many workers make of it."""

    mails: int = 200
    workers: int = 8
    known: float | None = 14
    takes: int = 14
    # Of so many messages that were done the queue hears nothing.
    unheard: float = 0.02
    dead: int = 0
    done: Counter[Done] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random, self.room = Random(42), Mailroom()
        self.room.accounts.known = Account(per_second=self.known)
        self.room.mailer = self.ses = Ses(room=self.room, takes=self.takes, random=self.random)
        self.room.pacing = pacing_of(
            self.room.accounts,
            self.room.intents,
            self.room.clock,
            slowdowns=self.room.slowdowns,
            chance=self.random.random,
            pause=lambda seconds: self.room.clock.forward(seconds=seconds),
        )
        self.begins = self.room.clock()

    def play(self) -> None:
        """Let every message come to its end."""
        names = count()
        people = [self.room.confirmed(f"p{n}@inbox.halden.example") for n in range(self.mails)]
        queue = [(self.begins, next(names), 1, self.room.intent(each)) for each in people]
        free = [self.begins] * self.workers
        heapify(queue)
        while queue:
            visible, _, tries, intent = heappop(queue)
            at = max(visible, heappop(free))
            self.room.clock.moment = at
            heard = self._worked(intent)
            now = self.room.clock()
            heappush(free, now + (0.03 + 0.05 * self.random.random()) * SECOND)
            put, self.room.intents.queue = self.room.intents.queue, []
            delays, self.room.intents.delays = self.room.intents.delays, []
            for each, delay in zip(put, delays, strict=True):
                heappush(queue, (now + delay * SECOND, next(names), 1, each))
            if heard:
                continue
            if tries == TRIES:
                self.dead += 1
            else:
                heappush(queue, (now + VISIBILITY, next(names), tries + 1, intent))

    def _worked(self, intent: Intent) -> bool:
        try:
            self.done[self.room.send.deliver(intent).done] += 1
        except RetryableError:
            return False
        return self.random.random() >= self.unheard

    @property
    def refused(self) -> float:
        """Of the calls to SES, the part that it refused."""
        return self.ses.refused / (self.ses.refused + len(self.ses.taken))

    @property
    def lasted_s(self) -> float:
        """From the first mail to the last."""
        return (max(self.ses.taken) - self.begins).total_seconds()


@pytest.mark.parametrize(
    ("mails", "known", "takes", "refused_at_most", "seconds_at_most"),
    [(200, 14, 14, 0.0, 20), (100, 14, 7, 0.05, 40), (50, None, 14, 0.8, 15)],
    ids=["SES takes what it says", "it takes half of it", "it says nothing"],
)
def test_a_burst_leaves_as_fast_as_ses_takes_it_and_nothing_is_lost_or_doubled(
    mails: int, known: float | None, takes: int, refused_at_most: float, seconds_at_most: float
) -> None:
    burst = Burst(mails=mails, known=known, takes=takes)
    burst.play()
    sent = Counter(mail.to for mail in burst.room.mails)
    ledgers = [len(state.ledger) for state in burst.room.book.addresses.values()]
    print(
        f"\n{mails} mails at once, {burst.workers} workers, SES says {known} a second and "
        f"takes {takes}: {len(sent)} sent in {burst.lasted_s:.0f} s, lost "
        f"{mails - len(sent)}, twice {sent.total() - len(sent)}, dead letters "
        f"{burst.dead}, refused {burst.refused:.1%}, put back "
        f"{burst.done[Done.PUT_BACK] / mails:.1f} times each"
    )
    assert (len(sent), sent.total(), burst.dead) == (mails, mails, 0)
    assert ledgers == [1] * mails
    assert burst.refused <= refused_at_most
    assert burst.lasted_s <= seconds_at_most
