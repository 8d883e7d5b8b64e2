"""What SES reports, read: one shape out of the three in which it arrives.

The queue brings an EventBridge event (`source` aws.ses, the record under `detail`), an SNS envelope
(the record as text under `Message`), or the record itself. The record names its kind in
`eventType`, in the older identity notifications in `notificationType`; the mail's tags are lists.
Field names: "Examples of event data that Amazon SES publishes" in the SES developer guide.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from rapport.domain.decision import digest
from rapport.domain.event import Json
from rapport.errors import PoisonError

KINDS: Mapping[str, str] = {
    "Send": "send",
    "Delivery": "delivery",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Reject": "reject",
    "DeliveryDelay": "deliveryDelay",
}
_NOT_A_COMPLAINT = "not-spam"


@dataclass(frozen=True, kw_only=True)
class SesReport:
    """One report about one mail. `id` is the same however often the report is delivered."""

    id: str
    kind: str
    at: datetime
    send_id: str
    message_id: str
    details: Mapping[str, str]

    @property
    def closes(self) -> str:
        """Why no mail may go to the address any more, or an empty string."""
        if self.kind == "Bounce" and self.details.get("type") == "Permanent":
            return "hard bounce"
        if self.kind == "Complaint" and self.details.get("feedback") != _NOT_A_COMPLAINT:
            return "complaint"
        return ""


def read_message(body: str) -> Mapping[str, Json]:
    """A queue message as JSON; PoisonError for anything else."""
    found = _object(body)
    if found is None:
        msg = "a queue message is no JSON object"
        raise PoisonError(msg)
    return found


def is_intent(message: Mapping[str, Json]) -> bool:
    """Whether a queue message is an intent rather than a report."""
    return isinstance(message.get("program"), str)


def read_report(message: Mapping[str, Json]) -> SesReport | None:
    """The report in a queue message; None for kinds that we do not follow, and for no report."""
    record = _record(message)
    kind = _text(record, "eventType") or _text(record, "notificationType")
    if kind not in KINDS:
        return None
    mail, told = _inner(record, "mail"), _inner(record, KINDS[kind])
    at = _text(told, "timestamp") or _text(mail, "timestamp")
    message_id = _text(mail, "messageId")
    return SesReport(
        id=_text(told, "feedbackId") or digest(kind, message_id, at),
        kind=kind,
        at=_moment(at),
        send_id=_tag(mail, "send_id"),
        message_id=message_id,
        details=_details(kind, told),
    )


def _object(text: str) -> Mapping[str, Json] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Json]", found) if isinstance(found, dict) else None


def _record(message: Mapping[str, Json]) -> Mapping[str, Json]:
    text = message.get("Message")
    if isinstance(text, str):
        message = _object(text) or {}
    detail = message.get("detail")
    return cast("Mapping[str, Json]", detail) if isinstance(detail, dict) else message


def _inner(record: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def _text(record: Mapping[str, Json], name: str) -> str:
    found = record.get(name)
    return found if isinstance(found, str) else ""


def _tag(mail: Mapping[str, Json], name: str) -> str:
    values = _inner(mail, "tags").get(name)
    first = values[0] if isinstance(values, list) and values else None
    return first if isinstance(first, str) else ""


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _details(kind: str, told: Mapping[str, Json]) -> Mapping[str, str]:
    """What is worth telling, without the recipient's address: diagnostic texts often quote it."""
    recipients = told.get("bouncedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else None
    found = {
        "type": _text(told, "bounceType") or _text(told, "delayType"),
        "subtype": _text(told, "bounceSubType") or _text(told, "complaintSubType"),
        "status": _text(first, "status") if isinstance(first, dict) else "",
        "feedback": _text(told, "complaintFeedbackType"),
    }
    return {name: value for name, value in found.items() if value}
