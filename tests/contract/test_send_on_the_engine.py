"""At most one mail, on a real engine: workers that die at every call, workers that race."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any, cast

from functions.send.compose import Composer
from functions.send.doubt import Doubts
from functions.send.flow import LEASE, Send
from functions.send.links import Linker
from functions.send.snapshot import Reader
from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.vault import TOKEN_RING
from rapport.bundle import OCCURRENCE_EVER
from rapport.domain.decision import FactRef, Intent
from rapport.domain.event import Trust
from rapport.domain.identifiers import Namespace, PersonId, Ref, person_id
from rapport.domain.jobs import Job, job_ref
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.statements import Register
from rapport.domain.tally import fold_partition
from rapport.errors import RetryableError
from rapport.identity import Group
from rapport.ports import People, View
from rapport.rules_form import Review
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, cookie, event, yes
from tests.contract.persons import one_person
from tests.contract.test_races import together
from tests.support.fakes import Clock, CrashError, FakeBundles, FakeMailer
from tests.support.mailroom import PUBLIC_URL, TOPIC, WELCOME, shipped
from tests.support.suggestions import FakeSuggestions

LIVE = "bundle-1"
WORKERS = 12
# Long enough for the whole flow; the last rounds die nowhere.
ROUNDS = 24
RACES = 8
REMINDER = "application-reminder"
NURSE = Job(
    id="",
    title="Nurse",
    category="nursing",
    location="Halden",
    url="https://careers.halden.example/jobs/1",
    opened_at=NOW,
)


def flow(stores: Stores, clock: Callable[[], datetime], mailer: FakeMailer) -> Send:
    """The flow of `send` on the engine, with a mailer that counts."""
    vault = stores.vault
    assert vault is not None
    return Send(
        reader=Reader(
            people=stores.people,
            clusters=stores.clusters,
            book=stores.book,
            bundles=FakeBundles(**{LIVE: shipped()}),
            pseudonyms=stores.pseudonyms,
            live=lambda: LIVE,
            doubts=Doubts(review=Review, suggestions=FakeSuggestions()),
        ),
        composer=Composer(
            book=stores.book, ring=lambda: vault.ring(TOKEN_RING), public_url=PUBLIC_URL
        ),
        book=stores.book,
        log=stores.log,
        mailer=mailer,
        linker=Linker(
            ring=lambda: vault.ring(TOKEN_RING), public_url=PUBLIC_URL, links=stores.fates
        ),
        funnel=stores.fates,
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


def test_a_worker_that_dies_after_any_call_to_the_store_doubles_no_mail(dynamo: Stores) -> None:
    deaths, lost = 0, 0
    for calls in range(1, ROUNDS + 1):
        clock, mailer = Clock(moment=NOW), FakeMailer()
        send = flow(dynamo, clock, mailer)
        intent = welcome_for(dynamo, f"ana{calls}@inbox.halden.example")
        try:
            with dies_after(calls):
                send.deliver(intent)
        except CrashError:
            deaths += 1
        for wait in (timedelta(seconds=5), LEASE, LEASE):
            clock.forward(seconds=wait.total_seconds() + 1)
            try:
                send.deliver(intent)
            except RetryableError:
                continue
        assert len(mailer.accepted) <= 1
        lost += not mailer.accepted
    # It died at each call of the flow, and got through in the last rounds.
    assert 12 <= deaths < ROUNDS
    # Only a death between the mark and the call to SES costs a mail: one call long.
    assert lost <= 1
    print(f"\nkilled after each of {deaths} store calls: doubled 0, never sent {lost}")


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
    dynamo.book.put_jobs([replace(NURSE, id=str(n)) for n in range(WORKERS)])
    with transactions() as sizes:
        races = [race(dynamo, number) for number in range(RACES)]
    sent, again = (sum(column) for column in zip(*races, strict=True))
    print(
        f"\n{RACES} races of {WORKERS} reminders to two addresses of one person: {sent} sent, "
        f"{again} to be delivered again; a transaction has at most {max(sizes)} items"
    )
    assert [one for one, _ in races] == [1] * RACES
