"""The in-memory twin of the port `Preferences`, on a book that keeps its addresses in a dict."""

from dataclasses import replace
from datetime import datetime

from rapport.domain.address import Consent
from rapport.domain.event import Event
from rapport.domain.granting import changes_wishes, lasting
from rapport.domain.identifiers import Ref
from rapport.domain.person import Wishes
from tests.support.fakes import FakeBook


class FakePreferences:
    """Wishes and words of the addresses of a book."""

    def __init__(self, book: FakeBook) -> None:
        self.book = book

    def wish(self, address: Ref, wishes: Wishes, event: Event) -> None:
        state = self.book.address(address)
        if not changes_wishes(state, event) or not self.book.log.put(event):
            return
        now = replace(wishes, changed_at=event.received_at)
        self.book.addresses[address] = replace(state, version=state.version + 1, wishes=now)

    def history(self, address: Ref) -> list[tuple[str, Consent]]:
        return sorted(self.book.words.get(address, []), key=lambda told: told[1].at)

    def forget_ended(self, address: Ref, now: datetime) -> None:
        state = self.book.address(address)
        left = lasting(state, now)
        if left != state.suppressions:
            version = state.suppression_version + 1
            self.book.addresses[address] = replace(
                state, suppressions=left, suppression_version=version
            )

    def erase(self, address: Ref) -> None:
        state = self.book.address(address)
        self.book.words.pop(address, None)
        self.book.addresses[address] = replace(
            self.book.address(Ref("")),
            ref=address,
            suppressions=state.suppressions,
            suppression_version=state.suppression_version,
        )
