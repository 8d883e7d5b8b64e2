"""Imports on DynamoDB: rows, words taken back, and a worker that dies after each of its calls."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rapport.adapters.dynamo.book import DynamoBook
from rapport.adapters.dynamo.calls import TABLE_NAMES
from rapport.adapters.dynamo.imports import DynamoImports, DynamoTakesBack
from rapport.adapters.dynamo.log import DynamoLog
from rapport.domain import names
from rapport.domain.address import Consent, ConsentStatus
from rapport.domain.identifiers import Namespace, Ref
from rapport.domain.rules import Rules
from rapport.errors import ConflictError
from rapport.importing.applying import Applying
from rapport.importing.judging import Judge
from rapport.importing.ports import ImportRows, Kept, Stage, TakesBack
from rapport.importing.reporting import Asked
from rapport.importing.undoing import Undoing
from rapport.imports import Imports
from rapport.likeness import alike
from rapport.records import engine_event
from tests.contract.conftest import Stores
from tests.contract.examples import NOW
from tests.support.fakes import Calls, CrashError, FakeBook
from tests.support.importing import (
    BUNDLE,
    COLUMNS,
    PROVEN,
    TOPIC,
    Dying,
    FakeImports,
    FakeShelf,
    FakeTakesBack,
    FakeWork,
    ImportDesk,
    row,
    table,
)

FOREVER = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def rows(stores: Stores) -> ImportRows:
    return FakeImports() if stores.name == "fake" else DynamoImports(TABLE_NAMES["book"])


@pytest.fixture
def words(stores: Stores) -> TakesBack:
    if isinstance(stores.book, FakeBook):
        return FakeTakesBack(stores.book)
    assert isinstance(stores.book, DynamoBook)
    return DynamoTakesBack(stores.book)


def test_an_import_is_read_as_it_was_put_and_moves_on_from_its_own_version_alone(
    rows: ImportRows,
) -> None:
    asked = ImportDesk()
    fresh = asked.imports.start(asked.asked(table([row(1)])))
    first = rows.put(replace(fresh, version=0))
    assert rows.get(first.id) == first
    with pytest.raises(ConflictError):
        rows.put(replace(fresh, version=0))
    later = replace(fresh, id="later", version=0, started_at=fresh.started_at + timedelta(days=1))
    rows.put(later)
    assert [each.id for each in rows.all()] == ["later", first.id]
    assert rows.columns("fair") is None
    rows.put_columns("fair", COLUMNS)
    assert rows.columns("fair") == COLUMNS


def test_who_came_without_proof_is_due_the_day_after_the_last(rows: ImportRows) -> None:
    homes = (Ref("email#a"), Ref("email#b"))
    kept = [Kept(until=date(2026, 3, day), import_id="i", page=0, homes=homes) for day in (9, 2)]
    for each in kept:
        rows.keep(each)
        rows.keep(each)
    assert rows.due(date(2026, 3, 2)) == []
    assert list(rows.due(date(2026, 3, 10))) == [kept[1], kept[0]]
    rows.release("i", 0, date(2026, 3, 2))
    assert list(rows.due(date(2026, 3, 10))) == [kept[0]]


def grant(stores: Stores, address: Ref, event_id: str, at: datetime) -> None:
    event = engine_event(
        names.CONSENT_GRANTED,
        subject=address,
        message_id=event_id,
        cause_at=NOW,
        now=NOW,
        properties={"topic": TOPIC, "statement": "s", "statement_hash": "h"},
    )
    word = Consent(
        status=ConsentStatus.GRANTED,
        at=at,
        statement="s",
        statement_hash="h",
        event_id=event_id,
        source="import",
    )
    stores.book.grant(address, TOPIC, word, event, confirmed_at=at)


def test_of_a_word_that_is_taken_back_the_one_before_holds_again(
    stores: Stores, words: TakesBack
) -> None:
    address, earlier = stores.pseudonyms.ref(Namespace.EMAIL, "a@pool.example"), NOW
    grant(stores, address, "one", earlier)
    grant(stores, address, "two", earlier + timedelta(days=1))
    assert words.unsay(address, TOPIC, "two")
    assert not words.unsay(address, TOPIC, "two")
    state = stores.book.address(address)
    assert (state.consents[TOPIC].event_id, state.confirmed_at) == ("one", earlier)
    assert words.unsay(address, TOPIC, "one")
    state = stores.book.address(address)
    assert (dict(state.consents), state.confirmed_at) == ({}, None)


def test_a_word_said_since_is_not_taken_back(stores: Stores, words: TakesBack) -> None:
    address = stores.pseudonyms.ref(Namespace.EMAIL, "b@pool.example")
    grant(stores, address, "imported", NOW)
    grant(stores, address, "said", NOW + timedelta(days=1))
    assert not words.unsay(address, TOPIC, "imported")
    assert stores.book.address(address).consents[TOPIC].event_id == "said"


def desk(stores: Stores, calls: Calls, shelf: FakeShelf) -> Imports:
    assert isinstance(stores.book, DynamoBook)
    book = Dying(stores.book, calls)
    judge = Judge(
        clusters=stores.clusters,
        address=book.address,
        profile=lambda _: None,
        refs=stores.pseudonyms,
        rules=Rules,
        alike=alike,
        bundle=lambda: BUNDLE,
        now=lambda: NOW + timedelta(days=365),
    )
    applying = Applying(
        rows=Dying(DynamoImports(TABLE_NAMES["book"]), calls),
        shelf=Dying(shelf, calls),
        log=Dying(stores.log, calls),
        book=book,
        judge=judge,
        now=judge.now,
    )
    undoing = Undoing(
        rows=applying.rows,
        shelf=applying.shelf,
        log=applying.log,
        words=DynamoTakesBack(stores.book),
        mend=lambda _: None,
        now=judge.now,
    )
    return Imports(applying=applying, undoing=undoing, work=FakeWork(), now=judge.now)


def asked(number: int) -> Asked:
    from io import BytesIO

    people = [row(n, Email=f"p{n}.{number}@pool.example") for n in range(3)]
    content = table([*people, people[1]])
    return Asked(
        file=BytesIO(content),
        source="fair",
        by="kari",
        columns=COLUMNS,
        claim=PROVEN,
        list="spring",
    )


def test_an_import_whose_worker_dies_after_any_call_writes_each_row_once(dynamo: Stores) -> None:
    assert isinstance(dynamo.log, DynamoLog)
    whole = Calls()
    one = desk(dynamo, whole, FakeShelf())
    done = one.run(one.start(asked(0)).id, until=FOREVER)
    steps = len(whole.names)
    lost = doubled = 0
    for number in range(1, steps):
        calls, shelf = Calls(fail_after=number), FakeShelf()
        dying = desk(dynamo, calls, shelf)
        with pytest.raises(CrashError):
            dying.run(dying.start(asked(number)).id, until=FOREVER)
        calls.fail_after = None
        try:
            by = dying.start(asked(number))
        except Exception as over:  # noqa: BLE001  (it was done already, and says so)
            by = next(each for each in dying.all() if each.id in str(over))
        by = dying.run(by.id, until=FOREVER)
        assert (by.stage, by.counts, by.rows) == (Stage.DONE, done.counts, done.rows)
        for n in range(3):
            ref = dynamo.pseudonyms.ref(Namespace.EMAIL, f"p{n}.{number}@pool.example")
            kinds = sorted(event.type for event in dynamo.log.partition(ref))
            lost += len({*kinds}) < 3
            doubled += len(kinds) > 3
            doubled += len(dynamo.book.address(ref).consents) != 1
    print(f"workers killed: {steps - 1}, rows lost: {lost}, doubled: {doubled}")
    assert (lost, doubled) == (0, 0)
