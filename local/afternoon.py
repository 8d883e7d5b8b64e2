"""The second half of the day: what comes back to mails, and what a recruiter writes meanwhile.

One thing after the other, for each waits for what the one before brought about.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local import inbox, outside
from local.description import Description
from local.inbox import Inbox
from local.layout import Place
from local.policy import MOST_MAILS
from local.visitors import AGENTS, Visitor

# A schedule of the local AWS fires up to ten seconds late.
MAIL_SECONDS = 45.0
WELCOMED, NURTURED, WRITTEN = 2, 3, 4
# Of the budget, after the welcome and what follows it.
LEFT_FOR_MESSAGES = MOST_MAILS - 2
# Whoever clicks sooner after a mail's arrival is taken for a machine (rapport.domain.verdict).
READS_FOR = 10.5
SCANNER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) MailScanner/4.2"
YES = "Yes, please. Could we talk on Tuesday? After three suits me best."
AWAY = "I am away until Monday and read no mail."
QUESTIONS = ("Would you like to see the ward?", "Your shifts", "One more thing")


@dataclass(kw_only=True)
class Afternoon:
    """`trouble` is told of what did not come; `advance` is called after each thing done."""

    place: Place
    stack: Description
    box: Inbox
    trouble: Callable[[Visitor, str], None]
    advance: Callable[[str], None]

    def play(self, visitors: Sequence[Visitor]) -> None:
        """All of it."""
        for visitor in visitors:
            if visitor.is_away:
                self._answers(visitor, WELCOMED, AWAY, outside.OUT_OF_OFFICE)
            if visitor.is_nurtured:
                nurture = self._mail(visitor, NURTURED + bool(visitor.wants_alerts))
                if nurture is not None and visitor.scanned:
                    # At once, and all of them: the hidden link as well.
                    inbox.follow(nurture, agent=SCANNER)
                    self.advance(visitor.name)
            self._is_written_to(visitor)
        outside.delivered(self.stack, self.box.mails())
        for visitor in visitors:
            if visitor.wants_alerts:
                self._reads(visitor)

    def _is_written_to(self, visitor: Visitor) -> None:
        for number in range(visitor.messages):
            words = f"{QUESTIONS[number]}\n\nI am a recruiter here and read every answer."
            outside.message(self.place, visitor.email, subject=QUESTIONS[number], text=words)
            self.advance(visitor.name)
            if number < LEFT_FOR_MESSAGES:
                # The next one waits for it: two at once would have to share the last free place.
                self._mail(visitor, WRITTEN + number)
        if visitor.answers:
            self._answers(visitor, WRITTEN, YES)

    def _answers(
        self, visitor: Visitor, number: int, words: str, more: dict[str, str] | None = None
    ) -> None:
        mail = self._mail(visitor, number)
        if mail is not None:
            outside.answer(self.stack, mail, words, more)
            self.advance(visitor.name)

    def _reads(self, visitor: Visitor) -> None:
        """A person opens the job alert and, after a while, follows its first link."""
        sent = self.box.mails(visitor.email)
        alert = next((mail for mail in sent if mail["tags"]["topic"] == "job-alerts"), None)
        if alert is None:
            self.trouble(visitor, "no job alert to click in")
            return
        arrived = datetime.fromisoformat(alert["received_at"])
        left = READS_FOR - (datetime.now(UTC) - arrived).total_seconds()
        time.sleep(max(left, 0))
        inbox.follow(alert, agent=AGENTS["python"], only=0)
        self.advance(visitor.name)

    def _mail(self, visitor: Visitor, number: int) -> dict[str, Any] | None:
        mail = self.box.wait(visitor.email, number, seconds=MAIL_SECONDS)
        if mail is None:
            self.trouble(visitor, f"no mail number {number} within {MAIL_SECONDS:.0f} s")
        return mail
