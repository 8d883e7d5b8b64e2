"""In-memory twins of what the tracking door keeps beside the log."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from rapport.domain.rate import Empty, Rate, spend
from rapport.door import Refused
from rapport.errors import RetryableError


@dataclass
class FakeQuarantine:
    """What was kept, in order; `out` is out of reach, `room` is how much more fits."""

    kept: list[Refused] = field(default_factory=list)
    out: bool = False
    room: int = 1_000

    def keep(self, refused: Refused) -> bool:
        if self.out:
            msg = "the quarantine is out of reach"
            raise RetryableError(msg)
        msgspec.json.encode(refused.content)
        if len(self.kept) >= self.room:
            return False
        self.kept.append(refused)
        return True

    @property
    def reasons(self) -> list[tuple[str, int]]:
        return [(each.reason, each.count) for each in self.kept]


@dataclass
class FakeAllowance:
    """One bucket per scope."""

    until: dict[str, datetime] = field(default_factory=dict)

    def take(self, scope: str, tokens: int, limit: Rate, now: datetime) -> timedelta | None:
        found = spend(self.until.get(scope), tokens, limit, now)
        if isinstance(found, Empty):
            return found.wait
        self.until[scope] = found.until
        return None
