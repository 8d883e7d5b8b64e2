"""Every minute, the claimed mails of which nothing final is known → queued again, or settled.

    claimed, lease ended         its worker died before a byte left: the slot is given back, and
                                 the intent goes to the queue again
    retry, for 15 minutes        SES did not take it, and the queue has not brought it back: again
    submitting or uncertain,     nobody can tell, and SES has said nothing
    for 15 minutes                 strict          lost: never sent again, its slot stays used
                                   quarantine      stays uncertain, with a task for a person
                                   at least once   sent once more, marked as a possible duplicate;
                                                   after that lost
    accepted, failed, lost       nothing is left to do: looked for no more

What counts is what stands in the record when it is moved on: whatever SES or a worker said first
wins. The intent is queued before the record moves, and the row by which a mail is found goes last,
so whoever dies in between leaves work that is done again and changes nothing twice.

SES tells of its events as best it can, so that it said nothing proves nothing; fifteen minutes are
longer than a call may take and than its events are late on an ordinary day.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Delivery, Intent, from_body
from rapport.domain.event import Event, Json
from rapport.errors import ErasedError, RetryableError
from rapport.ports import Book, Intents, Log
from rapport.records import ID_CHARS, submitted_event
from rapport.sending import Unsettled
from rapport.tasks import UNCERTAIN_MAIL, Tasks, open_task

GRACE = timedelta(minutes=15)
# Younger than a lease nothing is looked at: a worker that lives is left alone.
YOUNGEST = timedelta(seconds=60)
# As many as one run looks at, in batches of so many.
BATCH = 512
BATCHES = 12
TASK_DUE = timedelta(days=1)


class Came(StrEnum):
    """What a mail came to; the names of the metrics."""

    RECLAIMED = "Reclaimed"
    LOST = "Lost"
    QUARANTINED = "Quarantined"
    SENT_AGAIN = "SentAgain"
    DONE = "Settled"
    UNSETTLED = "Unsettled"
    FAILED = "NotSettled"


@dataclass(frozen=True, kw_only=True)
class Settle:
    """The flow on its ports."""

    unsettled: Unsettled
    book: Book
    log: Log
    intents: Intents
    tasks: Tasks
    now: Callable[[], datetime]

    def run(self, *, until: datetime) -> Mapping[Came, int]:
        """Settle what is due, as far as the time reaches; how many came to what."""
        counts: Counter[Came] = Counter()
        staying: set[str] = set()
        for _ in range(BATCHES):
            due = self.unsettled.due(self.now() - YOUNGEST, limit=BATCH)
            found = [record for record in due if record.send_key not in staying]
            came = [(record, self._tried(record)) for record in found]
            counts.update(each for _, each in came)
            staying.update(record.send_key for record, each in came if each in _STAYS)
            done = [record for record, each in came if each not in _STAYS]
            self.unsettled.settled(done)
            if not done or self.now() >= until:
                break
        return counts

    def _tried(self, record: SendRecord) -> Came:
        try:
            return self._settled(record)
        except RetryableError:
            return Came.FAILED

    def _settled(self, record: SendRecord) -> Came:
        now = self.now()
        quiet = now - (record.settled_at or record.claimed_at) >= GRACE
        match record.state:
            case SendState.CLAIMED if record.lease < now:
                self._queue(record)
                moved = self.book.release(record, SendState.RETRY, now=now)
                return Came.RECLAIMED if moved else Came.UNSETTLED
            case SendState.RETRY if quiet:
                self._queue(record)
                return Came.RECLAIMED
            case SendState.SUBMITTING | SendState.UNCERTAIN if (
                now - record.claimed_at >= GRACE and quiet
            ):
                return self._doubted(record, now)
            case SendState.LOST:
                # Whoever moved it there may have died before the line in the log.
                self.log.append([submitted_event(record, SendState.LOST, now=now)])
                return Came.DONE
            case SendState.ACCEPTED | SendState.FAILED:
                return Came.DONE
            case _:
                return Came.UNSETTLED

    def _doubted(self, record: SendRecord, now: datetime) -> Came:
        if record.delivery is Delivery.QUARANTINE:
            if record.state is SendState.SUBMITTING and not self.book.advance(
                record, SendState.UNCERTAIN, frm=(record.state,), now=now
            ):
                return Came.UNSETTLED
            self.log.append([self._task(record, now)])
            return Came.QUARANTINED
        if record.delivery is Delivery.AT_LEAST_ONCE and not record.doubtful:
            intent = self._intent(record)
            if intent is not None:
                if not self.book.doubt(record, now=now):
                    return Came.UNSETTLED
                # After the move: before it the intent would find the mail uncertain, and rest.
                self.intents.put(intent)
                return Came.SENT_AGAIN
        if not self.book.advance(record, SendState.LOST, frm=(record.state,), now=now):
            return Came.UNSETTLED
        self.log.append([submitted_event(record, SendState.LOST, now=now)])
        return Came.LOST

    def _task(self, record: SendRecord, now: datetime) -> Event:
        return open_task(
            record,
            UNCERTAIN_MAIL,
            f"{record.send_key[:ID_CHARS]}_{record.attempt}",
            due=now + TASK_DUE,
            now=now,
            log=self.log,
            tasks=self.tasks,
        )

    def _queue(self, record: SendRecord) -> None:
        intent = self._intent(record)
        if intent is not None:
            self.intents.put(intent)

    def _intent(self, record: SendRecord) -> Intent | None:
        """The intent as its decision tells it; None when the person was erased meanwhile."""
        try:
            event = self.log.get(record.decision)
        except ErasedError:
            return None
        if event is None:
            return None
        return from_body(cast("Mapping[str, Json]", event.body["properties"])).intent


_STAYS = frozenset({Came.UNSETTLED, Came.FAILED})
