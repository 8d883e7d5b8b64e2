"""Values that the contract tests share. All persons are invented."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rapport.domain.address import Consent, ConsentStatus, SendRecord, SendState
from rapport.domain.event import Event, Json, Origin, Trust
from rapport.domain.identifiers import Namespace, Ref, person_id
from rapport.ports import Pseudonyms

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOPIC = "talent-network"
SEND_KEY = "ab" * 32


def cookie(pseudonyms: Pseudonyms, value: str = "cookie-1") -> Ref:
    return pseudonyms.ref(Namespace.ANON, value)


def mailbox(pseudonyms: Pseudonyms, value: str = "ana@inbox.halden.example") -> Ref:
    return pseudonyms.ref(Namespace.EMAIL, value)


def event(
    partition: Ref,
    *,
    home: Ref | None = None,
    message_id: str = "m-1",
    name: str = "Job Viewed",
    at: datetime = NOW,
    body: Mapping[str, Json] | None = None,
) -> Event:
    return Event(
        partition=partition,
        home=home or partition,
        type=name,
        source="site",
        message_id=message_id,
        trust=Trust.ASSERTED,
        origin=Origin.LIVE,
        original_at=at,
        sent_at=at + timedelta(seconds=1),
        received_at=at + timedelta(seconds=2),
        at=at,
        body={"properties": {"category": "nursing"}} if body is None else body,
    )


def claimed(address: Ref, decision: Event, *, at: datetime = NOW, attempt: int = 1) -> SendRecord:
    return SendRecord(
        send_key=SEND_KEY,
        send_id=SEND_KEY[:26],
        state=SendState.CLAIMED,
        attempt=attempt,
        lease=at + timedelta(seconds=60),
        person=person_id(address),
        subject=address,
        address=address,
        program="talent-network-welcome",
        template="welcome",
        topic=TOPIC,
        mail_class="marketing",
        bundle="0" * 64,
        decision=decision.key,
        claimed_at=at,
    )


def yes(event_id: str, at: datetime = NOW) -> Consent:
    return Consent(
        status=ConsentStatus.GRANTED,
        at=at,
        statement="talent-network/1",
        statement_hash="1" * 64,
        language="nb",
        event_id=event_id,
        source="confirmation",
    )


def later(record: SendRecord, **by: float) -> SendRecord:
    """The same mail, claimed again by somebody else after a while."""
    at = record.claimed_at + timedelta(**by)
    return replace(
        record, attempt=record.attempt + 1, claimed_at=at, lease=at + timedelta(seconds=60)
    )
