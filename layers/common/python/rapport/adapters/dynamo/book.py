"""Consent, suppression, ledger and sends in DynamoDB: what must not be wrong, in transactions.

One row per address holds consents and ledger, one beside it the suppressions. A claim writes the
first under the version that was judged and checks the version of the second; a withdrawal raises
both. So of a claim and a withdrawal that meet, one sees the other.

Whom a claim is about is checked with it: the cluster that says which identifiers are one person,
and the rows of that person's other addresses. So of two claims for one person at two addresses one
sees the other, and of a claim and a merge or split.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book_rows import (
    address_row,
    intent_row,
    read_address,
    read_send,
    send_row,
    suppression_row,
)
from rapport.adapters.dynamo.config import DynamoConfig
from rapport.adapters.dynamo.log import DynamoLog
from rapport.adapters.dynamo.models import (
    AddressRow,
    BookTable,
    ClusterRow,
    EventRow,
    IntentRow,
    SendRow,
    SuppressionRow,
    bind,
    store_errors,
    transaction,
)
from rapport.domain.address import (
    MAX_LEDGER,
    AddressState,
    Consent,
    ConsentStatus,
    LedgerEntry,
    SendRecord,
    SendState,
    last_word,
    reclaimable,
)
from rapport.domain.decision import MailClass
from rapport.domain.event import Event, millis
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError, RetryableError
from rapport.ports import Withdrawal

_TRIES = 8


class DynamoBook(DynamoConfig):
    """The port `Book`. It writes into `log` and checks `people` within its transactions."""

    def __init__(self, table: str, *, log: DynamoLog, people_table: str = "") -> None:
        """Work on the book table of that name; only `claim` needs the people table."""
        super().__init__(table)
        if people_table:
            bind(people=people_table)
        self._log = log

    def address(self, ref: Ref) -> AddressState:
        """What is known of an address; version 0 when nothing is."""
        with store_errors():
            rows = list(BookTable.query(keys.address_key(ref).pk, consistent_read=True))
        return read_address(ref, rows)

    def send(self, send_key: str) -> SendRecord | None:
        """The record of a claimed mail."""
        with store_errors():
            try:
                row = SendRow.get(*keys.send_record_key(send_key), consistent_read=True)
            except SendRow.DoesNotExist:
                return None
        return read_send(row)

    def sent_for(self, intent: str) -> SendRecord | None:
        """The mail that an intent came to, at whichever address."""
        with store_errors():
            try:
                row = IntentRow.get(*keys.intent_key(intent), consistent_read=True)
            except IntentRow.DoesNotExist:
                return None
        return self.send(row.send_key)

    def claim(
        self,
        record: SendRecord,
        state: AddressState,
        decision: Event,
        *,
        others: Sequence[AddressState] = (),
        instead_of: Sequence[SendRecord] = (),
    ) -> None:
        """Claim a mail in one transaction, or raise ConflictError and change nothing."""
        event = self._log.sealed_row(decision)
        with store_errors(), transaction() as write:
            write.save(address_row(_counted(state, record)), condition=_address_is(state.version))
            write.condition_check(
                SuppressionRow,
                *keys.suppression_key(state.ref),
                condition=_suppression_is(state.suppression_version),
            )
            for other in others:
                write.condition_check(
                    AddressRow, *keys.address_key(other.ref), condition=_address_is(other.version)
                )
            write.save(send_row(record), condition=_claimable(record.claimed_at))
            if record.intent:
                write.save(intent_row(record), condition=_came_to(record, instead_of))
            for attempt in instead_of:
                _fence_off(write, attempt, now=record.claimed_at)
            if record.cluster:
                write.condition_check(
                    ClusterRow,
                    *keys.cluster_key(record.cluster),
                    condition=ClusterRow.version == record.cluster_version,
                )
            write.save(event, condition=EventRow.pk.does_not_exist())

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
        expected = (SendRow.attempt == record.attempt) & SendRow.state.is_in(*frm)
        if to is SendState.SUBMITTING:
            expected &= SendRow.lease > millis(now)
        actions: list[Action] = [SendRow.state.set(to.value)]
        if to is not SendState.SUBMITTING:
            actions.append(SendRow.settled_at.set(millis(now)))
        if message_id:
            actions.append(SendRow.message_id.set(message_id))
        try:
            with store_errors():
                send_row(record).update(actions=actions, condition=expected)
        except ConflictError:
            return False
        return True

    def grant(
        self, address: Ref, topic: str, consent: Consent, event: Event, *, confirmed_at: datetime
    ) -> None:
        """Confirm an address and record consent, together with the event, in one transaction."""

        def attempt() -> None:
            state = self.address(address)
            if self._log.get(event.key) is not None:
                return
            word = last_word(state.consents.get(topic), consent)
            first = state.confirmed_at or confirmed_at
            after = _changed(state, {topic: word}, confirmed_at=first)
            with transaction() as write:
                write.save(address_row(after), condition=_address_is(state.version))
                write.save(self._log.sealed_row(event), condition=EventRow.pk.does_not_exist())

        _until_settled(attempt)

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Raise withdrawal and suppression together with the event, in one transaction."""

        def attempt() -> None:
            state = self.address(withdrawal.address)
            words = {
                topic: last_word(state.consents.get(topic), _no(withdrawal, topic))
                for topic in withdrawal.topics
            }
            scopes = {**withdrawal.suppress, **state.suppressions}
            changed = {t: w for t, w in words.items() if state.consents.get(t) != w}
            news = {t for t, w in changed.items() if not _already_no(state, t, w)}
            if not news and scopes == dict(state.suppressions):
                return
            with transaction() as write:
                write.save(
                    address_row(_changed(state, words)), condition=_address_is(state.version)
                )
                if withdrawal.suppress:
                    version = state.suppression_version
                    write.save(
                        suppression_row(withdrawal.address, scopes, version + 1),
                        condition=_suppression_is(version),
                    )
                write.save(
                    self._log.sealed_row(withdrawal.event),
                    condition=EventRow.pk.does_not_exist(),
                )

        _until_settled(attempt)


def _until_settled(attempt: Callable[[], None]) -> None:
    """Read and write again while others write the same address in between."""
    for _ in range(_TRIES):
        try:
            with store_errors():
                attempt()
        except ConflictError:
            continue
        return
    msg = "the address is being written by too many at once"
    raise RetryableError(msg)


def _no(withdrawal: Withdrawal, topic: str) -> Consent:
    return Consent(
        status=ConsentStatus.WITHDRAWN,
        at=withdrawal.at,
        statement="",
        statement_hash="",
        event_id=f"{withdrawal.event.message_id}:{topic}",
    )


def _already_no(state: AddressState, topic: str, word: Consent) -> bool:
    """Whether the topic is closed as it is: saying no again then adds nothing."""
    known = state.consents.get(topic)
    return known is not None and known.status is word.status is ConsentStatus.WITHDRAWN


def _changed(
    state: AddressState,
    consents: dict[str, Consent],
    *,
    confirmed_at: datetime | None = None,
) -> AddressState:
    return AddressState(
        ref=state.ref,
        version=state.version + 1,
        confirmed_at=confirmed_at or state.confirmed_at,
        confirmation_asked_at=state.confirmation_asked_at,
        consents={**state.consents, **consents},
        ledger=state.ledger,
    )


def _counted(state: AddressState, record: SendRecord) -> AddressState:
    """The address with this mail in its ledger, once however often it is claimed."""
    entry = LedgerEntry(at=record.claimed_at, program=record.program, send_key=record.send_key)
    others = tuple(e for e in state.ledger if e.send_key != record.send_key)
    asked = record.mail_class == MailClass.CONFIRMATION
    return AddressState(
        ref=state.ref,
        version=state.version + 1,
        confirmed_at=state.confirmed_at,
        confirmation_asked_at=record.claimed_at if asked else state.confirmation_asked_at,
        consents=state.consents,
        ledger=(*others, entry)[-MAX_LEDGER:],
    )


def _address_is(version: int) -> Condition:
    return AddressRow.version == version if version else AddressRow.pk.does_not_exist()


def _suppression_is(version: int) -> Condition:
    return SuppressionRow.version == version if version else SuppressionRow.pk.does_not_exist()


def _fence_off(write: TransactWrite, record: SendRecord, *, now: datetime) -> None:
    """The record stands as it was read; whoever still works on it has lost it if it never left."""
    as_read = (SendRow.attempt == record.attempt) & (SendRow.state == record.state.value)
    place = keys.send_record_key(record.send_key)
    if reclaimable(record, now):
        again: list[Action] = [SendRow.attempt.set(record.attempt + 1)]
        write.update(SendRow(*place), actions=again, condition=as_read)
    else:
        write.condition_check(SendRow, *place, condition=as_read)


def _came_to(record: SendRecord, instead_of: Iterable[SendRecord]) -> Condition:
    """The record's intent came to no mail yet, or to one of these."""
    known = {each.send_key for each in (record, *instead_of)}
    condition: Condition = IntentRow.pk.does_not_exist() | IntentRow.send_key.is_in(*sorted(known))
    return condition


def _claimable(now: datetime) -> Condition:
    free: Condition = SendRow.pk.does_not_exist()
    ended: Condition = (SendRow.state == SendState.CLAIMED.value) & (SendRow.lease < millis(now))
    again: Condition = SendRow.state == SendState.RETRY.value
    claimable: Condition = free | ended | again
    return claimable
