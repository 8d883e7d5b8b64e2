"""Greenhouse's webhooks: one `{action, payload}` per event, signed over the raw body.

No event carries its own time. The clock is the application's `last_activity_at`; where that is
missing (a hire, a changed candidate), it is the latest time in the body, and the entity has to be
read again. No delivery's time is signed either: a captured one can be sent for ever, and must find
that all of it was told before.

Source: Greenhouse's developer documentation (github.com/grnhse/greenhouse-api-docs), webhooks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from rapport.adapters.ats import greenhouse_reading as read
from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.reading import Mask, Node
from rapport.ats import Adapter, Connection, Reply, Verdict
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Kind,
    Status,
    Told,
)
from rapport.domain.event import Json

# Of applications: what each action tells. A rejection may turn out to be a withdrawal.
_OF_APPLICATIONS: Mapping[str, Kind] = {
    "new_candidate_application": Kind.APPLICATION_CREATED,
    "new_prospect_application": Kind.APPLICATION_CREATED,
    "application_updated": Kind.APPLICATION_UPDATED,
    "candidate_stage_change": Kind.APPLICATION_STAGE_CHANGED,
    "reject_candidate": Kind.APPLICATION_REJECTED,
    "unreject_candidate": Kind.APPLICATION_REOPENED,
    "hire_candidate": Kind.APPLICATION_HIRED,
    "unhire_candidate": Kind.APPLICATION_UNHIRED,
    "delete_application": Kind.APPLICATION_DELETED,
}
_OF_JOBS: Mapping[str, Kind] = {
    "job_created": Kind.JOB_CREATED,
    "job_updated": Kind.JOB_UPDATED,
    "job_approved": Kind.JOB_UPDATED,
    "job_deleted": Kind.JOB_DELETED,
}
_OF_OFFERS = ("offer_created", "offer_updated", "offer_approved", "offer_deleted")
_OF_POSTS = ("job_post_created", "job_post_updated", "job_post_deleted")
# Known, and of nobody's candidacy: not to be kept for somebody to look at.
SILENT = (
    "department_deleted",
    "office_deleted",
    "job_interview_stage_deleted",
    "scorecard_deleted",
)
_ENDS = {Kind.CANDIDATE_MERGED, Kind.CANDIDATE_DELETED, Kind.APPLICATION_DELETED}
_RETRIES_S = (15 * 60 + 16) * 60  # the last of seven tries


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    """A payload while it is read: its action, the mask that grows, and what may be kept of it."""

    action: str
    payload: Node
    connection: Connection
    ident: str
    mask: Mask

    def root(self, *keys: str) -> Node:
        """The first of these objects that the payload has; without keys' objects, itself."""
        return next(
            (node for key in keys if (node := reading.part(self.payload, key))), self.payload
        )

    def event(
        self,
        kind: Kind,
        *,
        clock: datetime | None = None,
        told: Told = Told.ENTITY_UPDATED,
        candidate: AtsCandidate | None = None,
        application: AtsApplication | None = None,
        jobs: tuple[AtsJob, ...] = (),
        notes: Mapping[str, str] | None = None,
    ) -> AtsEvent:
        """A canonical event; without a clock of its own, of the latest time in the body.

        When somebody was merged or deleted has nothing to do with the times in what is left.
        """
        at = clock or (None if kind in _ENDS else read.known_since(self.payload))
        return AtsEvent(
            kind=kind,
            vendor_event=self.action,
            vendor_event_id=self.ident,
            clock=at,
            told=told if at else Told.RECEIVED,
            candidate=candidate,
            application=application,
            jobs=jobs,
            present=self.mask.present,
            needs_refetch=clock is None,
            notes=notes or {},
        )


_Reader: TypeAlias = Callable[[_Delivery], AtsEvent]


def _of_application(delivery: _Delivery) -> AtsEvent:
    node, mask = delivery.root("application"), delivery.mask
    told = read.application(node, mask)
    reading.wanted(told.id, "application")
    kind = _OF_APPLICATIONS[delivery.action]
    if kind is Kind.APPLICATION_REJECTED and told.status is Status.WITHDRAWN:
        kind = Kind.APPLICATION_WITHDRAWN
    if reading.part(node, "candidate"):
        who = read.candidate(
            reading.part(node, "candidate"), mask, custom=delivery.connection.custom_fields
        )
    else:
        who = AtsCandidate(id=reading.text(node.get("candidate_id")))
    stage, source, jobs = read.stage(node, mask), read.source(node, mask), read.jobs(node, mask)
    clock, said = reading.moment(node.get("last_activity_at")), Told.ENTITY_UPDATED
    if clock is None and kind in {Kind.APPLICATION_REJECTED, Kind.APPLICATION_WITHDRAWN}:
        clock, said = told.rejected_at, Told.VENDOR_EVENT
    if clock is None and kind is Kind.APPLICATION_HIRED:
        clock, said = told.hired_at, Told.VENDOR_EVENT
    event = delivery.event(
        kind, clock=clock, told=said, candidate=who if who.id else None, application=told, jobs=jobs
    )
    return replace(event, stage=stage, source=source)


def _updated(delivery: _Delivery) -> AtsEvent:
    node = delivery.root("candidate")
    who = read.candidate(node, delivery.mask, custom=delivery.connection.custom_fields)
    reading.wanted(who.id, "candidate")
    clock = reading.moment(node.get("updated_at")) or reading.moment(node.get("last_activity"))
    return delivery.event(Kind.CANDIDATE_UPDATED, clock=clock, candidate=who)


def _merged(delivery: _Delivery) -> AtsEvent:
    """`person` is the one that ended: its number goes on arriving, and leads to the other."""
    node = delivery.root("person")
    loser = read.marks(node, delivery.mask)
    reading.wanted(loser.id, "candidate")
    winner = reading.wanted(reading.text(node.get("new_candidate_id")), "surviving candidate")
    return delivery.event(Kind.CANDIDATE_MERGED, candidate=replace(loser, merged_into=winner))


def _deleted(delivery: _Delivery) -> AtsEvent:
    """Gone, with its applications; or merged, where no webhook for merges is set up."""
    node = delivery.root("person", "candidate")
    gone = read.marks(node, delivery.mask)
    reading.wanted(gone.id, "candidate")
    keys = ("deleted_application_ids", "application_ids")
    ended = next((ids for key in keys if (ids := reading.texts(node.get(key)))), ())
    delivery.mask.told("/application/deleted", ended, node, *keys)
    return delivery.event(
        Kind.CANDIDATE_DELETED,
        candidate=gone,
        application=AtsApplication(deleted=ended) if ended else None,
    )


def _anonymized(delivery: _Delivery) -> AtsEvent:
    ident = reading.wanted(reading.text(delivery.payload.get("candidate_id")), "candidate")
    fields = reading.texts(delivery.payload.get("anonymized_fields"))
    delivery.mask.told(
        "/candidate/anonymized_fields", fields, delivery.payload, "anonymized_fields"
    )
    who = AtsCandidate(id=ident, anonymized_fields=fields)
    return delivery.event(Kind.CANDIDATE_ANONYMIZED, candidate=who)


def _of_job(delivery: _Delivery) -> AtsEvent:
    job = read.job(delivery.root("job"))
    reading.wanted(job.id, "job")
    delivery.mask.pointers.add("/jobs")
    kind = _OF_JOBS[delivery.action]
    if kind is Kind.JOB_UPDATED and job.status == "closed":
        kind = Kind.JOB_CLOSED
    return delivery.event(kind, jobs=(job,))


def _of_post(delivery: _Delivery) -> AtsEvent:
    node = delivery.root("job_post")
    job = read.post(node)
    reading.wanted(job.post, "job post")
    delivery.mask.pointers.add("/jobs")
    kind = Kind.POST_UPDATED
    if delivery.action == "job_post_deleted":
        kind = Kind.POST_DELETED
    elif (live := reading.flag(node.get("live"))) is not None:
        # It is sent when the post goes on and off the air, too; a post for colleagues is off.
        on_air = live and node.get("external") is not False
        kind = Kind.POST_PUBLISHED if on_air else Kind.POST_UNPUBLISHED
    return delivery.event(kind, clock=reading.moment(node.get("updated_at")), jobs=(job,))


def _of_offer(delivery: _Delivery) -> AtsEvent:
    node = delivery.root("offer")
    ident = reading.wanted(reading.text(node.get("application_id")), "application")
    gone = delivery.action == "offer_deleted"
    notes = {
        "what": "offer",
        "id": reading.text(node.get("id")),
        "status": "deleted" if gone else reading.text(node.get("offer_status")).lower(),
        "version": reading.text(node.get("version")),
    }
    return delivery.event(
        Kind.OFFER,
        application=AtsApplication(id=ident),
        jobs=read.jobs(node, delivery.mask),
        notes={key: said for key, said in notes.items() if said},
    )


def _of_interview(delivery: _Delivery) -> AtsEvent:
    node = delivery.root("interview")
    ident = reading.wanted(reading.text(node.get("application_id")), "application")
    notes = {"what": "interview", "id": reading.text(node.get("id")), "status": "deleted"}
    return delivery.event(
        Kind.INTERVIEW,
        clock=reading.moment(node.get("updated_at")),
        application=AtsApplication(id=ident),
        notes={key: said for key, said in notes.items() if said},
    )


def _ping(delivery: _Delivery) -> AtsEvent:
    return replace(delivery.event(Kind.PING), needs_refetch=False)


READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(_OF_APPLICATIONS, _of_application),
    **dict.fromkeys(_OF_JOBS, _of_job),
    **dict.fromkeys(_OF_OFFERS, _of_offer),
    **dict.fromkeys(_OF_POSTS, _of_post),
    "update_candidate": _updated,
    "merge_candidate": _merged,
    "delete_candidate": _deleted,
    "candidate_anonymized": _anonymized,
    "interview_deleted": _of_interview,
    "ping": _ping,
}


class Greenhouse:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "greenhouse"
    retries_for_s = _RETRIES_S

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`Signature: sha256 <hex>`, with a space, over the raw body and every escape in it."""
        del now  # no time is signed
        if not any(connection.secrets):
            return signatures.unproven()
        given = headers.get("signature", "")
        if not given:
            return signatures.forged("no_signature")
        scheme, _, digest = given.partition(" ")
        if scheme != "sha256" or not digest:
            return signatures.forged("malformed_signature")
        return signatures.judge((secret.encode() for secret in connection.secrets), raw, (digest,))

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """One canonical event; none for what no candidacy is about."""
        delivery = _Delivery(
            action=reading.event_name(payload.get("action")),
            payload=reading.part(payload, "payload"),
            connection=connection,
            ident=reading.text(headers.get("greenhouse-event-id")),
            mask=Mask(),
        )
        if delivery.action in SILENT:
            return []
        reader = READERS.get(delivery.action)
        if reader is None:
            name, ident = delivery.action, delivery.ident
            return [AtsEvent(kind=Kind.UNKNOWN, vendor_event=name, vendor_event_id=ident)]
        return [reader(delivery)]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """200 and nothing else: any other code is a failure, and is tried again seven times."""
        del verdict, headers, raw
        return Reply(status=200)


ADAPTER: Adapter = Greenhouse()
