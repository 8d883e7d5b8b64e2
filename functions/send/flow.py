"""One intent → at most one mail, however often the intent is delivered and whoever dies when.

1. Snapshot: person, addresses, earlier sends, live bundle, all read now.
2. An earlier send of this very intent, to whichever address, is settled first
     accepted, lost …         nothing is left to do
     submitting, lease ended  the worker died beside the call to SES: uncertain
     lease still runs         somebody is at work: come back later
3. Decide. A hold waits with the person's runs until it is judged afresh, a drop is the end; either
   goes to the log, and a slot that was claimed for this mail and not used is given back.
4. Take a turn: SES takes so many mails a second. One that is far off is none: the intent goes back
   into the queue, to be judged again in a while, and nothing is stored.
5. Render. Content with a gap is dropped too; there is no half mail.
6. Take one of the mails that a campaign's bounds leave it, and one of the day's while the domain is
   being warmed up. None left: decide again.
7. Claim in one transaction with the decision. Whoever changed one of the person's addresses since
   the snapshot, or merged or split the person, makes it fail: decide again from a fresh one, three
   times at most.
8. Mark as submitting, under the lease: after this line and only after it bytes may leave.
9. Submit once, and record what came of it. What SES certainly did not take gives its slot back;
   what came too fast for it goes back into the queue, and all go slower.

A worker that dies before 8 leaves a claim that is taken up again when its lease has ended. One that
dies after 8 leaves a mail that nobody can tell of; what SES reports settles it, or `settle` does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.send.claim import record_of
from functions.send.links import Linker
from functions.send.pacing import Pacing
from rapport.domain.address import SendRecord, SendState, reclaimable
from rapport.domain.decide import decide, refused
from rapport.domain.decision import Decision, Intent, MailClass, Outcome
from rapport.domain.event import Event
from rapport.domain.reasons import Reason
from rapport.errors import ConflictError, RetryableError
from rapport.mailing.around import sending_domain
from rapport.mailing.compose import Composer, filled
from rapport.mailing.snapshot import Reader, Snapshot
from rapport.outcomes import Funnel
from rapport.ports import Accepted, Book, Log, Mail, Mailer, NotSent, Unknown
from rapport.records import decision_event, is_of, submitted_event
from rapport.render import RenderError
from rapport.sending import Accounts, Counts, Refusal, day_of, ramp_cap
from rapport.waiting import Holds

# Longer than the function may run, so that a lease never ends under a worker that lives.
LEASE = timedelta(seconds=60)
TRIES = 3
# What SES's own word is newer than, whatever else was thought of the mail meanwhile.
_UNTOLD = (SendState.SUBMITTING, SendState.UNCERTAIN, SendState.LOST, SendState.RETRY)
_STOPPED = (Refusal.PAUSED, Refusal.QUOTA)


class Done(StrEnum):
    """What became of an intent."""

    ACCEPTED = "accepted"
    HELD = "held"
    DROPPED = "dropped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    PUT_BACK = "put_back"
    THROTTLED = "throttled"
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
    linker: Linker
    funnel: Funnel
    holds: Holds
    accounts: Accounts
    counts: Counts
    pacing: Pacing
    now: Callable[[], datetime]

    def deliver(self, intent: Intent) -> Result:
        """Carry an intent out, hold or drop it; RetryableError when it must be delivered again."""
        turn = slot = False
        for _ in range(TRIES):
            snapshot = self.reader.snapshot(intent)
            settled = self._settled(snapshot)
            if settled is not None:
                return settled
            decision = decide(snapshot.case, now=self.now())
            if decision.outcome is not Outcome.SEND:
                return self._not_now(snapshot, decision)
            turn = turn or self.pacing.may_go(decision.mail_class)
            if not turn:
                self.pacing.put_back(intent)
                return Result(done=Done.PUT_BACK)
            self.funnel.tell(decision)
            try:
                decision = filled(decision, snapshot.bundle, snapshot.picked)
                mail = self.composer.compose(
                    decision,
                    snapshot.bundle,
                    snapshot.profile,
                    about=snapshot.job,
                    picked=snapshot.picked,
                )
            except RenderError as error:
                detail = f"The content was not whole: {error}."
                return self._not_now(
                    snapshot,
                    refused(decision, reason=Reason.RENDER_FAILED, gate="render", detail=detail),
                )
            slot = slot or (self._within_bounds(snapshot) and self._within_ramp(snapshot, decision))
            record = self._claim(snapshot, decision) if slot else None
            if record is None:
                continue
            # Told only now: whether the mail may tell on its reader was claimed with it.
            mail = self.linker.linked(mail, record, snapshot.bundle.brand)
            result = self._submit(record, decision, mail)
            if result is not None:
                return result
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

    def _not_now(self, snapshot: Snapshot, decision: Decision) -> Result:
        """Hold or drop, and give back what was claimed for this very mail and never left."""
        mine, now = snapshot.mine, self.now()
        if mine is not None and is_of(mine.decision, decision.intent) and reclaimable(mine, now):
            if mine.state is SendState.CLAIMED:
                self.book.release(mine, SendState.RETRY, now=now)
            elif mine.doubtful and decision.outcome is Outcome.DROP:
                self.book.advance(mine, SendState.LOST, frm=(SendState.RETRY,), now=now)
        return self._told(decision)

    def _told(self, decision: Decision) -> Result:
        # First what is judged again, then the line in the log: whoever dies in between does both.
        decision = self.holds.hold(decision)
        self.funnel.tell(decision)
        self._log(decision_event(decision, now=self.now()))
        done = Done.HELD if decision.outcome is Outcome.HOLD else Done.DROPPED
        return Result(done=done, reason=decision.reason, send_id=decision.send_id)

    def _within_bounds(self, snapshot: Snapshot) -> bool:
        """Whether its campaign may send one more; as with the day's, what is not used is lost."""
        stand = snapshot.case.campaign
        return stand is None or self.reader.stands.take(stand)

    def _within_ramp(self, snapshot: Snapshot, decision: Decision) -> bool:
        """Whether the domain may send one more today; a slot that is then not used is lost."""
        now = self.now()
        cap = ramp_cap(snapshot.bundle.policy.ramp, now)
        if cap is None or decision.mail_class is not MailClass.MARKETING:
            return True
        return self.counts.take(sending_domain(snapshot.bundle), day_of(now), most=cap)

    def _claim(self, snapshot: Snapshot, decision: Decision) -> SendRecord | None:
        """The claimed record; None when somebody changed what it was judged from meanwhile."""
        case, now = snapshot.case, self.now()
        if case.address is None:
            return None
        record, event = record_of(snapshot, decision, now=now, lease=now + LEASE)
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

    def _submit(self, record: SendRecord, decision: Decision, mail: Mail) -> Result | None:
        """What came of the mail; None when SES takes none at present: decide again."""
        if not self.book.advance(
            record, SendState.SUBMITTING, frm=(SendState.CLAIMED,), now=self.now()
        ):
            msg = "the lease ended before the mail was submitted"
            raise RetryableError(msg)
        answer = self.mailer.submit(mail)
        match answer:
            case Accepted(message_id=message_id):
                self._record(record, SendState.ACCEPTED, frm=_UNTOLD, message_id=message_id)
                return Result(done=Done.ACCEPTED, reason=decision.reason, send_id=record.send_id)
            case Unknown(detail=detail):
                self._record(record, SendState.UNCERTAIN, code=detail)
                return Result(done=Done.UNCERTAIN, reason=decision.reason, send_id=record.send_id)
            case NotSent(again=True, why=Refusal.THROTTLED):
                self._give_back(record, SendState.RETRY, answer.code)
                self.pacing.too_fast()
                self.pacing.put_back(decision.intent)
                return Result(done=Done.THROTTLED, send_id=record.send_id)
            case NotSent(again=True):
                self._give_back(record, SendState.RETRY, answer.code)
                if answer.why in _STOPPED:
                    self.accounts.told(answer.why, answer.code)
                    return None
                msg = f"SES asks to try again later: {answer.code}"
                raise RetryableError(msg)
            case NotSent(code=code):
                self._give_back(record, SendState.FAILED, code)
                detail = f"SES refused the mail for good: {code}."
                self._told(refused(decision, reason=Reason.REJECTED, gate="SES", detail=detail))
                return Result(done=Done.FAILED, reason=Reason.REJECTED, send_id=record.send_id)

    def _give_back(self, record: SendRecord, state: SendState, code: str) -> None:
        """SES certainly did not take it. An earlier copy that it may have taken still counts."""
        if record.doubtful:
            failed = state is SendState.FAILED
            self._record(record, SendState.LOST if failed else state, code=code)
            return
        now = self.now()
        self.book.release(replace(record, state=SendState.SUBMITTING), state, now=now)
        self._log(submitted_event(record, state, now=now, code=code))

    def _record(
        self,
        record: SendRecord,
        state: SendState,
        *,
        frm: Iterable[SendState] = (SendState.SUBMITTING,),
        message_id: str = "",
        code: str = "",
    ) -> None:
        """Move on from submitting. Evidence from SES may have been faster; it stands."""
        now = self.now()
        self.book.advance(record, state, frm=frm, now=now, message_id=message_id)
        self._log(submitted_event(record, state, now=now, message_id=message_id, code=code))

    def _log(self, event: Event) -> None:
        self.log.append([event])
