"""One intent → at most one mail, however often the intent is delivered and whoever dies when.

1. Snapshot: person, addresses, earlier sends, live bundle, all read now.
2. An earlier send of this very intent, to whichever address, is settled first
     accepted, lost …         nothing is left to do
     submitting, lease ended  the worker died beside the call to SES: uncertain, never sent again
     lease still runs         somebody is at work: come back later
3. Decide. A hold goes to the log, and that is all.
4. Render. Content with a gap is a hold too; there is no half mail.
5. Claim in one transaction with the decision. Whoever changed one of the person's addresses since
   the snapshot, or merged or split the person, makes it fail: decide again from a fresh one, three
   times at most.
6. Mark as submitting, under the lease: after this line and only after it bytes may leave.
7. Submit once, and record what came of it.

A worker that dies before 6 leaves a claim that is taken up again when its lease has ended. One that
dies after 6 leaves a mail that nobody can tell of; what SES reports settles it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.send.compose import Composer
from functions.send.snapshot import Reader, Snapshot
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decide import decide, refused, target
from rapport.domain.decision import Decision, Intent, Outcome
from rapport.domain.event import Event
from rapport.domain.reasons import Reason
from rapport.errors import ConflictError, RetryableError
from rapport.ports import Accepted, Book, Log, Mail, Mailer, NotSent, Unknown
from rapport.records import decision_event, is_of, submitted_event
from rapport.render import RenderError

# Longer than the function may run, so that a lease never ends under a worker that lives.
LEASE = timedelta(seconds=60)
TRIES = 3


class Done(StrEnum):
    """What became of an intent."""

    ACCEPTED = "accepted"
    HELD = "held"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of an intent, and the reason that was stored with it."""

    done: Done
    reason: Reason | None = None
    send_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Send:
    """The flow."""

    reader: Reader
    composer: Composer
    book: Book
    log: Log
    mailer: Mailer
    now: Callable[[], datetime]

    def deliver(self, intent: Intent) -> Result:
        """Carry an intent out, or hold it; RetryableError when it must be delivered again."""
        for _ in range(TRIES):
            snapshot = self.reader.snapshot(intent)
            settled = self._settled(snapshot)
            if settled is not None:
                return settled
            decision = decide(snapshot.case, now=self.now())
            if decision.outcome is not Outcome.SEND:
                return self._hold(decision)
            try:
                mail = self.composer.compose(
                    decision, snapshot.bundle, snapshot.profile, snapshot.job
                )
            except RenderError as error:
                return self._hold(
                    refused(
                        decision,
                        reason=Reason.RENDER_FAILED,
                        gate="render",
                        detail=f"The content was not whole: {error}.",
                    )
                )
            record = self._claim(snapshot, decision)
            if record is not None:
                return self._submit(record, decision, mail)
        msg = "person or addresses changed under every attempt to claim"
        raise RetryableError(msg)

    def _settled(self, snapshot: Snapshot) -> Result | None:
        """What is left to do about an earlier send of this very intent; None: decide."""
        record = snapshot.mine
        if record is None or not is_of(record.decision, snapshot.case.intent):
            return None
        now = self.now()
        match record.state:
            case SendState.CLAIMED | SendState.SUBMITTING if record.lease >= now:
                msg = "another worker holds the lease"
                raise RetryableError(msg)
            case SendState.SUBMITTING:
                self.book.advance(record, SendState.UNCERTAIN, frm=(SendState.SUBMITTING,), now=now)
                self._log(submitted_event(record, SendState.UNCERTAIN, now=now))
                return Result(done=Done.UNCERTAIN, send_id=record.send_id)
            case SendState.ACCEPTED | SendState.UNCERTAIN:
                # The worker may have died between its record and its line in the log.
                self._log(
                    submitted_event(record, record.state, now=now, message_id=record.message_id)
                )
                return Result(done=Done.NOTHING, send_id=record.send_id)
            case SendState.LOST:
                return Result(done=Done.NOTHING, send_id=record.send_id)
            case SendState.CLAIMED | SendState.RETRY | SendState.FAILED:
                return None

    def _hold(self, decision: Decision) -> Result:
        self._log(decision_event(decision, now=self.now()))
        return Result(done=Done.HELD, reason=decision.reason, send_id=decision.send_id)

    def _claim(self, snapshot: Snapshot, decision: Decision) -> SendRecord | None:
        """The claimed record; None when somebody changed what it was judged from meanwhile."""
        case, now = snapshot.case, self.now()
        if case.address is None or case.terms is None:
            return None
        attempt = 1 + max(r.attempt if r else 0 for r in (case.earlier, snapshot.mine))
        event = decision_event(decision, now=now, attempt=attempt)
        record = SendRecord(
            send_key=decision.send_key,
            send_id=decision.send_id,
            state=SendState.CLAIMED,
            attempt=attempt,
            lease=now + LEASE,
            person=case.intent.person,
            subject=case.subject,
            address=case.address.ref,
            program=target(case.intent, case.terms, case.address).program,
            template=decision.template,
            topic=decision.topic,
            mail_class=decision.mail_class.value,
            bundle=decision.bundle,
            decision=event.key,
            claimed_at=now,
            intent=case.intent.id,
            cluster=snapshot.cluster.id,
            cluster_version=snapshot.cluster.version,
        )
        try:
            self.book.claim(
                record,
                case.address,
                event,
                others=case.others,
                instead_of=snapshot.tried_elsewhere(record.send_key),
            )
        except ConflictError:
            return None
        return record

    def _submit(self, record: SendRecord, decision: Decision, mail: Mail) -> Result:
        if not self.book.advance(
            record, SendState.SUBMITTING, frm=(SendState.CLAIMED,), now=self.now()
        ):
            msg = "the lease ended before the mail was submitted"
            raise RetryableError(msg)
        answer = self.mailer.submit(mail)
        match answer:
            case Accepted(message_id=message_id):
                self._record(record, SendState.ACCEPTED, message_id=message_id)
                return Result(done=Done.ACCEPTED, reason=decision.reason, send_id=record.send_id)
            case Unknown(detail=detail):
                self._record(record, SendState.UNCERTAIN, code=detail)
                return Result(done=Done.UNCERTAIN, reason=decision.reason, send_id=record.send_id)
            case NotSent(again=True, code=code):
                self._record(record, SendState.RETRY, code=code)
                msg = f"SES asks to try again later: {code}"
                raise RetryableError(msg)
            case NotSent(code=code):
                self._record(record, SendState.FAILED, code=code)
                self._hold(
                    refused(
                        decision,
                        reason=Reason.REJECTED,
                        gate="SES",
                        detail=f"SES refused the mail for good: {code}.",
                    )
                )
                return Result(done=Done.FAILED, reason=Reason.REJECTED, send_id=record.send_id)

    def _record(
        self, record: SendRecord, state: SendState, *, message_id: str = "", code: str = ""
    ) -> None:
        """Move on from submitting. Evidence from SES may have been faster; it stands."""
        now = self.now()
        self.book.advance(
            record, state, frm=(SendState.SUBMITTING,), now=now, message_id=message_id
        )
        self._log(submitted_event(record, state, now=now, message_id=message_id, code=code))

    def _log(self, event: Event) -> None:
        self.log.append([event])
