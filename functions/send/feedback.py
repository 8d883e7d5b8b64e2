"""What SES says about a mail → evidence that it went out, the log, and closed addresses.

1. Find the mail by its tag `send_id`, which is its send key. Reports about other mail are nobody's.
2. Any report proves that SES took the mail: uncertain, lost and even "try again" become accepted.
3. A hard bounce or a complaint closes the address for all mail, in one transaction with the event.
   Every other report is an event in the log, and nothing more.

Reports come repeatedly, late and in any order; each is one event, and none undoes another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.send.reports import SesReport
from rapport.domain.address import SCOPE_ALL, SendState, Suppression
from rapport.ports import Book, Log, Withdrawal
from rapport.records import reported_event

_NOT_PROVEN_YET = (
    SendState.SUBMITTING,
    SendState.UNCERTAIN,
    SendState.RETRY,
    SendState.LOST,
)


class Heard(StrEnum):
    """What a report came to."""

    RECORDED = "recorded"
    CLOSED = "closed"
    NOBODYS = "nobodys"


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """The flow."""

    book: Book
    log: Log
    now: Callable[[], datetime]

    def hear(self, report: SesReport) -> Heard:
        """Take in one report."""
        record = self.book.send(report.send_id) if report.send_id else None
        if record is None:
            return Heard.NOBODYS
        now = self.now()
        if record.state in _NOT_PROVEN_YET:
            self.book.advance(
                record,
                SendState.ACCEPTED,
                frm=_NOT_PROVEN_YET,
                now=now,
                message_id=report.message_id,
            )
        event = reported_event(
            record,
            kind=report.kind,
            report_id=report.id,
            reported_at=report.at,
            now=now,
            details={"message_id": report.message_id, **report.details},
        )
        closes = report.closes
        if closes:
            self.book.withdraw(
                Withdrawal(
                    address=record.address,
                    topics=(),
                    suppress={
                        SCOPE_ALL: Suppression(reason=closes, at=now, event_id=event.message_id)
                    },
                    at=now,
                    event=event,
                )
            )
        # Also after closing: an address that was closed before still has this report to its name.
        self.log.append([event])
        return Heard.CLOSED if closes else Heard.RECORDED
