"""How often somebody may come: a token bucket, kept as one instant (GCRA).

The instant says until when the bucket has handed out its tokens ahead of time: `now` means that it
is full, `now + burst / per_second` that it is empty. So a bucket is one number, needs nobody to
refill it, and one that is forgotten is full.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many tokens a second in the long run, and so many at once."""

    per_second: float
    burst: int

    @property
    def interval(self) -> timedelta:
        """The time that one token takes to come back."""
        return timedelta(seconds=1 / self.per_second)

    @property
    def span(self) -> timedelta:
        """The time that an empty bucket takes to be full again."""
        return self.burst * self.interval

    def share(self, part: float) -> "Rate":
        """A bucket of a part of this one's size; it holds a token at least."""
        return Rate(per_second=self.per_second * part, burst=max(1, int(self.burst * part)))


@dataclass(frozen=True, kw_only=True)
class Spent:
    """The bucket after tokens were taken."""

    until: datetime


@dataclass(frozen=True, kw_only=True)
class Empty:
    """The bucket has not so many: how long it takes to have them, and how many it has now."""

    wait: timedelta
    left: int


def spend(until: datetime | None, tokens: int, rate: Rate, now: datetime) -> Spent | Empty:
    """Take tokens out of a bucket; None for one that nobody ever took from.

    More tokens than it holds when it is full are taken as if they were so many.
    """
    start = now if until is None else max(until, now)
    after = start + min(tokens, rate.burst) * rate.interval
    wait = after - (now + rate.span)
    if wait <= timedelta(0):
        return Spent(until=after)
    return Empty(wait=wait, left=int((now + rate.span - start) / rate.interval))
