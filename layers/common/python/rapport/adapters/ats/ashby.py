"""Ashby's webhooks: `{action, data, webhookActionId?}`, signed over the raw body.

A secret is optional there and insisted on here. One doing of a recruiter comes as several
deliveries (a hire: `candidateHire`, `applicationUpdate`, `candidateStageChange`): only a hire and a
change of stage are told to have happened; that somebody was rejected, withdrew or is no longer
hired shows in the status of an update. No delivery says which stage an application came from.
Imports in bulk are not told at all, and of several e-mail addresses only the primary one is.

Ashby never tries again after 401, 403, 404, 405 and 410.

Source: Ashby's developer documentation and OpenAPI description, whose schemas all of this follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from rapport.adapters.ats import ashby_reading as read
from rapport.adapters.ats import reading, signatures
from rapport.adapters.ats.reading import Mask, Node
from rapport.ats import Adapter, Connection, Reply, Verdict
from rapport.domain.ats import AtsApplication, AtsCandidate, AtsEvent, Kind, Told
from rapport.domain.event import Json

_OF_APPLICATIONS: Mapping[str, Kind] = {
    "applicationSubmit": Kind.APPLICATION_CREATED,
    "applicationUpdate": Kind.APPLICATION_UPDATED,
    "candidateStageChange": Kind.APPLICATION_STAGE_CHANGED,
    "candidateHire": Kind.APPLICATION_HIRED,
    "pushToHRIS": Kind.APPLICATION_UPDATED,
}
_OF_JOBS: Mapping[str, Kind] = {"jobCreate": Kind.JOB_CREATED, "jobUpdate": Kind.JOB_UPDATED}
_OF_POSTS: Mapping[str, Kind] = {
    "jobPostingPublish": Kind.POST_PUBLISHED,
    "jobPostingUpdate": Kind.POST_UPDATED,
    "jobPostingUnpublish": Kind.POST_UNPUBLISHED,
}
_OF_OFFERS = ("offerCreate", "offerUpdate", "offerDelete")
_OF_INTERVIEWS = ("interviewScheduleCreate", "interviewScheduleUpdate")
# Known, and not for us: a survey's answers may be of the most private kind and are not even kept.
SILENT = (
    "interviewPlanTransition",
    "openingCreate",
    "signatureRequestUpdate",
    "surveySubmit",
)
_OVER = frozenset({"closed", "archived"})
_RETRIES_S = sum((2**attempt - 1) * 10 for attempt in range(1, 11))


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    """A delivery while it is read."""

    action: str
    data: Node
    ident: str
    mask: Mask

    def entity(self, name: str) -> Node:
        """The object that an event is about."""
        return reading.part(self.data, name)

    def event(
        self, kind: Kind, *, clock: datetime | None = None, known: Node | None = None
    ) -> AtsEvent:
        """A canonical event at its clock, else at the latest time in what is known."""
        at = clock or reading.latest(known or {}, "createdAt", "decidedAt")
        return AtsEvent(
            kind=kind,
            vendor_event=self.action,
            vendor_event_id=self.ident,
            clock=at,
            told=Told.ENTITY_UPDATED if at else Told.RECEIVED,
            present=self.mask.present,
            needs_refetch=clock is None,
        )


_Reader: TypeAlias = Callable[[_Delivery], AtsEvent]


def _of_application(delivery: _Delivery) -> AtsEvent:
    node, mask = delivery.entity("application"), delivery.mask
    told = read.application(node, mask)
    reading.wanted(told.id, "application")
    who = read.candidate(reading.part(node, "candidate"), mask)
    stage, source, jobs = read.stage(node, mask), read.source(node, mask), read.jobs(node, mask)
    event = delivery.event(
        _OF_APPLICATIONS[delivery.action], clock=reading.moment(node.get("updatedAt")), known=node
    )
    return replace(
        event,
        candidate=who if who.id else None,
        application=told,
        jobs=jobs,
        stage=stage,
        source=source,
    )


def _merged(delivery: _Delivery) -> AtsEvent:
    loser = reading.text(delivery.entity("deletedCandidate").get("id"))
    winner = reading.text(delivery.entity("mergedCandidate").get("id"))
    who = AtsCandidate(
        id=reading.wanted(loser, "deleted candidate"),
        merged_into=reading.wanted(winner, "merged candidate"),
    )
    return replace(delivery.event(Kind.CANDIDATE_MERGED), candidate=who)


def _deleted(delivery: _Delivery) -> AtsEvent:
    gone = reading.wanted(reading.text(delivery.entity("candidate").get("id")), "candidate")
    return replace(delivery.event(Kind.CANDIDATE_DELETED), candidate=AtsCandidate(id=gone))


def _of_job(delivery: _Delivery) -> AtsEvent:
    node = delivery.entity("job")
    job = read.job(node)
    reading.wanted(job.id, "job")
    delivery.mask.pointers.add("/jobs")
    kind = Kind.JOB_CLOSED if job.status in _OVER else _OF_JOBS[delivery.action]
    event = delivery.event(kind, clock=reading.moment(node.get("updatedAt")), known=node)
    return replace(event, jobs=(job,))


def _of_post(delivery: _Delivery) -> AtsEvent:
    node = delivery.entity("jobPosting")
    post = read.post(node)
    reading.wanted(post.post, "job posting")
    delivery.mask.pointers.add("/jobs")
    kind = _OF_POSTS[delivery.action]
    if node.get("isListed") is False:
        # Only who has the link finds it: it is not to be offered to anybody.
        kind = Kind.POST_UNPUBLISHED
    event = delivery.event(kind, clock=reading.moment(node.get("updatedAt")), known=node)
    return replace(event, jobs=(post,))


def _of_offer(delivery: _Delivery) -> AtsEvent:
    node = delivery.entity("offer")
    gone = delivery.action == "offerDelete"
    status = "deleted" if gone else reading.first_text(node, "offerStatus", "acceptanceStatus")
    return _noted(delivery, Kind.OFFER, node, {"what": "offer", "status": status})


def _of_interview(delivery: _Delivery) -> AtsEvent:
    node = delivery.entity("interviewSchedule")
    notes = {"what": "interview", "status": reading.text(node.get("status"))}
    return _noted(delivery, Kind.INTERVIEW, node, notes)


def _noted(delivery: _Delivery, kind: Kind, node: Node, notes: Mapping[str, str]) -> AtsEvent:
    """What goes into the timeline of an application alone."""
    ident = reading.wanted(reading.text(node.get("applicationId")), "application")
    said = {"id": reading.text(node.get("id")), **notes}
    event = delivery.event(kind, clock=reading.moment(node.get("updatedAt")), known=node)
    return replace(
        event,
        application=AtsApplication(id=ident),
        notes={key: word for key, word in said.items() if word},
    )


def _ping(delivery: _Delivery) -> AtsEvent:
    return replace(delivery.event(Kind.PING), needs_refetch=False)


READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(_OF_APPLICATIONS, _of_application),
    **dict.fromkeys(_OF_JOBS, _of_job),
    **dict.fromkeys(_OF_POSTS, _of_post),
    **dict.fromkeys(_OF_OFFERS, _of_offer),
    **dict.fromkeys(_OF_INTERVIEWS, _of_interview),
    "candidateMerge": _merged,
    "candidateDelete": _deleted,
    "ping": _ping,
}


class Ashby:
    """The adapter; see `rapport.ats.Adapter` and the module."""

    vendor = "ashby"
    retries_for_s = _RETRIES_S

    def verify(
        self, headers: Mapping[str, str], raw: bytes, connection: Connection, now: datetime
    ) -> Verdict:
        """`Ashby-Signature: sha256=<hex>`, with an equals sign, over the raw body."""
        del now  # no time is signed
        if not any(connection.secrets):
            return signatures.unproven()
        given = headers.get("ashby-signature", "")
        if not given:
            return signatures.forged("no_signature")
        scheme, _, digest = given.partition("=")
        if scheme != "sha256" or not digest:
            return signatures.forged("malformed_signature")
        return signatures.judge((secret.encode() for secret in connection.secrets), raw, (digest,))

    def normalise(
        self, payload: Mapping[str, Json], headers: Mapping[str, str], connection: Connection
    ) -> list[AtsEvent]:
        """One canonical event; none for what no candidacy is about."""
        del headers, connection
        delivery = _Delivery(
            action=reading.event_name(payload.get("action")),
            data=reading.part(payload, "data"),
            ident=reading.text(payload.get("webhookActionId")),
            mask=Mask(),
        )
        if delivery.action in SILENT:
            return []
        reader = READERS.get(delivery.action)
        if reader is None:
            unknown = AtsEvent(
                kind=Kind.UNKNOWN, vendor_event=delivery.action, vendor_event_id=delivery.ident
            )
            return [unknown]
        return [reader(delivery)]

    def reply(self, verdict: Verdict, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Any 2xx will do."""
        del verdict, headers, raw
        return Reply(status=200)


ADAPTER: Adapter = Ashby()
