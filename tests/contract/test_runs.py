"""Runs in memory and in DynamoDB alike; and on a real engine, many who wait and end at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import boto3
import pytest

from functions.trigger.waits import Waits
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.schedule import EventBridgeSchedules, Wake, decode
from rapport.domain.decision import FactRef
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.run import Run, RunState
from rapport.errors import RetryableError
from rapport.waiting import Runs
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, cookie, mailbox
from tests.contract.test_races import WORKERS, together
from tests.support.waits import FakeRuns

ROUNDS = 6
# As often as a queue delivers a message.
DELIVERIES = 5
# Far enough ahead for the engine to fire nothing meanwhile.
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
QUEUE = "arn:aws:sqs:us-east-1:000000000000:wakes"


def a_run(subject: Ref, job: str = "4105", due: datetime = NOW) -> Run:
    fact = FactRef(
        name="ApplicationStarted",
        event_id=f"e-{job}",
        person=person_id(subject),
        origin="live",
        occurred_at=due - timedelta(hours=20),
        received_at=due - timedelta(hours=20),
        log_pk="anon#x",
        log_sk="2026#site#1",
        job=job,
    )
    return Run(
        subject=subject,
        program="application-reminder",
        occurrence=f"application:{job}",
        fact=fact,
        due=due,
    )


@pytest.fixture
def runs(stores: Stores) -> Runs:
    """The same stores' runs; DynamoDB's stand in the book that `stores` has bound."""
    return FakeRuns() if stores.name == "fake" else DynamoRuns(bound_book())


def bound_book() -> str:
    return TABLE_NAMES["book"]


def test_a_run_is_stored_once_and_read_back_whole(stores: Stores, runs: Runs) -> None:
    ana = mailbox(stores.pseudonyms)
    run = a_run(ana)
    assert runs.put(run)
    assert not runs.put(replace(run, due=NOW + timedelta(days=1)))
    assert runs.of(ana) == [run]


def test_runs_of_others_are_not_hers(stores: Stores, runs: Runs) -> None:
    ana, bo = mailbox(stores.pseudonyms), mailbox(stores.pseudonyms, "bo@inbox.halden.example")
    runs.put(a_run(ana))
    runs.put(a_run(ana, "4106"))
    runs.put(a_run(bo))
    assert {run.fact.job for run in runs.of(ana)} == {"4105", "4106"}
    assert not runs.of(cookie(stores.pseudonyms))


def test_a_run_ends_once_and_never_begins_again(stores: Stores, runs: Runs) -> None:
    ana = mailbox(stores.pseudonyms)
    run = a_run(ana)
    assert not runs.end(run, RunState.WOKEN)
    runs.put(run)
    assert runs.end(run, RunState.CANCELLED, by="e-2")
    assert not runs.end(run, RunState.WOKEN)
    assert not runs.put(run)
    assert runs.of(ana) == [replace(run, state=RunState.CANCELLED, ended_by="e-2")]


def test_a_held_mail_waits_again_and_an_ended_one_only_if_it_begins_anew(
    stores: Stores, runs: Runs
) -> None:
    ana = mailbox(stores.pseudonyms)
    run, later = a_run(ana), a_run(ana, due=NOW + timedelta(days=1))
    later = replace(later, fact=run.fact)
    assert runs.hold(run)
    assert runs.hold(later)
    assert runs.of(ana) == [later]
    runs.end(later, RunState.WOKEN)
    assert runs.hold(run)
    runs.end(run, RunState.CANCELLED, by="e-2")
    assert not runs.hold(later)
    assert runs.hold(later, anew=True)
    assert runs.of(ana) == [later]


def test_a_rhythm_moves_on_once_a_period_and_not_after_its_end(stores: Stores, runs: Runs) -> None:
    ana = mailbox(stores.pseudonyms)
    run, due = a_run(ana), NOW + timedelta(days=30)
    assert not runs.move_on(run, due, period=1)
    runs.hold(run)
    assert runs.move_on(run, due, period=1)
    assert not runs.move_on(run, due, period=1)
    [second] = runs.of(ana)
    assert (second.due, second.period) == (due, 1)
    assert runs.move_on(second, due + timedelta(days=30), period=7)
    [third] = runs.of(ana)
    assert third.period == 7
    runs.end(third, RunState.CANCELLED, by="e-2")
    assert not runs.move_on(third, due + timedelta(days=60), period=8)
    assert runs.of(ana) == [replace(third, state=RunState.CANCELLED, ended_by="e-2")]


# On a real engine, all at the same moment


class World:
    """Waits on the emulator's DynamoDB and Scheduler."""

    def __init__(self, stores: Stores, url: str) -> None:
        self.stores = stores
        self.group = f"rapport-{uuid4().hex[:8]}"
        self.scheduler: Any = boto3.client("scheduler", "us-east-1", endpoint_url=url)
        self.scheduler.create_schedule_group(Name=self.group)
        self.waits = Waits(
            people=stores.people,
            clusters=stores.clusters,
            runs=DynamoRuns(bound_book()),
            schedules=EventBridgeSchedules(
                group=self.group,
                role_arn="arn:aws:iam::000000000000:role/wake",
                queue_arn=QUEUE,
                queue_url="",
                dead_letters_arn=f"{QUEUE}-dead",
                now=lambda: datetime.now(UTC),
                scheduler=self.scheduler,
            ),
        )

    def alarm(self, subject: Ref) -> str:
        try:
            told = self.scheduler.get_schedule(GroupName=self.group, Name=person_id(subject))
        except self.scheduler.exceptions.ResourceNotFoundException:
            return ""
        wake = decode(told["Target"]["Input"])
        assert isinstance(wake, Wake)
        assert wake.subject == subject
        return str(told["ScheduleExpression"])


@pytest.fixture
def world(dynamo: Stores, engine: str) -> World:
    return World(dynamo, engine)


def at(moment: datetime) -> str:
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


def test_of_many_starts_of_one_application_one_is_stored(world: World) -> None:
    ana = mailbox(world.stores.pseudonyms)
    stored = together(
        [lambda n=n: world.waits.runs.put(a_run(ana, due=SOON + n * _HOUR)) for n in range(WORKERS)]  # type: ignore[misc]
    )
    assert stored.count(True) == 1
    assert len(world.waits.runs.of(ana)) == 1


def test_of_a_wake_up_and_a_submission_that_meet_one_ends_the_run(world: World) -> None:
    ana = mailbox(world.stores.pseudonyms)
    for number in range(ROUNDS):
        run = a_run(ana, str(number))
        world.waits.runs.put(run)
        ended = together(
            [
                lambda run=run: world.waits.runs.end(run, RunState.WOKEN),  # type: ignore[misc]
                lambda run=run: world.waits.runs.end(run, RunState.CANCELLED, by="e"),  # type: ignore[misc]
            ]
        )
        assert ended.count(True) == 1


_HOUR = timedelta(hours=1)


def test_of_many_applications_at_once_the_earliest_time_stands(world: World) -> None:
    """Every one stores its run and aims, as one fact does; nobody waits for anybody."""
    later = 0
    for number in range(ROUNDS):
        ana = mailbox(world.stores.pseudonyms, f"ana{number}@inbox.halden.example")
        hours = list(range(WORKERS))
        Random(number).shuffle(hours)

        def start(hour: int, ana: Ref = ana) -> bool:
            world.waits.begin(a_run(ana, str(hour), SOON + hour * _HOUR), ())
            return world.waits.aim(ana)

        together([lambda h=hour: start(h) for hour in hours])  # type: ignore[misc]
        later += world.alarm(ana) != at(SOON)
    print(f"\nlater time left standing: {later} of {ROUNDS} bursts of {WORKERS} applications")
    assert later == 0


def delivered(work: Callable[[], bool]) -> bool:
    """Work that is delivered again when it was beaten to it too often, as Lambda does."""
    for _ in range(DELIVERIES):
        try:
            return work()
        except RetryableError:
            continue
    return work()


def test_of_many_that_end_while_others_begin_what_waits_is_woken_for(world: World) -> None:
    wrong = 0
    for number in range(ROUNDS):
        ana = mailbox(world.stores.pseudonyms, f"bo{number}@inbox.halden.example")
        early = [a_run(ana, str(n), SOON + n * _HOUR) for n in range(WORKERS // 2)]
        for run in early:
            world.waits.begin(run, ())
        world.waits.aim(ana)
        late = [a_run(ana, f"x{n}", SOON + (50 + n) * _HOUR) for n in range(WORKERS // 2)]

        def end(run: Run, ana: Ref = ana) -> bool:
            world.waits.runs.end(run, RunState.CANCELLED, by="e")
            return delivered(lambda: world.waits.aim(ana))

        def begin(run: Run, ana: Ref = ana) -> bool:
            world.waits.begin(run, ())
            return delivered(lambda: world.waits.aim(ana))

        works: list[Callable[[], bool]] = [lambda r=run: end(r) for run in early]  # type: ignore[misc]
        works += [lambda r=run: begin(r) for run in late]  # type: ignore[misc]
        Random(number).shuffle(works)
        together(works)
        wrong += world.alarm(ana) != at(SOON + 50 * _HOUR)
        together([lambda r=run: end(r) for run in late])  # type: ignore[misc]
        wrong += world.alarm(ana) != ""
    print(f"\nwrong wake-ups: {wrong} of {2 * ROUNDS} bursts")
    assert wrong == 0
