"""The calls of the tracking door on the real engine: direct or through botocore, they do the same.

And what remembering a seal key for a minute means for an erasure.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from rapport.adapters.dynamo import calls, keys
from rapport.adapters.dynamo.calls import Calls, RefusedCallError, ThroughModels
from rapport.adapters.dynamo.direct import Direct
from rapport.adapters.dynamo.log import DynamoLog, event_item
from rapport.adapters.dynamo.models import EventRow, RingKeyRow, SealKeyRow
from rapport.adapters.dynamo.vault import SEALER_SECONDS, DynamoVault, Pseudonymiser, key_item
from rapport.domain.event import Event, Origin, Trust, millis
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError, ErasedError, RetryableError
from tests.contract.conftest import create_tables
from tests.contract.examples import NOW, cookie, event, mailbox


@pytest.fixture
def tables(engine: str) -> dict[str, str]:
    return create_tables(engine, uuid4().hex[:8])


@pytest.fixture(params=["direct", "through botocore"])
def through(request: pytest.FixtureRequest, engine: str, monkeypatch: Any) -> Iterator[Calls]:
    if request.param == "through botocore":
        yield ThroughModels()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "bench")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    made = Direct()
    yield made
    made.close()


class Seconds:
    """A clock of seconds that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Listening:
    """`Calls` that remembers what was asked for; `answers` go before the engine's."""

    at_once = 1

    def __init__(self, really: Calls) -> None:
        self.asked: list[str] = []
        self.answers: list[Any] = []
        self._really = really

    def __call__(self, operation: str, request: Any) -> dict[str, Any]:
        self.asked.append(operation)
        if self.answers:
            made: dict[str, Any] = self.answers.pop(0)(request)
            return made
        return self._really(operation, request)


def door(tables: dict[str, str], through: Calls, clock: Seconds | None = None) -> DynamoLog:
    vault = DynamoVault(
        tables["vault"],
        clock=clock or Seconds(),
        sealer_seconds=SEALER_SECONDS,
        through=through,
    )
    return DynamoLog(tables["log"], vault, through=through)


def test_a_batch_is_stored_and_told_in_its_order(tables: dict[str, str], through: Calls) -> None:
    log = door(tables, through)
    who = cookie(Pseudonymiser(DynamoVault(tables["vault"], through=through)))
    events = [event(who, message_id=f"m-{n}") for n in range(60)]
    assert log.append(events[::3]) == [True] * 20
    assert log.append(events) == [n % 3 > 0 for n in range(60)]
    assert {e.message_id for e in log.partition(who)} == {f"m-{n}" for n in range(60)}


def test_one_key_is_made_for_all_who_ask_at_once(tables: dict[str, str], through: Calls) -> None:
    homes = [Ref(f"user#{n}") for n in range(250)]
    first, second = (DynamoVault(tables["vault"], through=through) for _ in range(2))
    made = first.seal_keys(homes[:200], create=True)
    assert second.seal_keys(homes, create=True).items() >= made.items()
    assert first.seal_keys(homes).keys() == {*homes}


def test_a_condition_that_fails_and_a_table_that_is_not_there(
    tables: dict[str, str], through: Calls
) -> None:
    row = key_item(keys.seal_key(Ref("user#1")), "seal_key", bytes(32))
    put = {"TableName": tables["vault"], "Item": row, "ConditionExpression": calls.IF_ABSENT}
    through("PutItem", put)
    with pytest.raises(ConflictError):
        through("PutItem", put)
    with pytest.raises(RefusedCallError):
        through("PutItem", {**put, "TableName": "nowhere"})


@pytest.mark.parametrize("told", [True, False])
def test_a_plain_row_is_the_models_row_byte_for_byte(told: bool) -> None:
    one = replace(
        event(Ref("anon#1"), home=Ref("email#2"), message_id="m-1"),
        original_at=NOW if told else None,
        sent_at=NOW + timedelta(seconds=3) if told else None,
        trust=Trust.VERIFIED if told else Trust.ASSERTED,
        origin=Origin.BACKFILL if told else Origin.LIVE,
    )
    assert event_item(one, b"\x02body") == modelled(one, b"\x02body").serialize()
    place = keys.seal_key(Ref("email#2"))
    assert key_item(place, "seal_key", b"k" * 32) == SealKeyRow(*place, key=b"k" * 32).serialize()
    ring = keys.ring_key("pepper", "k1")
    assert key_item(ring, "ring_key", b"k" * 32) == RingKeyRow(*ring, key=b"k" * 32).serialize()


def modelled(one: Event, body: bytes) -> EventRow:
    return EventRow(
        one.key.pk,
        one.key.sk,
        type=one.type,
        schema_version=one.schema_version,
        trust=one.trust.value[0],
        origin=one.origin.value,
        home=one.home,
        original_at=None if one.original_at is None else millis(one.original_at),
        sent_at=None if one.sent_at is None else millis(one.sent_at),
        received_at=millis(one.received_at),
        at=millis(one.at),
        body=body,
    )


def test_the_failure_of_one_event_hides_no_other(tables: dict[str, str], through: Calls) -> None:
    listening = Listening(through)
    log = door(tables, listening)
    who = cookie(Pseudonymiser(DynamoVault(tables["vault"], through=through)))
    events = [event(who, message_id=f"m-{n}") for n in range(4)]
    log.append(events[:1])

    def throttled(_: Any) -> Any:
        msg = "ThrottlingException"
        raise RetryableError(msg)

    listening.answers = [throttled]
    with pytest.raises(RetryableError):
        log.append(events[1:])
    assert [e.message_id for e in log.partition(who)] == ["m-0", "m-2", "m-3"]
    assert log.append(events) == [False, True, False, False]


def test_a_defect_is_told_before_trouble_that_may_pass() -> None:
    def work(n: int) -> int:
        if n == 1:
            raise RetryableError
        if n == 2:
            raise KeyError(n)
        return n

    for at_once in (1, 4):
        with pytest.raises(KeyError):
            calls.side_by_side(work, range(5), at_once=at_once)
        assert calls.side_by_side(work, [5, 4, 3], at_once=at_once) == [5, 4, 3]


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_store_in_trouble_is_not_asked_for_each_of_thousands(at_once: int) -> None:
    tried: list[int] = []

    def work(n: int) -> int:
        tried.append(n)
        if n % 2:
            raise RetryableError
        return n

    with pytest.raises(RetryableError):
        calls.side_by_side(work, range(2_500), at_once=at_once)
    assert 2 * calls.ENOUGH <= len(tried) <= 2 * calls.ENOUGH + 2 * at_once


def test_a_put_that_was_made_already_is_told_from_anothers(
    tables: dict[str, str], through: Calls
) -> None:
    """What a try finds whose answer was lost."""
    row = key_item(keys.seal_key(Ref("user#1")), "seal_key", b"ours" * 8)
    other = key_item(keys.seal_key(Ref("user#1")), "seal_key", b"them" * 8)
    told = [calls.put_if_absent(through, tables["vault"], each) for each in (row, row, other)]
    assert told == [True, True, False]


def test_keys_that_the_engine_left_unread_are_asked_for_again(
    tables: dict[str, str], through: Calls
) -> None:
    homes = [Ref(f"user#{n}") for n in range(3)]
    made = DynamoVault(tables["vault"], through=through).seal_keys(homes, create=True)
    listening = Listening(through)

    def unread(request: Any) -> Any:
        return {"Responses": {tables["vault"]: []}, "UnprocessedKeys": request["RequestItems"]}

    listening.answers = [unread, unread]
    assert DynamoVault(tables["vault"], through=listening).seal_keys(homes) == made
    listening.answers = [unread] * 100
    with pytest.raises(RetryableError):
        DynamoVault(tables["vault"], through=listening).seal_keys(homes)


def test_a_warm_door_reads_no_key_for_a_visitor_it_has_just_seen(
    tables: dict[str, str], through: Calls
) -> None:
    listening, clock = Listening(through), Seconds()
    log = door(tables, listening, clock)
    who = cookie(Pseudonymiser(DynamoVault(tables["vault"], through=through)))
    log.append([event(who, message_id="first")])
    listening.asked.clear()
    clock.now = SEALER_SECONDS - 1
    log.append([event(who, message_id="second")])
    assert listening.asked == ["PutItem"]
    listening.asked.clear()
    clock.now = SEALER_SECONDS
    log.append([event(who, message_id="third")])
    assert listening.asked == ["BatchGetItem", "PutItem"]
    assert len(log.partition(who)) == 3


def test_erasure_holds_also_for_what_a_warm_door_still_seals(
    tables: dict[str, str], through: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing opens once a key is destroyed, and nothing that opens is taken for damaged."""
    clock = Seconds()
    warm = door(tables, through, clock)
    elsewhere = DynamoVault(tables["vault"], through=through)
    reader = DynamoLog(tables["log"], elsewhere, through=through)
    refs = Pseudonymiser(elsewhere)
    who, ana = cookie(refs), mailbox(refs)
    before, within, other, after = (
        event(who, home=ana, message_id=name) for name in ("before", "within", "other", "after")
    )
    warm.append([before])
    elsewhere.destroy(ana)
    assert reader.partition(who) == []

    # The warm door has not heard of it: what it seals now is erased from the start.
    assert warm.append([within]) == [True]
    assert reader.partition(who) == []
    with pytest.raises(ErasedError):
        reader.get(within.key)

    # Another door makes a new key meanwhile. What the old one sealed is erased, not damaged.
    reader.append([other])
    clock.now = SEALER_SECONDS
    warm.append([after])
    with caplog.at_level(logging.WARNING):
        assert reader.partition(who) == [after, other]
    with pytest.raises(ErasedError):
        reader.get(before.key)
    assert not [each for each in caplog.records if "does not open" in each.message]


def test_a_door_remembers_a_bounded_number_of_keys(
    tables: dict[str, str], through: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapport.adapters.dynamo.vault.REMEMBERED_KEYS", 3)
    vault = DynamoVault(tables["vault"], sealer_seconds=60, clock=Seconds(), through=through)
    for n in range(5):
        vault.seal_keys([Ref(f"user#{n}")], create=True)
    assert [*vault._sealers] == [f"user#{n}" for n in (2, 3, 4)]
