"""A mail that was never sent, to an address that is nobody's: rows of `book` for a check's time.

It is told of under a browser of nobody, so that no person is made of it who could be counted. The
log keeps that somebody tried. Each trial is a mail of its own: one link is one word.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book_rows import send_row
from rapport.adapters.dynamo.models import BookTable, bind, store_errors
from rapport.domain.address import SCOPE_ALL, ConsentStatus, SendRecord, SendState
from rapport.domain.decision import MailClass
from rapport.domain.event import LogKey
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.domain.tokens import Purpose, issue
from rapport.ports import Book, KeyRings, Pseudonyms

# RFC 2606: nobody ever has an address there.
NOBODY = "unsubscribe-check@rapport.invalid"
# Amazon SES developer guide, mailbox simulator: it bounces, and counts for no reputation.
BOUNCES = "bounce@simulator.amazonses.com"
_BROWSER = "rapport-doctor"


@dataclass(frozen=True, kw_only=True)
class TrialMail:
    """The port `TestMail`. `topic` is one that the bundle has; `address` one of those above.

    `send_key`: 64 random hex characters.
    """

    book: Book
    table: str
    pseudonyms: Pseudonyms
    rings: KeyRings
    ring: str
    bundle: str
    topic: str
    send_key: str
    now: Callable[[], datetime]
    address: str = NOBODY

    def place(self) -> str:
        """Let there be such a mail; the token of its unsubscribe link."""
        bind(book=self.table)
        now, browser = self.now(), self.pseudonyms.ref(Namespace.ANON, _BROWSER)
        record = SendRecord(
            send_key=self.send_key,
            send_id=self.send_key,
            state=SendState.ACCEPTED,
            attempt=1,
            lease=now,
            person=person_id(browser),
            subject=browser,
            address=self._ref,
            program=_BROWSER,
            template=_BROWSER,
            topic=self.topic,
            mail_class=MailClass.MARKETING.value,
            bundle=self.bundle,
            decision=LogKey(browser, _BROWSER),
            claimed_at=now,
        )
        with store_errors():
            send_row(record).save()
        return issue(self.rings.ring(self.ring), Purpose.UNSUBSCRIBE, self.send_key)

    def withdrawn(self) -> bool:
        """Whether its topic is closed for the address by now."""
        word = self.book.address(self._ref).consents.get(self.topic)
        return word is not None and word.status is ConsentStatus.WITHDRAWN

    def bounced(self) -> bool:
        """Whether the address is closed for all mail by now."""
        return SCOPE_ALL in self.book.address(self._ref).suppressions

    def clear(self) -> None:
        """Take back all of it: the mail, and what it left at its address."""
        bind(book=self.table)
        places = (
            keys.send_record_key(self.send_key),
            keys.address_key(self._ref),
            keys.word_key(self._ref, self.now(), ""),
        )
        with store_errors():
            for place in places:
                for row in BookTable.query(place.pk, consistent_read=True):
                    row.delete()

    @property
    def _ref(self) -> Ref:
        return self.pseudonyms.ref(Namespace.EMAIL, self.address)
