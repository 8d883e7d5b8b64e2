"""The rows of `book` that concern an address, to and from the domain's values."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from rapport.adapters.dynamo import keys
from rapport.adapters.dynamo.models import (
    AddressRow,
    BookTable,
    IntentRow,
    SendRow,
    SuppressionRow,
    UnsettledRow,
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
from rapport.domain.decision import Contents, Delivery, contents_from_json, contents_to_json
from rapport.domain.event import Json, LogKey, from_millis, millis
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.person import NOTHING_WISHED, Wishes

# Longer than any queue, dead-letter queue included, could deliver an intent again.
_INTENT_KEPT = timedelta(days=400)


def _dumps(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _packed(value: object) -> bytes:
    return zlib.compress(_dumps(value).encode(), wbits=-zlib.MAX_WBITS)


def _unpacked(packed: bytes) -> object:
    return json.loads(zlib.decompress(packed, wbits=-zlib.MAX_WBITS))


def _optional_millis(moment: datetime | None) -> int | None:
    return None if moment is None else millis(moment)


def _optional_time(value: float | None) -> datetime | None:
    return None if value is None else from_millis(int(value))


def address_row(state: AddressState) -> AddressRow:
    """The row of an address at its version."""
    consents = {topic: _consent_to_json(word) for topic, word in state.consents.items()}
    return AddressRow(
        *keys.address_key(state.ref),
        version=state.version,
        confirmed_at=_optional_millis(state.confirmed_at),
        confirmation_asked_at=_optional_millis(state.confirmation_asked_at),
        consents=_packed(consents),
        ledger=_packed([_entry_to_json(entry) for entry in state.ledger]),
        wishes=_wishes_to_json(state.wishes),
        browsers=" ".join(state.browsers) or None,
    )


def suppression_row(ref: Ref, scopes: Mapping[str, Suppression], version: int) -> SuppressionRow:
    """The row of an address's suppressions at a version."""
    raw = {
        scope: [s.reason, millis(s.at), s.event_id, _optional_millis(s.until)]
        for scope, s in scopes.items()
    }
    return SuppressionRow(*keys.suppression_key(ref), version=version, scopes=_dumps(raw))


def read_address(ref: Ref, rows: Iterable[BookTable]) -> AddressState:
    """The state of an address from its rows, in any number and order."""
    address = AddressRow(version=0, consents=_packed({}), ledger=_packed([]))
    suppression = SuppressionRow(version=0, scopes="{}")
    for row in rows:
        if isinstance(row, AddressRow):
            address = row
        elif isinstance(row, SuppressionRow):
            suppression = row
    consents = cast("dict[str, list[Json]]", _unpacked(address.consents))
    ledger = cast("list[list[Json]]", _unpacked(address.ledger))
    scopes = cast("dict[str, list[Json]]", json.loads(suppression.scopes))
    return AddressState(
        ref=ref,
        version=int(address.version),
        confirmed_at=_optional_time(address.confirmed_at),
        confirmation_asked_at=_optional_time(address.confirmation_asked_at),
        consents={topic: _consent_from_json(raw) for topic, raw in consents.items()},
        ledger=tuple(_entry_from_json(raw) for raw in ledger),
        suppressions={scope: _suppression_from_json(raw) for scope, raw in scopes.items()},
        suppression_version=int(suppression.version),
        wishes=_wishes_from_json(address.wishes),
        browsers=tuple((address.browsers or "").split()),
    )


# Lists, for each write pays for names. What is at its default at the end of one is left out.


def _consent_to_json(word: Consent) -> list[Json]:
    must: list[Json] = [
        *(word.status.value, millis(word.at)),
        *(word.statement, word.statement_hash, word.event_id),
    ]
    expires = _optional_millis(word.expires_at)
    return must + _shortened([word.source, word.jurisdiction, expires, word.language])


def _consent_from_json(raw: Sequence[Json]) -> Consent:
    status, at, statement, statement_hash, event_id, source, jurisdiction, expires, language = (
        _filled(raw, ["", 0, "", "", "", "", "", None, ""])
    )
    return Consent(
        status=ConsentStatus(cast("str", status)),
        at=from_millis(cast("int", at)),
        statement=cast("str", statement),
        statement_hash=cast("str", statement_hash),
        event_id=cast("str", event_id),
        source=cast("str", source),
        jurisdiction=cast("str", jurisdiction),
        expires_at=_optional_time(cast("int | None", expires)),
        language=cast("str", language),
    )


def _entry_to_json(entry: LedgerEntry) -> list[Json]:
    flags = 4 * entry.human + 2 * entry.asked + (not entry.counted)
    return [
        *(millis(entry.at), entry.program, entry.send_key),
        *_shortened([flags, entry.topic, list(entry.blocks), list(entry.jobs)]),
    ]


def _entry_from_json(raw: Sequence[Json]) -> LedgerEntry:
    at, program, key, flags, topic, blocks, jobs = _filled(raw, [0, "", "", 0, "", [], []])
    bits = cast("int", flags)
    return LedgerEntry(
        at=from_millis(cast("int", at)),
        program=cast("str", program),
        send_key=cast("str", key),
        counted=not bits & 1,
        asked=bool(bits & 2),
        human=bool(bits & 4),
        topic=cast("str", topic),
        blocks=tuple(cast("list[str]", blocks)),
        jobs=tuple(cast("list[str]", jobs)),
    )


def _suppression_from_json(raw: Sequence[Json]) -> Suppression:
    reason, at, event_id, until = _filled(raw, ["", 0, "", None])
    return Suppression(
        reason=cast("str", reason),
        at=from_millis(cast("int", at)),
        event_id=cast("str", event_id),
        until=_optional_time(cast("int | None", until)),
    )


def _wishes_to_json(wishes: Wishes) -> str | None:
    if wishes == NOTHING_WISHED:
        return None
    paused, changed = _optional_millis(wishes.paused_until), _optional_millis(wishes.changed_at)
    off: list[Json] = [*sorted(wishes.topics_off)]
    return _dumps(_shortened([wishes.per_year, paused, off, wishes.language, changed]))


def _wishes_from_json(raw: str | None) -> Wishes:
    if raw is None:
        return NOTHING_WISHED
    told = cast("list[Json]", json.loads(raw))
    per_year, paused, off, language, changed = _filled(told, [None, None, [], "", None])
    return Wishes(
        per_year=cast("int | None", per_year),
        paused_until=_optional_time(cast("int | None", paused)),
        topics_off=frozenset(cast("list[str]", off)),
        language=cast("str", language),
        changed_at=_optional_time(cast("int | None", changed)),
    )


def _shortened(values: list[Json]) -> list[Json]:
    while values and values[-1] in (None, "", 0, []):
        values = values[:-1]
    return values


def _filled(raw: Sequence[Json], defaults: list[Json]) -> list[Json]:
    return [*raw, *defaults[len(raw) :]]


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
        delivery=None if record.delivery is Delivery.STRICT else record.delivery.value,
        contents=None
        if record.contents == Contents()
        else _dumps(contents_to_json(record.contents)),
        asked=record.asked or None,
        tracked=record.tracked or None,
        owner=record.owner or None,
        doubtful=record.doubtful or None,
    )


def unsettled_row(record: SendRecord) -> UnsettledRow:
    """The row by which a claimed mail is found until something final is known of it."""
    return UnsettledRow(
        *keys.unsettled_key(record.send_key, record.claimed_at),
        send_key=record.send_key,
        claimed_at=millis(record.claimed_at),
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
        delivery=Delivery(row.delivery or Delivery.STRICT.value),
        contents=contents_from_json(json.loads(row.contents or "null")),
        asked=bool(row.asked),
        tracked=bool(row.tracked),
        owner=row.owner or "",
        doubtful=bool(row.doubtful),
    )
