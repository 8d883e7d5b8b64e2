"""What the flows need from the world. Adapters and the tests' in-memory twins satisfy these.

Unless a docstring says otherwise a method raises RetryableError when the store is out of reach or
throttles, and every read is strongly consistent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rapport.bundle import Bundle
from rapport.domain.address import (
    AddressState,
    Consent,
    LedgerEntry,
    SendRecord,
    SendState,
    Suppression,
)
from rapport.domain.decision import FactRef, Intent
from rapport.domain.event import Event, LogKey
from rapport.domain.identifiers import Namespace, PersonId, Ref
from rapport.domain.jobs import Job
from rapport.domain.occurrence import Occurrence
from rapport.domain.profile import Profile
from rapport.domain.tally import Partition
from rapport.door import WriteKey
from rapport.sending import Refusal


@dataclass(frozen=True, kw_only=True)
class View:
    """A stored profile. `version` 0: not stored yet.

    `seen` is, per log partition, the stream position up to which its occurrences were published
    with this view. `stored` is the profile as it was read, by which the store knows what changed:
    a new version is made of the one read, with `dataclasses.replace`. `finder_anew`: its write
    carries the person's row of the finder even if that did not change.
    """

    profile: Profile
    version: int = 0
    seen: Mapping[Ref, str] = field(default_factory=dict)
    stored: Profile | None = field(default=None, compare=False)
    detail_version: int = field(default=0, compare=False)
    finder_anew: bool = field(default=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class SealedEvent:
    """A log row as the stream delivers it: the key, when it was received, the still sealed row."""

    key: LogKey
    sequence: str
    received_at: datetime
    row: Mapping[str, Mapping[str, str]]


class Pseudonyms(Protocol):
    """Turns identifier values into the refs that may stand in keys."""

    def ref(self, ns: Namespace, value: str) -> Ref:
        """The ref of a normalised value."""
        ...

    def digest(self, purpose: str, value: str) -> str:
        """22 letters, digits, `-` and `_` for a value that is no identifier, by purpose."""
        ...


class Log(Protocol):
    """The one log of everything that happens."""

    def append(self, events: Sequence[Event]) -> list[bool]:
        """Store each event unless its key is taken; per event whether it was new.

        Durable when it returns. Bodies are sealed with the key of the event's home identifier,
        which is made when it does not exist. PoisonError, and nothing stored, if one fits no row.
        """
        ...

    def get(self, key: LogKey) -> Event | None:
        """One event, opened; None when absent, ErasedError when its key is gone."""
        ...

    def partition(self, ref: Ref) -> list[Event]:
        """All events of a log partition by sort key; those that do not open are left out."""
        ...

    def open(self, rows: Sequence[SealedEvent]) -> list[Event | None]:
        """The events of stream rows, in order; None without a key, PoisonError if damaged."""
        ...

    def remove(self, keys: Iterable[LogKey]) -> None:
        """Take rows away for good, because their person was erased; harmless to repeat."""
        ...


class People(Protocol):
    """Identifiers, partitions and views."""

    def partition(self, ref: Ref) -> tuple[Partition, Mapping[str, str]]:
        """A stored partition, and per month the last stream position applied to it."""
        ...

    def save_month(
        self, partition: Partition, month: str, *, sequence: str, after: str | None
    ) -> bool:
        """Replace one month's tallies if the stored position is still `after` (None: no row yet).

        False when it is not: somebody else applied records in between.
        """
        ...

    def add_strong(self, partition: Ref, strong: Ref, at: datetime) -> None:
        """Note that a strong identifier was seen in a partition: idempotent, both directions."""
        ...

    def partitions_of(self, members: Sequence[Ref]) -> list[Ref]:
        """The partitions that may hold events of a person with those identifiers, theirs first.

        Of a cookie's visitor, for whom the cookie stands alone, the cookie's.
        """
        ...

    def counted_with(self, strong: Sequence[Ref]) -> list[Ref]:
        """Those of `partitions_of` in which strong identifiers were seen, or that are their own.

        One's own is left out while it counts nothing.
        """
        ...

    def view(self, person: PersonId) -> View | None:
        """A stored view."""
        ...

    def save_view(self, view: View, occurrences: Sequence[Occurrence], *, now: datetime) -> bool:
        """Write a view if the stored version is `view.version - 1`; False when it is not."""
        ...

    def root_of(self, person: PersonId) -> Ref | None:
        """The identifier that a person id was made from, which leads to whoever has it now.

        None for an id that was never handed out: a view is written before its id is told.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A word of no: the scope it closes, and whether it also suppresses the address."""

    address: Ref
    topics: tuple[str, ...]
    suppress: Mapping[str, Suppression]
    at: datetime
    event: Event


class Book(Protocol):
    """Consent, suppression, ledger, sends and configuration."""

    def address(self, ref: Ref) -> AddressState:
        """What is known of an address; version 0 when nothing is."""
        ...

    def send(self, send_key: str) -> SendRecord | None:
        """The record of a claimed mail."""
        ...

    def sent_for(self, intent: str) -> SendRecord | None:
        """The mail that an intent came to, at whichever address."""
        ...

    def claim(
        self,
        record: SendRecord,
        state: AddressState,
        decision: Event,
        *,
        others: Sequence[AddressState] = (),
        instead_of: Sequence[SendRecord] = (),
    ) -> None:
        """Claim a mail in one transaction, or raise ConflictError and change nothing.

        Holds only if the address is as in `state` (consents, suppressions, ledger), the send key
        is free (or reclaimable: CLAIMED with an ended lease, or RETRY), the person's cluster is at
        the version judged, consents and ledgers of their `others` are as judged, and the intent
        came to no mail but this one or those of `instead_of`: attempts under other keys, which
        stand as they were read. Those that are reclaimable are fenced off, so that a slow worker
        never submits them. It counts the mail in the ledger of `state`, the decision in the log.
        """
        ...

    def advance(
        self,
        record: SendRecord,
        to: SendState,
        *,
        frm: Iterable[SendState],
        now: datetime,
        message_id: str = "",
    ) -> bool:
        """Move a send on if attempt and state are still as expected; False when they are not."""
        ...

    def doubt(self, record: SendRecord, *, now: datetime) -> bool:
        """Let a mail that may have been sent be sent once more; False when it moved meanwhile.

        It stays in the ledger, and is `doubtful` from here on.
        """
        ...

    def release(self, record: SendRecord, to: SendState, *, now: datetime) -> bool:
        """Take a mail that never left out of the ledger; False when the record moved meanwhile.

        One transaction. Whoever still works on it does not find it where they left it.
        """
        ...

    def grant(
        self,
        address: Ref,
        topic: str,
        consent: Consent,
        event: Event,
        *,
        confirmed_at: datetime,
        browser: str = "",
    ) -> None:
        """Confirm an address and record consent, together with the event, in one transaction.

        `browser`: from which it was asked for, as `rapport.signing` names it; empty: not known.
        Repeating the same event changes nothing. A later or simultaneous withdrawal stands.
        """
        ...

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Raise withdrawal and suppression together with the event, in one transaction.

        When this returns, no claim that has not been made yet can succeed. Repeats are harmless.
        """
        ...

    def count_elsewhere(self, address: Ref, entry: LedgerEntry) -> None:
        """Count a mail that somebody else sends in an address's ledger, once by its send key."""
        ...

    def write_key(self, key: str) -> WriteKey | None:
        """A key of the tracking door by its value."""
        ...

    def live_bundle(self) -> str | None:
        """The hash of the published playbook bundle."""
        ...

    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        """The newest open jobs of a category, newest first; of all when it is empty."""
        ...

    def jobs_mark(self) -> str:
        """What tells one feed's jobs from another's; empty when none was ever loaded."""
        ...

    def job(self, ref: str) -> Job | None:
        """A job, open or closed, by its `job_ref`; None when no feed ever had it."""
        ...


class Bundles(Protocol):
    """Published playbook bundles, each immutable and named by its hash."""

    def get(self, bundle_hash: str) -> Bundle:
        """The bundle of that hash; MisconfiguredError when it was never published."""
        ...


@dataclass(frozen=True, kw_only=True)
class FinderChange:
    """A person's row of the finder as of a version of their view; `row` None: they have none.

    `version` None: the view was erased.
    """

    person: PersonId
    version: int | None
    row: bytes | None


class Finder(Protocol):
    """Where `publish` writes the rows of the finder."""

    def put(self, change: FinderChange) -> None:
        """Write or remove a row unless a later version of the view did; harmless to repeat."""
        ...


class Bus(Protocol):
    """Facts for whoever listens."""

    def publish(self, facts: Sequence[tuple[FactRef, int]]) -> list[bool]:
        """Put facts (each with its view's version) on the bus; per fact whether it was taken."""
        ...


class Intents(Protocol):
    """The queue in front of `send`."""

    def put(self, intent: Intent, *, after_s: int = 0) -> None:
        """Queue an intent, to be judged at once, or after so many seconds (up to 900)."""
        ...


class Archive(Protocol):
    """The log by time, in S3."""

    def put(self, key: str, body: bytes) -> None:
        """Write one object; writing it again with the same key and body is harmless."""
        ...


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail, ready to go: addresses, both parts, headers in order, tags.

    `tracking`: whether SES may put its pixel into it. None: as its configuration set says.
    """

    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    tags: Mapping[str, str]
    reply_to: str = ""
    tracking: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """SES took the mail."""

    message_id: str


@dataclass(frozen=True, kw_only=True)
class NotSent:
    """SES did not take it: `again` tells whether trying later makes sense, `why` what stops it."""

    code: str
    again: bool
    why: Refusal = Refusal.OTHER


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """Nobody can tell: the answer was lost on the way."""

    detail: str


class Mailer(Protocol):
    """SES."""

    def submit(self, mail: Mail) -> Accepted | NotSent | Unknown:
        """Submit once, never again by itself."""
        ...


class KeyRings(Protocol):
    """Secret keys by purpose, kept in the vault; made at first use."""

    def ring(self, name: str) -> Mapping[str, bytes]:
        """All keys of a ring by key id; the greatest id is the newest."""
        ...
