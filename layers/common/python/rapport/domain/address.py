"""An address as `book` knows it: confirmation, consents, suppression, what it was sent.

The address is the unit of mailing; it is named by its ref alone. Grants and withdrawals carry the
server's time of receipt; on a tie the withdrawal wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rapport.domain.event import LogKey
from rapport.domain.identifiers import PersonId, Ref

SCOPE_ALL = "all"
SCOPE_MARKETING = "marketing"
MAX_LEDGER = 64


class ConsentStatus(StrEnum):
    """Whether the last word on a topic was yes or no."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The last word of an address on one topic, with the proof: statement, its hash, the event."""

    status: ConsentStatus
    at: datetime
    statement: str
    statement_hash: str
    event_id: str


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """Why an address gets no mail within a scope (`all` or `marketing`)."""

    reason: str
    at: datetime
    event_id: str


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One mail that counts: when it was claimed, for which program, under which send key."""

    at: datetime
    program: str
    send_key: str


@dataclass(frozen=True, kw_only=True)
class AddressState:
    """Everything `book` holds on one address. `version` 0 means that nothing is stored yet.

    `version` guards consents and ledger, `suppression_version` the suppressions beside them.
    """

    ref: Ref
    version: int = 0
    confirmed_at: datetime | None = None
    confirmation_asked_at: datetime | None = None
    consents: Mapping[str, Consent] = field(default_factory=dict)
    ledger: tuple[LedgerEntry, ...] = ()
    suppressions: Mapping[str, Suppression] = field(default_factory=dict)
    suppression_version: int = 0


class SendState(StrEnum):
    """Where a claimed mail stands."""

    CLAIMED = "claimed"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    RETRY = "retry"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class SendRecord:
    """One mail that was claimed. `attempt` fences a slow worker off; the lease ends at `lease`.

    `cluster` at version `cluster_version` says who was one person when it was judged; a merge or
    split since refuses the claim. It is empty for the visitor of a browser.
    """

    send_key: str
    send_id: str
    state: SendState
    attempt: int
    lease: datetime
    person: PersonId
    subject: Ref
    address: Ref
    program: str
    template: str
    topic: str
    mail_class: str
    bundle: str
    decision: LogKey
    claimed_at: datetime
    intent: str = ""
    cluster: str = ""
    cluster_version: int = 0
    message_id: str = ""
    settled_at: datetime | None = None


def reclaimable(record: SendRecord, now: datetime) -> bool:
    """Whether a claimed mail certainly never left and may be claimed again."""
    ended = record.state is SendState.CLAIMED and record.lease < now
    return ended or record.state is SendState.RETRY


def last_word(mine: Consent | None, theirs: Consent) -> Consent:
    """The later of two words on a topic; on a tie the withdrawal."""
    if mine is None or theirs.at > mine.at:
        return theirs
    if theirs.at == mine.at and theirs.status is ConsentStatus.WITHDRAWN:
        return theirs
    return mine
