"""What preferences need from the world: a port beside those of `rapport.ports`, same rules."""

from datetime import datetime
from typing import Protocol

from rapport.domain.address import Consent
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.domain.person import Wishes


class Preferences(Protocol):
    """The owner's wishes about one address, written with the event that tells of them."""

    def wish(self, address: Ref, wishes: Wishes, event: Event) -> None:
        """Replace the wishes if `event` is later than what they were changed by.

        One transaction with the event; no claim judged before it can succeed after it. Repeating
        the same event changes nothing.
        """
        ...

    def history(self, address: Ref) -> list[tuple[str, Consent]]:
        """Every word of consent that was ever recorded, as (topic, word), the oldest first."""
        ...

    def forget_ended(self, address: Ref, now: datetime) -> None:
        """Take away suppressions whose time is over; harmless to repeat."""
        ...

    def erase(self, address: Ref) -> None:
        """Remove all that is known of an address but its suppressions; harmless to repeat.

        What suppresses an address is all that is kept of somebody who was erased: it holds no
        value but the keyed hash, and lets nobody mail them again who imports them.
        """
        ...
