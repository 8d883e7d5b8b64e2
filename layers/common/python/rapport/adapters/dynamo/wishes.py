"""What the owner of an address wishes, and what they said on consent, in DynamoDB."""

from dataclasses import replace
from datetime import datetime

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book import DynamoBook, until_settled
from rapport.adapters.dynamo.book_conditions import address_is, suppression_is
from rapport.adapters.dynamo.book_rows import address_row, suppression_row
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.models import (
    AddressRow,
    BookTable,
    EventRow,
    WordRow,
    store_errors,
    transaction,
)
from rapport.adapters.dynamo.words import read_word
from rapport.domain.address import Consent
from rapport.domain.event import Event
from rapport.domain.granting import changes_wishes, lasting
from rapport.domain.identifiers import Ref
from rapport.domain.person import Wishes


class DynamoPreferences:
    """The port `Preferences`, on the rows of a book."""

    def __init__(self, book: DynamoBook, log: DynamoLog) -> None:
        """Read addresses by that book, and write events into that log."""
        self._book = book
        self._log = log

    def wish(self, address: Ref, wishes: Wishes, event: Event) -> None:
        """Replace the wishes in one transaction with the event, under the address's version."""

        def attempt() -> None:
            state = self._book.address(address)
            if not changes_wishes(state, event):
                return
            now = replace(wishes, changed_at=event.received_at)
            after = replace(state, version=state.version + 1, wishes=now)
            with transaction() as write:
                write.save(address_row(after), condition=address_is(state.version))
                write.save(self._log.sealed_row(event), condition=EventRow.pk.does_not_exist())

        until_settled(attempt)

    def history(self, address: Ref) -> list[tuple[str, Consent]]:
        """Every word of consent, the oldest first."""
        return [read_word(row) for row in self._words(address)]

    def forget_ended(self, address: Ref, now: datetime) -> None:
        """Take away suppressions whose time is over; harmless to repeat."""

        def attempt() -> None:
            state = self._book.address(address)
            left = lasting(state, now)
            if left == state.suppressions:
                return
            version = state.suppression_version
            suppression_row(address, left, version + 1).save(condition=suppression_is(version))

        until_settled(attempt)

    def erase(self, address: Ref) -> None:
        """Remove all that is known of an address but its suppressions."""
        words = self._words(address)
        with store_errors():
            AddressRow(*keys.address_key(address)).delete()
            with BookTable.batch_write() as batch:
                for row in words:
                    batch.delete(row)

    @staticmethod
    def _words(address: Ref) -> list[WordRow]:
        with store_errors():
            return list(WordRow.query(f"{keys.WORD_PREFIX}{address}", consistent_read=True))
