"""What sending needs beside the ports of `rapport.ports`: the daily counts, and the unsettled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rapport.domain.address import SendRecord
from rapport.domain.identifiers import Ref
from rapport.domain.person import Account, Rival


class Counts(Protocol):
    """How many mails left on a UTC day."""

    def used(self, domain: str, day: str) -> int:
        """Marketing mails of a sending domain on a day (`2026-11-23`)."""
        ...

    def take(self, domain: str, day: str, *, most: int) -> bool:
        """Count one more unless there were `most` already; whether it was counted."""
        ...


class Accounts(Protocol):
    """SES's word on this account; may be minutes old."""

    def account(self) -> Account:
        """Quota and standing; an empty `Account` when SES does not say."""
        ...


class Unsettled(Protocol):
    """Mails that were claimed and of which nothing final is known."""

    def due(self, before: datetime, *, limit: int) -> Sequence[SendRecord]:
        """Those claimed before a time, the oldest first."""
        ...

    def settled(self, record: SendRecord) -> None:
        """Look for it no more; harmless to repeat."""
        ...


class Rivals(Protocol):
    """What else waits for a person."""

    def of(self, members: Sequence[Ref]) -> Sequence[Rival]:
        """The mails that wait under any of the identifiers."""
        ...
