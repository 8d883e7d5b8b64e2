"""At most one mail, on a real engine: workers that die at every call, workers that race.

One module, longer than others: all of it plays on one engine, with one way to kill a worker.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any, cast

import msgspec
import pytest

from functions.send.flow import LEASE, Send
from functions.send.links import Linker
from functions.settle.flow import GRACE, Came, Settle
from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.counts import DynamoCounts
from rapport.adapters.dynamo.runs import DynamoRuns
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.adapters.dynamo.unsettled import DynamoUnsettled
from rapport.adapters.dynamo.vault import TOKEN_RING
from rapport.bundle import OCCURRENCE_EVER, Bundle
from rapport.domain.address import SendState
from rapport.domain.decision import Delivery, FactRef, Intent
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, PersonId, Ref, person_id
from rapport.domain.jobs import Job, job_ref
from rapport.domain.policy import Window
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.reasons import Reason
from rapport.domain.statements import Register
from rapport.domain.tally import fold_partition
from rapport.errors import RetryableError
from rapport.identity import Group
from rapport.launching import AsIfLaunched
from rapport.mailing.around import Around
from rapport.mailing.compose import Composer
from rapport.mailing.doubt import Doubts
from rapport.mailing.snapshot import Reader
from rapport.ports import Accepted, Mail, NotSent, People, Unknown, View, Withdrawal
from rapport.rules_form import Review
from rapport.slates import Picker, Shelf
from rapport.waiting import Holds
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, cookie, event, yes
from tests.contract.persons import one_person
from tests.contract.test_races import together
from tests.support.fakes import Clock, CrashError, FakeBundles, FakeIntents, FakeMailer
from tests.support.mailroom import AT_ANY_TIME, PUBLIC_URL, TOPIC, WELCOME, shipped
from tests.support.pacing import pacing_of
from tests.support.settling import FakeAccounts
from tests.support.suggestions import FakeSuggestions
from tests.support.waits import FakeSchedules

LIVE = "bundle-1"
WORKERS = 12
RACES = 5
MANY = 50
SLOT_USED = (SendState.ACCEPTED, SendState.UNCERTAIN, SendState.LOST)
REMINDER = "application-reminder"
NURSE = Job(
    id="",
    title="Nurse",
    category="nursing",
    location="Halden",
    url="https://careers.halden.example/jobs/1",
    opened_at=NOW,
)


def calm() -> Bundle:
    """The shipped bundle without limits of time and number, which other tests look at."""
    return msgspec.structs.replace(shipped(), policy=AT_ANY_TIME)


def flow(
    stores: Stores,
    clock: Callable[[], datetime],
    mailer: FakeMailer,
    bundle: Bundle | None = None,
) -> Send:
    """The flow of `send` on the engine, with a mailer that counts."""
    vault = stores.vault
    assert vault is not None
    accounts, counts = FakeAccounts(), DynamoCounts(TABLE_NAMES["book"])
    runs = DynamoRuns(TABLE_NAMES["book"])
    return Send(
        reader=Reader(
            people=stores.people,
            clusters=stores.clusters,
            book=stores.book,
            bundles=FakeBundles(**{LIVE: bundle or calm()}),
            pseudonyms=stores.pseudonyms,
            live=lambda: LIVE,
            stopped=lambda: None,
            stands=AsIfLaunched(),
            doubts=Doubts(review=Review, suggestions=FakeSuggestions()),
            around=Around(
                accounts=accounts,
                counts=counts,
                runs=runs,
                picker=Picker(
                    book=stores.book, log=stores.log, shelf=Shelf(book=stores.book), now=clock
                ),
                now=clock,
            ),
        ),
        composer=Composer(ring=lambda: vault.ring(TOKEN_RING), public_url=PUBLIC_URL),
        book=stores.book,
        log=stores.log,
        mailer=mailer,
        linker=Linker(
            ring=lambda: vault.ring(TOKEN_RING), public_url=PUBLIC_URL, links=stores.fates
        ),
        funnel=stores.fates,
        holds=Holds(runs=runs, schedules=FakeSchedules()),
        accounts=accounts,
        counts=counts,
        pacing=pacing_of(accounts, FakeIntents(), clock),
        now=clock,
    )


def welcome_for(stores: Stores, address: str) -> Intent:
    """The intent to welcome somebody who joined, confirmed and consented."""
    ref = stores.pseudonyms.ref(Namespace.EMAIL, address)
    partition = cookie(stores.pseudonyms, address)
    joined = event(
        partition,
        home=ref,
        name="Talent Network Joined",
        body={"properties": {"email": address, "category": "nursing"}},
    )
    stores.log.append([joined])
    stores.people.add_strong(partition, ref, NOW)
    one_person(stores, ref)
    profile = fold_profile(ref, [fold_partition(partition, stores.log.partition(partition))])
    stores.people.save_view(View(profile=profile, version=1), [], now=NOW)
    confirmed = event(ref, name="Address Confirmed", message_id="c-1")
    stores.book.grant(ref, TOPIC, yes("c-1"), confirmed, confirmed_at=NOW)
    return Intent(
        program=WELCOME,
        occurrence=OCCURRENCE_EVER,
        person=person_id(ref),
        fact=FactRef(
            name="TalentNetworkJoined",
            event_id=joined.message_id,
            person=person_id(ref),
            origin="live",
            occurred_at=NOW,
            received_at=NOW,
            log_pk=joined.key.pk,
            log_sk=joined.key.sk,
        ),
        bundle=LIVE,
        decided_at=NOW,
    )


@contextmanager
def dies_after(calls: int) -> Iterator[None]:
    """The process dies when DynamoDB has answered its n-th call from here on."""
    left = [calls]

    def answered(**_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            msg = f"after call {calls}"
            raise CrashError(msg)

    events = models.connection().client.meta.events
    events.register("after-call.dynamodb", answered)
    try:
        yield
    finally:
        events.unregister("after-call.dynamodb", answered)


class Mortal(FakeMailer):
    """SES, which takes the mail, and a worker who dies right before or after that, if told to."""

    def __init__(self, dies: str = "") -> None:
        super().__init__()
        self.dies = dies

    def submit(self, mail: Mail) -> Accepted | NotSent | Unknown:
        dies, self.dies = self.dies, ""
        if dies == "before":
            raise CrashError(dies)
        answer = super().submit(mail)
        if dies == "after":
            raise CrashError(dies)
        return answer


def delivered_as(delivery: Delivery) -> Bundle:
    """The shipped bundle, all of whose mails are delivered so."""
    bundle = calm()
    templates = tuple(
        msgspec.structs.replace(template, delivery=delivery.value) for template in bundle.templates
    )
    return msgspec.structs.replace(bundle, templates=templates)


def settle(stores: Stores, clock: Clock, queue: FakeIntents) -> Settle:
    return Settle(
        unsettled=DynamoUnsettled(TABLE_NAMES["book"]),
        book=stores.book,
        log=stores.log,
        intents=queue,
        tasks=DynamoTasks(TABLE_NAMES["book"]),
        now=clock,
    )


def killed(stores: Stores, bundle: Bundle, number: int, *, calls: int, beside: str) -> Mortal:
    """SES after a worker died at that point and everything that comes after has come."""
    clock, mailer, queue = Clock(moment=NOW), Mortal(beside), FakeIntents()
    send = flow(stores, clock, mailer, bundle)
    address = f"ana{number}@inbox.halden.example"
    intent = welcome_for(stores, address)
    try:
        with dies_after(calls):
            send.deliver(intent)
    except CrashError:
        queue.put(intent)
    settler = settle(stores, clock, queue)
    for wait in (LEASE, GRACE, LEASE):
        clock.forward(seconds=wait.total_seconds() + 1)
        # Of a queue that lost it, the ticks bring back what was claimed.
        lost = number % 2 == 0 and stores.book.sent_for(intent.id) is not None
        waiting, queue.queue = ([] if lost else queue.queue), []
        settler.run(until=clock() + LEASE)
        for each in [*waiting, *queue.queue]:
            with suppress(RetryableError):
                send.deliver(each)
    record = stores.book.sent_for(intent.id)
    state = stores.book.address(stores.pseudonyms.ref(Namespace.EMAIL, address))
    used = [entry for entry in state.ledger if entry.counted]
    told = record is not None and record.state in SLOT_USED
    assert len(used) == int(told), (calls, beside, record and record.state)
    return mailer


def calls_of_a_delivery(stores: Stores, bundle: Bundle) -> int:
    """How often it calls the store, once its process has all that it keeps."""
    send = flow(stores, Clock(moment=NOW), FakeMailer(), bundle)
    intent = welcome_for(stores, "nobody@inbox.halden.example")
    count = [0]

    def answered(**_: object) -> None:
        count[0] += 1

    events = models.connection().client.meta.events
    events.register("after-call.dynamodb", answered)
    send.deliver(intent)
    events.unregister("after-call.dynamodb", answered)
    return count[0]


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_worker_that_dies_at_any_point_doubles_no_mail_but_what_may_come_twice(
    dynamo: Stores, delivery: Delivery
) -> None:
    bundle = delivered_as(delivery)
    last = calls_of_a_delivery(dynamo, bundle)
    # What a template says about doubt matters from the claim on.
    first = 1 if delivery is Delivery.STRICT else last - 8
    ways = [*((calls, "") for calls in range(first, last + 1)), (last + 1, "before")]
    ways += [(last + 1, "after"), (last + 1, "")]
    mails = [
        len(killed(dynamo, bundle, number, calls=calls, beside=beside).accepted)
        for number, (calls, beside) in enumerate(ways)
    ]
    doubled, never = sum(sent > 1 for sent in mails), mails.count(0)
    print(
        f"\n{delivery.value}: killed at each of {len(ways) - 1} points: doubled {doubled}, "
        f"never sent {never}"
    )
    if delivery is Delivery.AT_LEAST_ONCE:
        # SES took it, and the worker died before it could note so.
        assert (doubled, never, max(mails)) == (1, 0, 2)
    else:
        # It died between the mark and the call: right behind the one, or right before the other.
        assert (doubled, never) == (0, 2)


def test_a_withdrawal_between_decision_and_claim_leaves_nothing_to_send(dynamo: Stores) -> None:
    mailer = FakeMailer()
    send = flow(dynamo, Clock(moment=NOW), mailer)
    intent = welcome_for(dynamo, "dana@inbox.halden.example")
    ref = dynamo.pseudonyms.ref(Namespace.EMAIL, "dana@inbox.halden.example")
    composer = send.composer

    class Meanwhile:
        """Its owner says no while the mail is put together."""

        def compose(self, *what: Any, **more: Any) -> Mail:
            said = event(ref, name="Unsubscribed", message_id="u-1")
            dynamo.book.withdraw(
                Withdrawal(address=ref, topics=(TOPIC,), suppress={}, at=NOW, event=said)
            )
            return composer.compose(*what, **more)

    result = replace(send, composer=cast("Composer", Meanwhile())).deliver(intent)
    assert (result.reason, mailer.accepted) == (Reason.CONSENT_WITHDRAWN, [])
    assert dynamo.book.address(ref).ledger == ()


def test_an_event_of_ses_that_never_comes_changes_nothing(dynamo: Stores) -> None:
    clock, mailer, queue = Clock(moment=NOW), FakeMailer(), FakeIntents()
    intent = welcome_for(dynamo, "emil@inbox.halden.example")
    flow(dynamo, clock, mailer).deliver(intent)
    clock.forward(seconds=2 * GRACE.total_seconds())
    settler = settle(dynamo, clock, queue)
    assert settler.run(until=clock() + LEASE) == {Came.DONE: 1}
    assert settler.run(until=clock() + LEASE) == {}
    record = dynamo.book.sent_for(intent.id)
    assert record is not None
    assert (record.state, queue.queue) == (SendState.ACCEPTED, [])


def test_workers_that_race_for_one_intent_send_one_mail(dynamo: Stores) -> None:
    mailer = FakeMailer()
    send = flow(dynamo, Clock(moment=NOW), mailer)
    intent = welcome_for(dynamo, "bram@inbox.halden.example")
    barrier = Barrier(WORKERS)

    def work() -> None:
        barrier.wait(timeout=30)
        try:
            send.deliver(intent)
        except RetryableError:
            return

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result()
    assert len(mailer.accepted) == 1


class Shows:
    """The people store in the moment when the profile of a person stated this address."""

    def __init__(self, group: Group, address: str) -> None:
        stated = Register(trust=Trust.VERIFIED, at=NOW, message_id="m-1", value=address)
        self.profile = Profile(root=group.root, members=group.members, attributes={"email": stated})

    def root_of(self, person: PersonId) -> Ref:
        return self.profile.root

    def view(self, person: PersonId) -> View:
        return View(profile=self.profile, version=1)


@contextmanager
def transactions() -> Iterator[list[int]]:
    """How many items each transaction has that is sent from here on."""
    sizes: list[int] = []

    def asked(params: dict[str, Any], **_: object) -> None:
        sizes.append(len(params["TransactItems"]))

    name = "provide-client-params.dynamodb.TransactWriteItems"
    events = models.connection().client.meta.events
    events.register(name, asked)
    try:
        yield sizes
    finally:
        events.unregister(name, asked)


def race(dynamo: Stores, number: int) -> tuple[int, int]:
    """Mails sent, and intents that must come again, after a race for one person's reminders."""
    addresses = [f"{name}{number}@inbox.halden.example" for name in ("cleo", "cleo.second")]
    begun, _ = (welcome_for(dynamo, address) for address in addresses)
    refs = [dynamo.pseudonyms.ref(Namespace.EMAIL, address) for address in addresses]
    group = one_person(dynamo, *refs, n=2)
    assert group.members == tuple(sorted(refs))
    mailer = FakeMailer()

    def work(n: int) -> bool:
        seen = cast("People", Shows(group, addresses[n % 2]))
        fact = replace(begun.fact, event_id=f"e-{n}", job=job_ref(str(n)))
        occurrence = f"application:{fact.job}"
        intent = replace(begun, program=REMINDER, occurrence=occurrence, fact=fact)
        try:
            flow(replace(dynamo, people=seen), Clock(moment=NOW), mailer).deliver(intent)
        except RetryableError:
            return True
        return False

    again = together([partial(work, n) for n in range(WORKERS)])
    return len(mailer.accepted), again.count(True)


def test_workers_that_race_for_the_addresses_of_one_person_send_one_reminder(
    dynamo: Stores,
) -> None:
    """Each has an application of its own, and sees the profile with one address or the other."""
    assert isinstance(dynamo.book, DynamoBook)
    dynamo.book.put_jobs([replace(NURSE, id=str(n)) for n in range(WORKERS)], now=NURSE.opened_at)
    with transactions() as sizes:
        races = [race(dynamo, number) for number in range(RACES)]
    sent, again = (sum(column) for column in zip(*races, strict=True))
    print(
        f"\n{RACES} races of {WORKERS} reminders to two addresses of one person: {sent} sent, "
        f"{again} to be delivered again; a transaction has at most {max(sizes)} items"
    )
    assert [one for one, _ in races] == [1] * RACES


def capped(mails: int) -> Bundle:
    """Fifty programs of equal rank, and one budget for a person."""
    bundle = calm()
    [welcome] = [p for p in bundle.playbooks if p.program == WELCOME]
    frequency = replace(
        AT_ANY_TIME.frequency, windows=(Window(most=mails, within=timedelta(days=30)),)
    )
    return msgspec.structs.replace(
        bundle,
        playbooks=tuple(
            msgspec.structs.replace(welcome, program=f"program-{n}") for n in range(MANY)
        ),
        policy=replace(AT_ANY_TIME, frequency=frequency),
    )


def test_fifty_workers_with_mails_of_fifty_programs_send_as_many_as_one_person_may_get(
    dynamo: Stores,
) -> None:
    """The person has two addresses; half of the workers see the one stated, half the other."""
    addresses = ["fay@inbox.halden.example", "fay.second@inbox.halden.example"]
    begun, _ = (welcome_for(dynamo, address) for address in addresses)
    refs = [dynamo.pseudonyms.ref(Namespace.EMAIL, address) for address in addresses]
    group = one_person(dynamo, *refs, n=2)
    mailer, bundle = FakeMailer(), capped(2)
    wanted = {n: replace(begun, program=f"program-{n}") for n in range(MANY)}
    tries = 0

    def work(n: int) -> bool:
        seen = cast("People", Shows(group, addresses[n % 2]))
        send = flow(replace(dynamo, people=seen), Clock(moment=NOW), mailer, bundle)
        try:
            send.deliver(wanted[n])
        except RetryableError:
            return False
        return True

    left = list(wanted)
    while left:
        tries += 1
        assert tries < MANY
        done = together([partial(work, n) for n in left])
        left = [n for n, ready in zip(left, done, strict=True) if not ready]
    ledgers = [dynamo.book.address(ref).ledger for ref in refs]
    print(f"\n{MANY} workers, at most 2 mails: {len(mailer.accepted)} sent in {tries} rounds")
    assert len(mailer.accepted) == sum(map(len, ledgers)) == 2


def test_workers_at_once_take_no_more_than_the_day_has(dynamo: Stores) -> None:
    counts = DynamoCounts(TABLE_NAMES["book"])
    took = together(
        [partial(counts.take, "jobs.example", "2026-03-02", most=7) for _ in range(MANY)]
    )
    assert took.count(True) == counts.used("jobs.example", "2026-03-02") == 7
    assert counts.used("jobs.example", "2026-03-03") == 0
