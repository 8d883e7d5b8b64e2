"""Job boards for tests: a store in memory, sites that answer as told, a bus that may be away."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from functions.sync.boards import Boards
from functions.sync.pulls import Result
from rapport.adapters.http import Answer
from rapport.ats import Connection
from rapport.bundle import Board, Bundle
from rapport.domain.closing import BoardState, Known, Plan, Step
from rapport.domain.event import Json
from rapport.domain.jobs import Job, JobFact, job_ref
from rapport.errors import ConflictError, RetryableError
from rapport.feeds.boards import Boards as Store
from tests.support.fakes import Clock
from tests.support.mailroom import shipped

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Killed(Exception):  # noqa: N818  (nobody may catch it)
    """The worker died here."""


@dataclass
class FakeJobs:
    """The port `Boards` in memory."""

    jobs: dict[str, Known] = field(default_factory=dict)
    waiting: dict[str, JobFact] = field(default_factory=dict)
    boards: dict[str, BoardState] = field(default_factory=dict)
    # Called once between reading and writing, to let somebody else in.
    before_move: Callable[[], None] | None = None

    def lease(self, source: str, now: datetime) -> BoardState | None:
        return self.boards.get(source, BoardState())

    def leave(self, source: str, state: BoardState) -> None:
        self.boards[source] = state

    def known(self, source: str, told: Sequence[Job]) -> tuple[dict[str, Known], list[Job]]:
        def named(job: Job) -> str:
            taken = self.jobs.get(job.id)
            return job.id if taken is None or taken.job.source == source else f"{source}.{job.id}"

        mine = {key: each for key, each in self.jobs.items() if each.job.source == source}
        return mine, [replace(job, id=named(job), source=source) for job in told]

    def store(self, plan: Plan) -> None:
        for step in plan.steps:
            known = step.known
            self.jobs[known.job.id] = known
            if step.change is not None:
                self.waiting[step.event_id] = JobFact(
                    change=step.change.value,
                    event_id=step.event_id,
                    job=known.job,
                    version=known.version,
                    at=step.at,
                )
        self.jobs |= {known.job.id: known for known in plan.missing}

    def untold(self) -> list[JobFact]:
        return list(self.waiting.values())

    def told(self, facts: Sequence[JobFact]) -> None:
        for fact in facts:
            del self.waiting[fact.event_id]

    # As an ATS changes them.
    def told_of(self, ids: Iterable[str]) -> Mapping[str, Known]:
        return {ident: self.jobs[ident] for ident in ids if ident in self.jobs}

    def of_requisitions(
        self, sources: Sequence[str], requisitions: Collection[str]
    ) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for job in self.open_jobs("", limit=len(self.jobs)):
            if job.source in sources and job.internal in requisitions:
                found.setdefault(job.internal, []).append(job.id)
        return found

    def move(self, step: Step, *, before: int) -> None:
        if self.before_move is not None:
            meanwhile, self.before_move = self.before_move, None
            meanwhile()
        held = self.jobs.get(step.known.job.id)
        if (held.version if held else 0) != before:
            msg = "somebody else wrote the job"
            raise ConflictError(msg)
        self.store(Plan(steps=(step,)))

    # As the career site and mails read them.
    def open_jobs(self, category: str, *, limit: int) -> list[Job]:
        found = [k.job for k in self.jobs.values() if k.job.open]
        return [job for job in found if category in {"", job.category}][:limit]

    def job(self, ref: str) -> Job | None:
        return next((k.job for key, k in self.jobs.items() if job_ref(key) == ref), None)


@dataclass
class FakeJobBus:
    """The bus: what was put on it, by event id; while it is `away` it takes nothing."""

    taken: list[JobFact] = field(default_factory=list)
    away: bool = False
    dies: bool = False

    def publish_jobs(self, facts: Sequence[JobFact]) -> list[bool]:
        if self.dies:
            raise Killed
        if self.away:
            return [False] * len(facts)
        self.taken += facts
        return [True] * len(facts)

    def told(self) -> list[tuple[str, str]]:
        """Change and job of each fact, repeats once."""
        return [*{fact.event_id: (fact.change, fact.job.id) for fact in self.taken}.values()]


@dataclass
class FakeWeb:
    """Sites: what each address answers; a status alone, or a body. What is not there is 404."""

    pages: dict[str, int | bytes | Exception] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        self.asked.append((url, headers or {}))
        found = self.pages.get(url, 404)
        if isinstance(found, Exception):
            raise found
        return Answer(status=found) if isinstance(found, int) else Answer(status=200, body=found)


@dataclass
class FakeConnections:
    """Connections with a key."""

    keys: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, *, fresh: bool = False) -> Connection | None:
        key = self.keys.get(name)
        return None if key is None else Connection(name=name, vendor="x", api={"key": key})

    def names(self) -> Sequence[str]:
        return sorted(self.keys)


@dataclass
class FakeWork:
    """The queue."""

    messages: list[Mapping[str, Json]] = field(default_factory=list)

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        self.messages.append(message)


@dataclass(kw_only=True)
class Hall:
    """Boards that are read by a clock that tests turn."""

    store: Store = field(default_factory=FakeJobs)
    web: FakeWeb = field(default_factory=FakeWeb)
    bus: FakeJobBus = field(default_factory=FakeJobBus)
    clock: Clock = field(default_factory=lambda: Clock(START))
    work: FakeWork = field(default_factory=FakeWork)
    keys: dict[str, str] = field(default_factory=dict)
    boards: tuple[Board, ...] = (Board(source="careers", kind="greenhouse", name="halden"),)

    @property
    def flow(self) -> Boards:
        def bundle() -> Bundle:
            import msgspec

            return msgspec.structs.replace(shipped(), boards=self.boards)

        return Boards(
            bundle=bundle,
            jobs=self.store,
            bus=self.bus,
            web=self.web,
            connections=FakeConnections(self.keys),
            work=self.work,
            now=self.clock,
        )

    def read(
        self, answer: int | bytes | Exception, *, source: str = "careers", accept: bool = False
    ) -> Result:
        """Have the board answer that, an hour after the last time."""
        board = next(each for each in self.boards if each.source == source)
        url = f"https://boards-api.greenhouse.io/v1/boards/{board.name}/jobs?content=true"
        self.web.pages[url] = answer
        self.clock.moment += HOUR
        message: dict[str, Json] = {"do": "board", "source": source, "accept": accept}
        return self.flow.one(message, self.clock.moment + HOUR)

    def killed(self, work: Callable[[], object]) -> bool:
        """Whether the worker dies at it."""
        try:
            work()
        except Killed:
            return True
        return False


def outages() -> Iterator[int | bytes | Exception]:
    """All the ways in which a board answers nothing of use."""
    yield 500
    yield 404
    yield 302
    yield b""
    yield b'{"jobs": [{"id": 1'
    yield b"<html><body>Service Unavailable</body></html>"
    yield b'{"ok": false}'
    yield b'{"jobs": null}'
    yield b'{"jobs": [], "meta": {"total": 3}}'
    yield RetryableError("torn")
