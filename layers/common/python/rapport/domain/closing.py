"""What a fetch of a job board means: which jobs opened, changed, closed, or are missing for now.

A job is closed on evidence alone: its feed says so, its last day is over, or two successful
fetches of the whole feed that lie at least an hour apart did not have it. An empty feed closes
nothing, nor does one in which more than half of the open jobs are gone: that is a fault of the feed
until somebody says otherwise. A fetch that failed never comes here.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from rapport.domain.jobs import Job, job_ref

MISSED_FOR = timedelta(hours=1)
MOST_GONE = 0.5
_MARK_CHARS = 24
# The words that tell a job apart hang on the other jobs; a touch that changed nothing is no change.
_UNTOLD = frozenset({"terms", "updated_at", "closed_at", "dated"})
_TOLD = tuple(sorted(f.name for f in fields(Job) if f.name not in _UNTOLD))


class Change(StrEnum):
    """What became of a job."""

    OPENED = "opened"
    CHANGED = "changed"
    CLOSED = "closed"


class Fault(StrEnum):
    """Why a fetch closes nothing although jobs are gone."""

    EMPTY = "empty"
    SHRUNKEN = "shrunken"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A job as it is stored. `mark` is that of what its feed told, `version` counts from 1.

    `missing` is when a fetch of the whole feed first did not have it.
    """

    job: Job
    mark: str
    version: int
    missing: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A job's next version; without a `change` nobody is told of it."""

    known: Known
    change: Change | None
    at: datetime
    before: Job | None = None

    @property
    def event_id(self) -> str:
        """The same however often it is found out."""
        told = (job_ref(self.known.job.id), str(self.known.version), self.known.mark)
        return f"job_{sha256(' '.join((*told, self.change or '')).encode()).hexdigest()[:32]}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be stored. `missing`: jobs that are missing from now on, or not any more."""

    steps: tuple[Step, ...]
    missing: tuple[Known, ...] = ()
    fault: Fault | None = None

    def counts(self) -> dict[str, int]:
        """How many jobs opened, changed, closed."""
        found = Counter(step.change.value for step in self.steps if step.change)
        return {change.value: found[change.value] for change in Change}


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a job was like from a moment on; without a `change` nobody was told."""

    number: int
    at: datetime
    change: Change | None
    job: Job


@dataclass(frozen=True, kw_only=True)
class BoardState:
    """How a board fared. `problem` is why the last fetch was of no use, empty when it was.

    `succeeded_at`: when it was last read whole. `failures`: fetches of no use since then.
    """

    asked_at: datetime | None = None
    succeeded_at: datetime | None = None
    jobs: int = 0
    failures: int = 0
    problem: str = ""


def mark_of(job: Job) -> str:
    """What tells one version of a job from another."""
    told = [getattr(job, name) for name in _TOLD]
    # When it was first seen is nothing that its feed told.
    told.append(job.opened_at if job.dated else None)
    told[_TOLD.index("opened_at")] = None
    raw = json.dumps(told, ensure_ascii=False, default=str)
    return sha256(raw.encode(errors="replace")).hexdigest()[:_MARK_CHARS]


def plan(
    known: Mapping[str, Known], told: Iterable[Job], now: datetime, *, truth: bool = False
) -> Plan:
    """What follows from a feed that was fetched whole.

    `known`: by id every open job of the source, and of those that are told also the closed ones.
    `truth`: somebody answers for the feed, so what it does not have is closed at once.
    """
    there = {job.id: job for job in told}
    steps = [step for job in there.values() if (step := _step(known.get(job.id), job, now))]
    stepped = {step.known.job.id for step in steps}
    back = [
        replace(each, missing=None)
        for key, each in known.items()
        if key in there and each.missing is not None and key not in stepped
    ]
    opened = [each for each in known.values() if each.job.open]
    gone = [each for each in opened if each.job.id not in there]
    if truth:
        return Plan(steps=(*steps, *(_closed(each, now) for each in gone)), missing=tuple(back))
    fault = None
    if gone and not there:
        fault = Fault.EMPTY
    elif len(gone) > MOST_GONE * len(opened):
        fault = Fault.SHRUNKEN
    if fault is not None:
        return Plan(steps=tuple(steps), missing=tuple(back), fault=fault)
    closed = [_closed(each, now) for each in gone if _missed(each, now)]
    missing = [replace(each, missing=now) for each in gone if each.missing is None]
    return Plan(steps=(*steps, *closed), missing=(*back, *missing))


def _missed(known: Known, now: datetime) -> bool:
    return known.missing is not None and now - known.missing >= MISSED_FOR


def _closed(known: Known, now: datetime) -> Step:
    job = replace(known.job, open=False, closed_at=now)
    after = Known(job=job, mark=known.mark, version=known.version + 1)
    return Step(known=after, change=Change.CLOSED, at=now, before=known.job)


def _step(known: Known | None, job: Job, now: datetime) -> Step | None:
    """What a job that is told makes of what was known of it; None for nothing."""
    mark, is_open = mark_of(job), job.is_open(now)
    if known is None:
        change = Change.OPENED if is_open else None
        return Step(known=_after(job, mark, 1, None, now), change=change, at=now)
    was = known.job
    if not job.dated:
        job = replace(job, opened_at=was.opened_at)
    if was.open != is_open:
        change = Change.OPENED if is_open else Change.CLOSED
    elif mark == known.mark:
        return None
    else:
        change = Change.CHANGED if is_open else None
    after = _after(job, mark, known.version + 1, was.closed_at, now)
    return Step(known=after, change=change, at=now, before=was)


def _after(job: Job, mark: str, version: int, closed_at: datetime | None, now: datetime) -> Known:
    if job.is_open(now):
        return Known(job=job, mark=mark, version=version)
    closed = replace(job, open=False, closed_at=closed_at or now)
    return Known(job=closed, mark=mark, version=version)
