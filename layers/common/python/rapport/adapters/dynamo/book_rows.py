"""The rows of `book` that concern an address, to and from the domain's values."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import cast

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    AddressRow,
    BookTable,
    IntentRow,
    SendRow,
    SuppressionRow,
)
from rapport.domain.address import (
    AddressState,
    Consent,
    ConsentStatus,
    LedgerEntry,
    SendRecord,
    SendState,
    Suppression,
)
from rapport.domain.event import LogKey, from_millis, millis
from rapport.domain.identifiers import PersonId, Ref

# Longer than any queue, dead-letter queue included, could deliver an intent again.
_INTENT_KEPT = timedelta(days=400)


def _dumps(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _optional_millis(moment: datetime | None) -> int | None:
    return None if moment is None else millis(moment)


def _optional_time(value: float | None) -> datetime | None:
    return None if value is None else from_millis(int(value))


def address_row(state: AddressState) -> AddressRow:
    """The row of an address at its version."""
    consents = {
        topic: [c.status.value, millis(c.at), c.statement, c.statement_hash, c.event_id]
        for topic, c in state.consents.items()
    }
    return AddressRow(
        *keys.address_key(state.ref),
        version=state.version,
        confirmed_at=_optional_millis(state.confirmed_at),
        confirmation_asked_at=_optional_millis(state.confirmation_asked_at),
        consents=_dumps(consents),
        ledger=_dumps([[millis(e.at), e.program, e.send_key] for e in state.ledger]),
    )


def suppression_row(ref: Ref, scopes: Mapping[str, Suppression], version: int) -> SuppressionRow:
    """The row of an address's suppressions at a version."""
    raw = {scope: [s.reason, millis(s.at), s.event_id] for scope, s in scopes.items()}
    return SuppressionRow(*keys.suppression_key(ref), version=version, scopes=_dumps(raw))


def read_address(ref: Ref, rows: Iterable[BookTable]) -> AddressState:
    """The state of an address from its rows, in any number and order."""
    address = AddressRow(version=0, consents="{}", ledger="[]")
    suppression = SuppressionRow(version=0, scopes="{}")
    for row in rows:
        if isinstance(row, AddressRow):
            address = row
        elif isinstance(row, SuppressionRow):
            suppression = row
    consents = cast("dict[str, tuple[str, int, str, str, str]]", json.loads(address.consents))
    ledger = cast("list[tuple[int, str, str]]", json.loads(address.ledger))
    scopes = cast("dict[str, tuple[str, int, str]]", json.loads(suppression.scopes))
    return AddressState(
        ref=ref,
        version=int(address.version),
        confirmed_at=_optional_time(address.confirmed_at),
        confirmation_asked_at=_optional_time(address.confirmation_asked_at),
        consents={
            topic: Consent(
                status=ConsentStatus(status),
                at=from_millis(at),
                statement=statement,
                statement_hash=statement_hash,
                event_id=event_id,
            )
            for topic, (status, at, statement, statement_hash, event_id) in consents.items()
        },
        ledger=tuple(
            LedgerEntry(at=from_millis(at), program=program, send_key=key)
            for at, program, key in ledger
        ),
        suppressions={
            scope: Suppression(reason=reason, at=from_millis(at), event_id=event_id)
            for scope, (reason, at, event_id) in scopes.items()
        },
        suppression_version=int(suppression.version),
    )


def send_row(record: SendRecord) -> SendRow:
    """The row of a claimed mail."""
    return SendRow(
        *keys.send_record_key(record.send_key),
        send_id=record.send_id,
        state=record.state.value,
        attempt=record.attempt,
        lease=millis(record.lease),
        person=record.person,
        subject=record.subject,
        address=record.address,
        program=record.program,
        template=record.template,
        topic=record.topic,
        mail_class=record.mail_class,
        bundle=record.bundle,
        decision_pk=record.decision.pk,
        decision_sk=record.decision.sk,
        claimed_at=millis(record.claimed_at),
        intent=record.intent or None,
        cluster=record.cluster or None,
        cluster_version=record.cluster_version or None,
        message_id=record.message_id or None,
        settled_at=_optional_millis(record.settled_at),
    )


def intent_row(record: SendRecord) -> IntentRow:
    """The row by which the intent of a claimed mail finds it again."""
    return IntentRow(
        *keys.intent_key(record.intent),
        send_key=record.send_key,
        expires=millis(record.claimed_at + _INTENT_KEPT) // 1000,
    )


def read_send(row: SendRow) -> SendRecord:
    """The inverse of `send_row`."""
    return SendRecord(
        send_key=row.pk.partition("#")[2],
        send_id=row.send_id,
        state=SendState(row.state),
        attempt=int(row.attempt),
        lease=from_millis(int(row.lease)),
        person=PersonId(row.person),
        subject=Ref(row.subject),
        address=Ref(row.address),
        program=row.program,
        template=row.template,
        topic=row.topic,
        mail_class=row.mail_class,
        bundle=row.bundle,
        decision=LogKey(row.decision_pk, row.decision_sk),
        claimed_at=from_millis(int(row.claimed_at)),
        intent=row.intent or "",
        cluster=row.cluster or "",
        cluster_version=int(row.cluster_version or 0),
        message_id=row.message_id or "",
        settled_at=_optional_time(row.settled_at),
    )
