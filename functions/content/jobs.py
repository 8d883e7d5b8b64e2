"""`GET /jobs/v1`: the open jobs of every source, for the career site.

Newest first, by filters that all must hold, page by page. Closed jobs are never listed; one that is
asked for by its id is answered 410, so that search engines and old links learn that it is over.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import unquote

from functions.content.flow import Answer, Asked, found, refused
from rapport.domain.event import millis
from rapport.domain.jobs import Job, Remote, job_ref
from rapport.domain.titles import plain, words

PREFIX = "/jobs/v1"
MAX_LISTED = 20_000
USUAL, MAX_PAGE = 20, 100
# How long a copy of the list is shown before somebody asks whether there is another one.
ASKED_AGAIN = timedelta(seconds=10)
# And how long at most, whatever the mark says.
RENEWED = timedelta(hours=1)
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")
_CURSOR = re.compile(r"^([0-9]{1,15})-(.{1,400})$")
_LONGEST_QUERY = 200
_FILTERS = ("category", "country", "remote", "employment", "source")
# In the answer to one job alone: too long for a list.
_WHOLE = ("description",)
_SHOWN = (
    *("id", "title", "category", "department", "location", "places", "city", "country"),
    *("latitude", "longitude", "remote", "employment", "shift", "pay_min", "pay_max", "currency"),
    *("period", "languages", "licences", "seniority", "language", "source", "url", "apply_url"),
    *("opened_at", "updated_at", "closes_at"),
)


class Listed(Protocol):
    """The stored jobs."""

    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        """The newest open jobs of a category, newest first; of all when it is empty."""
        ...

    def jobs_mark(self) -> str:
        """What tells the stored jobs from others."""
        ...

    def job(self, ref: str) -> Job | None:
        """A job by its `job_ref`, open or closed."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Shelved:
    """A job, the words that a search finds it by, and per filter what it is one of, in plain."""

    job: Job
    text: str
    said: Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class _Copy:
    mark: str
    read_at: datetime
    asked_at: datetime
    jobs: tuple["_Shelved", ...]


@dataclass(kw_only=True)
class Jobs:
    """Answers questions about jobs from a copy of the list that is at most 10 s behind."""

    store: Listed
    now: Callable[[], datetime]
    _copy: _Copy | None = field(default=None, init=False)

    def answer(self, asked: Asked) -> Answer:
        """The answer; what the store raises goes through."""
        rest = asked.path.partition(PREFIX)[2].strip("/")
        return self._one(asked, unquote(rest)) if rest else self._list(asked)

    def _one(self, asked: Asked, ident: str) -> Answer:
        job = self.store.job(job_ref(ident))
        if job is None:
            return refused(404, "unknown_job", "There never was such a job.")
        if not job.is_open(self.now()):
            return refused(410, "closed_job", "Nobody can apply for this job any more.")
        return found(asked, _told(job, (*_SHOWN, *_WHOLE)))

    def _list(self, asked: Asked) -> Answer:
        query = asked.query
        limit = query.get("limit", str(USUAL))
        if not _LIMIT.fullmatch(limit) or int(limit) > MAX_PAGE:
            return refused(400, "bad_limit", f"limit is a number from 1 to {MAX_PAGE}.")
        if query.get("remote", "") not in {"", *Remote}:
            return refused(400, "unknown_remote", f"remote is one of {', '.join(Remote)}.")
        after = _after(query["cursor"]) if query.get("cursor") else None
        if query.get("cursor") and after is None:
            return refused(400, "bad_cursor", "cursor is the `next` of an answer.")
        now = self.now()
        wanted = _wanted(query)
        fits = [each.job for each in self._jobs(now) if each.job.is_open(now) and wanted(each)]
        # Behind a job that closed meanwhile the page still begins where it should.
        left = [job for job in fits if after is None or _place(job) < after]
        page = left[: int(limit)]
        more = _cursor(page[-1]) if len(left) > len(page) else ""
        jobs = [_told(job, _SHOWN) for job in page]
        return found(asked, {"jobs": jobs, "total": len(fits), "next": more})

    def _jobs(self, now: datetime) -> tuple[_Shelved, ...]:
        copy = self._copy
        if copy is not None and now - copy.asked_at <= ASKED_AGAIN:
            return copy.jobs
        # Before the jobs: what is stored while they are read has another mark.
        mark = self.store.jobs_mark()
        if copy is not None and mark == copy.mark and now - copy.read_at <= RENEWED:
            jobs, read_at = copy.jobs, copy.read_at
        else:
            listed = self.store.open_jobs("", limit=MAX_LISTED)
            ordered = sorted(listed, key=_place, reverse=True)
            jobs, read_at = tuple(map(_shelved, ordered)), now
        self._copy = _Copy(mark=mark, read_at=read_at, asked_at=now, jobs=jobs)
        return jobs


def _shelved(job: Job) -> _Shelved:
    said = (job.title, job.category, job.department, job.location, *job.places, *job.terms)
    towns = frozenset(plain(place.partition(",")[0]).strip() for place in (job.city, *job.places))
    return _Shelved(
        job=job,
        text=f" {' '.join(word for each in said for word in words(each))}",
        said={"city": towns} | {name: _each(getattr(job, name)) for name in _FILTERS},
    )


def _each(said: str) -> frozenset[str]:
    """The things that are said, with commas between them."""
    return frozenset(plain(each).strip() for each in said.split(","))


def _wanted(query: Mapping[str, str]) -> Callable[[_Shelved], bool]:
    """Whether all filters hold; an empty one is none. Every word of `q` begins one of the job's."""
    begins = [f" {word}" for word in words(query.get("q", "")[:_LONGEST_QUERY])]
    asked = [(n, plain(query[n]).strip()) for n in ("city", *_FILTERS) if query.get(n)]
    language = query.get("language", "").lower()

    def holds(each: _Shelved) -> bool:
        return (
            all(word in each.text for word in begins)
            and all(value in each.said[name] for name, value in asked)
            and _spoken(language, each.job.language.lower())
        )

    return holds


def _spoken(asked: str, said: str) -> bool:
    """`nb` finds `nb-NO`; a job that does not tell its language is in none."""
    return not asked or said == asked or said.startswith(f"{asked}-")


def _told(job: Job, names: tuple[str, ...]) -> dict[str, Any]:
    """What a site may show: neither the requisition nor what is for matching alone."""
    told = {name: getattr(job, name) for name in names}
    return {name: value for name, value in told.items() if value not in (None, "", ())}


def _place(job: Job) -> tuple[int, str]:
    return millis(job.opened_at), job.id


def _cursor(job: Job) -> str:
    at, ident = _place(job)
    return f"{at}-{ident}"


def _after(cursor: str) -> tuple[int, str] | None:
    """The place behind which a page begins; None for what no answer ever named."""
    read = _CURSOR.search(cursor)
    return None if read is None else (int(read[1]), read[2])
