"""What is known of an ATS's people: in memory and in DynamoDB alike; and many at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.adapters.dynamo.ats_rows import DynamoAtsRows
from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.tasks import DynamoTasks
from rapport.ats_jobs import JobIntake
from rapport.ats_rows import AtsRows, Closing, Fate, KnownApplication, KnownCandidate, Said
from rapport.domain import names
from rapport.domain.address import LedgerEntry, Suppression, ats_scope
from rapport.domain.ats import Kind
from rapport.domain.event import Origin
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.series import Point
from rapport.errors import ConflictError
from rapport.intake import AtsIntake
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, event, mailbox
from tests.contract.test_races import together
from tests.support.ats.desk import HALDEN, ana, told
from tests.support.ats.rows import FakeAtsRows
from tests.support.boards import FakeJobs
from tests.support.fakes import FakeBook

WORKERS = 8
C1 = Ref("ats#" + "c" * 22)
A1 = Ref("ats#" + "a" * 22)
CANDIDATE = KnownCandidate(
    ref=C1,
    version=1,
    merged=(A1,),
    can_email=Said(at=NOW, value=False),
    fate=Fate.ASKED,
    addresses=(Ref("email#x"),),
    taken=("m1",),
)
APPLICATION = KnownApplication(
    ref=A1,
    version=1,
    home=C1,
    candidate=C1,
    received=True,
    stage=(Point(at=NOW, value="s1", said=True, told=True, shown=True),),
)


@pytest.fixture
def rows(stores: Stores) -> AtsRows:
    if isinstance(stores.book, FakeBook):
        return FakeAtsRows(stores.book)
    assert isinstance(stores.log, DynamoLog)
    return DynamoAtsRows(TABLE_NAMES["book"], log=stores.log)


def test_rows_events_and_suppressions_are_written_together_or_not_at_all(
    stores: Stores, rows: AtsRows
) -> None:
    ana_at = mailbox(stores.pseudonyms)
    word = Suppression(reason="the ATS says so", at=NOW, event_id="m1")
    closing = Closing(address=ana_at, version=0, scopes={ats_scope(C1): word})
    first = event(ana_at, name="Candidate Recorded", message_id="m1")
    rows.settle([CANDIDATE, APPLICATION], [first], [closing])
    assert rows.read([C1, A1, Ref("ats#nobody")]) == {C1: CANDIDATE, A1: APPLICATION}
    assert stores.book.address(ana_at).suppressions == {ats_scope(C1): word}
    assert stores.log.get(first.key) == first
    newer = replace(CANDIDATE, version=2, taken=("m1", "m2"))
    second = event(ana_at, name="Candidate Recorded", message_id="m2")
    opening = Closing(address=ana_at, version=1)
    for lost in (
        ([CANDIDATE], [second], [opening]),
        ([newer], [first], [opening]),
        ([newer], [second], [closing]),
    ):
        with pytest.raises(ConflictError):
            rows.settle(*lost)
    assert rows.read([C1]) == {C1: CANDIDATE}
    assert stores.log.get(second.key) is None
    rows.settle([newer], [second], [opening])
    assert not stores.book.address(ana_at).suppressions


def test_a_mail_of_somebody_else_is_counted_once(stores: Stores) -> None:
    ana_at = mailbox(stores.pseudonyms)
    entry = LedgerEntry(at=NOW, program="ats:halden", send_key="ab" * 32)
    earlier = replace(entry, at=NOW - timedelta(days=3), send_key="cd" * 32)
    for each in (entry, entry, earlier):
        stores.book.count_elsewhere(ana_at, each)
    assert stores.book.address(ana_at).ledger == (earlier, entry)
    assert stores.book.address(ana_at).version == 2


def test_of_many_workers_who_are_told_of_one_move_one_tells_it(dynamo: Stores) -> None:
    assert isinstance(dynamo.log, DynamoLog)
    assert isinstance(dynamo.book, DynamoBook)
    intake = AtsIntake(
        rows=DynamoAtsRows(TABLE_NAMES["book"], log=dynamo.log),
        log=dynamo.log,
        book=dynamo.book,
        clusters=dynamo.clusters,
        tasks=DynamoTasks(TABLE_NAMES["book"]),
        refs=dynamo.pseudonyms,
        now=lambda: NOW,
        jobs=JobIntake(store=FakeJobs(), now=lambda: NOW),
    )
    applied = NOW - timedelta(days=3)
    created = told(Kind.APPLICATION_CREATED, applied, stage="s1", who=ana(can_email=False))
    intake.take(HALDEN, [created], origin=Origin.LIVE)
    moved = told(Kind.APPLICATION_STAGE_CHANGED, applied + timedelta(days=1), stage="s2", who=ana())

    def tell(number: int) -> Callable[[], int]:
        # Deliveries that differ tell of the same move.
        mine = replace(moved, vendor_event=f"hook {number}") if number % 2 else moved
        return lambda: intake.take(HALDEN, [mine], origin=Origin.LIVE).news

    together([tell(number) for number in range(WORKERS)])
    who = dynamo.pseudonyms.ref(Namespace.ATS, "greenhouse:halden:c1")
    facts = [e for e in dynamo.log.partition(who) if e.type == names.APPLICATION_STAGE_CHANGED]
    print(f"workers that were told of one move: {WORKERS}, facts: {len(facts)}")
    assert len(facts) == 1
    at = dynamo.pseudonyms.ref(Namespace.EMAIL, "ana@inbox.example")
    assert set(dynamo.book.address(at).suppressions) == {ats_scope(who)}
