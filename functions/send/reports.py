"""What SES reports, read: one shape out of the three in which it arrives.

The queue brings an EventBridge event (`source` aws.ses, the record under `detail`), an SNS envelope
(the record as text under `Message`), or the record itself. The record names its kind in
`eventType`, in the older identity notifications in `notificationType`, which tell no tags; the
mail's tags are lists. Field names: "Examples of event data that Amazon SES publishes" in the SES
developer guide.

Our mails have one recipient each. A report may name others: a complaint names everybody at the
domain that complained. Only the mail's own counts; one other name alone is that of a mailbox to
which theirs is forwarded.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from rapport.domain.decision import digest
from rapport.domain.event import Json, millis
from rapport.domain.fate import ABOUT_OTHERS, AUTO_REPLY, TAKEN_AT, Fate, Said, reported
from rapport.errors import PoisonError

KINDS: Mapping[str, str] = {
    "Send": "send",
    "Delivery": "delivery",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Reject": "reject",
    "DeliveryDelay": "deliveryDelay",
    "Rendering Failure": "failure",
    "Open": "open",
    "Click": "click",
}
_NAMED_IN = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients"}
_TRANSIENT = ("Transient", "General")
_MAX_TEXT = 200
_ADDRESS = re.compile(r"[^\s<>\"(),;:]+@[^\s<>\"(),;:]+")


@dataclass(frozen=True, kw_only=True)
class SesReport:
    """One report about one mail. `id` is the same however often the report is delivered.

    `taken_at`: when SES took the mail. `agent`, `ip` and `link` tell of opens and clicks; they are
    judged and never stored as they are.
    """

    id: str
    kind: str
    at: datetime
    taken_at: datetime
    send_id: str
    message_id: str
    details: Mapping[str, str]
    agent: str = ""
    ip: str = ""
    link: str = ""

    @property
    def news(self) -> Fate:
        """What the report adds to what is known of its mail."""
        return reported(self.kind, at=self.at, taken_at=self.taken_at, details=self.details)

    @property
    def closes(self) -> str:
        """Why no mail may go to the address any more, or an empty string."""
        said = self.news.at
        if Said.HARD_BOUNCED in said:
            return "hard bounce"
        return "complaint" if Said.COMPLAINED in said else ""

    @property
    def kept(self) -> dict[str, Json]:
        """What the log keeps of it."""
        return {"message_id": self.message_id, TAKEN_AT: millis(self.taken_at), **self.details}


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
    taken = _text(mail, "timestamp")
    at = _text(told, "timestamp") or taken
    message_id = _text(mail, "messageId")
    link, agent, ip = (_text(told, name) for name in ("link", "userAgent", "ipAddress"))
    seen = (link, ip, agent) if kind in {"Open", "Click"} else ()
    return SesReport(
        id=_text(told, "feedbackId") or digest(kind, message_id, _recipient(mail), at, *seen),
        kind=kind,
        at=_moment(at),
        taken_at=_moment(taken or at),
        send_id=_tag(mail, "send_id"),
        message_id=message_id,
        details=_details(kind, told, _recipient(mail)),
        agent=agent if seen else "",
        ip=ip,
        link=link,
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


def _recipient(mail: Mapping[str, Json]) -> str:
    """Whom the mail was sent to, in lower case; empty unless it is one."""
    told = mail.get("destination")
    first = told[0] if isinstance(told, list) and len(told) == 1 else None
    return first.lower() if isinstance(first, str) else ""


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _details(kind: str, told: Mapping[str, Json], recipient: str) -> Mapping[str, str]:
    """What is worth telling, without anybody's address: diagnostic texts often quote it."""
    named = _named(kind, told, recipient)
    if named is None:
        return {ABOUT_OTHERS: "yes"}
    diagnostic = _ADDRESS.sub("<address>", _text(named, "diagnosticCode"))
    found = {
        "type": _text(told, "bounceType") or _text(told, "delayType"),
        "subtype": _text(told, "bounceSubType") or _text(told, "complaintSubType"),
        "status": _text(named, "status"),
        "diagnostic": " ".join(diagnostic.split())[:_MAX_TEXT],
        "feedback": _text(told, "complaintFeedbackType"),
        "reason": _text(told, "reason")[:_MAX_TEXT],
        AUTO_REPLY: "yes" if kind == "Bounce" and _answers_by_itself(told, named) else "",
    }
    return {name: value for name, value in found.items() if value}


def _named(kind: str, told: Mapping[str, Json], recipient: str) -> Mapping[str, Json] | None:
    """What a bounce or complaint tells of the mail's own recipient; None if only of others."""
    people = told.get(_NAMED_IN.get(KINDS[kind], ""))
    named = [each for each in people if isinstance(each, dict)] if isinstance(people, list) else []
    if len(named) <= 1:
        return named[0] if named else {}
    return next((one for one in named if _text(one, "emailAddress").lower() == recipient), None)


def _answers_by_itself(told: Mapping[str, Json], named: Mapping[str, Json]) -> bool:
    """Whether a "bounce" is the answer of somebody who is out of office.

    Mailbox providers hand it over as `Transient/General`, older ones as `Undetermined`, and unlike
    a mail that failed it carries neither action, status nor diagnostic text.
    """
    bounce = _text(told, "bounceType"), _text(told, "bounceSubType")
    passing = bounce == _TRANSIENT or bounce[0] == "Undetermined"
    return passing and not any(_text(named, n) for n in ("action", "status", "diagnosticCode"))
