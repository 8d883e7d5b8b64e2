"""Every mail takes its turn; one whose turn is far off goes back into the queue for a while.

It goes back as a message of its own, and the one that brought it is done: nothing counts how often
a mail has waited, so that no burst ends in the dead-letter queue. What ends the waiting is the
playbook's `stale_after`, for each try is judged afresh.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.decision import Intent, MailClass
from rapport.domain.pace import delay_s, pace_of, slower
from rapport.ports import Intents
from rapport.sending import Accounts, Slowdowns, Turns


@dataclass(frozen=True, kw_only=True)
class Pacing:
    """The turns of all workers, on ports. `chance` gives random numbers from 0 up to 1.

    `pause` waits for so many seconds.
    """

    accounts: Accounts
    turns: Turns
    slowdowns: Slowdowns
    intents: Intents
    chance: Callable[[], float]
    pause: Callable[[float], None]
    now: Callable[[], datetime]

    def may_go(self, mail_class: MailClass) -> bool:
        """Take the next turn and wait for it; False when it is more than a moment off.

        What SES takes in a second may be unknown: then a mail goes, and SES says what is too fast.
        """
        per_second = self.accounts.account().per_second
        if per_second is None:
            return True
        now = self.now()
        waited_for = mail_class is not MailClass.MARKETING
        pace = pace_of(per_second, self.slowdowns.last(), now, waited_for=waited_for)
        wait = self.turns.take(pace, now)
        if wait is None:
            return False
        if wait:
            self.pause(wait.total_seconds())
        return True

    def too_fast(self) -> None:
        """SES refused a mail for that: all go slower."""
        before = self.slowdowns.last()
        slowed = slower(before, self.now())
        if slowed is not None:
            self.slowdowns.put(slowed, after=before)

    def put_back(self, intent: Intent) -> None:
        """Let an intent be judged again in a while."""
        waited = self.now() - intent.decided_at
        self.intents.put(intent, after_s=delay_s(waited, self.chance()))
