"""What the links of a mail do. Looking (GET) changes nothing; acting (POST) holds when it answers.

Confirm    The link names the request to confirm. Acting records the consent to the statement that
           was mailed, and that the address is its owner's, with the event, in one transaction.
           One link is one word: using it again changes nothing, also after a later unsubscribe.
Unsubscribe  The link names the mail. Acting ends the consent to its topic, or to all marketing, in
           one transaction with the event; no claim after that succeeds.

A link that is not ours is treated as any other as far as that is possible, so that nobody learns
from the answer whom we know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rapport.bundle import Brand, Bundle, Statement
from rapport.domain.address import (
    SCOPE_MARKETING,
    AddressState,
    Consent,
    ConsentStatus,
    SendRecord,
    Suppression,
)
from rapport.domain.decision import MailClass, from_body
from rapport.domain.event import Event, LogKey
from rapport.domain.tokens import Purpose, verify
from rapport.errors import ErasedError
from rapport.ports import Book, Bundles, Log, Withdrawal
from rapport.records import confirmed_event, unsubscribed_event


class Standing(StrEnum):
    """Where a request to confirm stands."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    USED = "used"


class Scope(StrEnum):
    """How much an unsubscribe closes."""

    TOPIC = "topic"
    MARKETING = "marketing"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to confirm, as its page shows it."""

    brand: Brand
    to: str
    statement: Statement
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What an unsubscribe link is about, as its page shows it."""

    brand: Brand
    topic: str


@dataclass(frozen=True, kw_only=True)
class _Asked:
    record: SendRecord
    bundle: Bundle
    to: str


@dataclass(frozen=True, kw_only=True)
class Engage:
    """The flow. `ring` gives the keys of the links' tokens, `live` the live bundle's hash."""

    book: Book
    log: Log
    bundles: Bundles
    ring: Callable[[], Mapping[str, bytes]]
    live: Callable[[], str]
    now: Callable[[], datetime]

    def brand(self) -> Brand:
        """The brand whose pages these are."""
        return self._live().brand

    def request(self, token: str) -> Request | None:
        """What a confirmation link asks; None for a link that is not ours."""
        asked = self._asked(token)
        return None if asked is None else self._request(asked)

    def confirm(self, token: str) -> tuple[Request | None, bool]:
        """The owner's yes, and whether it was news."""
        asked = self._asked(token)
        if asked is None:
            return None, False
        record, now = asked.record, self.now()
        statement = asked.bundle.statement(record.topic)
        event = self._yes(asked, now)
        new = self.log.get(event.key) is None
        self.book.grant(
            record.address,
            record.topic,
            Consent(
                status=ConsentStatus.GRANTED,
                at=now,
                statement=statement.id,
                statement_hash=statement.hash,
                event_id=event.message_id,
            ),
            event,
            confirmed_at=now,
        )
        return self._request(asked), new

    def subscription(self, token: str) -> Subscription:
        """What an unsubscribe link is about; for a link that is not ours, the brand's topic."""
        record = self._record(Purpose.UNSUBSCRIBE, token)
        live = self._live()
        topic = live.statements[0].topic if record is None else record.topic
        return Subscription(brand=live.brand, topic=topic)

    def unsubscribe(self, token: str, scope: Scope, *, method: str) -> bool:
        """The owner's no; tells whether it was news. When this returns, it holds."""
        record = self._record(Purpose.UNSUBSCRIBE, token)
        if record is None:
            return False
        now = self.now()
        state = self.book.address(record.address)
        topics = self._topics(record, scope)
        if _closed(state, topics, scope):
            return False
        against = " ".join(
            sorted(f"{t}:{state.consents[t].event_id}" for t in topics if t in state.consents)
        )
        named = record.topic if scope is Scope.TOPIC else SCOPE_MARKETING
        event = unsubscribed_event(record, scope=named, method=method, against=against, now=now)
        self.book.withdraw(
            Withdrawal(
                address=record.address,
                topics=topics,
                suppress=_suppress(scope, event, now),
                at=now,
                event=event,
            )
        )
        return True

    def _live(self) -> Bundle:
        return self.bundles.get(self.live())

    def _record(self, purpose: Purpose, token: str) -> SendRecord | None:
        send_key = verify(self.ring(), purpose, token)
        return None if send_key is None else self.book.send(send_key)

    def _asked(self, token: str) -> _Asked | None:
        record = self._record(Purpose.CONFIRM, token)
        if record is None or record.mail_class != MailClass.CONFIRMATION:
            return None
        to = self._mailed_to(record.decision)
        if not to:
            return None
        return _Asked(record=record, bundle=self.bundles.get(record.bundle), to=to)

    def _mailed_to(self, decision: LogKey) -> str:
        """The address a mail was sent to, as its decision has it; empty once it was erased."""
        try:
            event = self.log.get(decision)
        except ErasedError:
            return ""
        properties = None if event is None else event.body.get("properties")
        return from_body(properties).to if isinstance(properties, dict) else ""

    def _request(self, asked: _Asked) -> Request:
        record = asked.record
        word = self.book.address(record.address).consents.get(record.topic)
        if word is not None and word.status is ConsentStatus.GRANTED:
            standing = Standing.CONFIRMED
        elif self.log.get(self._yes(asked, self.now()).key) is not None:
            standing = Standing.USED
        else:
            standing = Standing.ASKED
        return Request(
            brand=asked.bundle.brand,
            to=asked.to,
            statement=asked.bundle.statement(record.topic),
            standing=standing,
        )

    def _yes(self, asked: _Asked, now: datetime) -> Event:
        statement = asked.bundle.statement(asked.record.topic)
        return confirmed_event(
            asked.record,
            email=asked.to,
            statement=statement.id,
            statement_hash=statement.hash,
            now=now,
        )

    def _topics(self, record: SendRecord, scope: Scope) -> tuple[str, ...]:
        if scope is Scope.TOPIC:
            return (record.topic,)
        return tuple(sorted({record.topic, *(s.topic for s in self._live().statements)}))


def _closed(state: AddressState, topics: tuple[str, ...], scope: Scope) -> bool:
    words = [state.consents.get(topic) for topic in topics]
    over = all(w is not None and w.status is ConsentStatus.WITHDRAWN for w in words)
    return over and (scope is Scope.TOPIC or SCOPE_MARKETING in state.suppressions)


def _suppress(scope: Scope, event: Event, now: datetime) -> Mapping[str, Suppression]:
    if scope is Scope.TOPIC:
        return {}
    word = Suppression(reason="asked for no marketing mail", at=now, event_id=event.message_id)
    return {SCOPE_MARKETING: word}
