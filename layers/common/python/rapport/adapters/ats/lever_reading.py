"""What Lever's objects are like, as its API shows them: times in milliseconds since 1970."""

from datetime import UTC, datetime

from rapport.adapters.ats import reading
from rapport.adapters.ats.reading import Mask, Node
from rapport.domain.ats import AtsCandidate, AtsJob, Source, Stage
from rapport.domain.event import Json


def ident_of(value: Json) -> str:
    """An id, be it alone or of an object that was expanded."""
    return reading.text(value) or reading.text(reading.part(value).get("id"))


def others(ident: str, applied: tuple[Node, ...]) -> tuple[str, ...]:
    """What else the candidacy is called: Lever's older `candidateId`."""
    found = (reading.text(one.get("candidateId")) for one in applied)
    return tuple(dict.fromkeys(each for each in found if each and each != ident))


def candidate(row: Node, mask: Mask) -> AtsCandidate:
    """The contact, where it was expanded; else what the opportunity repeats of it."""
    contact = reading.part(row, "contact")
    node = contact or row
    names = {"name": "full", "headline": "headline", "emails": "emails", "phones": "phones"}
    names |= {"location": "location"}
    allowed = reading.part(row, "dataProtection", "contact")
    confidential = reading.text(row.get("confidentiality"))
    place = node.get("location")
    read = AtsCandidate(
        contact=ident_of(row.get("contact")),
        full=reading.text(node.get("name")),
        headline=reading.text(node.get("headline")),
        emails=reading.contacts(node.get("emails")),
        phones=reading.contacts(node.get("phones")),
        links=reading.texts(row.get("links")),
        location=reading.text(place) or reading.text(reading.part(place).get("name")),
        tags=reading.texts(row.get("tags")),
        private=confidential == "confidential" if confidential else None,
        can_email=reading.flag(allowed.get("allowed")),
    )
    mask.fields("/candidate", read, node, names)
    mask.fields("/candidate", read, row, {"links": "links", "tags": "tags"})
    mask.fields("/candidate", read, row, {"confidentiality": "private"})
    mask.told("/candidate/can_email", read.can_email, allowed, "allowed")
    return read


def stage(row: Node, mask: Mask) -> Stage | None:
    """Where it is; archived ones keep the stage that they were in."""
    ident = ident_of(row.get("stage"))
    read = Stage(id=ident, name=reading.text(reading.part(row, "stage").get("text")))
    mask.told("/stage", read if ident else None, row, "stage")
    return read if ident else None


def before(row: Node, here: Stage | None) -> Stage | None:
    """Where it was before it came to where it is, as `stageChanges` tells."""
    changes = sorted(
        reading.parts(row.get("stageChanges")),
        key=lambda one: reading.moment_ms(one.get("updatedAt")) or datetime.min.replace(tzinfo=UTC),
    )
    way = [reading.text(one.get("toStageId")) for one in changes]
    if here is None or len(way) < 2 or way[-1] != here.id or not way[-2]:  # noqa: PLR2004  (from and to)
        return None
    return Stage(id=way[-2])


def source(row: Node, mask: Mask) -> Source | None:
    """Where it came from: the first of its sources, and how it came about."""
    names = reading.texts(row.get("sources"))
    read = Source(name=names[0], kind=reading.text(row.get("origin"))) if names else None
    mask.told("/source", read, row, "sources")
    return read


def job(row: Node, ident: str) -> AtsJob:
    """A posting, which is the job as well."""
    told, secrecy = reading.part(row, "categories"), reading.text(row.get("confidentiality"))
    places = (told.get("location"), *(each for each in reading.texts(told.get("allLocations"))))
    return AtsJob(
        id=ident,
        post=ident,
        requisition=next(iter(reading.texts(row.get("requisitionCodes"))), ""),
        title=reading.text(row.get("text")),
        status=reading.text(row.get("state")).lower(),
        confidential=None if not secrecy else secrecy == "confidential",
        locations=tuple(dict.fromkeys(place for each in places if (place := reading.text(each)))),
        departments=tuple(
            name for key in ("department", "team") if (name := reading.text(told.get(key)))
        ),
        opened_at=reading.moment_ms(row.get("createdAt")),
    )
