"""What must still be true of the rows of `book` when they are written, and how a send moves on."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import AddressRow, IntentRow, SendRow, SuppressionRow
from rapport.domain.address import SendRecord, SendState, reclaimable
from rapport.domain.event import millis


def address_is(version: int) -> Condition:
    """The address is at the version that was judged."""
    return AddressRow.version == version if version else AddressRow.pk.does_not_exist()


def suppression_is(version: int) -> Condition:
    """The suppressions of the address are at the version that was judged."""
    return SuppressionRow.version == version if version else SuppressionRow.pk.does_not_exist()


def fence_off(write: TransactWrite, record: SendRecord, *, now: datetime) -> None:
    """The record stands as it was read; whoever still works on it has lost it if it never left."""
    place = keys.send_record_key(record.send_key)
    if reclaimable(record, now):
        again: list[Action] = [SendRow.attempt.set(record.attempt + 1)]
        write.update(SendRow(*place), actions=again, condition=as_read(record))
    else:
        write.condition_check(SendRow, *place, condition=as_read(record))


def as_read(record: SendRecord) -> Condition:
    """The send is at the attempt and in the state that was read."""
    same: Condition = (SendRow.attempt == record.attempt) & (SendRow.state == record.state.value)
    return same


def moved(to: SendState, now: datetime) -> list[Action]:
    """What is written when a send moves on."""
    actions: list[Action] = [SendRow.state.set(to.value)]
    if to is not SendState.SUBMITTING:
        actions.append(SendRow.settled_at.set(millis(now)))
    return actions


def came_to(record: SendRecord, instead_of: Iterable[SendRecord]) -> Condition:
    """The record's intent came to no mail yet, or to one of these."""
    known = {each.send_key for each in (record, *instead_of)}
    condition: Condition = IntentRow.pk.does_not_exist() | IntentRow.send_key.is_in(*sorted(known))
    return condition


def claimable(now: datetime) -> Condition:
    """The send key is free, or certainly nothing left under it."""
    free: Condition = SendRow.pk.does_not_exist()
    ended: Condition = (SendRow.state == SendState.CLAIMED.value) & (SendRow.lease < millis(now))
    again: Condition = SendRow.state == SendState.RETRY.value
    claimable: Condition = free | ended | again
    return claimable
