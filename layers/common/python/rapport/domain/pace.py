"""How fast mails may leave: as fast as SES takes them, slower once it said that this was too fast.

SES takes so many mails a second (`MaxSendRate`). Four fifths of them is the pace, and the other
fifth may leave at once, so that no second has more than SES takes. A worker takes the next turn and
waits for it, if it comes within a second; what somebody waits for may take a later one, so that
marketing never keeps it from its turn. After a refusal the pace is halved for all workers; a tenth
of the full pace comes back every minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.domain.rate import Rate

STEADY = 0.8
AHEAD, AHEAD_WAITED_FOR = timedelta(seconds=1), timedelta(seconds=2)
HALF = 0.5
# So much of the full pace comes back in a minute; it never falls below the least part.
BACK_A_MINUTE = 0.1
LEAST = 1 / 16
# What SES refuses so soon after was on its way before the pace was halved, and says nothing new.
ON_THE_WAY = timedelta(seconds=5)
# A mail that waits for its turn comes back after a second at least, and a minute at most.
SOONEST_S, LATEST_S = 2, 60


@dataclass(frozen=True, kw_only=True)
class Slowdown:
    """SES refused a mail as too fast at `at`; from then on it went at `part` of the full pace."""

    part: float
    at: datetime


def part_now(slowed: Slowdown | None, now: datetime) -> float:
    """The part of the full pace that holds now, up to 1."""
    if slowed is None:
        return 1.0
    minutes = max(now - slowed.at, timedelta()) / timedelta(minutes=1)
    return min(1.0, slowed.part + BACK_A_MINUTE * minutes)


def slower(slowed: Slowdown | None, now: datetime) -> Slowdown | None:
    """What holds after another refusal; None when it says nothing new."""
    if slowed is not None and now < slowed.at + ON_THE_WAY:
        return None
    return Slowdown(part=max(LEAST, HALF * part_now(slowed, now)), at=now)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Turns one after the other: the first `at_once` at once, then `per_second` of them.

    `ahead`: a turn may be taken that comes so much later, and no later one.
    """

    per_second: float
    at_once: int
    ahead: timedelta

    @property
    def bucket(self) -> Rate:
        """What holds the turns that may be taken now."""
        ahead = int(self.ahead.total_seconds() * self.per_second)
        return Rate(per_second=self.per_second, burst=self.at_once + ahead)

    def wait(self, until: datetime, now: datetime) -> timedelta:
        """How long until a turn comes that was taken out of the bucket, which is left so."""
        return max(timedelta(), until - now - self.at_once * self.bucket.interval)


def pace_of(per_second: float, slowed: Slowdown | None, now: datetime, *, waited_for: bool) -> Pace:
    """The pace at which SES takes `per_second` mails."""
    most = per_second * part_now(slowed, now)
    return Pace(
        per_second=STEADY * most,
        at_once=max(1, int(most) - int(STEADY * most)),
        ahead=AHEAD_WAITED_FOR if waited_for else AHEAD,
    )


def delay_s(waited: timedelta, chance: float) -> int:
    """Whole seconds until a mail asks again: any number up to as long as it has waited already.

    So the time between two tries doubles, and those that came together come back apart. `chance`
    is a random number from 0 up to 1.
    """
    most = min(LATEST_S, max(SOONEST_S, int(waited.total_seconds())))
    return 1 + int(chance * most)
