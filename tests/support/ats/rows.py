"""The in-memory twin of the port `AtsRows`: conditions and transactions as the tables have them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from rapport.ats_rows import Closing, Known
from rapport.domain.address import AddressState
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError
from tests.support.fakes import Calls, FakeBook


class FakeAtsRows:
    """Rows in a dict, written together with the log and the book that they are given."""

    def __init__(self, book: FakeBook, calls: Calls | None = None) -> None:
        self.calls = calls or Calls()
        self.book = book
        self.rows: dict[Ref, Known] = {}
        # Called once between reading and writing, to let somebody else in.
        self.before_settle: Callable[[], None] | None = None

    def read(self, refs: Iterable[Ref]) -> Mapping[Ref, Known]:
        self.calls.touch("ats.read")
        return {ref: self.rows[ref] for ref in refs if ref in self.rows}

    def settle(
        self, rows: Sequence[Known], events: Sequence[Event], closings: Sequence[Closing]
    ) -> None:
        if self.before_settle is not None:
            meanwhile, self.before_settle = self.before_settle, None
            meanwhile()
        self.calls.touch("ats.settle")
        held = self.book.log.rows
        addresses = [
            self.book.addresses.get(each.address, AddressState(ref=each.address))
            for each in closings
        ]
        stands = (
            all(self._version(row.ref) == row.version - 1 for row in rows)
            and not any(event.key in held for event in events)
            and len({event.key for event in events}) == len(events)
            and all(
                state.suppression_version == each.version
                for state, each in zip(addresses, closings, strict=True)
            )
        )
        if not stands:
            msg = "a row was written by somebody else"
            raise ConflictError(msg)
        self.rows |= {row.ref: row for row in rows}
        for state, each in zip(addresses, closings, strict=True):
            self.book.addresses[state.ref] = replace(
                state, suppressions=each.scopes, suppression_version=each.version + 1
            )
        for event in events:
            self.book.log.put(event)
        # What was written stays when the process dies before it hears of it.
        self.calls.touch("ats.settled")

    def _version(self, ref: Ref) -> int:
        known = self.rows.get(ref)
        return 0 if known is None else known.version
