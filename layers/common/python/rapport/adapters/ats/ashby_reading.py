"""What Ashby's objects are like, in its webhooks and in its API alike."""

from collections.abc import Mapping

from rapport.adapters.ats import reading
from rapport.adapters.ats.reading import Mask, Node
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsJob,
    Contact,
    Reason,
    Source,
    Stage,
    Status,
)
from rapport.domain.event import Json

_STATUS: Mapping[str, Status] = {
    "Active": Status.ACTIVE,
    "Lead": Status.ACTIVE,
    "Hired": Status.HIRED,
    "Archived": Status.ARCHIVED,
}
# Who ended an application: what `reasonType` says, and what the status then is.
_ENDED: Mapping[str, tuple[str, Status]] = {
    "RejectedByCandidate": ("candidate", Status.WITHDRAWN),
    "RejectedByOrg": ("org", Status.REJECTED),
    "Other": ("other", Status.ARCHIVED),
}
# An archived application may have been either.
_PROSPECT: Mapping[str, bool] = {"Lead": True, "Active": False, "Hired": False}


def candidate(node: Node, mask: Mask) -> AtsCandidate:
    """A candidate: in a webhook the primary address alone, in the API all of them."""
    read = AtsCandidate(
        id=reading.text(node.get("id")),
        full=reading.text(node.get("name")),
        emails=_contacts(node.get("primaryEmailAddress"), node.get("emailAddresses")),
        phones=_contacts(node.get("primaryPhoneNumber"), node.get("phoneNumbers")),
    )
    names = {
        "name": "full",
        "primaryEmailAddress": "emails",
        "emailAddresses": "emails",
        "primaryPhoneNumber": "phones",
        "phoneNumbers": "phones",
    }
    mask.fields("/candidate", read, node, names)
    return read


def _contacts(chief: Json, others: Json) -> tuple[Contact, ...]:
    first = reading.contact(chief, primary=True)
    rest = [one for one in reading.contacts(others) if first is None or one.value != first.value]
    return (*((first,) if first else ()), *rest)


def application(node: Node, mask: Mask) -> AtsApplication:
    """How an application stands; a lead is a prospect."""
    said = reading.text(node.get("status"))
    status, why = _STATUS.get(said), reason(node.get("archiveReason"))
    archived = status is Status.ARCHIVED
    if archived:
        kind = reading.text(reading.part(node, "archiveReason").get("reasonType"))
        status = _ENDED.get(kind, ("", Status.ARCHIVED))[1]
    read = AtsApplication(
        id=reading.text(node.get("id")),
        status=status,
        prospect=_PROSPECT.get(said),
        applied_at=reading.moment(node.get("createdAt")),
        rejected_at=reading.moment(node.get("archivedAt")) if archived else None,
        reason=why if archived else None,
    )
    mask.told("/application/status", status, node, "status")
    if read.prospect is not None:
        mask.pointers.add("/application/prospect")
    mask.told("/application/applied_at", read.applied_at, node, "createdAt")
    if archived:
        mask.told("/application/rejected_at", read.rejected_at, node, "archivedAt")
        mask.told("/application/reason", why, node, "archiveReason")
    return read


def reason(value: Json) -> Reason | None:
    """Why an application was archived, and by whom."""
    node = reading.part(value)
    kind = reading.text(node.get("reasonType"))
    read = Reason(
        id=reading.text(node.get("id")),
        text=reading.text(node.get("text")),
        by=_ENDED.get(kind, ("", Status.ARCHIVED))[0],
    )
    return read if read.id or read.text or read.by else None


def stage(node: Node, mask: Mask) -> Stage | None:
    """Where an application is."""
    here = reading.part(node, "currentInterviewStage")
    ident = reading.text(here.get("id"))
    read = None
    if ident:
        read = Stage(
            id=ident,
            name=reading.first_text(here, "title", "name"),
            kind=reading.text(here.get("type")),
            order=reading.number(here.get("orderInInterviewPlan")),
        )
    mask.told("/stage", read, node, "currentInterviewStage")
    return read


def source(node: Node, mask: Mask) -> Source | None:
    """Where an application came from, and who is credited for it."""
    came, credited = reading.part(node, "source"), reading.part(node, "creditedToUser")
    names = (reading.text(credited.get("firstName")), reading.text(credited.get("lastName")))
    read = Source(
        id=reading.text(came.get("id")),
        name=reading.text(came.get("title")),
        kind=reading.text(reading.part(came, "sourceType").get("title")),
        credited_to=" ".join(name for name in names if name),
    )
    known = read if read.id or read.name else None
    mask.told("/source", known, node, "source")
    return known


def jobs(node: Node, mask: Mask) -> tuple[AtsJob, ...]:
    """The one job of an application, and the posting through which it was found."""
    of, post = reading.part(node, "job"), reading.text(node.get("appliedViaJobPostingId"))
    ident = reading.text(of.get("id"))
    read = (AtsJob(id=ident, post=post, title=reading.text(of.get("title"))),) if ident else ()
    mask.told("/jobs", read, node, "job")
    return read


def job(node: Node) -> AtsJob:
    """A job; its place and department are ids there, which say nothing to anybody."""
    posts = reading.texts(node.get("jobPostingIds"))
    return AtsJob(
        id=reading.text(node.get("id")),
        post=posts[0] if len(posts) == 1 else "",
        requisition=reading.text(node.get("customRequisitionId")),
        title=reading.text(node.get("title")),
        status=reading.text(node.get("status")).lower(),
        confidential=reading.flag(node.get("confidential")),
        opened_at=reading.moment(node.get("openedAt")),
        closed_at=reading.moment(node.get("closedAt")),
    )


def post(node: Node) -> AtsJob:
    """What is advertised."""
    places = (reading.text(node.get("locationName")),)
    names = (reading.text(node.get(key)) for key in ("departmentName", "teamName"))
    return AtsJob(
        id=reading.text(node.get("jobId")),
        post=reading.text(node.get("id")),
        title=reading.text(node.get("title")),
        locations=tuple(place for place in places if place),
        departments=tuple(dict.fromkeys(name for name in names if name)),
    )
