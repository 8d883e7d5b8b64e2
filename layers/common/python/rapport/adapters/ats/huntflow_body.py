"""A body of Huntflow's, of either version, while it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from rapport.adapters.ats import huntflow_reading as read
from rapport.adapters.ats import reading
from rapport.adapters.ats.reading import Mask, Node
from rapport.ats import HIRED, REJECTED, WITHDRAWN, Connection
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, AtsJob, Kind, Status, Told
from rapport.domain.event import Json

APPLICANT, VACANCY, OFFER, PING, OTHER = "APPLICANT", "VACANCY", "OFFER", "PING", "OTHER"
_CHANGED, _DELETED = "EDIT", "DELETE"
# The types of stages that end a candidacy.
_TRASH, _HIRED = "trash", "hired"
# What a connection may map a stage to → what it is that an applicant comes to it.
_ENDS: Mapping[str, tuple[Kind, Status]] = {
    REJECTED: (Kind.APPLICATION_REJECTED, Status.REJECTED),
    WITHDRAWN: (Kind.APPLICATION_WITHDRAWN, Status.WITHDRAWN),
    HIRED: (Kind.APPLICATION_HIRED, Status.HIRED),
}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A body while it is read. `log` is what happened: an entry of version 2, the event of 1.

    `action` is what the vendor calls that; `ident` the id of the delivery.
    """

    shape: str
    action: str
    ident: str
    event_node: Node
    log: Node
    meta: Node
    changes: Node
    connection: Connection

    @property
    def name(self) -> str:
        """The vendor's word for the event, fit to stand in a log."""
        return reading.event_name(f"{self.shape}.{self.action}".strip("."))

    @cached_property
    def applicant_node(self) -> Node:
        """The applicant: beside the log, or (an offer of version 1) within it."""
        return reading.part(self.event_node, "applicant") or reading.part(self.log, "applicant")

    @property
    def applicant(self) -> str:
        """The applicant's id."""
        return reading.text(self.applicant_node.get("id"))

    @cached_property
    def vacancy(self) -> Node:
        """The vacancy, which stands in the log of version 2, else in the event."""
        return reading.part(self.log, "vacancy") or reading.part(self.event_node, "vacancy")

    @property
    def application(self) -> str:
        """What a candidacy is called; empty where the body is about none."""
        vacancy = reading.text(self.vacancy.get("id"))
        return f"{self.applicant}/{vacancy}" if self.applicant and vacancy else ""

    @property
    def clock(self) -> datetime | None:
        """When it happened. Huntflow also writes times without a zone, which are no times."""
        return reading.moment(self.log.get("created")) or reading.moment(
            self.event_node.get("created")
        )

    @property
    def rewritten(self) -> bool:
        """Whether an entry of the log was taken out, or its stage was changed afterwards."""
        action = reading.text(self.meta.get("webhook_action"))
        return action == _DELETED or (
            action == _CHANGED and "status" in reading.part(self.changes, "applicant_log")
        )

    @cached_property
    def _told(self) -> tuple[AtsCandidate, Mask]:
        mask = Mask()
        agreements = (
            reading.part(self.applicant_node, "pd_agreement"),
            reading.part(self.event_node, "agreement"),
            reading.part(self.meta, "agreement"),
        )
        who = read.candidate(
            self.applicant_node,
            self.event_node,
            mask,
            refused=read.refused(*agreements),
            custom=self.connection.custom_fields,
        )
        return who, mask

    @property
    def who(self) -> AtsCandidate:
        """The applicant, with what the body says of them."""
        return self._told[0]

    def event(
        self,
        kind: Kind,
        *,
        candidate: AtsCandidate | None = None,
        jobs: tuple[AtsJob, ...] = (),
        carried: bool = True,
        pointers: Sequence[str] = (),
        needs_refetch: bool = False,
    ) -> AtsEvent:
        """A canonical event; `carried`: it tells what the body says of the applicant."""
        clock, who = self.clock, candidate or (self.who if self.applicant else None)
        actor = read.actor(self.meta)
        said = {
            *pointers,
            *(self._told[1].present if carried else ()),
            *(["/actor"] if actor else ()),
        }
        return AtsEvent(
            kind=kind,
            vendor_event=self.name,
            vendor_event_id=self.ident,
            clock=clock,
            told=Told.VENDOR_EVENT if clock else Told.RECEIVED,
            candidate=who,
            jobs=jobs,
            actor=actor,
            present=frozenset(said),
            needs_refetch=needs_refetch or clock is None,
        )

    def of_application(self, kind: Kind) -> AtsEvent:
        """An event of the candidacy: with its job, and where it is so far as the body says.

        A stage that ends a candidacy is told as its end and not as a stage, for it is one change.
        """
        end = next((status for each, status in _ENDS.values() if each is transition(self)), None)
        placed = read.stage(self.log)
        stage, status = (None, end) if end else (placed, Status.ACTIVE if placed else None)
        reason = read.reason(self.log) if end is Status.REJECTED else None
        applied_at = self.clock if kind is Kind.APPLICATION_CREATED else None
        said = {
            "/stage": stage,
            "/application/status": status,
            "/application/reason": reason,
            "/application/applied_at": applied_at,
        }
        pointers = ("/jobs", *(pointer for pointer, what in said.items() if what))
        told = self.event(kind, jobs=(read.job(self.vacancy),), pointers=pointers)
        application = AtsApplication(
            id=self.application, status=status, reason=reason, applied_at=applied_at
        )
        return replace(told, application=application, stage=stage)

    def noted(self, kind: Kind, notes: Mapping[str, str]) -> AtsEvent:
        """What is told of a candidacy beside where it stands: an offer, an interview."""
        told = self.event(kind, jobs=(read.job(self.vacancy),), pointers=("/jobs",))
        application = AtsApplication(id=self.application) if self.application else None
        return replace(
            told, application=application, notes={key: said for key, said in notes.items() if said}
        )


def delivery(
    payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
) -> Delivery:
    """What kind of body it is, by its shape; only a ping, which has none, by its header."""
    event, meta = reading.part(payload, "event"), reading.part(payload, "meta")
    shape, log = OTHER, event
    if "applicant_offer" in event:
        shape, log = OFFER, reading.part(event, "applicant_offer")
    elif "applicant_log" in event:
        shape, log = APPLICANT, reading.part(event, "applicant_log")
    elif "vacancy_log" in event:
        shape, log = VACANCY, reading.part(event, "vacancy_log")
    elif "applicant" in event and "type" in event:
        shape = APPLICANT
    elif "vacancy" in event and "type" in event:
        shape = VACANCY
    told = reading.text(meta.get("event_type")) or headers.get("x-huntflow-event", "")
    if shape == OTHER:
        shape = PING if told.upper() == PING else told or OTHER
    ident = reading.first_text(meta, "event_id") or headers.get("x-huntflow-delivery", "")
    # Version 1 names author and account beside the event.
    return Delivery(
        shape=shape,
        action=_action(event, log, meta).upper(),
        ident=reading.text(ident),
        event_node=event,
        log=log,
        meta=meta or payload,
        changes=reading.part(payload, "changes"),
        connection=connection,
    )


def transition(delivery: Delivery) -> Kind:
    """What it is that an applicant went to another stage.

    By the kind of the stage; a place that was filled or a reason for a rejection tells it, too.
    """
    node = reading.part(delivery.log, "status")
    stage = delivery.connection.stages.get(reading.text(node.get("id")), "")
    if stage in _ENDS:
        return _ENDS[stage][0]
    sort = reading.text(node.get("type")).lower()
    if sort == _HIRED or delivery.log.get("hired_in_fill_quota"):
        return Kind.APPLICATION_HIRED
    if sort == _TRASH or reading.part(delivery.log, "rejection_reason"):
        return Kind.APPLICATION_REJECTED
    return Kind.APPLICATION_STAGE_CHANGED


def offer(delivery: Delivery) -> Mapping[str, str]:
    """What is kept of an offer: not the pay, not the text."""
    return {
        "what": "offer",
        "id": reading.text(delivery.log.get("id")),
        "status": delivery.action.lower(),
    }


def _action(event: Node, log: Node, meta: Node) -> str:
    """An offer's log stands in it; a vacancy's calls it `state` in the example, `type` beside."""
    within = reading.part(log, "account_applicant_offer_log")
    return (
        reading.first_text(within, "type")
        or reading.first_text(log, "type", "state")
        or reading.first_text(event, "type")
        or reading.first_text(meta, "webhook_action")
    )
