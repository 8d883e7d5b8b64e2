"""At most one mail, on a real engine: workers that die at every call, workers that race."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

from functions.send.compose import Composer
from functions.send.flow import LEASE, Send
from functions.send.snapshot import Reader
from rapport.adapters.dynamo import models
from rapport.adapters.dynamo.vault import TOKEN_RING
from rapport.bundle import OCCURRENCE_EVER
from rapport.domain.decision import FactRef, Intent
from rapport.domain.identifiers import Namespace, person_id
from rapport.domain.profile import fold_profile
from rapport.domain.tally import fold_partition
from rapport.errors import RetryableError
from rapport.ports import View
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, cookie, event, yes
from tests.support.fakes import Clock, CrashError, FakeBundles, FakeMailer
from tests.support.mailroom import PUBLIC_URL, TOPIC, WELCOME, shipped

LIVE = "bundle-1"
WORKERS = 12
# Long enough for the whole flow; the last rounds die nowhere.
ROUNDS = 24


def flow(stores: Stores, clock: Clock, mailer: FakeMailer) -> Send:
    """The flow of `send` on the engine, with a mailer that counts."""
    vault = stores.vault
    assert vault is not None
    return Send(
        reader=Reader(
            people=stores.people,
            book=stores.book,
            bundles=FakeBundles(**{LIVE: shipped()}),
            pseudonyms=stores.pseudonyms,
            live=lambda: LIVE,
        ),
        composer=Composer(
            book=stores.book, ring=lambda: vault.ring(TOKEN_RING), public_url=PUBLIC_URL
        ),
        book=stores.book,
        log=stores.log,
        mailer=mailer,
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
    profile = fold_profile(ref, [fold_partition(partition, [joined])])
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
    assert 8 <= deaths < ROUNDS
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
