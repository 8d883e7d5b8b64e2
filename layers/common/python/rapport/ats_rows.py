"""What is ours to keep of an ATS's candidates and applications, a row for each, and its port.

A row stands under the keyed ref of the ATS's identifier, so no id of a candidate stands in clear.
It is written together with what it says in the log, or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from rapport.ats import Connection
from rapport.domain.address import AddressState, LedgerEntry, Suppression
from rapport.domain.ats import AtsEvent
from rapport.domain.event import Event
from rapport.domain.identifiers import Ref
from rapport.domain.series import Points

# Of so many deliveries a row knows that they were taken; one that is older changes nothing either.
MAX_TAKEN = 128
MAX_ADDRESSES = 16
# Nobody is passed on more often than this, and no circle is longer.
MAX_MERGES = 32


class Fate(StrEnum):
    """What became of a candidate in the ATS. `asked`: deleted, and that may have been a merge."""

    PRESENT = "present"
    ASKED = "asked"
    DELETED = "deleted"
    ANONYMIZED = "anonymized"


@dataclass(frozen=True, kw_only=True)
class Said:
    """A mark of the ATS by the time that it was told for."""

    at: datetime
    value: bool


@dataclass(frozen=True, kw_only=True)
class KnownCandidate:
    """A candidate. `into`: who goes on as them after a merge; `merged`: who went into them.

    `addresses`: where they can be written to, best first; `closed`: where their no stands.
    `taken`: marks of deliveries, the newest last; `shown`: the digest of the last page of the API.
    """

    ref: Ref
    version: int = 0
    into: Ref | None = None
    merged: tuple[Ref, ...] = ()
    can_email: Said | None = None
    fate: Fate = Fate.PRESENT
    addresses: tuple[Ref, ...] = ()
    closed: tuple[Ref, ...] = ()
    taken: tuple[str, ...] = ()
    shown: str = ""

    @property
    def says_no(self) -> bool:
        """Whether nothing may be mailed to them on account of this candidate."""
        gone = self.fate is not Fate.PRESENT and self.into is None
        forgotten = self.fate is Fate.ANONYMIZED
        return gone or forgotten or (self.can_email is not None and not self.can_email.value)


@dataclass(frozen=True, kw_only=True)
class KnownApplication:
    """An application. `of`: the application that this id is another name for.

    `home`: whose its events are while no candidate is told. `received`: its coming was told.
    `stage` holds the ATS's ids of stages, `status` words of `Status`. `deleted` is no status among
    others: few vendors say when it happened, and nothing follows it.
    """

    ref: Ref
    version: int = 0
    of: Ref | None = None
    home: Ref | None = None
    candidate: Ref | None = None
    received: bool = False
    deleted: bool = False
    stage: Points = ()
    status: Points = ()
    taken: tuple[str, ...] = ()
    shown: str = ""


Known: TypeAlias = KnownCandidate | KnownApplication


@dataclass(frozen=True, kw_only=True)
class Closing:
    """The suppressions of an address as they shall be; `version` is the one that was read."""

    address: Ref
    version: int
    scopes: Mapping[str, Suppression] = field(default_factory=dict)


class AtsRows(Protocol):
    """The rows. Reads are strongly consistent; RetryableError when the store is out of reach."""

    def read(self, refs: Iterable[Ref]) -> Mapping[Ref, Known]:
        """What is known; what is not is left out."""
        ...

    def settle(
        self, rows: Sequence[Known], events: Sequence[Event], closings: Sequence[Closing]
    ) -> None:
        """Write all in one transaction, or raise ConflictError and change nothing.

        Each row is a version above the one that was read; no event is in the log yet.
        """
        ...


class AtsBook(Protocol):
    """What the intake needs of `Book`."""

    def address(self, ref: Ref) -> AddressState:
        """What is known of an address."""
        ...

    def count_elsewhere(self, address: Ref, entry: LedgerEntry) -> None:
        """Count a mail that somebody else sends, once however often it is told."""
        ...


class Echo(Protocol):
    """Knows what comes back from an ATS because Rapport put it there."""

    def pushed(self, connection: Connection, event: AtsEvent) -> bool:
        """Whether an event tells nothing but that something of ours arrived."""
        ...


def led_to(rows: AtsRows, ref: Ref) -> Ref:
    """The candidate that an application, or a candidate who was merged, leads to.

    The ref itself if it leads nowhere. Of candidates merged in a circle the smallest ref.
    """
    passed: list[Ref] = []
    while ref not in passed and len(passed) < MAX_MERGES:
        passed.append(ref)
        known = rows.read([ref]).get(ref)
        match known:
            case KnownApplication():
                ref = known.of or known.candidate or ref
            case KnownCandidate():
                ref = known.into or ref
            case None:
                return ref
    return min(passed[passed.index(ref) :])
