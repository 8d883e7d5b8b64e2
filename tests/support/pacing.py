"""How fast mails may leave, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from functions.send.pacing import Pacing
from rapport.domain.pace import Slowdown
from rapport.ports import Intents
from rapport.sending import Accounts
from tests.support.doorkeeping import FakeAllowance
from tests.support.fakes import Calls


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


def pacing_of(
    accounts: Accounts,
    intents: Intents,
    now: Callable[[], datetime],
    *,
    slowdowns: FakeSlowdowns | None = None,
    chance: Callable[[], float] = lambda: 0.5,
) -> Pacing:
    """The turns of workers who share this object."""
    return Pacing(
        accounts=accounts,
        turns=FakeAllowance(),
        slowdowns=slowdowns or FakeSlowdowns(),
        intents=intents,
        chance=chance,
        now=now,
    )
