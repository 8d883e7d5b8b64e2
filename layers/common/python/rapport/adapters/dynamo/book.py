"""Consent, suppression, ledger and sends in DynamoDB: what must not be wrong, in transactions.

One row per address holds consents and ledger, one beside it the suppressions. A claim writes the
first under the version that was judged and checks the version of the second; a withdrawal raises
both. So of a claim and a withdrawal that meet, one sees the other.

Whom a claim is about is checked with it: the cluster that says which identifiers are one person,
and the rows of that person's other addresses. So of two claims for one person at two addresses one
sees the other, and of a claim and a merge or split.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.book_conditions import (
    address_is,
    as_read,
    came_to,
    claimable,
    fence_off,
    moved,
    suppression_is,
)
from rapport.adapters.dynamo.book_rows import (
    address_row,
    intent_row,
    read_address,
    read_send,
    send_row,
    suppression_row,
    unsettled_row,
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
from rapport.adapters.dynamo.words import word_row
from rapport.domain.address import (
    AddressState,
    Consent,
    ConsentStatus,
    LedgerEntry,
    SendRecord,
    SendState,
    claimed_on,
    counted_on,
    released_from,
)
from rapport.domain.event import Event, millis
from rapport.domain.granting import granted, lifted, no_of, raised, withdrawn
from rapport.domain.identifiers import Ref
from rapport.errors import ConflictError, RetryableError
from rapport.ports import Withdrawal
from rapport.signing import with_browser

_TRIES = 8
_TOO_MANY = "the address is being written by too many at once"


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
            write.save(address_row(claimed_on(state, record)), condition=address_is(state.version))
            write.condition_check(
                SuppressionRow,
                *keys.suppression_key(state.ref),
                condition=suppression_is(state.suppression_version),
            )
            for other in others:
                write.condition_check(
                    AddressRow, *keys.address_key(other.ref), condition=address_is(other.version)
                )
            write.save(send_row(record), condition=claimable(record.claimed_at))
            write.save(unsettled_row(record))
            if record.intent:
                write.save(intent_row(record), condition=came_to(record, instead_of))
            for attempt in instead_of:
                fence_off(write, attempt, now=record.claimed_at)
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
        actions = moved(to, now)
        if message_id:
            actions.append(SendRow.message_id.set(message_id))
        try:
            with store_errors():
                send_row(record).update(actions=actions, condition=expected)
        except ConflictError:
            return False
        return True

    def doubt(self, record: SendRecord, *, now: datetime) -> bool:
        """Let a mail that may have been sent be sent once more; False when it moved meanwhile."""
        actions = [*moved(SendState.RETRY, now), SendRow.doubtful.set(value=True)]
        try:
            with store_errors():
                send_row(record).update(actions=actions, condition=as_read(record))
        except ConflictError:
            return False
        return True

    def release(self, record: SendRecord, to: SendState, *, now: datetime) -> bool:
        """Take a mail that never left out of the ledger; False when the record moved meanwhile."""
        for _ in range(_TRIES):
            state = released_from(self.address(record.address), record.send_key)
            try:
                with store_errors(), transaction() as write:
                    write.update(
                        send_row(record), actions=moved(to, now), condition=as_read(record)
                    )
                    if state is not None:
                        write.save(address_row(state), condition=address_is(state.version - 1))
            except ConflictError:
                held = self.send(record.send_key)
                if held is None or (held.attempt, held.state) != (record.attempt, record.state):
                    return False
                continue
            return True
        raise RetryableError(_TOO_MANY)

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
        """Confirm an address and record consent, together with the event, in one transaction."""

        def attempt() -> None:
            state = self.address(address)
            if self._log.get(event.key) is not None:
                return
            word = granted(state.consents.get(topic), consent)
            first = state.confirmed_at or confirmed_at
            known = with_browser(state, browser)
            after = replace(_changed(state, {topic: word}), confirmed_at=first, browsers=known)
            left = lifted(state, word)
            with transaction() as write:
                write.save(address_row(after), condition=address_is(state.version))
                write.save(word_row(address, topic, consent))
                if left is not None:
                    version = state.suppression_version
                    write.save(
                        suppression_row(address, left, version + 1),
                        condition=suppression_is(version),
                    )
                write.save(self._log.sealed_row(event), condition=EventRow.pk.does_not_exist())

        until_settled(attempt)

    def withdraw(self, withdrawal: Withdrawal) -> None:
        """Raise withdrawal and suppression together with the event, in one transaction."""

        def attempt() -> None:
            state = self.address(withdrawal.address)
            words = {
                topic: withdrawn(
                    state.consents.get(topic), no_of(topic, withdrawal.event, withdrawal.at)
                )
                for topic in withdrawal.topics
            }
            scopes = raised(state.suppressions, withdrawal.suppress)
            changed = {t: w for t, w in words.items() if state.consents.get(t) != w}
            news = {t for t, w in changed.items() if not _already_no(state, t, w)}
            if not news and scopes == dict(state.suppressions):
                return
            with transaction() as write:
                write.save(address_row(_changed(state, words)), condition=address_is(state.version))
                for topic, word in changed.items():
                    write.save(word_row(withdrawal.address, topic, word))
                if withdrawal.suppress:
                    version = state.suppression_version
                    write.save(
                        suppression_row(withdrawal.address, scopes, version + 1),
                        condition=suppression_is(version),
                    )
                write.save(
                    self._log.sealed_row(withdrawal.event),
                    condition=EventRow.pk.does_not_exist(),
                )

        until_settled(attempt)

    def count_elsewhere(self, address: Ref, entry: LedgerEntry) -> None:
        """Count a mail that somebody else sends in an address's ledger, once by its send key."""

        def attempt() -> None:
            state = self.address(address)
            after = counted_on(state, entry)
            if after is not None:
                address_row(after).save(condition=address_is(state.version))

        until_settled(attempt)


def until_settled(attempt: Callable[[], None]) -> None:
    """Read and write again while others write the same address in between."""
    for _ in range(_TRIES):
        try:
            with store_errors():
                attempt()
        except ConflictError:
            continue
        return
    raise RetryableError(_TOO_MANY)


def _already_no(state: AddressState, topic: str, word: Consent) -> bool:
    """Whether the topic is closed as it is: saying no again then adds nothing."""
    known = state.consents.get(topic)
    return known is not None and known.status is word.status is ConsentStatus.WITHDRAWN


def _changed(state: AddressState, consents: dict[str, Consent]) -> AddressState:
    return replace(state, version=state.version + 1, consents={**state.consents, **consents})
