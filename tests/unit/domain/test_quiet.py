"""When: by the wall clock of the person, on the days that have an hour more or less too."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.decide import decide
from rapport.domain.decision import Outcome
from rapport.domain.person import Zone, ZoneSource
from rapport.domain.policy import Policy, QuietHours
from rapport.domain.quiet import first_awake, jitter
from rapport.domain.reasons import Reason
from tests.support.depth import rounds
from tests.support.fakes import START
from tests.support.policy_cases import RULES, had, living, zone

MINUTE = timedelta(minutes=1)


def at(text: str, name: str) -> datetime:
    """A time on the wall there; `*` marks the second of an hour that comes twice."""
    wall = datetime.fromisoformat(text.rstrip("*"))
    return wall.replace(tzinfo=ZoneInfo(name), fold=int(text.endswith("*")))


def policy(starts: str, ends: str, *off: int, home: str = "UTC") -> Policy:
    begins, stops = time.fromisoformat(starts), time.fromisoformat(ends)
    quiet = QuietHours(
        starts=begins,
        ends=stops,
        days_off=frozenset(off),
        narrow_starts=time(17),
        narrow_ends=time(10),
    )
    return Policy(quiet=quiet, home_zone=home)


@pytest.mark.parametrize(
    ("starts", "ends", "name", "asked", "first"),
    [
        # Over midnight, and its edges
        ("20:00", "08:00", "Europe/Oslo", "2026-03-02T19:59:59", "2026-03-02T19:59:59"),
        ("20:00", "08:00", "Europe/Oslo", "2026-03-02T20:00", "2026-03-03T08:00"),
        ("20:00", "08:00", "Europe/Oslo", "2026-03-03T00:30", "2026-03-03T08:00"),
        ("20:00", "08:00", "Europe/Oslo", "2026-03-03T08:00", "2026-03-03T08:00"),
        # Within a day; and none at all
        ("12:00", "13:30", "Europe/Oslo", "2026-03-02T12:15", "2026-03-02T13:30"),
        ("12:00", "13:30", "Europe/Oslo", "2026-03-02T23:00", "2026-03-02T23:00"),
        ("08:00", "08:00", "Europe/Oslo", "2026-03-03T03:00", "2026-03-03T03:00"),
        # The night of 29 March is an hour shorter, that of 25 October an hour longer
        ("20:00", "08:00", "Europe/Oslo", "2026-03-28T21:00", "2026-03-29T08:00"),
        ("20:00", "08:00", "Europe/Oslo", "2026-10-24T21:00", "2026-10-25T08:00"),
        # It ends at 02:30, which there is not that night: the clock goes from 02:00 to 03:00
        ("20:00", "02:30", "Europe/Oslo", "2026-03-29T01:10", "2026-03-29T03:00"),
        # It ends at 02:30, which there is twice: by both
        ("20:00", "02:30", "Europe/Oslo", "2026-10-25T01:00", "2026-10-25T02:30"),
        ("20:00", "02:30", "Europe/Oslo", "2026-10-25T02:10*", "2026-10-25T02:30*"),
        # It starts at 02:30: of the hour that comes twice the first half is free twice
        ("02:30", "06:00", "Europe/Oslo", "2026-10-25T02:40", "2026-10-25T02:00*"),
        # Clocks there go forward at midnight, so that day begins at one
        ("20:00", "00:00", "America/Santiago", "2026-09-05T21:00", "2026-09-06T01:00"),
        # Half an hour, and three quarters
        ("20:00", "08:00", "Australia/Lord_Howe", "2026-10-04T01:45", "2026-10-04T08:00"),
        ("20:00", "08:00", "Asia/Kathmandu", "2026-03-02T21:00", "2026-03-03T08:00"),
    ],
)
def test_a_night_ends_when_the_clock_on_the_wall_says_so(
    starts: str, ends: str, name: str, asked: str, first: str
) -> None:
    rules = policy(starts, ends)
    found = first_awake(at(asked, name).astimezone(UTC), zone(name), rules)
    assert found == at(first, name).astimezone(UTC)


def test_a_day_off_is_quiet_from_midnight_to_midnight_where_the_person_lives() -> None:
    rules = policy("20:00", "08:00", 5, 6)
    friday = at("2026-03-06T21:00", "Pacific/Auckland")
    found = first_awake(friday, zone("Pacific/Auckland"), rules)
    assert found == at("2026-03-09T08:00", "Pacific/Auckland").astimezone(UTC)
    once = policy("20:00", "08:00", 0, 1, 2, 3, 4, 5)
    late = at("2026-03-08T20:00", "Europe/Oslo")
    assert first_awake(late, zone("Europe/Oslo"), once) == at("2026-03-15T08:00", "Europe/Oslo")
    free = policy("08:00", "08:00", 6)
    sunday = at("2026-03-08T00:00", "Europe/Oslo")
    assert first_awake(sunday, zone("Europe/Oslo"), free) == at("2026-03-09T00:00", "Europe/Oslo")


def test_whoever_has_no_day_but_days_off_is_never_mailed() -> None:
    never = policy("20:00", "08:00", *range(7))
    assert first_awake(START, zone("Europe/Oslo"), never) is None
    case = had(policy=replace(RULES, quiet=never.quiet))
    dropped = decide(case, now=START)
    assert (dropped.outcome, dropped.reason) == (Outcome.DROP, Reason.QUIET_HOURS)


QUIET = st.builds(
    lambda starts, ends, off: policy(f"{starts:%H:%M}", f"{ends:%H:%M}", *off),
    st.times(),
    st.times(),
    st.sets(st.integers(0, 6), max_size=3),
)
NAMES = st.sampled_from(
    ["Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tokyo"]
)
# About the nights on which those clocks change, and one of no change.
NIGHTS = st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05"])


@given(QUIET, st.lists(NAMES, min_size=1, max_size=2), NIGHTS, st.integers(-1440, 1440))
@settings(max_examples=rounds(60))
def test_no_minute_before_the_first_is_awake_in_all_zones_and_it_itself_is(
    rules: Policy, names: list[str], night: str, minutes: int
) -> None:
    start = datetime.fromisoformat(night).replace(tzinfo=UTC) + minutes * MINUTE

    def awake(moment: datetime) -> bool:
        quiet = rules.quiet
        for name in names:
            wall = moment.astimezone(ZoneInfo(name))
            clock = wall.time()
            over = quiet.starts > quiet.ends
            asleep = (
                (clock >= quiet.starts or clock < quiet.ends)
                if over
                else quiet.starts <= clock < quiet.ends
            )
            if asleep or wall.weekday() in quiet.days_off:
                return False
        return True

    first = first_awake(start, zone(*names), rules)
    if first is None:
        return
    assert awake(first)
    moment = start
    while moment < min(first, start + timedelta(days=2)):
        assert not awake(moment)
        moment += MINUTE


def test_two_zones_are_both_awake_where_that_can_be_and_a_guess_is_narrower() -> None:
    both = zone("America/New_York", "America/Los_Angeles", sure=False)
    found = first_awake(START, both, policy("20:00", "08:00"))
    assert found == at("2026-03-02T10:00", "America/Los_Angeles").astimezone(UTC)
    # Ten to five in Kaliningrad is never ten to five in Kamchatka, but eight to eight meet.
    far = zone("Europe/Kaliningrad", "Asia/Kamchatka", sure=False)
    found = first_awake(START, far, policy("20:00", "08:00"))
    assert found == at("2026-03-03T08:00", "Europe/Kaliningrad").astimezone(UTC)
    # Eight to eight never meets all around the world: the employer's clock decides.
    never = zone("Europe/London", "Asia/Shanghai", "America/Los_Angeles", sure=False)
    found = first_awake(START, never, policy("20:00", "08:00", home="Europe/Oslo"))
    assert found == at("2026-03-02T10:00", "Europe/Oslo").astimezone(UTC)


def test_what_may_leave_leaves_now_and_what_waited_is_spread_over_ten_minutes() -> None:
    spread = timedelta(minutes=10)
    waits = [jitter(f"mail-{n}", spread) for n in range(2_000)]
    assert min(waits) >= timedelta()
    assert max(waits) <= spread
    tenths = [sum(n * MINUTE <= wait < (n + 1) * MINUTE for wait in waits) for n in range(10)]
    assert min(tenths) > 140
    assert jitter("mail-1", spread) == jitter("mail-1", spread)
    night = replace(had(), zone=zone("America/New_York"))
    held = decide(night, now=START)
    eight = at("2026-03-02T08:00", "America/New_York")
    assert held.until is not None
    assert timedelta() <= held.until - eight <= spread
    assert decide(night, now=held.until).outcome is Outcome.SEND
    assert decide(night, now=held.until + timedelta(hours=3)).until is None


def test_where_it_is_day_for_a_minute_the_spread_does_not_miss_it() -> None:
    minute = replace(RULES.quiet, starts=time(8, 1), ends=time(8), days_off=frozenset())
    case = replace(had(policy=replace(RULES, quiet=minute)), zone=zone("Europe/Oslo"))
    held = decide(case, now=START)
    assert held.until is not None
    assert decide(case, now=held.until).outcome is Outcome.SEND


def test_how_a_zone_is_known_is_told_with_the_decision() -> None:
    guess = Zone(names=("Europe/London",), source=ZoneSource.PHONE, sure=False)
    gate = decide(living(guess), now=START).gates[-1]
    assert gate.numbers == {"zones": ["Europe/London"], "source": "phone", "sure": False}
    assert gate.detail == "It is Monday 09:00 in Europe/London (a guess by phone), a quiet time."
    sent = decide(living(zone("Europe/Oslo")), now=START).gates
    [gate] = [gate for gate in sent if gate.gate == "quiet hours"]
    assert gate.detail == "It is Monday 10:00 in Europe/Oslo (known by browser), a time to write."
