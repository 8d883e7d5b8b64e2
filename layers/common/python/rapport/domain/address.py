"""An address as `book` knows it: confirmation, consents, suppression, what it was sent.

The address is the unit of mailing; it is named by its ref alone. Grants and withdrawals carry the
server's time of receipt; on a tie the withdrawal wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rapport.domain.decision import NO_CONTENTS, Contents, Delivery, MailClass
from rapport.domain.event import LogKey
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.person import NOTHING_WISHED, Wishes

# The topic under which consent to being noticed (opens, clicks) stands among the others.
TRACKING = "tracking"
SCOPE_ALL = "all"
SCOPE_MARKETING = "marketing"
# Of somebody who was erased: all mail, until they come back by themselves and confirm.
SCOPE_ERASED = "erased"
# What the employer says by itself: do not write to this person. Closes all mail.
SCOPE_EMPLOYER = "employer"
# Begins the scope of each candidate of an applicant tracking system whom it says not to mail.
SCOPE_ATS = "ats:"
MAX_LEDGER = 64
# Counted mails are looked back on for so long; whatever is younger stays if anything else can go.
LEDGER_KEPT = timedelta(days=365)


class ConsentStatus(StrEnum):
    """Whether the last word on a topic was yes or no."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The last word of an address on one topic, with the proof: statement, its hash, the event.

    `source` says by which way it came (confirmation, preferences, import, ats …), `jurisdiction`
    the country whose law it was given under (ISO 3166 alpha-2, empty: not known), `language` the
    one that the text was read in, whose hash it is. From `expires_at` on it is no consent any more.
    """

    status: ConsentStatus
    at: datetime
    statement: str
    statement_hash: str
    event_id: str
    source: str = ""
    jurisdiction: str = ""
    expires_at: datetime | None = None
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """Why an address gets no mail within a scope (`all`, `marketing`, a topic or an ATS's no).

    `until`: when it ends by itself; None: never.
    """

    reason: str
    at: datetime
    event_id: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One mail that was claimed: when, for which program, under which send key, and what was in it.

    `counted`: whether it uses up the person's budget (transactional mail does not). `asked`: the
    person asked for it (a job alert). `blocks` are block keys, `jobs` `job_ref`s. `human`: a human
    sign came back (a click, a reply, an application out of it).
    """

    at: datetime
    program: str
    send_key: str
    counted: bool = True
    asked: bool = False
    topic: str = ""
    blocks: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    human: bool = False


@dataclass(frozen=True, kw_only=True)
class AddressState:
    """Everything `book` holds on one address. `version` 0 means that nothing is stored yet.

    `version` guards consents, wishes and ledger, `suppression_version` the suppressions beside.
    `browsers`: those that its owner is known by, as short hashes of their cookies.
    """

    ref: Ref
    version: int = 0
    confirmed_at: datetime | None = None
    confirmation_asked_at: datetime | None = None
    consents: Mapping[str, Consent] = field(default_factory=dict)
    ledger: tuple[LedgerEntry, ...] = ()
    suppressions: Mapping[str, Suppression] = field(default_factory=dict)
    suppression_version: int = 0
    wishes: Wishes = NOTHING_WISHED
    browsers: tuple[str, ...] = ()


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
    delivery: Delivery = Delivery.STRICT
    contents: Contents = NO_CONTENTS
    asked: bool = False
    # Whether its links and pixel may tell on the person: only with their consent to that.
    tracked: bool = False
    # Whom a reply is forwarded to, and the event that says more; empty: the brand's own mailbox.
    owner: str = ""
    # An earlier attempt may have reached SES: this one may be the second copy, and is the last.
    doubtful: bool = False


def reclaimable(record: SendRecord, now: datetime) -> bool:
    """Whether a claimed mail certainly never left and may be claimed again."""
    ended = record.state is SendState.CLAIMED and record.lease < now
    return ended or record.state is SendState.RETRY


def entry_of(record: SendRecord) -> LedgerEntry:
    """The line of a claimed mail in the ledger of its address."""
    return LedgerEntry(
        at=record.claimed_at,
        program=record.program,
        send_key=record.send_key,
        counted=record.mail_class == MailClass.MARKETING,
        asked=record.asked,
        topic=record.topic,
        blocks=record.contents.blocks,
        jobs=record.contents.jobs,
    )


def claimed_on(state: AddressState, record: SendRecord) -> AddressState:
    """The address with this mail in its ledger, once however often it is claimed."""
    confirming = record.mail_class == MailClass.CONFIRMATION
    return replace(
        state,
        version=state.version + 1,
        confirmation_asked_at=record.claimed_at if confirming else state.confirmation_asked_at,
        ledger=_bounded((*_others(state.ledger, record.send_key), entry_of(record))),
    )


def released_from(state: AddressState, send_key: str) -> AddressState | None:
    """The address without a mail that never left; None when its ledger does not have it."""
    ledger = _others(state.ledger, send_key)
    if len(ledger) == len(state.ledger):
        return None
    return replace(state, version=state.version + 1, ledger=ledger)


def counted_on(state: AddressState, entry: LedgerEntry) -> AddressState | None:
    """The address with a mail in its ledger that others sent; None when it is there already."""
    if any(known.send_key == entry.send_key for known in state.ledger):
        return None
    ledger = tuple(sorted((*state.ledger, entry), key=lambda known: known.at))
    return replace(state, version=state.version + 1, ledger=_bounded(ledger))


def ats_scope(candidate: Ref) -> str:
    """The scope of what an ATS says of one of its candidates. It closes all marketing mail."""
    return f"{SCOPE_ATS}{candidate.partition('#')[2]}"


def _others(ledger: tuple[LedgerEntry, ...], send_key: str) -> tuple[LedgerEntry, ...]:
    return tuple(entry for entry in ledger if entry.send_key != send_key)


def _bounded(ledger: tuple[LedgerEntry, ...]) -> tuple[LedgerEntry, ...]:
    """At most `MAX_LEDGER` lines: the oldest goes, of those first that no rule looks back on."""
    while len(ledger) > MAX_LEDGER:
        since = ledger[-1].at - LEDGER_KEPT
        oldest_first = sorted(ledger[:-1], key=lambda e: (e.counted and e.at > since, e.at))
        ledger = _others(ledger, oldest_first[0].send_key)
    return ledger


def last_word(mine: Consent | None, theirs: Consent) -> Consent:
    """The later of two words on a topic; on a tie the withdrawal."""
    if mine is None or theirs.at > mine.at:
        return theirs
    if theirs.at == mine.at and theirs.status is ConsentStatus.WITHDRAWN:
        return theirs
    return mine
