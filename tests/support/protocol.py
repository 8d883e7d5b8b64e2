"""The protocol of sending, played as badly as it may go: one mail, three workers, a reconciler.

The flows are the real ones, on stores in memory. Every actor is a greenlet that stands still before
each call to a store and before and after the call to SES; there it may die, or others may go on for
as long as the seed likes. Every actor has a clock of its own, up to half a minute behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from random import Random
from typing import Any, cast

import msgspec
from greenlet import getcurrent, greenlet

from functions.send.feedback import _NOT_PROVEN_YET
from functions.send.flow import Send
from functions.settle.flow import GRACE, Came, Settle
from rapport.bundle import OCCURRENCE_EVER, Bundle
from rapport.domain.address import Consent, ConsentStatus, SendRecord, SendState
from rapport.domain.decision import Decision, Delivery, FactRef, Intent, send_key
from rapport.domain.gates import Case
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.profile import Profile
from rapport.errors import RetryableError
from rapport.identity import NOWHERE
from rapport.mailing.snapshot import Snapshot
from rapport.playbooks import case_of
from rapport.ports import Accepted, Mail, NotSent, Unknown, Withdrawal
from rapport.records import engine_event
from rapport.sending import Refusal
from rapport.slates import NOTHING_PICKED
from rapport.waiting import Holds
from tests.support.fakes import START, Calls, CrashError, FakeBook, FakeIntents, FakeLog
from tests.support.mailroom import ANA, AT_ANY_TIME, TOPIC, WELCOME, shipped
from tests.support.pacing import pacing_of
from tests.support.settling import FakeAccounts, FakeCounts, FakeTasks, FakeUnsettled
from tests.support.waits import FakeRuns, FakeSchedules

ADDRESS = Ref(f"{Namespace.EMAIL}#0123456789abcdefghijkl")
SLOT_USED = frozenset({SendState.ACCEPTED, SendState.UNCERTAIN, SendState.LOST})
WORKERS = 3
MAX_BEHIND_S = 30
# More turns than any history takes that ends.
MAX_TURNS = 3_000


class Steps(Calls):
    """Lets somebody else go on before every call."""

    def touch(self, name: str) -> None:
        if (hub := getcurrent().parent) is not None:
            hub.switch(name)


@cache
def case_for(delivery: Delivery) -> tuple[Bundle, Case]:
    """The bundle, and the case of somebody who joined, before any address is looked at."""
    bundle = msgspec.structs.replace(
        shipped(),
        policy=AT_ANY_TIME,
        templates=tuple(
            msgspec.structs.replace(template, delivery=delivery.value)
            for template in shipped().templates
        ),
    )
    fact = FactRef(
        name="TalentNetworkJoined",
        event_id="e-1",
        person=person_id(ADDRESS),
        origin="live",
        occurred_at=START,
        received_at=START,
        log_pk=ADDRESS,
        log_sk="2026-03-02T09#site#e-1",
    )
    intent = Intent(
        program=WELCOME,
        occurrence=OCCURRENCE_EVER,
        person=fact.person,
        fact=fact,
        bundle="bundle-1",
        decided_at=START,
    )
    return bundle, case_of(bundle, "bundle-1", intent, Profile(root=ADDRESS), None)


@dataclass(kw_only=True)
class Reader:
    """Snapshots of the one person, whose address and sends are read anew each time."""

    world: "World"

    def snapshot(self, intent: Intent) -> Snapshot:
        book = self.world.book
        mine = book.sent_for(intent.id)
        address = book.address(ADDRESS)
        earlier = book.send(send_key(WELCOME, OCCURRENCE_EVER, ADDRESS))
        return Snapshot(
            case=replace(self.world.case, to=ANA, address=address, earlier=earlier),
            bundle=self.world.bundle,
            profile=Profile(root=ADDRESS),
            cluster=NOWHERE,
            job=None,
            mine=mine,
            picked=NOTHING_PICKED,
        )


class Composer:
    """What a mail says is not looked at here."""

    def compose(self, decision: Decision, *_made_of: object, **_more: object) -> Mail:
        return Mail(
            sender="",
            to=decision.to,
            subject="",
            text="",
            html="",
            headers=(),
            tags={"send_id": decision.send_id},
        )


class Nothing:
    """Links and funnel, which are others' business."""

    def linked(self, mail: Mail, *_: object) -> Mail:
        return mail

    def tell(self, *_: object) -> None:
        return


@dataclass(kw_only=True)
class World:
    """One mail's history."""

    random: Random
    delivery: Delivery
    now: datetime = START
    accepted: int = 0
    withdrawn: bool = False
    late: int = 0
    refused: bool = False
    doubted: bool = False
    deaths: int = 0
    events: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.calls = Steps()
        self.bundle, self.case = case_for(self.delivery)
        self.log = FakeLog(self.calls)
        self.book = FakeBook(self.log, None, self.calls)
        word = Consent(
            status=ConsentStatus.GRANTED,
            at=START,
            statement="talent-network-1",
            statement_hash="h",
            event_id="c_1",
        )
        self.book.addresses[ADDRESS] = replace(
            self.book._now(ADDRESS), version=1, confirmed_at=START, consents={TOPIC: word}
        )
        self.queue = FakeIntents()
        self.accounts = FakeAccounts()
        self.runs = FakeRuns(self.calls)
        self.came: dict[Came, int] = {}

    # Who works here

    def _clock(self) -> Callable[[], datetime]:
        behind = timedelta(seconds=self.random.choice([0, 0, self.random.random() * MAX_BEHIND_S]))
        return lambda: self.now - behind

    def deliver(self, intent: Intent) -> None:
        Send(
            reader=cast("Any", Reader(world=self)),
            composer=cast("Any", Composer()),
            book=self.book,
            log=self.log,
            mailer=self,
            linker=cast("Any", Nothing()),
            funnel=cast("Any", Nothing()),
            holds=Holds(runs=self.runs, schedules=FakeSchedules()),
            accounts=self.accounts,
            counts=FakeCounts(),
            pacing=pacing_of(self.accounts, self.queue, self._clock()),
            now=self._clock(),
        ).deliver(intent)

    def settle(self) -> None:
        came = Settle(
            unsettled=FakeUnsettled(self.book),
            book=self.book,
            log=self.log,
            intents=self.queue,
            tasks=FakeTasks(),
            now=self._clock(),
        ).run(until=self.now + timedelta(days=1))
        for each, count in came.items():
            self.came[each] = self.came.get(each, 0) + count

    def submit(self, mail: Mail) -> Accepted | NotSent | Unknown:
        """SES, and the way there and back."""
        self.calls.touch("before SES")
        dice = self.random.random()
        if dice < 0.12:
            why = self.random.choice([Refusal.THROTTLED, Refusal.UNREACHABLE, Refusal.PAUSED])
            return NotSent(code="later", again=True, why=why)
        if dice < 0.15:
            self.refused = True
            return NotSent(code="MessageRejected", again=False)
        if dice < 0.25:
            self.doubted = True
            return Unknown(detail="lost on the way there")
        self._taken(mail.tags["send_id"])
        self.calls.touch("after SES")
        return Unknown(detail="lost") if dice < 0.4 else Accepted(message_id="ses-1")

    def _taken(self, key: str) -> None:
        self.accepted += 1
        if self.random.random() < 0.5:
            self.events.append(key)

    def report(self, key: str) -> None:
        """What SES tells is evidence that it took the mail."""
        record = self.book.send(key)
        if record is not None and record.state in _NOT_PROVEN_YET:
            self.book.advance(
                record, SendState.ACCEPTED, frm=_NOT_PROVEN_YET, now=self.now, message_id="ses-1"
            )

    def withdraw(self) -> None:
        now = self.now
        said = engine_event(
            "Unsubscribed", subject=ADDRESS, message_id="u", cause_at=now, now=now, properties={}
        )
        self.book.withdraw(
            Withdrawal(address=ADDRESS, topics=(TOPIC,), suppress={}, at=now, event=said)
        )
        self.withdrawn = True

    @property
    def record(self) -> SendRecord | None:
        return self.book.sends.get(send_key(WELCOME, OCCURRENCE_EVER, ADDRESS))

    # How it goes

    def play(self) -> None:
        """Deliver the intent once or more, let whoever likes go on, then let all come to rest."""
        intent = self.case.intent
        work: list[Callable[[], None]] = [partial(self.deliver, intent)]
        work += [partial(self.deliver, intent)] * self.random.choice([0, 0, 1, 2])
        if self.random.random() < 0.1:
            work.append(self.withdraw)
        self.dying = self.random.choice([0.0, 0.03, 0.1])
        self.pace = self.random.choice([0.2, 5.0, 60.0])
        self._work_off(work)
        self.dying = 0.0
        for _ in range(6):
            self.now += GRACE + timedelta(minutes=2)
            self.accounts.known = FakeAccounts().known
            woken, self.runs.rows = [*self.runs.rows], {}
            self._work_off([partial(self.deliver, intent)] * bool(woken) + [self.settle])

    def _work_off(self, work: list[Callable[[], None]]) -> None:
        live: list[tuple[greenlet, Callable[[], None]]] = []
        for _ in range(MAX_TURNS):
            work += [partial(self.deliver, intent) for intent in self.queue.queue]
            self.queue.queue = []
            if self.events and self.random.random() < 0.1:
                work.append(partial(self.report, self.events.pop()))
            if self.dying and self.random.random() < 0.03:
                work.append(self.settle)
            if not (live or work):
                return
            while work and len(live) < WORKERS:
                task = work.pop(0)
                live.append((greenlet(partial(self._outcome, task)), task))
            at = self.random.randrange(len(live))
            worker, task = live[at]
            self.now += timedelta(seconds=self.random.random() * self.pace)
            if worker and self.random.random() < self.dying:
                self.deaths += 1
                again = worker.throw(CrashError)
            else:
                again = worker.switch()
            if worker.dead:
                del live[at]
                if again is True and not self._swallowed():
                    # The queue brings it again when the lease has ended.
                    self.now += timedelta(seconds=self.random.random() * 60)
                    work.append(task)
        msg = f"not done after {MAX_TURNS} turns"
        raise AssertionError(msg)

    def _swallowed(self) -> bool:
        """Whether the queue gives a claimed mail up, which the reconciler then brings back."""
        return bool(self.dying and self.book.unsettled) and self.random.random() < 0.3

    @staticmethod
    def _outcome(task: Callable[[], None]) -> bool:
        try:
            task()
        except (RetryableError, CrashError):
            return True
        return False
