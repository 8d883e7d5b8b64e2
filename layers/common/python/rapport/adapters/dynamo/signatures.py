"""Forms that were handed in, in DynamoDB: the port `Signatures`."""

from rapport.adapters.dynamo.book import DynamoBook, until_settled
from rapport.adapters.dynamo.book_conditions import address_is
from rapport.adapters.dynamo.book_rows import address_row
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.models import EventRow, transaction
from rapport.adapters.dynamo.occasions import DynamoOccasions
from rapport.adapters.dynamo.words import word_row
from rapport.occasions import with_place
from rapport.signing import Signed, counting, signed_on


class DynamoSignatures:
    """Writes beside what `book` holds of the address."""

    def __init__(
        self, book: DynamoBook, log: DynamoLog, occasions: DynamoOccasions | None = None
    ) -> None:
        """Read addresses by `book`, seal events by `log`, give places by `occasions`."""
        self._book = book
        self._log = log
        self._occasions = occasions

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
            first, *rest = signed.events
            with transaction() as write:
                if signed.room is not None and self._occasions is not None:
                    room, address = signed.room, signed.address
                    first = with_place(first, self._occasions.take(write, room, address, first))
                write.save(
                    address_row(signed_on(state, signed)), condition=address_is(state.version)
                )
                for topic, word in signed.words.items():
                    write.save(word_row(signed.address, topic, word))
                for row in self._log.sealed_rows([first, *rest, *proofs]):
                    write.save(row, condition=EventRow.pk.does_not_exist())

        if signed.room is not None and self._occasions is not None:
            self._occasions.settle(attempt)
        else:
            until_settled(attempt)
        return new
