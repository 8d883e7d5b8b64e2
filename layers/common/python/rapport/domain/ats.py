"""What applicant tracking systems tell, in one form: the canonical event.

An adapter (`rapport.adapters.ats`) makes these of a vendor's delivery or of a page of its API; from
there on nobody asks which vendor it was. Ids are text, whatever the vendor writes.

Absent is not null is not empty: `present` lists the JSON pointers of what was really carried
(`/candidate/emails`, `/application/status`, `/stage` …, named as the fields here). What is not
listed there says nothing and never overwrites; what is listed and empty says that there is none.

Order: `clock` is the vendor's own time of the change, the only thing by which two tellings of one
entity are compared. Where a vendor sends none, the adapter takes the latest time that the body
holds (the body cannot be older) and sets `needs_refetch`; None when there is no time in it at all,
or none that has to do with it (what is left of a merged candidate tells their first day alone).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What happened."""

    CANDIDATE_CREATED = "candidate.created"
    CANDIDATE_UPDATED = "candidate.updated"
    CANDIDATE_MERGED = "candidate.merged"
    CANDIDATE_DELETED = "candidate.deleted"
    CANDIDATE_ANONYMIZED = "candidate.anonymized"
    APPLICATION_CREATED = "application.created"
    APPLICATION_UPDATED = "application.updated"
    APPLICATION_STAGE_CHANGED = "application.stage_changed"
    APPLICATION_REJECTED = "application.rejected"
    APPLICATION_WITHDRAWN = "application.withdrawn"
    APPLICATION_HIRED = "application.hired"
    APPLICATION_UNHIRED = "application.unhired"
    APPLICATION_REOPENED = "application.reopened"
    APPLICATION_DELETED = "application.deleted"
    JOB_CREATED = "job.created"
    JOB_UPDATED = "job.updated"
    JOB_CLOSED = "job.closed"
    JOB_DELETED = "job.deleted"
    POST_PUBLISHED = "job_post.published"
    POST_UPDATED = "job_post.updated"
    POST_UNPUBLISHED = "job_post.unpublished"
    POST_DELETED = "job_post.deleted"
    OFFER = "offer.changed"
    INTERVIEW = "interview.changed"
    PING = "connection.ping"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """How an application stands."""

    ACTIVE = "active"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    HIRED = "hired"
    ARCHIVED = "archived"
    DELETED = "deleted"


class Speaks(StrEnum):
    """Who writes to the candidate about a transition."""

    ATS = "ats"
    RAPPORT = "rapport"
    BOTH = "both"


class Told(StrEnum):
    """Where the time of an event was taken from."""

    VENDOR_EVENT = "vendor_event"
    ENTITY_UPDATED = "entity_updated"
    RECEIVED = "received"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """An e-mail address or telephone number as the vendor has it; `kind` is the vendor's word."""

    value: str
    kind: str = ""
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class AtsCandidate:
    """A candidate. `id` is the vendor's; `contact` the person behind several candidacies (Lever).

    `merged_into` is the id that goes on living, on CANDIDATE_MERGED; `id` is the one that ended.
    `location` is text as people write it, `country` ISO 3166 alpha-2 where the vendor says so.
    """

    id: str = ""
    contact: str = ""
    external: str = ""
    first: str = ""
    last: str = ""
    full: str = ""
    headline: str = ""
    emails: tuple[Contact, ...] = ()
    phones: tuple[Contact, ...] = ()
    links: tuple[str, ...] = ()
    location: str = ""
    country: str = ""
    tags: tuple[str, ...] = ()
    private: bool | None = None
    can_email: bool | None = None
    merged_into: str = ""
    anonymized_fields: tuple[str, ...] = ()
    # Slug → text. Only those that the connection lists are kept.
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of a hiring process, by the vendor's id; people rename stages."""

    id: str
    name: str = ""
    kind: str = ""
    order: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why an application ended; `by` is `org`, `candidate`, `other` or empty."""

    id: str = ""
    text: str = ""
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class AtsApplication:
    """One candidacy. `also` are other ids that lead to it (Lever's `candidateId`).

    `deleted` are the applications that ended with their candidate.
    """

    id: str = ""
    also: tuple[str, ...] = ()
    status: Status | None = None
    prospect: bool | None = None
    applied_at: datetime | None = None
    rejected_at: datetime | None = None
    hired_at: datetime | None = None
    reason: Reason | None = None
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AtsJob:
    """A job of an application, or one that the event is about. `id` is the requisition's.

    `post` is the id of what is advertised, which the career site knows; `url` is where people read
    of it and apply.
    """

    id: str = ""
    post: str = ""
    requisition: str = ""
    url: str = ""
    title: str = ""
    status: str = ""
    confidential: bool | None = None
    locations: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the ATS says that the application came from."""

    id: str = ""
    name: str = ""
    kind: str = ""
    credited_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who did it; `kind` is `user`, `system`, `candidate` or empty."""

    id: str = ""
    name: str = ""
    email: str = ""
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class AtsEvent:
    """One canonical event; see the module. `vendor_event` is the vendor's own word for it.

    `stage` is where the application is (on a transition: where it went), `from_stage` where the
    vendor says that it came from. `notes` is what OFFER and INTERVIEW say, for the timeline.
    """

    kind: Kind
    vendor_event: str
    vendor_event_id: str = ""
    clock: datetime | None = None
    told: Told = Told.RECEIVED
    candidate: AtsCandidate | None = None
    application: AtsApplication | None = None
    jobs: tuple[AtsJob, ...] = ()
    stage: Stage | None = None
    from_stage: Stage | None = None
    source: Source | None = None
    actor: Actor | None = None
    present: frozenset[str] = frozenset()
    needs_refetch: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)

    def says(self, pointer: str) -> bool:
        """Whether it carries that, be it empty."""
        return pointer in self.present
