"""How fast mails may leave, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.send.pacing import Pacing
from rapport.domain.pace import Pace, Slowdown
from rapport.domain.rate import Empty, spend
from rapport.ports import Intents
from rapport.sending import Accounts
from tests.support.fakes import Calls


@dataclass
class FakeTurns:
    """The turns that were taken, as the instant that they reach to."""

    until: datetime | None = None

    def take(self, pace: Pace, now: datetime) -> timedelta | None:
        found = spend(self.until, 1, pace.bucket, now)
        if isinstance(found, Empty):
            return None
        self.until = found.until
        return pace.wait(found.until, now)


@dataclass
class FakeSlowdowns:
    """The last slowdown."""

    calls: Calls = field(default_factory=Calls)
    known: Slowdown | None = None

    def last(self) -> Slowdown | None:
        return self.known

    def put(self, slowed: Slowdown, *, after: Slowdown | None) -> None:
        self.calls.touch("slowdowns.put")
        if self.known == after:
            self.known = slowed


def half() -> float:
    """A chance that is none."""
    return 0.5


def unhurried(_: float) -> None:
    """Waits for nothing."""


def pacing_of(
    accounts: Accounts,
    intents: Intents,
    now: Callable[[], datetime],
    *,
    slowdowns: FakeSlowdowns | None = None,
    chance: Callable[[], float] = half,
    pause: Callable[[float], None] = unhurried,
) -> Pacing:
    """The turns of workers who share this object."""
    return Pacing(
        accounts=accounts,
        turns=FakeTurns(),
        slowdowns=slowdowns or FakeSlowdowns(),
        intents=intents,
        chance=chance,
        pause=pause,
        now=now,
    )
