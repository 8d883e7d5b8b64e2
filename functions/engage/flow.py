"""What the links of a mail do. Looking (GET) changes nothing; acting (POST) holds when it answers.

Confirm    The link names the request to confirm. Acting records the consent to the statement that
           was mailed, and that the address is its owner's, with the event, in one transaction.
           One link is one word: using it again changes nothing, also after a later unsubscribe.
Unsubscribe  The link names the mail. Acting ends the consent to its topic, or to all marketing, in
           one transaction with the event; no claim after that succeeds.
Choose     The same link, with the whole form: topics, how often, a pause, a language. First what is
           withdrawn, then what is agreed to, then what is wished; each in a transaction with its
           event, so a form that fails midway may be sent again.

A link that is not ours is treated as any other as far as that is possible, so that nobody learns
from the answer whom we know.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.engage.centre import (
    Centre,
    Wanted,
    centre_of,
    granted_by,
    language_of,
    wishes_after,
    withdrawn_by,
)
from functions.engage.told import Agreed, granted_event, wished_event
from rapport.bundle import Brand, Bundle, Statement, Wording
from rapport.domain.address import (
    SCOPE_MARKETING,
    AddressState,
    Consent,
    ConsentStatus,
    SendRecord,
    Suppression,
)
from rapport.domain.decision import Decision, MailClass, from_body
from rapport.domain.event import Event, LogKey
from rapport.domain.fate import news_of
from rapport.domain.granting import BY_CONFIRMATION, BY_PREFERENCES, OWN_NO, holds
from rapport.domain.identifiers import Ref
from rapport.domain.tokens import Purpose, verify
from rapport.errors import ErasedError, RapportError
from rapport.outcomes import Fates
from rapport.ports import Book, Bundles, Log, Withdrawal
from rapport.preferences import Preferences
from rapport.records import confirmed_event, unsubscribed_event
from rapport.signing import browser_of


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
    """A request to confirm, as its page shows it: in the mail's language, with the mail's words."""

    brand: Brand
    language: str
    to: str
    wording: Wording
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class _Asked:
    record: SendRecord
    bundle: Bundle
    to: str
    browser: str

    @property
    def statement(self) -> Statement:
        return self.bundle.statement(self.record.topic)

    @property
    def wording(self) -> Wording:
        """What the mail quoted: its language decides, whatever is wished for by now."""
        return self.statement.said(self.record.contents.language)


@dataclass(frozen=True, kw_only=True)
class Engage:
    """The flow. `ring` gives the keys of the links' tokens, `live` the live bundle's hash."""

    book: Book
    log: Log
    bundles: Bundles
    preferences: Preferences
    fates: Fates
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
        agreed = Agreed(statement=asked.statement, wording=asked.wording, way=BY_CONFIRMATION)
        event = self._yes(asked, now)
        new = self.log.get(event.key) is None
        self.book.grant(
            record.address,
            record.topic,
            agreed.consent(asked.bundle.brand, record, event, now),
            event,
            confirmed_at=now,
            browser=asked.browser,
        )
        return self._request(asked), new

    def centre(self, token: str) -> Centre | None:
        """What is in force for the reader of a mail; None for a link that is not ours."""
        record = self._record(Purpose.UNSUBSCRIBE, token)
        return None if record is None else self._centre(record)

    def choose(self, token: str, wanted: Wanted) -> Centre | None:
        """What the whole form asks for; then what is in force. None for a link that is not ours."""
        record = self._record(Purpose.UNSUBSCRIBE, token)
        if record is None:
            return None
        before, now = self._centre(record), self.now()
        consents = self.book.address(record.address).consents
        for topic in withdrawn_by(before, wanted):
            self._withdraw(record, (topic,), topic, consents, now, method=BY_PREFERENCES)
        for statement, wording in granted_by(before, wanted):
            word = consents.get(statement.topic)
            after = "" if word is None else word.event_id
            agreed = Agreed(statement=statement, wording=wording, way=BY_PREFERENCES)
            event = granted_event(record, agreed, after=after, now=now)
            consent = agreed.consent(before.brand, record, event, now)
            self.book.grant(record.address, statement.topic, consent, event, confirmed_at=now)
        wishes = wishes_after(before, wanted)
        if wishes != before.wishes:
            event = wished_event(record, before.wishes, wishes, now=now)
            self.preferences.wish(record.address, wishes, event)
        return self._centre(record)

    def unsubscribe(self, token: str, scope: Scope, *, method: str) -> bool:
        """The owner's no; tells whether it was news. When this returns, it holds."""
        record = self._record(Purpose.UNSUBSCRIBE, token)
        if record is None:
            return False
        now = self.now()
        state = self.book.address(record.address)
        topics = self._topics(record, scope, state)
        if _closed(state, topics, scope):
            return False
        named = record.topic if scope is Scope.TOPIC else SCOPE_MARKETING
        self._withdraw(record, topics, named, state.consents, now, method=method)
        return True

    def _withdraw(
        self,
        record: SendRecord,
        topics: tuple[str, ...],
        scope: str,
        consents: Mapping[str, Consent],
        now: datetime,
        *,
        method: str,
    ) -> None:
        ended = sorted(f"{t}:{consents[t].event_id}" for t in topics if t in consents)
        event = unsubscribed_event(
            record, scope=scope, method=method, against=" ".join(ended), now=now
        )
        self.book.withdraw(
            Withdrawal(
                address=record.address,
                topics=topics,
                suppress=_suppress(scope, event, now),
                at=now,
                event=event,
            )
        )
        # The no holds, and that is the answer. That this mail led to it can be told by its event.
        with suppress(RapportError):
            self.fates.learn(record.send_key, news_of(event))

    def _centre(self, record: SendRecord) -> Centre:
        return centre_of(
            self._live(),
            self.book.address(record.address),
            record,
            to=self._mailed_to(record.decision),
            now=self.now(),
        )

    def _live(self) -> Bundle:
        return self.bundles.get(self.live())

    def _record(self, purpose: Purpose, token: str) -> SendRecord | None:
        send_key = verify(self.ring(), purpose, token)
        return None if send_key is None else self.book.send(send_key)

    def _asked(self, token: str) -> _Asked | None:
        record = self._record(Purpose.CONFIRM, token)
        if record is None or record.mail_class != MailClass.CONFIRMATION:
            return None
        decided = self._decided(record.decision)
        if decided is None or not decided.to:
            return None
        return _Asked(
            record=record,
            bundle=self.bundles.get(record.bundle),
            to=decided.to,
            browser=browser_of(Ref(decided.intent.fact.log_pk)),
        )

    def _mailed_to(self, decision: LogKey) -> str:
        """The address a mail was sent to, as its decision has it; empty once it was erased."""
        decided = self._decided(decision)
        return "" if decided is None else decided.to

    def _decided(self, decision: LogKey) -> Decision | None:
        try:
            event = self.log.get(decision)
        except ErasedError:
            return None
        properties = None if event is None else event.body.get("properties")
        return from_body(properties) if isinstance(properties, dict) else None

    def _request(self, asked: _Asked) -> Request:
        record = asked.record
        state = self.book.address(record.address)
        word = state.consents.get(record.topic)
        if holds(word, self.now()):
            standing = Standing.CONFIRMED
        elif self.log.get(self._yes(asked, self.now()).key) is not None:
            standing = Standing.USED
        else:
            standing = Standing.ASKED
        brand = asked.bundle.brand
        return Request(
            brand=brand,
            language=language_of(brand, record.contents.language, state.wishes.language),
            to=asked.to,
            wording=asked.wording,
            standing=standing,
        )

    def _yes(self, asked: _Asked, now: datetime) -> Event:
        return confirmed_event(
            asked.record,
            email=asked.to,
            statement=asked.statement.id,
            wording=asked.wording,
            now=now,
        )

    def _topics(self, record: SendRecord, scope: Scope, state: AddressState) -> tuple[str, ...]:
        if scope is Scope.TOPIC:
            return (record.topic,)
        asked = {s.topic for s in self._live().statements}
        return tuple(sorted({record.topic, *asked, *state.consents}))


def _closed(state: AddressState, topics: tuple[str, ...], scope: Scope) -> bool:
    words = [state.consents.get(topic) for topic in topics]
    over = all(w is not None and w.status is ConsentStatus.WITHDRAWN for w in words)
    wide = state.suppressions.get(SCOPE_MARKETING)
    return over and (scope is Scope.TOPIC or (wide is not None and wide.until is None))


def _suppress(scope: str, event: Event, now: datetime) -> Mapping[str, Suppression]:
    if scope != SCOPE_MARKETING:
        return {}
    return {SCOPE_MARKETING: Suppression(reason=OWN_NO, at=now, event_id=event.message_id)}
