"""What every log and every people store does, in memory and in DynamoDB alike."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from random import Random

import pytest

from bench.meter import Meter
from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import DetailRow, EventRow
from rapport.domain.event import Event, Json, LogKey, month_of
from rapport.domain.identifiers import Ref, person_id
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import Profile, fold_profile
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
    assert stores.people.partitions_of([ana]) == [ana]
    stores.people.add_strong(who, ana, NOW)
    stores.people.add_strong(who, ana, NOW + timedelta(days=1))
    assert stores.people.partition(who)[0].strongs == (ana,)
    assert stores.people.partitions_of([ana]) == [ana, who]


def test_a_strong_identifiers_own_partition_is_one_to_read_once_it_counts_something(
    stores: Stores,
) -> None:
    who, ana = cookie(stores.pseudonyms), mailbox(stores.pseudonyms)
    stores.people.add_strong(who, ana, NOW)
    assert stores.people.counted_with([ana]) == [who]
    own = fold_partition(ana, [event(ana)])
    assert stores.people.save_month(own, MONTH, sequence="5", after=None)
    assert stores.people.counted_with([ana]) == sorted([ana, who])
    assert stores.people.partitions_of([ana]) == [ana, who]


def test_a_person_has_the_partitions_of_all_identifiers_each_once_their_own_first(
    stores: Stores,
) -> None:
    one, other = (cookie(stores.pseudonyms, f"cookie-{n}") for n in range(2))
    mailboxes = [mailbox(stores.pseudonyms, f"ana+{n}@inbox.halden.example") for n in range(20)]
    for each in mailboxes:
        stores.people.add_strong(one, each, NOW)
    stores.people.add_strong(other, mailboxes[7], NOW)
    # Two of them were named by one message without a cookie.
    stores.people.add_strong(mailboxes[0], mailboxes[1], NOW)
    found = stores.people.partitions_of(mailboxes)
    assert found == [*mailboxes, *sorted([one, other])]


def test_a_cookie_has_only_its_own_partition(stores: Stores) -> None:
    who = cookie(stores.pseudonyms)
    assert stores.people.partitions_of([who]) == [who]


def joined_by(stores: Stores) -> tuple[Event, Profile]:
    who, ana = cookie(stores.pseudonyms), mailbox(stores.pseudonyms)
    joined = event(who, home=ana, name="Talent Network Joined")
    return joined, fold_profile(ana, [fold_partition(who, [joined])])


def test_a_view_is_written_version_by_version(stores: Stores) -> None:
    joined, profile = joined_by(stores)
    occurrence = Occurrence(
        name="TalentNetworkJoined",
        event_id=joined.message_id,
        origin=joined.origin,
        occurred_at=joined.at,
        received_at=joined.received_at,
        log_pk=joined.key.pk,
        log_sk=joined.key.sk,
    )
    first = View(profile=profile, version=1, seen={joined.partition: "5"})
    assert stores.people.view(profile.person) is None
    assert stores.people.save_view(first, [occurrence], now=NOW)
    assert not stores.people.save_view(first, [occurrence], now=NOW)
    assert stores.people.view(profile.person) == first
    second = View(profile=Profile(root=profile.root), version=2)
    assert stores.people.save_view(second, [], now=NOW)
    assert stores.people.view(profile.person) == second


def test_an_id_leads_to_the_identifier_it_was_made_from_once_its_view_is_written(
    stores: Stores,
) -> None:
    ana, bea = (mailbox(stores.pseudonyms, f"{n}@inbox.halden.example") for n in ("ana", "bea"))
    assert stores.people.root_of(person_id(ana)) is None
    stores.people.save_view(View(profile=Profile(root=ana), version=1), [], now=NOW)
    assert stores.people.root_of(person_id(ana)) == ana
    absorbed = View(profile=Profile(root=ana, moved_to=bea), version=2)
    assert stores.people.save_view(absorbed, [], now=NOW)
    assert stores.people.root_of(person_id(ana)) == ana


# So long that no packing gets them into one row.
CATEGORIES = [Random(n).randbytes(48).hex() for n in range(16)]
# Of growing, shrinking and moving profiles, how each looks.
STAGES: tuple[Mapping[str, object], ...] = (
    {"totals": {"page": 1}},
    {"totals": {"page": 2}, "interests": {"nursing": 1}},
    {"totals": {"page": 3}, "interests": dict.fromkeys(CATEGORIES, 1)},
    {"totals": {"page": 4}, "interests": dict.fromkeys(CATEGORIES, 1)},
    {"totals": {"page": 5}, "interests": dict.fromkeys(CATEGORIES, 2)},
    {"totals": {}, "moved_to": Ref("user#u")},
    {"totals": {"page": 6}, "interests": dict.fromkeys(CATEGORIES, 1)},
)


@pytest.mark.parametrize("read_before", [True, False])
def test_a_profile_of_any_size_is_read_as_it_was_written(
    stores: Stores, *, read_before: bool
) -> None:
    ana = mailbox(stores.pseudonyms)
    for version, stage in enumerate(STAGES, 1):
        profile = Profile(root=ana, **stage)  # type: ignore[arg-type]
        before = stores.people.view(profile.person) if read_before else None
        after = View(profile=profile, version=version)
        if before is not None:
            after = replace(before, profile=profile, version=version)
        assert stores.people.save_view(after, [], now=NOW)
        assert not stores.people.save_view(after, [], now=NOW)
        assert stores.people.view(profile.person) == after


def test_only_what_changed_of_a_large_profile_is_written(dynamo: Stores) -> None:
    ana = mailbox(dynamo.pseudonyms)
    meter = Meter()
    spent, stood = [], 0.0
    for version, stage in enumerate(STAGES, 1):
        view = dynamo.people.view(person_id(ana)) or View(profile=Profile(root=ana))
        profile = Profile(root=ana, **stage)  # type: ignore[arg-type]
        dynamo.people.save_view(replace(view, profile=profile, version=version), [], now=NOW)
        spent.append(meter.writes["people"] - stood)
        stood = meter.writes["people"]
    meter.stop()
    print(f"write units of a profile: small {spent[:2]}, grown {spent[2]}, only counted {spent[3]}")
    assert spent[:2] == [1, 1]
    assert spent[3] == 1
    assert DetailRow.count(keys.detail_key(person_id(ana)).pk) == 1


def test_an_absorbed_person_leaves_nothing_behind_but_where_it_went(dynamo: Stores) -> None:
    ana = mailbox(dynamo.pseudonyms)
    for version, stage in enumerate(STAGES[2:6:3], 1):
        view = View(profile=Profile(root=ana, **stage), version=version)  # type: ignore[arg-type]
        assert dynamo.people.save_view(view, [], now=NOW)
    assert DetailRow.count(keys.detail_key(person_id(ana)).pk) == 0


def test_rows_that_were_removed_are_gone_and_may_be_removed_again(stores: Stores) -> None:
    who = cookie(stores.pseudonyms)
    kept, gone = event(who, message_id="kept"), event(who, message_id="gone")
    stores.log.append([kept, gone])
    for _ in range(2):
        stores.log.remove([gone.key])
    assert stores.log.get(gone.key) is None
    assert stores.log.partition(kept.partition) == [kept]
