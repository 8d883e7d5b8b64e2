"""The gate of when: nobody is mailed while it is night, or a day off, where they live.

Hours are read off the wall clock of the person's zone, as it stands at that instant: when clocks go
forward the night is an hour shorter, when they go back it is longer, and an hour that comes twice
is judged twice. Of somebody who may live in several zones it must be day in all of them. If that
never happens in the narrow hours of a guess, the usual hours will do; if not in those either, the
employer's zone decides. A zone that is not known at all is taken for the employer's, as a guess.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rapport.domain.event import Json
from rapport.domain.gates import Case, Found, Gates, Terms
from rapport.domain.person import Zone, ZoneSource
from rapport.domain.policy import Policy, QuietHours
from rapport.domain.reasons import Reason

# A day off comes back after a week: what is not found within it is never found.
_LOOK_AHEAD = timedelta(days=8)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Night:
    """When it is quiet on a wall clock: from `starts` to `ends`, and on whole `days_off`."""

    starts: time
    ends: time
    days_off: frozenset[int]

    def covers(self, wall: datetime) -> bool:
        """Whether it is quiet at that time on the wall."""
        if wall.weekday() in self.days_off:
            return True
        clock = wall.time()
        if self.starts <= self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None for whatever is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder's name is an OSError
        return None


def zone_in_force(case: Case, terms: Terms) -> Zone:
    """The zones that the person is taken to live in; of names that are none the employer's."""
    zone = case.zone
    if zone is not None:
        names = tuple(name for name in zone.names if zone_named(name) is not None)
        if names:
            return Zone(names=names, source=zone.source, sure=zone.sure)
    home = terms.policy.home_zone
    name = home if zone_named(home) is not None else "UTC"
    return Zone(names=(name,), source=ZoneSource.EMPLOYER, sure=False)


def first_awake(at: datetime, zone: Zone, policy: Policy) -> datetime | None:
    """The first instant from `at` on at which the person may be mailed; None if there is none."""
    quiet = policy.quiet
    usual = Night(starts=quiet.starts, ends=quiet.ends, days_off=quiet.days_off)
    narrow = _narrow(quiet)
    home = zone_named(policy.home_zone) or ZoneInfo("UTC")
    named = [found for name in zone.names if (found := zone_named(name)) is not None] or [home]
    ladder = [(named, usual)] if zone.sure else [(named, narrow), (named, usual), ([home], narrow)]
    for zones, night in ladder:
        first = _first(at, zones, night)
        if first is not None:
            return first
    return None


def _narrow(quiet: QuietHours) -> Night:
    return Night(starts=quiet.narrow_starts, ends=quiet.narrow_ends, days_off=quiet.days_off)


def _first(at: datetime, zones: Sequence[ZoneInfo], night: Night) -> datetime | None:
    moment = at.astimezone(UTC)
    end = moment + _LOOK_AHEAD
    while moment < end:
        asleep = [zone for zone in zones if night.covers(moment.astimezone(zone))]
        if not asleep:
            return moment
        # Nobody wakes between two of these, so none of the sleepers' next ones is passed over.
        moment = max(min(_turns(moment, zone, night)) for zone in asleep)
    return None


def _turns(moment: datetime, zone: ZoneInfo, night: Night) -> Iterator[datetime]:
    """The instants after `moment` at which a quiet time may end, the next among them."""
    today = moment.astimezone(zone).date()
    # An hour comes twice only where clocks were just put back, or soon will be.
    steady = _offset(moment - _DAY, zone) == _offset(moment + 2 * _DAY, zone)
    for date in (today, today + _DAY):
        for clock in (time(0), night.ends):
            for fold in (0,) if steady else (0, 1):
                wall = datetime.combine(date, clock, zone)
                turn = wall.replace(fold=fold).astimezone(UTC)
                if turn > moment:
                    yield turn
    if _offset(moment, zone) != _offset(moment + _DAY, zone):
        yield _jump(moment, moment + _DAY, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the clocks are put forward or back, between two instants."""
    old = _offset(before, zone)
    while after - before > _SECOND:
        middle = before + (after - before) / 2
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def jitter(send_key: str, spread: timedelta) -> timedelta:
    """How long after the quiet time a mail leaves: 0 to `spread`, always the same for one mail."""
    digest = hashlib.sha256(f"spread|{send_key}".encode()).hexdigest()
    return timedelta(seconds=int(digest[:8], 16) % (int(spread.total_seconds()) + 1))


def next_awake(case: Case, terms: Terms, at: datetime) -> datetime | None:
    """`at` if the person may be mailed then, else when their mail leaves afterwards."""
    if case.aim is None:
        return at
    zone, policy = zone_in_force(case, terms), terms.policy
    first = first_awake(at, zone, policy)
    if first is None or first <= at:
        return first
    spread = first + jitter(case.aim.send_key, policy.quiet.spread)
    # Where it is day for a few minutes only, a mail put off by ten would miss them.
    return spread if first_awake(spread, zone, policy) == spread else first


def zone_numbers(zone: Zone) -> dict[str, Json]:
    """Where the person is taken to live, and how that is known."""
    return {"zones": list(zone.names), "source": zone.source.value, "sure": zone.sure}


def _quiet_hours(case: Case, terms: Terms, now: datetime) -> Found:
    zone = zone_in_force(case, terms)
    numbers = zone_numbers(zone)
    name = zone_named(zone.names[0]) or ZoneInfo("UTC")
    clock = f"{now.astimezone(name):%A %H:%M} in {zone.names[0]}"
    known = f"known by {zone.source.value}" if zone.sure else f"a guess by {zone.source.value}"
    several = f" and {len(zone.names) - 1} more" if len(zone.names) > 1 else ""
    told = f"It is {clock}{several} ({known})"
    until = next_awake(case, terms, now)
    if until is not None and until <= now:
        return Found(detail=f"{told}, a time to write.", numbers=numbers)
    return Found(
        detail=f"{told}, a quiet time.", reason=Reason.QUIET_HOURS, numbers=numbers, until=until
    )


QUIET: Gates = (("quiet hours", _quiet_hours),)
