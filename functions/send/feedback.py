"""What SES says about a mail → evidence that it went out, the log, its fate, closed addresses.

1. Find the mail by its tag `send_id`, which is its send key. Reports about other mail are nobody's.
2. Any report proves that SES took the mail: uncertain, lost and even "try again" become accepted.
3. An open or a click is noticed and judged later, if its person agreed to that; else dropped.
4. What else a report says joins the facts of its mail.
5. A hard bounce or a complaint closes the address for all mail; too many soft bounces close it for
   marketing, for a while that doubles. Either is one transaction with the event.
   Every other report is an event in the log, and nothing more.

Reports come repeatedly, late and in any order; each is one event, and none undoes another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.send.reports import SesReport
from rapport.domain.address import (
    SCOPE_ALL,
    SCOPE_MARKETING,
    SendRecord,
    SendState,
    Suppression,
)
from rapport.domain.bounces import closed_until
from rapport.domain.event import Event
from rapport.domain.fate import Said
from rapport.domain.policy import Policy
from rapport.domain.verdict import Act
from rapport.outcomes import Fates
from rapport.ports import Book, Log, Withdrawal
from rapport.records import reported_event
from rapport.signs import Noticing, Seen, number_of

_NOT_PROVEN_YET = (
    # Claimed once more because nobody knew of the earlier attempt that this report is about.
    SendState.CLAIMED,
    SendState.SUBMITTING,
    SendState.UNCERTAIN,
    SendState.RETRY,
    SendState.LOST,
)
_ACTS: Mapping[str, Act] = {"Open": Act.OPEN, "Click": Act.CLICK}


class Heard(StrEnum):
    """What a report came to."""

    RECORDED = "recorded"
    CLOSED = "closed"
    NOTICED = "noticed"
    DROPPED = "dropped"
    NOBODYS = "nobodys"


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """The flow. `policy` is that of the live bundle."""

    book: Book
    log: Log
    fates: Fates
    noticing: Noticing
    policy: Callable[[], Policy]
    now: Callable[[], datetime]

    def hear(self, report: SesReport) -> Heard:
        """Take in one report."""
        record = self.book.send(report.send_id) if report.send_id else None
        if record is None:
            return Heard.NOBODYS
        if record.state in _NOT_PROVEN_YET:
            self.book.advance(
                record,
                SendState.ACCEPTED,
                frm=_NOT_PROVEN_YET,
                now=self.now(),
                message_id=report.message_id,
            )
        act = _ACTS.get(report.kind)
        return self._record(record, report) if act is None else self._notice(record, report, act)

    def _notice(self, record: SendRecord, report: SesReport, act: Act) -> Heard:
        links = self.noticing.links.links(record.send_key) if report.link else ()
        seen = Seen(
            act=act,
            at=report.at,
            agent=report.agent,
            ip=report.ip,
            link=number_of(links, report.link),
        )
        return Heard.NOTICED if self.noticing.notice(record, seen) else Heard.DROPPED

    def _record(self, record: SendRecord, report: SesReport) -> Heard:
        event = reported_event(
            record,
            kind=report.kind,
            report_id=report.id,
            reported_at=report.at,
            now=self.now(),
            details=report.kept,
        )
        # What is learnt first is counted even if two workers hear two bounces at once.
        self.fates.learn(record.send_key, report.news)
        closes = self._closes(record, report, event)
        if closes:
            self.book.withdraw(
                Withdrawal(
                    address=record.address,
                    topics=(),
                    suppress=closes,
                    at=self.now(),
                    event=event,
                )
            )
        # Also after closing: an address that was closed before still has this report to its name.
        self.log.append([event])
        return Heard.CLOSED if closes else Heard.RECORDED

    def _closes(
        self, record: SendRecord, report: SesReport, event: Event
    ) -> Mapping[str, Suppression]:
        """What the report closes, by scope; nothing for most."""
        now = self.now()
        if report.closes:
            word = Suppression(reason=report.closes, at=now, event_id=event.message_id)
            return {SCOPE_ALL: word}
        if Said.SOFT_BOUNCED not in report.news.at:
            return {}
        state = self.book.address(record.address)
        mails = [(entry, self.fates.fate(entry.send_key)) for entry in state.ledger]
        until = closed_until(mails, self.policy(), now=now)
        # A report that is on record has closed what it closes.
        if until is None or until <= now or self.log.get(event.key) is not None:
            return {}
        word = Suppression(reason="soft bounces", at=now, event_id=event.message_id, until=until)
        return {SCOPE_MARKETING: word}
