"""The events that Rapport itself writes into the log: decisions, submissions, reports, words of
consent. Their message ids follow from what they record, so writing one again changes nothing.

An engine event hangs on the person's own identifier and is verified and live. Its key's hour is
that of its cause, which every retry knows alike; `at` is when it really happened.
"""

from collections.abc import Mapping
from datetime import datetime

from rapport import events
from rapport.bundle import Wording
from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Decision, Intent, digest, to_body
from rapport.domain.event import Event, Json, LogKey, Origin, Trust, millis
from rapport.domain.explain import Report
from rapport.domain.identifiers import Ref
from rapport.domain.reasons import Reason

ID_CHARS = 32


def engine_event(
    kind: str,
    *,
    subject: Ref,
    message_id: str,
    cause_at: datetime,
    now: datetime,
    properties: Mapping[str, Json],
) -> Event:
    """One event of the engine about a person."""
    return Event(
        partition=subject,
        home=subject,
        type=kind,
        source=events.ENGINE_SOURCE,
        message_id=message_id,
        trust=Trust.VERIFIED,
        origin=Origin.LIVE,
        original_at=cause_at,
        sent_at=None,
        received_at=now,
        at=now,
        body={"properties": dict(properties)},
    )


def decision_event(decision: Decision, *, now: datetime, attempt: int = 1) -> Event:
    """The decision as it stands in the log: one per intent, reason and attempt to send.

    A mail may be held for the same reason again; each time until another moment.
    """
    return engine_event(
        events.DecisionMade.event,
        subject=decision.subject,
        message_id=decision_id(
            decision.intent, decision.reason, attempt=attempt, until=decision.until
        ),
        cause_at=decision.intent.fact.received_at,
        now=now,
        properties=to_body(decision),
    )


def decision_id(
    intent: Intent, reason: Reason, *, attempt: int = 1, until: datetime | None = None
) -> str:
    """The message id of a decision; a mail that is taken up again is decided on again."""
    again = f"_{attempt}" if attempt > 1 else ""
    held = "" if until is None else f"_until{millis(until)}"
    return f"d_{intent.id[:ID_CHARS]}_{reason.value}{again}{held}"


def is_of(key: LogKey, intent: Intent) -> bool:
    """Whether a decision in the log was made about this very intent."""
    return f"#{events.ENGINE_SOURCE}#d_{intent.id[:ID_CHARS]}_" in key.sk


def submitted_event(
    record: SendRecord, state: SendState, *, now: datetime, message_id: str = "", code: str = ""
) -> Event:
    """What came of one attempt to hand a mail to SES."""
    properties: dict[str, Json] = {"send_id": record.send_id, "state": state.value}
    if message_id:
        properties["message_id"] = message_id
    if code:
        properties["code"] = code
    if record.doubtful:
        properties["possible_duplicate"] = True
    return engine_event(
        events.MailSubmitted.event,
        subject=record.subject,
        message_id=f"m_{record.send_key[:ID_CHARS]}_{record.attempt}_{state.value}",
        cause_at=record.claimed_at,
        now=now,
        properties=properties,
    )


def reported_event(
    record: SendRecord,
    *,
    kind: str,
    report_id: str,
    reported_at: datetime,
    now: datetime,
    details: Mapping[str, Json],
) -> Event:
    """What SES told about a mail; the same report, however often delivered, is one event."""
    properties: dict[str, Json] = {"send_id": record.send_id, "kind": kind, **details}
    return engine_event(
        events.MailReported.event,
        subject=record.subject,
        message_id=f"r_{digest(record.send_key, kind, report_id)[:ID_CHARS]}",
        cause_at=reported_at,
        now=now,
        properties=properties,
    )


def confirmed_event(
    record: SendRecord, *, email: str, statement: str, wording: Wording, now: datetime
) -> Event:
    """The owner's yes, to the words that they saw.

    One link is one word: using it again changes nothing.
    """
    return engine_event(
        events.AddressConfirmed.event,
        subject=record.subject,
        message_id=f"c_{record.send_key[:ID_CHARS]}",
        cause_at=record.claimed_at,
        now=now,
        properties={
            "email": email,
            "topic": record.topic,
            "statement": statement,
            "statement_hash": wording.hash,
            "language": wording.language,
        },
    )


def unsubscribed_event(
    record: SendRecord, *, scope: str, method: str, against: str, now: datetime
) -> Event:
    """The owner's no. `against` names the consent that it ends, so that the same link can end a
    later consent again.
    """
    return engine_event(
        events.Unsubscribed.event,
        subject=record.subject,
        message_id=f"u_{digest(record.send_key, scope, against)[:ID_CHARS]}",
        cause_at=record.claimed_at,
        now=now,
        properties={"send_id": record.send_id, "scope": scope, "method": method},
    )


def report_of(event: Event, send_id: str) -> Report | None:
    """What an event tells of that mail after it was decided on, for `explain`."""
    told = event.body.get("properties")
    if not isinstance(told, dict) or told.get("send_id") != send_id:
        return None
    match event.type:
        case events.MailSubmitted.event:
            kind = str(told.get("state", ""))
        case events.MailReported.event:
            kind = str(told.get("kind", ""))
        case events.MailOpened.event:
            kind = "Opened"
        case events.MailClicked.event:
            kind = "Clicked"
        case _:
            return None
    named = ("type", "subtype", "status", "diagnostic", "code", "block")
    details = [str(told[name]) for name in named if told.get(name)]
    return Report(at=event.at, kind=kind, detail=", ".join(details))
