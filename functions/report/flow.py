"""Each hour: whether the week's report is due where the employer is, and then its mail, once.

1. Nothing is published, nobody is named, it is not the hour, or the week was begun: nothing.
2. The report is made and its mails are written. Whatever fails until here is tried again.
3. The week is claimed, by one call alone, and only then are the mails submitted. Whoever dies in
   between has mailed some or none, and that week's do not leave again by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from rapport.bundle import Bundle
from rapport.ports import Accepted, Mailer
from rapport.report_groups import By
from rapport.report_mail import due, last_week, mails
from rapport.reports import Asked, Report


class Weeks(Protocol):
    """The weeks whose report was begun to be mailed, each by its day."""

    def begun(self, week: date) -> bool:
        """Whether somebody claimed it; strongly consistent."""
        ...

    def claim(self, week: date, *, now: datetime) -> bool:
        """Claim it; False when somebody did. Of several at once one gets True."""
        ...


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many mails SES took, and of how many it did not say so; of no `week`, if none was due."""

    week: date | None = None
    mailed: int = 0
    unsure: int = 0


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """The flow on its ports."""

    bundle: Callable[[], Bundle | None]
    report: Callable[[Asked], Report]
    weeks: Weeks
    mailer: Mailer
    now: Callable[[], datetime]

    def tick(self) -> Result:
        """Mail what is due; NotTheirsError, and no mail, if somebody named may not have it."""
        bundle, now = self.bundle(), self.now()
        week = None if bundle is None else due(now, bundle.policy)
        if bundle is None or week is None or self.weeks.begun(week):
            return Result()
        first, last = last_week(week)
        report = self.report(Asked(by=By.PLAYBOOK, first=first, last=last))
        ready = mails(report, bundle.brand, bundle.policy.report.to)
        if not self.weeks.claim(week, now=self.now()):
            return Result()
        took = [isinstance(self.mailer.submit(each), Accepted) for each in ready]
        return Result(week=week, mailed=sum(took), unsure=len(took) - sum(took))
