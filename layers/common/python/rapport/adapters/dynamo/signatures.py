"""Forms that were handed in, in DynamoDB: the port `Signatures`."""

from rapport.adapters.dynamo.book import DynamoBook, until_settled
from rapport.adapters.dynamo.book_conditions import address_is
from rapport.adapters.dynamo.book_rows import address_row
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.models import EventRow, transaction
from rapport.adapters.dynamo.words import word_row
from rapport.signing import Signed, counting, signed_on


class DynamoSignatures:
    """Writes beside what `book` holds of the address."""

    def __init__(self, book: DynamoBook, log: DynamoLog) -> None:
        """Read addresses by `book`, seal events by `log`."""
        self._book = book
        self._log = log

    def sign(self, signed: Signed) -> bool:
        """Keep all of it in one transaction; False if it is there already."""
        new = True

        def attempt() -> None:
            nonlocal new
            state = self._book.address(signed.address)
            new = self._log.get(signed.events[0].key) is None
            if not new:
                return
            proofs = [signed.proofs[topic] for topic in counting(state, signed)]
            with transaction() as write:
                write.save(
                    address_row(signed_on(state, signed)), condition=address_is(state.version)
                )
                for topic, word in signed.words.items():
                    write.save(word_row(signed.address, topic, word))
                for row in self._log.sealed_rows([*signed.events, *proofs]):
                    write.save(row, condition=EventRow.pk.does_not_exist())

        until_settled(attempt)
        return new
