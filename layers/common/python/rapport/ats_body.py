"""The bodies of what an applicant tracking system told, as they stand in the log.

`traits` and `context.externalIds` say who it is, as in an identify call; `properties` say what
happened, in the form of `rapport.ats_events`. What was not told is left out; what is told and empty
is null. Salaries, attachments, tags and what recruiters note of somebody are not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport.ats import Connection
from rapport.domain.ats import AtsCandidate, AtsEvent, Contact
from rapport.domain.event import Json, millis
from rapport.domain.identifiers import Namespace, Ref, identifier

_EMAILS, _PHONES = "/candidate/emails", "/candidate/phones"
_WORK = "work"
# Where a trait is told → what it is called in the log.
_TEXTS: Mapping[str, str] = {
    "first": "first_name",
    "last": "last_name",
    "full": "name",
    "headline": "headline",
    "location": "city",
    "country": "country",
}
_MAX_CONTACTS = 16
# Of so many links one may be the profile that is looked for.
_MAX_LINKS = 64
# The longest text of a custom field that is kept, in characters, and how many fields.
_CUSTOM_CHARS = 1000
_MAX_CUSTOM = 32


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an application stands: the ATS's id of the stage, and what playbooks call it.

    `before` is where it came from, `source` who knows that: `vendor`, `derived`, `unknown`.
    """

    id: str = ""
    name: str = ""
    stage: str = ""
    before: str = ""
    before_name: str = ""
    source: str = ""


def key_of(ref: Ref) -> str:
    """How a profile names a candidate or an application: the 22 characters of its ref."""
    return ref.partition("#")[2]


def candidate_ids(candidate: AtsCandidate | None) -> tuple[str, ...]:
    """The ids by which a candidate is known, the ATS's own first, then those of a merge."""
    if candidate is None:
        return ()
    contact = f"contact/{candidate.contact}" if candidate.contact else ""
    ids = (candidate.id, contact, candidate.merged_into)
    return tuple(dict.fromkeys(each for each in ids if each))


def body(
    connection: Connection, event: AtsEvent, properties: Mapping[str, Json]
) -> dict[str, Json]:
    """The body of one log event about a candidate."""
    ids: list[Json] = [
        {"type": f"ats:{connection.kind}", "id": each} for each in candidate_ids(event.candidate)
    ]
    traits = traits_of(connection, event)
    return {
        **({"traits": traits} if traits else {}),
        **({"context": {"externalIds": ids}} if ids else {}),
        "properties": dict(properties),
    }


def traits_of(connection: Connection, event: AtsEvent) -> dict[str, Json]:
    """Who the candidate is, as far as it was told. Addresses: the best to write to first."""
    who = event.candidate
    if who is None:
        return {}
    traits: dict[str, Json] = {
        name: getattr(who, field) or None
        for field, name in _TEXTS.items()
        if event.says(f"/candidate/{field}")
    }
    if event.says(_EMAILS):
        traits["emails"] = [*_values(who.emails)] or None
    if event.says(_PHONES):
        traits["phones"] = [*_values(who.phones)] or None
    if event.says("/candidate/links"):
        found = (link for link in who.links[:_MAX_LINKS] if identifier(Namespace.LINKEDIN, link))
        traits["linkedin"] = next(found, None)
    custom: dict[str, Json] = {
        slug: who.custom[slug][:_CUSTOM_CHARS]
        for slug in connection.custom_fields[:_MAX_CUSTOM]
        if slug in who.custom
    }
    return {**traits, **({"custom": custom} if custom else {})}


def emails_of(event: AtsEvent) -> tuple[str, ...]:
    """The candidate's addresses as they were typed, the best to write to first."""
    return () if event.candidate is None else _values(event.candidate.emails)


def _values(contacts: tuple[Contact, ...]) -> tuple[str, ...]:
    """The one marked as the main one first; private ones before those of an employer."""
    best = sorted(contacts, key=lambda each: (not each.primary, each.kind.lower() == _WORK))
    values = (each.value.strip() for each in best)
    return tuple(dict.fromkeys(value for value in values if value))[:_MAX_CONTACTS]


def of_event(
    connection: Connection, event: AtsEvent, *, clock: datetime | None, pulled: bool
) -> dict[str, Json]:
    """What every event carries. `clock` is the time told, never in the future."""
    who = event.candidate
    said: dict[str, Json] = {
        "connection": connection.name,
        "vendor": connection.vendor,
        "vendor_event": event.vendor_event,
        "told": event.told.value,
    }
    if clock is not None:
        said["clock"] = millis(clock)
    if pulled:
        said["pulled"] = True
    if who is not None and who.can_email is not None:
        said["can_email"] = who.can_email
    if (
        who is not None
        and who.private is not None
        and not (who.private and connection.mail_private)
    ):
        said["private"] = who.private
    return said


def of_application(event: AtsEvent, application: Ref, place: Place) -> dict[str, Json]:
    """What every event of an application carries, besides."""
    told = event.application
    job = event.jobs[0] if event.jobs else None
    texts = {
        "application": key_of(application),
        "application_id": "" if told is None else told.id,
        "job_id": "" if job is None else job.post or job.id,
        "requisition": "" if job is None else job.id,
        "title": "" if job is None else job.title,
        "category": "" if job is None else next(iter(job.departments), ""),
        "status": "" if told is None or told.status is None else told.status.value,
        "stage": place.stage,
        "stage_id": place.id,
        "stage_name": place.name,
        "from_id": place.before,
        "from_name": place.before_name,
        "from_source": place.source,
        "reason": "" if told is None or told.reason is None else told.reason.text,
        "reason_by": "" if told is None or told.reason is None else told.reason.by,
        "came_from": "" if event.source is None else event.source.name,
    }
    said: dict[str, Json] = {name: text for name, text in texts.items() if text}
    if told is not None and told.prospect:
        said["prospect"] = True
    if told is not None and told.applied_at is not None:
        said["applied_at"] = millis(told.applied_at)
    return said
