"""What every log and every people store does, in memory and in DynamoDB alike."""

import json
import logging
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from random import Random

import pytest

from rapport.adapters.dynamo.models import EventRow
from rapport.domain.event import Json, LogKey, month_of
from rapport.domain.identifiers import person_id
from rapport.domain.profile import Occurrence, Profile, fold_profile
from rapport.domain.tally import fold_partition
from rapport.errors import ErasedError, PoisonError
from rapport.observability import logger
from rapport.ports import View
from tests.contract.conftest import Stores
from tests.contract.examples import NOW, cookie, event, mailbox
from tests.support.fakes import FakeLog

MONTH = month_of(NOW)


def test_the_first_copy_of_an_event_stays_and_a_repeat_changes_nothing(stores: Stores) -> None:
    first = event(cookie(stores.pseudonyms))
    altered = event(cookie(stores.pseudonyms), body={"properties": {"category": "laboratory"}})
    assert stores.log.append([first]) == [True]
    assert stores.log.append([altered, first]) == [False, False]
    assert stores.log.get(first.key) == first


def test_a_partition_is_read_in_order_of_its_sort_key(stores: Stores) -> None:
    who = cookie(stores.pseudonyms)
    events = [event(who, message_id=f"m-{n}", at=NOW + timedelta(hours=n)) for n in (2, 0, 1)]
    other = event(cookie(stores.pseudonyms, "cookie-2"))
    stores.log.append([*events, other])
    assert [e.message_id for e in stores.log.partition(who)] == ["m-0", "m-1", "m-2"]


def test_an_absent_event_is_none(stores: Stores) -> None:
    assert stores.log.get(event(cookie(stores.pseudonyms)).key) is None


def test_an_event_whose_key_was_destroyed_cannot_be_opened(dynamo: Stores) -> None:
    assert dynamo.vault is not None
    who, ana = cookie(dynamo.pseudonyms), mailbox(dynamo.pseudonyms)
    kept, erased = event(who, message_id="kept"), event(who, home=ana, message_id="erased")
    dynamo.log.append([kept, erased])
    dynamo.vault.destroy(ana)
    assert dynamo.log.partition(who) == [kept]
    with pytest.raises(ErasedError):
        dynamo.log.get(erased.key)


def damage(stores: Stores, key: LogKey) -> None:
    if isinstance(stores.log, FakeLog):
        stores.log.damaged.add(key)
    else:
        row = EventRow.get(key.pk, key.sk)
        row.body = b"\x01no body of ours"
        row.save()


def test_a_damaged_row_hides_no_other_and_does_not_open(stores: Stores) -> None:
    who = cookie(stores.pseudonyms)
    before, broken, after = (event(who, message_id=f"m-{n}") for n in range(3))
    stores.log.append([before, broken, after])
    damage(stores, broken.key)
    assert stores.log.partition(who) == [before, after]
    with pytest.raises(PoisonError):
        stores.log.get(broken.key)


def test_a_damaged_row_is_told_without_a_word_of_its_sender(
    dynamo: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = cookie(dynamo.pseudonyms)
    broken = event(who, message_id="ana-nowak")
    dynamo.log.append([broken])
    damage(dynamo, broken.key)
    stream = StringIO()
    for attached in logging.getLogger(logger().service).handlers:
        monkeypatch.setattr(attached, "stream", stream)
    assert dynamo.log.partition(who) == []
    told = json.loads(stream.getvalue())
    assert (told["level"], told["partition"], told["error"]) == ("WARNING", who, "PoisonError")
    assert told["row"] == sha256(broken.key.sk.encode()).hexdigest()[:16]
    assert "nowak" not in stream.getvalue()


def test_what_could_not_be_opened_again_is_refused_before_anything_is_stored(
    stores: Stores,
) -> None:
    who = cookie(stores.pseudonyms)
    good = event(who, message_id="good")
    for n, value in enumerate([nested(1000), Random(7).randbytes(700_000).hex(), "x" * 2_000_000]):
        bad = event(who, message_id=f"bad-{n}", body={"a": value})
        with pytest.raises(PoisonError):
            stores.log.append([good, bad])
    assert stores.log.partition(who) == []


def nested(depth: int) -> Json:
    value: Json = 1
    for _ in range(depth):
        value = [value]
    return value


def test_a_month_is_written_only_at_the_position_that_was_read(stores: Stores) -> None:
    who = cookie(stores.pseudonyms)
    partition = fold_partition(who, [event(who)])
    assert stores.people.save_month(partition, MONTH, sequence="5", after=None)
    assert not stores.people.save_month(partition, MONTH, sequence="6", after=None)
    assert not stores.people.save_month(partition, MONTH, sequence="6", after="4")
    assert stores.people.save_month(partition, MONTH, sequence="6", after="5")
    assert stores.people.partition(who) == (partition, {MONTH: "6"})


def test_a_strong_identifier_is_found_from_its_cookie_and_back(stores: Stores) -> None:
    who, ana = cookie(stores.pseudonyms), mailbox(stores.pseudonyms)
    assert stores.people.partitions_of(ana) == [ana]
    stores.people.add_strong(who, ana, NOW)
    stores.people.add_strong(who, ana, NOW + timedelta(days=1))
    assert stores.people.partition(who)[0].strongs == (ana,)
    assert stores.people.partitions_of(ana) == [ana, who]
    assert stores.people.root_of(person_id(ana)) == ana


def test_a_cookie_without_a_person_has_only_its_own_partition(stores: Stores) -> None:
    who = cookie(stores.pseudonyms)
    assert stores.people.partitions_of(who) == [who]
    assert stores.people.root_of(person_id(who)) is None


def test_a_view_is_written_version_by_version(stores: Stores) -> None:
    who, ana = cookie(stores.pseudonyms), mailbox(stores.pseudonyms)
    joined = event(who, home=ana, name="Talent Network Joined")
    profile = fold_profile(ana, [fold_partition(who, [joined])])
    occurrence = Occurrence(
        name="TalentNetworkJoined",
        event_id=joined.message_id,
        origin=joined.origin,
        occurred_at=joined.at,
        received_at=joined.received_at,
        log_pk=joined.key.pk,
        log_sk=joined.key.sk,
    )
    first = View(profile=profile, version=1, seen={who: "5"})
    assert stores.people.view(profile.person) is None
    assert stores.people.save_view(first, [occurrence], now=NOW)
    assert not stores.people.save_view(first, [occurrence], now=NOW)
    assert stores.people.view(profile.person) == first
    second = View(profile=Profile(root=ana), version=2)
    assert stores.people.save_view(second, [], now=NOW)
    assert stores.people.view(profile.person) == second
