"""How fast mails may leave: as fast as SES takes them, slower once it said that this was too fast.

SES takes so many mails a second (`MaxSendRate`). Four fifths of them is the pace, and the other
fifth may leave at once, so that no second has more than SES takes. Marketing leaves room for one
mail that somebody waits for. After a refusal the pace is halved for all workers; a tenth of the
full pace comes back every minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.domain.rate import Rate

STEADY = 0.8
AT_ONCE = 1 - STEADY
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


def pace_of(per_second: float, slowed: Slowdown | None, now: datetime, *, waited_for: bool) -> Rate:
    """The pace at which SES takes `per_second` mails; faster for what somebody waits for."""
    most = per_second * part_now(slowed, now)
    room = max(2, int(AT_ONCE * most))
    return Rate(per_second=STEADY * most, burst=room if waited_for else room - 1)


def delay_s(waited: timedelta, chance: float) -> int:
    """Whole seconds until a mail asks again: any number up to as long as it has waited already.

    So the time between two tries doubles, and those that came together come back apart. `chance`
    is a random number from 0 up to 1.
    """
    most = min(LATEST_S, max(SOONEST_S, int(waited.total_seconds())))
    return 1 + int(chance * most)
