"""What Greenhouse's objects are like, in its webhooks and in its Harvest API alike.

What varied over the years reads the same: an `external_id` as a text or a number, a `location` of
an office as null, a text or an object, a source by its `name` or its `public_name`, `job` beside
`jobs`, custom fields with and without their type. Not read at all: postal addresses (a street is
no place to look for work in), attachments, notes, salaries, and custom fields that nobody listed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from rapport.adapters.ats import reading
from rapport.adapters.ats.reading import Mask, Node
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsJob,
    Reason,
    Source,
    Stage,
    Status,
)
from rapport.domain.event import Json

_CANDIDATE = {
    "first_name": "first",
    "last_name": "last",
    "title": "headline",
    "headline": "headline",
    "external_id": "external",
    "email_addresses": "emails",
    "phone_numbers": "phones",
    "website_addresses": "links",
    "social_media_addresses": "links",
    "tags": "tags",
    "is_private": "private",
    "can_email": "can_email",
}
_APPLICATION = {
    "status": "status",
    "prospect": "prospect",
    "applied_at": "applied_at",
    "rejected_at": "rejected_at",
    "hired_at": "hired_at",
    "rejection_reason": "reason",
}
# `converted` is a prospect that became an application of its own.
_STATUS = {
    "active": Status.ACTIVE,
    "rejected": Status.REJECTED,
    "hired": Status.HIRED,
    "converted": Status.ARCHIVED,
}
# The kinds of reasons that Greenhouse comes with; an employer's own are kinds of neither.
_BY = {"they rejected us": "candidate", "we rejected them": "org"}
# Times of what has happened, whatever it happened to.
_HAPPENED = (
    "created_at",
    "updated_at",
    "applied_at",
    "rejected_at",
    "hired_at",
    "last_activity_at",
    "sent_at",
    "resolved_at",
    "opened_at",
    "closed_at",
    "open_date",
    "close_date",
)


def known_since(body: Node) -> datetime | None:
    """The latest time in a body that tells no time of its own: it cannot be older than that."""
    return reading.latest(body, *_HAPPENED)


def candidate(node: Node, mask: Mask, *, custom: Iterable[str] = ()) -> AtsCandidate:
    """A candidate, or what of one stands in an application; `custom` are the slugs to keep."""
    fields = custom_fields(node, custom)
    if fields:
        mask.pointers.add("/candidate/custom")
    links = [
        reading.text(link.get("value"))
        for key in ("website_addresses", "social_media_addresses")
        for link in reading.parts(node.get(key))
    ]
    read = AtsCandidate(
        id=reading.text(node.get("id")),
        external=reading.text(node.get("external_id")),
        first=reading.text(node.get("first_name")),
        last=reading.text(node.get("last_name")),
        headline=reading.first_text(node, "title", "headline"),
        emails=reading.contacts(node.get("email_addresses")),
        phones=reading.contacts(node.get("phone_numbers")),
        links=tuple(dict.fromkeys(link for link in links if link)),
        tags=reading.texts(node.get("tags")),
        private=reading.flag(node.get("is_private")),
        can_email=reading.flag(node.get("can_email")),
        custom=fields,
    )
    mask.fields("/candidate", read, node, _CANDIDATE)
    return read


def marks(node: Node, mask: Mask) -> AtsCandidate:
    """Of a candidate who is going: who it is, and what speaks against writing to them. No names.

    The marks that would open are left out: nobody knows when such a delivery was written, and one
    that is sent again must not lift what was closed since.
    """
    read = AtsCandidate(
        id=reading.text(node.get("id")),
        private=True if node.get("is_private") is True else None,
        can_email=False if node.get("can_email") is False else None,
    )
    closed = (("private", read.private), ("can_email", read.can_email))
    mask.pointers.update(f"/candidate/{name}" for name, value in closed if value is not None)
    return read


def application(node: Node, mask: Mask) -> AtsApplication:
    """How an application stands; a rejection for a candidate's own reason is a withdrawal."""
    why = reason(node.get("rejection_reason"))
    status = _STATUS.get(reading.text(node.get("status")).lower())
    if status is Status.REJECTED and why is not None and why.by == "candidate":
        status = Status.WITHDRAWN
    read = AtsApplication(
        id=reading.text(node.get("id")),
        status=status,
        prospect=reading.flag(node.get("prospect")),
        applied_at=reading.moment(node.get("applied_at")),
        rejected_at=reading.moment(node.get("rejected_at")),
        hired_at=reading.moment(node.get("hired_at")),
        reason=why,
    )
    mask.fields("/application", read, node, _APPLICATION)
    return read


def reason(value: Json) -> Reason | None:
    """Why an application was rejected."""
    node = reading.part(value)
    kind = reading.text(reading.part(node, "type").get("name")).lower()
    read = Reason(
        id=reading.text(node.get("id")),
        text=reading.text(node.get("name")),
        by=_BY.get(kind, "other" if kind else ""),
    )
    return read if read.id or read.text else None


def stage(node: Node, mask: Mask) -> Stage | None:
    """Where an application is; prospects are nowhere, which is told by a null."""
    here = reading.part(node, "current_stage")
    ident = reading.text(here.get("id"))
    read = Stage(id=ident, name=reading.text(here.get("name"))) if ident else None
    mask.told("/stage", read, node, "current_stage")
    return read


def source(node: Node, mask: Mask) -> Source | None:
    """Where an application came from, and who is credited for it."""
    came = reading.part(node, "source")
    read = Source(
        id=reading.text(came.get("id")),
        name=reading.first_text(came, "name", "public_name"),
        credited_to=reading.text(reading.part(node, "credited_to").get("name")),
    )
    known = read if read.id or read.name else None
    mask.told("/source", known, node, "source")
    return known


def jobs(node: Node, mask: Mask) -> tuple[AtsJob, ...]:
    """The jobs of an application: none (a prospect), one or several, each once."""
    found = [job(item) for item in reading.parts(node.get("jobs"))]
    # What `jobs` says of a job goes before the older `job`, which says the same with other names.
    single = job(reading.part(node, "job"))
    only = AtsJob(id=reading.text(node.get("job_id")))
    each = {one.id: one for one in (only, single, *found) if one.id}
    order = dict.fromkeys(one.id for one in (*found, single, only) if one.id)
    read = tuple(each[ident] for ident in order)
    mask.told("/jobs", read, node, "jobs", "job", "job_id")
    return read


def job(node: Node) -> AtsJob:
    """A job: what is hired for, not what is advertised."""
    return AtsJob(
        id=reading.text(node.get("id")),
        post=reading.text(node.get("job_post_id")),
        requisition=reading.text(node.get("requisition_id")),
        title=reading.text(node.get("name")),
        status=reading.text(node.get("status")).lower(),
        confidential=reading.flag(node.get("confidential")),
        locations=_named(_place(office) for office in reading.parts(node.get("offices"))),
        departments=_named(
            reading.text(one.get("name")) for one in reading.parts(node.get("departments"))
        ),
        opened_at=reading.moment(node.get("opened_at")) or reading.moment(node.get("open_date")),
        closed_at=reading.moment(node.get("closed_at")) or reading.moment(node.get("close_date")),
    )


def post(node: Node) -> AtsJob:
    """What is advertised. Without a job it is a post for prospects."""
    return AtsJob(
        id=reading.text(node.get("job_id")),
        post=reading.text(node.get("id")),
        title=reading.text(node.get("title")),
        locations=_named((_location(node.get("location")),)),
    )


def custom_fields(node: Node, wanted: Iterable[str]) -> Mapping[str, str]:
    """Those of the custom fields that are wanted, by slug, as text; an emptied one is empty."""
    fields = reading.part(node, "keyed_custom_fields") or reading.part(node, "custom_fields")
    return {slug: _custom(fields[slug]) for slug in wanted if slug in fields}


def _custom(value: Json) -> str:
    held = value.get("value") if isinstance(value, dict) and "value" in value else value
    if isinstance(held, list):
        return ", ".join(reading.texts(held))
    if isinstance(held, dict):
        # Money: an amount or a range, whose numbers are texts in some events.
        bounds = [_plain(held[key]) for key in ("amount", "min_value", "max_value") if key in held]
        return f"{'-'.join(bounds)} {reading.text(held.get('unit'))}".strip()
    return _plain(held)


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else reading.text(value)


def _place(office: Node) -> str:
    return _location(office.get("location")) or reading.text(office.get("name"))


def _location(value: Json) -> str:
    return reading.text(value) or reading.first_text(reading.part(value), "name", "address")


def _named(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in found if one))
