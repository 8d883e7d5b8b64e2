"""The employer's public job boards, each read whole every hour.

1. All pages are fetched and read, or none: what is torn, cut off, ill-formed or refused is a
   problem that is written down, and changes no job.
2. What the fetch means is judged (`rapport.domain.closing`) and stored.
3. The facts that came of it are put on the bus, with those that a crash left untold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from functions.sync.pulls import Came, Result
from rapport.ats import Connections
from rapport.bundle import Board, Bundle
from rapport.domain.closing import BoardState, Plan, plan
from rapport.domain.event import Json
from rapport.domain.jobs import Job, JobFact
from rapport.errors import MisconfiguredError, PoisonError, RetryableError
from rapport.feeds import boards as feeds
from rapport.feeds import jsonld, smartrecruiters
from rapport.feeds.reading import FeedError, Page, together, with_terms
from rapport.pulls import Work

ALL, ONE = "boards", "board"
# Of one board; a sitemap with more is not read whole, and so says nothing.
MAX_PAGES: Final = 500
MAX_PROBLEM: Final = 300
AGENT: Final = "rapport"
_OK, _CLIENT_ERROR, _SERVER_ERROR = 200, 400, 500
_GONE = frozenset({404, 410})
_TOLD_AT_ONCE: Final = 100


class Reply(Protocol):
    """What a site answers."""

    @property
    def status(self) -> int:
        """The status."""
        ...

    @property
    def body(self) -> bytes:
        """The body, unpacked."""
        ...


class Web(Protocol):
    """Whoever fetches. RetryableError when a site is out of reach or its answer is torn."""

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """GET."""
        ...


@dataclass(frozen=True, kw_only=True)
class Boards:
    """Reads the boards of the live bundle. `jobs` keeps what they tell."""

    bundle: Callable[[], Bundle]
    jobs: feeds.Boards
    bus: feeds.JobBus
    web: Web
    connections: Connections
    work: Work
    now: Callable[[], datetime]

    def all(self, _message: Mapping[str, Json], until: datetime) -> Result:
        """Have each board read by a message of its own; tell what is still untold."""
        for board in self.bundle().boards:
            self.work.put({"do": ONE, "source": board.source})
        return Result(came=Came.QUEUED, figures=self._tell(until))

    def one(self, message: Mapping[str, Json], until: datetime) -> Result:
        """Read one board; PoisonError for a message that names none.

        `accept`: somebody says that it rightly shrank; what it does not have is closed at once.
        """
        source = message.get("source")
        if not isinstance(source, str):
            msg = "this message has no source"
            raise PoisonError(msg)
        board = next((each for each in self.bundle().boards if each.source == source), None)
        before = None if board is None else self.jobs.lease(source, self.now())
        if board is None or before is None:
            return Result(came=Came.DONE)
        came = self._read(board, before, until, accept=message.get("accept") is True)
        return Result(came=Came.FETCHED, figures=came | self._tell(until))

    def _read(
        self, board: Board, before: BoardState, until: datetime, *, accept: bool
    ) -> dict[str, int]:
        now = self.now()
        try:
            found = self._fetched(board, until)
        except (FeedError, RetryableError, MisconfiguredError) as failed:
            problem = " ".join(str(failed).split())[:MAX_PROBLEM] or type(failed).__name__
            self._leave(board, before, now, problem=problem)
            return {"BoardsFailed": 1}
        known, told = self.jobs.known(board.source, found)
        meant = plan(known, told, now, truth=accept)
        self.jobs.store(_worded(meant, told))
        problem = "" if meant.fault is None else meant.fault.value
        self._leave(board, before, now, problem=problem, jobs=len(told))
        return {f"Jobs{name.capitalize()}": n for name, n in meant.counts().items() if n} | (
            {"BoardsFailed": 1} if problem else {}
        )

    def _leave(
        self, board: Board, before: BoardState, now: datetime, *, problem: str, jobs: int = 0
    ) -> None:
        if problem:
            failures = before.failures + 1
            after = replace(before, asked_at=now, failures=failures, problem=problem)
        else:
            after = BoardState(asked_at=now, succeeded_at=now, jobs=jobs)
        self.jobs.leave(board.source, after)

    def _fetched(self, board: Board, until: datetime) -> list[Job]:
        """All jobs of a board; FeedError or RetryableError unless it was read whole."""
        kind = feeds.KINDS[board.kind]
        url = board.url if kind.address is None else kind.address(board.name, board.url)
        headers = self._key(board)
        if kind.guarded and not headers:
            self._welcome(url)
        jobs: list[Job] = []
        total = None
        for page in self._pages(board.kind, url, headers, until):
            jobs += page.jobs
            total = page.total if page.total is not None else total
        if total is not None and len(jobs) < total:
            msg = f"It says to have {total} jobs and shows {len(jobs)}."
            raise FeedError(msg)
        return [replace(job, language=job.language or board.language) for job in together(jobs)]

    def _pages(
        self, kind: str, url: str, headers: Mapping[str, str], until: datetime
    ) -> Iterator[Page]:
        """Page after page, or those that a sitemap names."""
        waiting, asked = [url], 0
        while waiting:
            asked += 1
            if asked > MAX_PAGES or self.now() >= until:
                msg = f"It has more pages than are read at once; {asked - 1} were."
                raise FeedError(msg)
            here = waiting.pop(0)
            reply = self.web.get(here, headers)
            if asked > 1 and kind == "jsonld" and reply.status in _GONE:
                # Sitemaps name pages for a while after they are gone.
                continue
            if reply.status != _OK:
                msg = f"HTTP {reply.status}"
                raise FeedError(msg)
            named = jsonld.sitemap(reply.body) if kind == "jsonld" else None
            if named is not None:
                waiting += [each for each in named if _same_host(each, url)]
                continue
            page = feeds.KINDS[kind].parse(reply.body, url=here, seen=self.now())
            yield page
            if page.more:
                waiting.append(page.more)

    def _key(self, board: Board) -> dict[str, str]:
        """The header with the customer's own key, for a board that names a connection."""
        if not board.connection:
            return {}
        connection = self.connections.get(board.connection)
        key = "" if connection is None else connection.api.get("key", "")
        if not key:
            msg = f"The connection {board.connection} has no key; its board is not read."
            raise MisconfiguredError(msg)
        return {smartrecruiters.KEY_HEADER: key}

    def _welcome(self, url: str) -> None:
        """FeedError when the host's robots.txt shuts us out or is out of reach (RFC 9309)."""
        from urllib.robotparser import RobotFileParser

        parts = urlsplit(url)
        reply = self.web.get(urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", "")))
        if _CLIENT_ERROR <= reply.status < _SERVER_ERROR:
            return
        if reply.status != _OK:
            msg = f"robots.txt cannot be read: HTTP {reply.status}"
            raise FeedError(msg)
        robots = RobotFileParser()
        robots.parse(reply.body.decode("utf-8", errors="replace").splitlines())
        if not robots.can_fetch(AGENT, url):
            msg = (
                "robots.txt of its host shuts out whoever has no key; name a `connection` with one."
            )
            raise FeedError(msg)

    def _tell(self, until: datetime) -> dict[str, int]:
        """Put what is untold on the bus; what it does not take is told the next time."""
        facts, told = self.jobs.untold(), 0
        for start in range(0, len(facts), _TOLD_AT_ONCE):
            if self.now() >= until:
                break
            taken = self._taken(facts[start : start + _TOLD_AT_ONCE])
            self.jobs.told(taken)
            told += len(taken)
        left = len(facts) - told
        return {"JobFactsUntold": left} if left else {}

    def _taken(self, facts: Sequence[JobFact]) -> list[JobFact]:
        taken = self.bus.publish_jobs(facts)
        return [fact for fact, was in zip(facts, taken, strict=True) if was]


def _worded(meant: Plan, told: Sequence[Job]) -> Plan:
    """The plan with the words that tell each job apart from all the others."""
    if not meant.steps:
        return meant
    terms = {job.id: job.terms for job in with_terms(told)}
    steps = []
    for step in meant.steps:
        job = step.known.job
        worded = replace(job, terms=terms.get(job.id, job.terms))
        steps.append(replace(step, known=replace(step.known, job=worded)))
    return replace(meant, steps=tuple(steps))


def _same_host(url: str, other: str) -> bool:
    one, two = urlsplit(url), urlsplit(other)
    return (one.scheme, one.netloc) == (two.scheme, two.netloc)
