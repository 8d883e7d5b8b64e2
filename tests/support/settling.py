"""In-memory twins of ports beside the book: SES's standing, counts, tasks, the unsettled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rapport.domain.address import SendRecord
from rapport.domain.person import UNKNOWN_ACCOUNT, Account
from rapport.sending import Refusal
from rapport.tasks import Task
from tests.support.fakes import Calls, FakeBook


@dataclass
class FakeAccounts:
    """SES's word, and what it told with a mail."""

    known: Account = UNKNOWN_ACCOUNT

    def account(self) -> Account:
        return self.known

    def told(self, why: Refusal, code: str) -> None:
        if why is Refusal.PAUSED:
            self.known = Account(paused=f"SES answered {code}")
        elif why is Refusal.QUOTA:
            self.known = Account(quota=1, quota_used=1)


@dataclass
class FakeCounts:
    """Mails by domain and day."""

    calls: Calls = field(default_factory=Calls)
    mails: dict[tuple[str, str], int] = field(default_factory=dict)

    def used(self, domain: str, day: str) -> int:
        self.calls.touch("counts.used")
        return self.mails.get((domain, day), 0)

    def take(self, domain: str, day: str, *, most: int) -> bool:
        self.calls.touch("counts.take")
        used = self.mails.get((domain, day), 0)
        if used >= most:
            return False
        self.mails[domain, day] = used + 1
        return True


@dataclass
class FakeTasks:
    """Open tasks in a dict."""

    rows: dict[str, Task] = field(default_factory=dict)

    def add(self, task: Task) -> None:
        self.rows[task.id] = task

    def all(self) -> Sequence[Task]:
        return sorted(self.rows.values(), key=lambda task: (task.due, task.id))

    def remove(self, task: Task) -> None:
        self.rows.pop(task.id, None)


@dataclass
class FakeUnsettled:
    """The unsettled mails of a book in memory."""

    book: FakeBook

    def due(self, before: datetime, *, limit: int) -> Sequence[SendRecord]:
        self.book.calls.touch("unsettled.due")
        found = []
        for claimed_at, key in sorted(self.book.unsettled):
            record = self.book.sends.get(key)
            if record is None or record.claimed_at != claimed_at:
                del self.book.unsettled[claimed_at, key]
            elif claimed_at < before:
                found.append(record)
        return found[:limit]

    def settled(self, records: Sequence[SendRecord]) -> None:
        self.book.calls.touch("unsettled.settled")
        for record in records:
            self.book.unsettled.pop((record.claimed_at, record.send_key), None)
