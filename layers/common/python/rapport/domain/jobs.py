"""Jobs as candidates meet them: how a job is named in keys, and how far an application has come.

A `Job` is what the employer's feed says of one. An `Application` is what the three application
events of one job add up to, in any order and with any repeats: the earliest start, the furthest
step, the earliest submission.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import cast

from rapport.domain import names
from rapport.domain.event import Event, Json, from_millis, millis
from rapport.domain.statements import clock_of, is_bot, moment_in, section, text_of, whole

MAX_STEP = 999
_PLAIN_JOB = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH_CHARS = 32


class Remote(StrEnum):
    """Whether a job can be done from home."""

    NO = "no"
    HYBRID = "hybrid"
    YES = "yes"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A requisition that is or was open to applications.

    `location` is the place as people read it; `city` and `country` (ISO 3166 alpha-2, empty: not
    told), `latitude` and `longitude` (degrees) are the place for computing. `employment` is one of
    `full-time`, `part-time`, `temporary`, `internship` …, `pay_min` and `pay_max` are per `period`
    (hour, day, week, month or year) in `currency`. `languages` and `licences` are those that the
    job asks for, in the feed's words. `terms` are the words that tell its description apart.

    `id` is unique in the deployment, `source` names the feed (empty: a file that was loaded by
    hand), `internal` is the requisition in the ATS. `places` are all of them as people read them,
    the first is `location`. `language` is the tag of what the job is told in. `description` is
    plain text of at most 4 000 characters; lists of jobs leave it out. A feed that does not tell
    when a job opened is not `dated`: the job then opened when it was first seen.
    """

    id: str
    title: str
    category: str
    location: str
    url: str
    opened_at: datetime
    open: bool = True
    closes_at: datetime | None = None
    city: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    remote: Remote = Remote.NO
    employment: str = ""
    shift: str = ""
    pay_min: int | None = None
    pay_max: int | None = None
    currency: str = ""
    period: str = ""
    languages: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    seniority: str = ""
    terms: tuple[str, ...] = ()
    source: str = ""
    internal: str = ""
    department: str = ""
    language: str = ""
    places: tuple[str, ...] = ()
    apply_url: str = ""
    description: str = ""
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    dated: bool = True

    def is_open(self, now: datetime) -> bool:
        """Whether somebody can apply for it now."""
        return self.open and (self.closes_at is None or now < self.closes_at)


@dataclass(frozen=True, kw_only=True)
class JobFact:
    """That a job opened, changed or closed; `change` says which. `event_id` is always the same."""

    change: str
    event_id: str
    job: Job
    version: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Application:
    """How far somebody has come in applying for one job; `step` 0: no step is known."""

    started: datetime | None = None
    step: int = 0
    submitted: datetime | None = None

    def __or__(self, other: "Application") -> "Application":
        """Both together; the order does not matter."""
        return Application(
            started=_earlier(self.started, other.started),
            step=max(self.step, other.step),
            submitted=_earlier(self.submitted, other.submitted),
        )


def job_ref(raw: Json) -> str:
    """How a job is named in profiles, facts and occurrences; empty when `raw` names none.

    Names stand in clear there. One that could be more than an id is replaced by a hash of it;
    the ref of a ref is itself.
    """
    if isinstance(raw, str):
        # Half a surrogate pair is legal in JSON and has no bytes to hash.
        name = raw.encode(errors="replace").decode().strip()
    else:
        name = text_of({"": whole(raw)}, "")
    if not name or _PLAIN_JOB.fullmatch(name):
        return name
    return f"h_{sha256(name.encode()).hexdigest()[:_HASH_CHARS]}"


def application_of(event: Event) -> tuple[str, Application] | None:
    """The job that an event is an application for, and how far it shows it to be.

    A completed step is a sign that the application was started, if that event is missing. What an
    applicant tracking system has was submitted.
    """
    properties = section(event.body, "properties")
    job = job_ref(properties.get("job_id"))
    if not job or is_bot(event):
        return None
    match event.type:
        case names.APPLICATION_STARTED:
            return job, Application(started=event.at)
        case names.APPLICATION_STEP_COMPLETED:
            return job, Application(started=event.at, step=_step(properties.get("step")))
        case names.APPLICATION_SUBMITTED:
            return job, Application(submitted=event.at)
        case names.APPLICATION_RECEIVED if (applied := applied_at(event)) is not None:
            return job, Application(submitted=applied)
    return None


def applied_at(event: Event) -> datetime | None:
    """When somebody applied, if an event of an ATS tells that; a prospect did not apply."""
    told = section(event.body, "properties")
    if told.get("prospect") is True:
        return None
    at = moment_in(told, "applied_at")
    return clock_of(event) if at is None and event.type == names.APPLICATION_RECEIVED else at


def applications_to_json(applications: Mapping[str, Application]) -> dict[str, Json]:
    """Per job `[started, step, submitted]`, times in ms; the end that is not known is left out."""
    raw: dict[str, Json] = {}
    for job, application in applications.items():
        submitted = application.submitted
        row: list[Json] = [None if application.started is None else millis(application.started)]
        if application.step or submitted is not None:
            row.append(application.step)
        if submitted is not None:
            row.append(millis(submitted))
        raw[job] = row
    return raw


def applications_from_json(raw: Json) -> dict[str, Application]:
    """The inverse of `applications_to_json`."""
    found = {}
    for job, row in cast("dict[str, list[int | None]]", raw).items():
        started, step, submitted = [*row, None, None][:3]
        found[job] = Application(
            started=None if started is None else from_millis(started),
            step=step or 0,
            submitted=None if submitted is None else from_millis(submitted),
        )
    return found


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _step(raw: Json) -> int:
    """A step from 1 on, as a number or in digits; 0 for anything else."""
    digits = text_of({"": whole(raw)}, "")
    step = int(digits) if digits.isascii() and digits.isdigit() else 0
    return step if 1 <= step <= MAX_STEP else 0
