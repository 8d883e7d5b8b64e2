"""What stands in the objects of Huntflow's bodies: applicants, vacancies, entries of a log."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from rapport.adapters.ats import reading
from rapport.adapters.ats.reading import Mask, Node
from rapport.domain.ats import Actor, AtsCandidate, AtsJob, Contact, Reason, Stage
from rapport.domain.event import Json

_REFUSED = "declined"
_CANDIDATE: Mapping[str, str] = {
    "first_name": "first",
    "last_name": "last",
    "position": "headline",
    "email": "emails",
    "phone": "phones",
}


def candidate(
    node: Node, tagged: Node, mask: Mask, *, refused: bool, custom: Iterable[str]
) -> AtsCandidate:
    """An applicant, and the tags that stand beside; `custom`: slugs of the fields to keep.

    `refused`: they do not want that their data is kept, so they want no mail.
    """
    values, tags = reading.part(node, "values"), reading.parts(tagged.get("applicant_tags"))
    kept = {slug: said for slug in custom if (said := _value(values, slug))}
    read = AtsCandidate(
        id=reading.text(node.get("id")),
        first=reading.text(node.get("first_name")),
        last=reading.text(node.get("last_name")),
        headline=reading.text(node.get("position")),
        emails=_contacts(node.get("email")),
        phones=_contacts(node.get("phone")),
        tags=reading.texts([tag.get("name") for tag in tags]),
        can_email=False if refused else None,
        custom=kept,
    )
    mask.fields("/candidate", read, node, _CANDIDATE)
    mask.told("/candidate/tags", read.tags, tagged, "applicant_tags")
    mask.pointers.update(["/candidate/custom"] if kept else [])
    mask.pointers.update(["/candidate/can_email"] if refused else [])
    return read


def refused(*agreements: Node) -> bool:
    """Whether they said no to that their data is kept. A yes to that is no yes to mail."""
    return any(reading.text(each.get("state")).lower() == _REFUSED for each in agreements)


def job(node: Node, *, closed_at: datetime | None = None) -> AtsJob:
    """A vacancy. Its day of creation has no time."""
    status = reading.text(node.get("state")).lower()
    departments = (
        reading.text(reading.part(node, "account_division").get("name")),
        reading.text(node.get("company")),
    )
    return AtsJob(
        id=reading.text(node.get("id")),
        title=reading.text(node.get("position")),
        status=status,
        confidential=reading.flag(node.get("hidden")),
        locations=reading.texts([reading.part(node, "account_region").get("name")]),
        departments=reading.texts(list(departments))[:1],
        opened_at=reading.moment(node.get("created")),
        closed_at=closed_at if status == "closed" else None,
    )


def interview(log: Node) -> Mapping[str, str]:
    """What is kept of an appointment: not who comes, not where, not what is written of it."""
    node = reading.part(log, "calendar_event")
    return {
        "what": reading.text(node.get("event_type")) or "interview",
        "id": reading.text(node.get("id")),
        "status": reading.text(node.get("status")).lower(),
        "start": reading.text(node.get("start")),
    }


def stage(log: Node) -> Stage | None:
    """Where a candidacy is, so far as an entry of the log names it."""
    node = reading.part(log, "status")
    ident = reading.text(node.get("id"))
    if not ident:
        return None
    return Stage(id=ident, name=reading.text(node.get("name")), kind=reading.text(node.get("type")))


def reason(log: Node) -> Reason | None:
    """Why a candidacy ended; who wanted it so is not said."""
    node = reading.part(log, "rejection_reason")
    ident, name = reading.text(node.get("id")), reading.text(node.get("name"))
    return Reason(id=ident, text=name) if ident or name else None


def actor(meta: Node) -> Actor | None:
    """Who did it."""
    node = reading.part(meta, "author")
    ident = reading.text(node.get("id"))
    if not ident:
        return None
    return Actor(
        id=ident,
        name=reading.text(node.get("name")),
        email=reading.text(node.get("email")),
        kind="user",
    )


def _value(values: Node, slug: str) -> str:
    """A field of the employer's own: a text, or an entry of a list, by its name."""
    value = values.get(slug)
    return reading.text(reading.part(value).get("name") if isinstance(value, dict) else value)


def _contacts(value: Json) -> tuple[Contact, ...]:
    found = reading.contact(value, primary=True)
    return (found,) if found else ()
