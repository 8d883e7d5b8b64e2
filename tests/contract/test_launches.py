"""Launches on a real engine: drivers that die after any call, and people who act at once."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from functions.campaign import flow
from rapport.adapters import aws
from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.campaigns import DynamoLaunches
from rapport.adapters.intents import SqsIntents, decode
from rapport.domain.address import SCOPE_MARKETING, Suppression
from rapport.domain.event import Json
from rapport.domain.launch import Launch, MoveError, State, approve, begin
from rapport.launching import moved
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.support.agency import KEY, MINUTE, Agency, FakeWork
from tests.support.fakes import CrashError

PEOPLE, PAGE = 5, 3
ALL = "ApproximateNumberOfMessages"


@dataclass
class Posted:
    """An agency whose launches and intents are kept by the engine."""

    office: Agency
    sqs: Any
    url: str
    doubled: int = 0

    def drive(self, work: FakeWork) -> flow.Drive:
        queue = SqsIntents(self.url, client=self.sqs)
        return replace(self.office.drive, queue=queue, work=work)

    def mail(self) -> None:
        """Let `send` work through the queue."""
        while taken := self._taken():
            for message in taken:
                self.office.send.deliver(decode(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                self.office.room.clock.forward(seconds=1)

    def _taken(self) -> list[Any]:
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        return list(answer.get("Messages", []))

    def run(self, work: FakeWork) -> None:
        """Deliver the worker's messages until none is left; one that fails stays."""
        for _ in range(40):
            if not work.queue:
                return
            message, after_s = work.queue[0]
            self.office.room.clock.forward(seconds=after_s)
            self.drive(work).do(message, until=self.office.room.clock() + MINUTE)
            work.queue.pop(0)
            self.mail()


class Mortal(FakeWork):
    """The worker's queue, whose calls count like those of the stores."""

    def __init__(self, told: FakeWork, answered: Callable[[], None]) -> None:
        super().__init__()
        self.queue, self._answered = told.queue, answered

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        super().put(message, after_s=after_s)
        self._answered()


@contextmanager
def dies_after(calls: int, sqs: Any) -> Iterator[Callable[[], None]]:
    """The process dies when the n-th call from here on was answered, of whichever store."""
    left = [calls]

    def answered(**_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise CrashError

    places = (models.connection().client.meta.events, sqs.meta.events)
    names = ("after-call.dynamodb", "after-call.sqs")
    for events, name in zip(places, names, strict=True):
        events.register(name, answered)
    try:
        yield answered
    finally:
        for events, name in zip(places, names, strict=True):
            events.unregister(name, answered)


@pytest.fixture
def posted(dynamo: Stores) -> Iterator[Posted]:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=f"intents-{uuid4().hex[:8]}")["QueueUrl"]
    yield Posted(office=Agency(), sqs=sqs, url=url)
    sqs.delete_queue(QueueUrl=url)


def agency(key: str) -> Agency:
    """Five people: one never agreed, and one's address rests until tomorrow."""
    office = Agency()
    office.room.launches = Renamed(DynamoLaunches(TABLE_NAMES["book"]), key)  # type: ignore[assignment]
    office.send = office.room.send
    office.audiences.size_of_page = PAGE
    office.crowd(PEOPLE)
    rests = Suppression(
        reason="soft bounces",
        at=office.room.clock(),
        event_id="r_1",
        until=office.room.clock() + timedelta(days=1),
    )
    office.room.state("p0@inbox.halden.example", lambda each: replace(each, consents={}))
    office.room.state(
        "p1@inbox.halden.example",
        lambda each: replace(each, suppressions={SCOPE_MARKETING: rests}),
    )
    return office


class Renamed:
    """Launches under another key each, so that many fit into one table."""

    def __init__(self, real: DynamoLaunches, key: str) -> None:
        self._real, self._key = real, key

    def get(self, _: str) -> Launch:
        return replace(self._real.get(self._key), campaign=KEY)

    def save(self, launch: Launch, chunks: Any = ()) -> bool:
        return self._real.save(replace(launch, campaign=self._key), chunks)

    def chunks(self, _: str, **told: Any) -> Any:
        return self._real.chunks(self._key, **told)

    def next_due(self, _: str, *, after: str) -> Any:
        return self._real.next_due(self._key, after=after)

    def spent(self, _: str) -> int:
        return self._real.spent(self._key)

    def spend(self, _: str, *, most: int) -> bool:
        return self._real.spend(self._key, most=most)


def test_a_driver_that_dies_after_any_call_mails_everybody_once(
    posted: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "BATCH", 2)
    crashes, doubled, sums = 0, 0, Counter[int]()
    for n in range(1, 100):
        posted.office = agency(f"c-{n}")
        posted.office.campaigns.launch(KEY, by="kari")
        died = _died_after(posted, n)
        posted.run(posted.office.work)
        posted.mail()
        sent = Counter(mail.to for mail in posted.office.room.mails)
        shown = posted.office.campaigns.show(KEY)
        doubled += sum(count - 1 for count in sent.values())
        sums[sum(shown.counts.values())] += 1
        assert (shown.launch.state, shown.launch.audience) == (State.DONE, PEOPLE)
        assert dict(shown.counts) == {"sent": 3, "held suppressed": 1, "dropped no_consent": 1}
        crashes += died
        if not died:
            break
    print(
        f"crashes of the driver on the engine {crashes}, doubled {doubled}; sent + held + dropped"
    )
    print(f"= {dict(sums)} of an audience of {PEOPLE}")
    assert crashes > 15
    assert (doubled, set(sums)) == (0, {PEOPLE})


def _died_after(posted: Posted, calls: int) -> bool:
    try:
        with dies_after(calls, posted.sqs) as answered:
            work = Mortal(posted.office.work, answered)
            for _ in range(10):
                if not work.queue:
                    return False
                message, after_s = work.queue[0]
                posted.office.room.clock.forward(seconds=after_s)
                until = posted.office.room.clock() + MINUTE
                posted.drive(work).do(message, until=until)
                work.queue.pop(0)
    except CrashError:
        return True
    return False


def at_once(*steps: Callable[[Launch], Launch], key: str) -> list[str]:
    """What two get who read the same state, and write at the same moment."""
    meet, store = Barrier(len(steps)), DynamoLaunches(TABLE_NAMES["book"])
    store.get(key)

    class Meeting(DynamoLaunches):
        met = False

        def get(self, campaign: str) -> Launch:
            found = super().get(campaign)
            if not self.met:
                self.met = True
                meet.wait(timeout=10)
            return found

    def act(step: Callable[[Launch], Launch]) -> str:
        try:
            moved(Meeting(TABLE_NAMES["book"]), key, step)
        except MoveError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(act, steps))


def test_of_two_approvals_at_once_one_counts_and_nobody_is_told_of_a_fault(dynamo: Stores) -> None:
    def approving(by: str) -> Callable[[Launch], Launch]:
        return lambda launch: approve(launch, "f" * 64, by, authors=("kari",), now=NOW)

    kept = []
    for n in range(5):
        answers = at_once(approving("ola"), approving("liv"), key=f"a-{n}")
        assert answers == ["done", "done"]
        kept.append(DynamoLaunches(TABLE_NAMES["book"]).get(f"a-{n}").approvals)
    assert {len(approvals) for approvals in kept} == {1}


def test_of_two_launches_at_once_one_is_refused(dynamo: Stores) -> None:
    def beginning(by: str) -> Callable[[Launch], Launch]:
        return lambda launch: begin(
            launch,
            "f" * 64,
            by,
            begins=NOW,
            everybody=False,
            needs_approval=False,
            now=NOW,
        )

    for n in range(5):
        answers = at_once(beginning("ola"), beginning("liv"), key=f"b-{n}")
        assert sorted(answer.partition(";")[0] for answer in answers) == [
            "The campaign was launched already and is waiting",
            "done",
        ]
