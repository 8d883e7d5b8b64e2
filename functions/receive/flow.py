"""One message that came in → what it means for the person whom we had written to.

1. Read it. Whose it is, tells an address of ours on it: a tag over the mail that was answered. The
   address that it comes from proves nothing and need not be the one that we wrote to.
2. To `unsub+…`: the consent to that mail's topic ends, in one transaction with the event, as by one
   click. Whatever else the message is or says.
3. What SES calls a virus or spam, what is nobody's and what cannot be read stays where it is, and
   the bucket forgets it.
4. A bounce is taken away: SES reports those. An automatic answer is an event and nothing more.
5. What a person wrote is an event on their timeline with the text sealed, a task for the employer
   and a fact of the mail; and it goes on, once, to whoever wrote to them. Its fact ends what waits
   for them (functions/trigger).
6. The message is taken away: from then on its words stand in the log alone, under the person's key.

All of it may be repeated: events and facts are the same again. Passing on is taken on before it is
done, so of two workers, or after a crash in between, one mail goes at most; the task stands anyway.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.receive.forwarding import forwarded
from functions.receive.reading import Kind, Reading, read
from rapport import events
from rapport.bundle import Brand, Bundle
from rapport.domain.address import ConsentStatus, SendRecord
from rapport.domain.decision import digest, from_body
from rapport.domain.event import Event
from rapport.domain.fate import Fate, Said
from rapport.domain.mailboxes import found_in
from rapport.domain.tokens import Purpose
from rapport.errors import ErasedError, RetryableError
from rapport.inbox import Forwards, Inbox
from rapport.outcomes import Fates, Marks
from rapport.ports import Accepted, Book, Bundles, Log, Mailer, NotSent, Withdrawal
from rapport.records import ID_CHARS, engine_event, unsubscribed_event
from rapport.tasks import REPLY, Tasks, open_task

MAX_BYTES = 10 * 1024 * 1024
# A candidate who answers waits for a person: so long at most.
ANSWER_WITHIN = timedelta(days=2)
BY_MAIL = "mail"


class Came(StrEnum):
    """What a message came to."""

    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    LEFT = "left"
    NOBODYS = "nobodys"
    UNSAFE = "unsafe"
    UNREADABLE = "unreadable"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Receive:
    """The flow. `ring` gives the keys of addresses, `live` the live bundle's hash."""

    inbox: Inbox
    book: Book
    log: Log
    bundles: Bundles
    fates: Fates
    marks: Marks
    forwards: Forwards
    tasks: Tasks
    mailer: Mailer
    ring: Callable[[], Mapping[str, bytes]]
    live: Callable[[], str]
    now: Callable[[], datetime]

    def take(self, name: str) -> Came:
        """Handle one message, by its name; RetryableError when it must be done again."""
        raw = self.inbox.read(name, most=MAX_BYTES)
        if raw is None:
            return Came.GONE
        reading = read(raw)
        if reading.kind is Kind.UNREADABLE:
            return Came.UNREADABLE
        bundle = self.bundles.get(self.live())
        purpose, record = self._whose(reading, bundle.brand)
        if record is None:
            return Came.NOBODYS
        if purpose is Purpose.UNSUBSCRIBE:
            self._leave(record)
            came = Came.LEFT
        elif reading.unsafe:
            return Came.UNSAFE
        else:
            came = self._answered(record, reading, bundle)
        self.inbox.drop(name)
        return came

    def _whose(self, reading: Reading, brand: Brand) -> tuple[Purpose | None, SendRecord | None]:
        """What an address of ours on the message stands for; a wish to leave before all others."""
        if not brand.reply_domain:
            return None, None
        meant = [found_in(self.ring(), each, brand.reply_domain) for each in reading.addresses]
        known = [each for each in meant if each is not None]
        for purpose, send_key in sorted(known, key=lambda each: each[0] is Purpose.REPLY):
            record = self.book.send(send_key)
            if record is not None:
                return purpose, record
        return None, None

    def _leave(self, record: SendRecord) -> None:
        now = self.now()
        word = self.book.address(record.address).consents.get(record.topic)
        if word is not None and word.status is ConsentStatus.WITHDRAWN:
            return
        against = "" if word is None else f"{record.topic}:{word.event_id}"
        event = unsubscribed_event(
            record, scope=record.topic, method=BY_MAIL, against=against, now=now
        )
        self.book.withdraw(
            Withdrawal(
                address=record.address, topics=(record.topic,), suppress={}, at=now, event=event
            )
        )
        self.fates.learn(record.send_key, Fate(at={Said.UNSUBSCRIBED: now}))

    def _answered(self, record: SendRecord, reading: Reading, bundle: Bundle) -> Came:
        if reading.kind is Kind.BOUNCE:
            return Came.BOUNCE
        now = self.now()
        # The same message, however often it is delivered, is one answer.
        answer = digest("answer", record.send_key, reading.message_id, reading.text)[:ID_CHARS]
        if reading.kind is Kind.AUTO_REPLY:
            self.log.append([_auto_reply(record, reading, answer, now)])
            return Came.AUTO_REPLY
        task = open_task(
            record,
            REPLY,
            answer,
            due=now + ANSWER_WITHIN,
            now=now,
            log=self.log,
            tasks=self.tasks,
        )
        self.log.append([_reply(record, reading, answer, now), task])
        self.fates.learn(record.send_key, Fate(at={Said.REPLIED: now}))
        self.marks.mark_human(record.address, record.send_key)
        self._pass_on(record, reading, bundle.brand, answer)
        return Came.REPLY

    def _pass_on(self, record: SendRecord, reading: Reading, brand: Brand, answer: str) -> None:
        candidate = self._mailed_to(record)
        mail = forwarded(reading, brand, to=record.owner or brand.reply_to, candidate=candidate)
        if mail is None or not self.forwards.claim(answer, self.now()):
            return
        match self.mailer.submit(mail):
            case NotSent(again=True, code=code):
                self.forwards.give_back(answer, self.now())
                msg = f"SES wants the forwarded answer later: {code}"
                raise RetryableError(msg)
            case Accepted() | NotSent():
                return
            case _:
                # Nobody can tell whether it went; the task tells of the answer anyway.
                return

    def _mailed_to(self, record: SendRecord) -> str:
        """The address that we had written to; empty once it was erased."""
        try:
            event = self.log.get(record.decision)
        except ErasedError:
            return ""
        properties = None if event is None else event.body.get("properties")
        return from_body(properties).to if isinstance(properties, dict) else ""


def _reply(record: SendRecord, reading: Reading, answer: str, now: datetime) -> Event:
    return engine_event(
        events.MailReplied.event,
        subject=record.subject,
        message_id=f"a_{answer}",
        cause_at=record.claimed_at,
        now=now,
        properties={
            "send_id": record.send_id,
            "subject": reading.subject,
            "text": reading.text,
            "attachments": reading.attachments,
        },
    )


def _auto_reply(record: SendRecord, reading: Reading, answer: str, now: datetime) -> Event:
    return engine_event(
        events.AutoReplyReceived.event,
        subject=record.subject,
        message_id=f"a_{answer}",
        cause_at=record.claimed_at,
        now=now,
        properties={"send_id": record.send_id, "subject": reading.subject},
    )
