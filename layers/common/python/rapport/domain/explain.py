"""A stored decision in plain sentences: event → facts → playbook → gates → result → what SES said.

Nothing is judged again: every sentence comes from what was stored when it happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.address import SendRecord, SendState
from rapport.domain.decision import Decision, MailClass, Outcome
from rapport.domain.event import Event, Json
from rapport.domain.gates import day
from rapport.domain.quiet import zone_named
from rapport.domain.statements import section, text_of

SHORT_ID = 12


@dataclass(frozen=True, kw_only=True)
class Line:
    """One sentence and the part of the story it belongs to."""

    part: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """One thing that is known of a mail after it was decided: `kind` as SES or Rapport names it."""

    at: datetime
    kind: str
    detail: str = ""


_STANDS: Mapping[SendState, str] = {
    SendState.CLAIMED: "The mail is claimed and about to be submitted.",
    SendState.SUBMITTING: "The mail is being submitted to SES.",
    SendState.ACCEPTED: "SES accepted the mail.",
    SendState.UNCERTAIN: (
        "Nobody can tell whether SES got the mail; it is not sent again, and a report from SES"
        " will settle it."
    ),
    SendState.RETRY: "SES did not take the mail yet; it is tried again.",
    SendState.FAILED: "SES refused the mail for good.",
    SendState.LOST: "No sign of the mail ever came back; it is not sent again.",
}
_SAID: Mapping[str, str] = {
    "Send": "SES took the mail for delivery",
    "Delivery": "the recipient's server accepted the mail",
    "Bounce": "the mail bounced",
    "Complaint": "the recipient reported the mail as unwanted",
    "Reject": "SES rejected the mail because of its content",
    "DeliveryDelay": "delivery was delayed",
    "Rendering Failure": "SES could not put the mail together",
    "Open": "the mail was opened, by a person or a machine",
    "Click": "a link was followed, by a person or a machine",
    "Opened": "a person opened the mail",
    "Clicked": "a person followed a link of the mail",
    "accepted": "Rapport handed the mail to SES, which accepted it",
    "uncertain": "SES's answer was lost",
    "retry": "SES asked to try again later",
    "failed": "SES refused the mail",
}


def explain(
    decision: Decision,
    *,
    event: Event | None = None,
    record: SendRecord | None = None,
    reports: Iterable[Report] = (),
) -> tuple[Line, ...]:
    """The story of one decision. `event` is what started it, `record` the mail's stored state."""
    return (
        Line(part="event", text=_event(decision, event)),
        Line(part="facts", text=_fact(decision, event)),
        Line(part="playbook", text=_playbook(decision)),
        *(
            Line(part="gate", text=f"{'passed' if g.passed else 'stopped'}, {g.gate}: {g.detail}")
            for g in decision.gates
        ),
        Line(part="result", text=_result(decision)),
        *_afterwards(decision, record, reports),
    )


def _event(decision: Decision, event: Event | None) -> str:
    fact = decision.intent.fact
    if event is None:
        return f"An event of {day(fact.occurred_at)} (id {fact.event_id}); its text is not kept."
    known = "vouched for" if event.trust == "verified" else "asserted by a browser"
    return f"“{event.type}” happened on {day(event.at)}, {known}, delivered by {event.source}."


def _fact(decision: Decision, event: Event | None) -> str:
    fact = decision.intent.fact
    told = f"It became the fact {fact.name} about the person {fact.person}, origin {fact.origin}."
    if not fact.application:
        return told
    way = "" if event is None else way_of(event)
    went = " ".join(filter(None, (fact.stage, f"({way})" if way else "")))
    return f"{told} An application went to {went or 'a stage that has no name'}."


def way_of(event: Event) -> str:
    """`Screening → Interview`: from which stage an application went to which, by an event."""
    said = section(event.body, "properties")
    names = (("from_name", "from_id"), ("stage_name", "stage", "stage_id"))
    known = [next((t for n in each if (t := text_of(said, n))), "") for each in names]
    return " → ".join(filter(None, known))


def _playbook(decision: Decision) -> str:
    meaning = decision.playbook.get("meaning", "")
    told = f": {meaning}" if meaning else "."
    bundle = decision.bundle[:SHORT_ID]
    return f"The playbook {decision.intent.program} of bundle {bundle} answers to it{told}"


def verdict(decision: Decision) -> str:
    """`sent`, `not sent`, or `waits until Tue 3 Mar 2026 09:00 in Oslo`: by the person's clock."""
    if decision.outcome is Outcome.SEND:
        return "sent"
    if decision.outcome is Outcome.DROP or decision.until is None:
        return "not sent"
    return f"waits until {_their_clock(decision.until, decision)}"


def _their_clock(moment: datetime, decision: Decision) -> str:
    """The moment where the person lives, if the gate that stopped the mail knew where."""
    numbers: Mapping[str, Json] = decision.gates[-1].numbers if decision.gates else {}
    zones = numbers.get("zones")
    name = zones[0] if isinstance(zones, list) and zones else ""
    zone = zone_named(name) if isinstance(name, str) else None
    if zone is None:
        return day(moment)
    local = moment.astimezone(zone)
    guess = "" if numbers.get("sure") else ", as far as is known"
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} in {_town(zone.key)}{guess}"


def _town(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


_WHAT: Mapping[MailClass, str] = {
    MailClass.MARKETING: "The mail",
    MailClass.TRANSACTIONAL: "The transactional mail",
    MailClass.CONFIRMATION: "The request to confirm",
}


def _result(decision: Decision) -> str:
    what, at, meaning = (
        _WHAT[decision.mail_class],
        day(decision.decided_at),
        decision.reason.meaning,
    )
    if decision.outcome is Outcome.SEND:
        return f"{what} was sent on {at}. {meaning}"
    if decision.outcome is Outcome.HOLD:
        return f"{what} {verdict(decision)}, as decided on {at}. {meaning}"
    return f"{what} was not sent, as decided on {at}. {meaning}"


def _afterwards(
    decision: Decision, record: SendRecord | None, reports: Iterable[Report]
) -> Iterable[Line]:
    if decision.outcome is not Outcome.SEND:
        return
    for report in sorted(reports, key=lambda r: (r.at, r.kind)):
        said = _SAID.get(report.kind, f"SES reported {report.kind}")
        detail = f" ({report.detail})" if report.detail else ""
        yield Line(part="SES", text=f"{day(report.at)}: {said}{detail}.")
    if record is not None:
        message = f" Its message id there is {record.message_id}." if record.message_id else ""
        yield Line(part="SES", text=f"{_STANDS[record.state]}{message}")
