"""What a campaign would come to, told for each one's turn and within what bounds them all."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest

from rapport.domain.event import millis
from rapport.domain.person import UNKNOWN_ACCOUNT, Account
from rapport.domain.policy import Policy, QuietHours, Ramp
from rapport.domain.reasons import Reason
from rapport.rehearsing import Outlook, Tally, bounded, paced, rooms
from tests.support.agency import KEY, Agency

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
RAMP = Policy(ramp=Ramp(started="2026-11-23", first_day=50, factor=2.0, full=1_000))


def of_days(*counts: int) -> Tally:
    days = {(MONDAY.date() + timedelta(days=n)).isoformat(): c for n, c in enumerate(counts) if c}
    return Tally(now=sum(counts), days=days)


def outlook(office: Agency) -> Outlook:
    office.campaigns.rehearse(KEY, by="kari")
    while office.step():
        pass
    found = office.campaigns.outlook(KEY)
    assert found is not None
    assert found.complete
    assert found.tally.people == found.people
    return found


def test_everybody_is_judged_at_their_own_turn_and_not_now() -> None:
    office = Agency()
    office.crowd(3)
    bundle = office.room.bundle
    # It is 09:00 UTC, and from 10 o'clock in the evening to 7 in the morning nobody is written to.
    quiet = QuietHours(starts=time(22), ends=time(7), narrow_starts=time(22), narrow_ends=time(7))
    policy = replace(bundle.policy, quiet=replace(quiet, spread=timedelta()))
    office.room.publish(msgspec.structs.replace(bundle, policy=policy))
    assert outlook(office).tally.now == 3
    office.edit(KEY, local_hour=23)
    at_night = outlook(office)
    assert (at_night.tally.now, dict(at_night.tally.held)) == (0, {"quiet_hours": 3})
    office.edit(KEY, local_hour=-1, at="2026-03-02T23:30:00+00:00")
    assert dict(outlook(office).tally.held) == {"quiet_hours": 3}


@pytest.mark.parametrize(
    ("account", "reason"),
    [(Account(quota=10, quota_used=8), "quota"), (Account(quota=10_000), "")],
)
def test_what_ses_takes_in_a_day_bounds_all_of_them_together(account: Account, reason: str) -> None:
    office = Agency()
    office.crowd(5)
    office.room.accounts.known = account
    told = outlook(office).tally
    left = int(10 * (1 - office.room.bundle.policy.quota_reserve)) - 8
    assert told.now == (5 if not reason else max(left, 0))
    assert dict(told.held) == ({reason: 5 - max(left, 0)} if reason else {})


def test_a_ramp_spreads_them_over_days_and_says_when_the_last_one_goes() -> None:
    room = rooms(RAMP, UNKNOWN_ACCOUNT, used=20, now=MONDAY)
    told = paced(of_days(300), room)
    # 30 of the 50 of Monday are left, then 100 and 200.
    assert (told.now, told.held) == (30, {Reason.RAMP: 270})
    assert told.until == {Reason.RAMP: millis(datetime(2026, 11, 25, tzinfo=UTC))}
    # Whoever waits from Monday goes before those whose turn is on Tuesday.
    told = paced(of_days(60, 90), room)
    assert told.days == {"2026-11-23": 30, "2026-11-24": 70}
    assert (told.now, told.held) == (100, {Reason.RAMP: 50})


def test_the_tighter_of_both_bounds_gives_the_reason_and_a_shut_account_ends_somewhere() -> None:
    room = rooms(RAMP, Account(quota=40), used=0, now=MONDAY)
    assert room(MONDAY.date())[1] is Reason.QUOTA
    shut = paced(of_days(5), lambda _: (0, Reason.QUOTA))
    assert (shut.now, shut.held) == (0, {Reason.QUOTA: 5})
    assert paced(of_days(5), lambda _: (None, Reason.RAMP)) == of_days(5)
    assert paced(Tally(), room) == Tally()


def test_a_bound_of_its_own_keeps_the_last_ones() -> None:
    told = bounded(of_days(4, 4), room=5, until=MONDAY)
    assert (told.now, told.days) == (5, {"2026-11-23": 4, "2026-11-24": 1})
    assert told.held == {Reason.CAMPAIGN_SPENT: 3}
    assert bounded(of_days(4, 4), room=None, until=MONDAY) == of_days(4, 4)
