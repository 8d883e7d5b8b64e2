"""`functions/sync` on fakes: an ATS in memory, a queue with a clock, the real intake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.sync.flow import Sync
from functions.sync.preview import Preview
from functions.sync.pulls import Puller, Result
from rapport.ats import Connection, CursorGoneError, Page, Pages, Refetch
from rapport.ats_jobs import JobIntake
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Contact,
    Kind,
    Stage,
    Status,
    Told,
)
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.errors import ConflictError, RetryableError
from rapport.intake import AtsIntake
from rapport.pulls import PULL, Pull
from tests.support.ats.rows import FakeAtsRows
from tests.support.boards import FakeJobs
from tests.support.clusters import FakeClusters
from tests.support.fakes import Calls, Clock, FakeBook, FakeLog, FakePseudonyms
from tests.support.settling import FakeTasks

CONNECTION = Connection(name="main", vendor="greenhouse", api={"key": "k"})
CALL = timedelta(seconds=80)
ASKED: Mapping[str, Json] = {"do": "pull", "connection": "main"}


@dataclass(frozen=True, kw_only=True)
class Entity:
    """What the ATS has: its kind, its id, when it last changed, and what it says."""

    kind: str
    id: str
    at: datetime
    event: AtsEvent


def candidate(ident: str, at: datetime, *, email: str = "") -> Entity:
    who = AtsCandidate(
        id=ident, first="Ada", emails=(Contact(value=email or f"c{ident}@mail.example"),)
    )
    said = frozenset({"/candidate/first", "/candidate/emails"})
    return _entity("candidates", Kind.CANDIDATE_UPDATED, ident, at, said, candidate=who)


def application(ident: str, of: str, at: datetime, *, stage: str = "screen") -> Entity:
    event = _entity(
        "applications",
        Kind.APPLICATION_UPDATED,
        ident,
        at,
        frozenset({"/stage", "/application/status"}),
        candidate=AtsCandidate(id=of),
        application=AtsApplication(id=ident, status=Status.ACTIVE),
    )
    return replace(event, event=replace(event.event, stage=Stage(id=stage)))


def job(ident: str, at: datetime) -> Entity:
    said = frozenset({"/jobs"})
    return _entity(
        "jobs", Kind.JOB_UPDATED, ident, at, said, jobs=(AtsJob(id=ident, title="Nurse"),)
    )


def _entity(
    kind: str,
    tells: Kind,
    ident: str,
    at: datetime,
    present: frozenset[str],
    *,
    candidate: AtsCandidate | None = None,
    application: AtsApplication | None = None,
    jobs: tuple[AtsJob, ...] = (),
) -> Entity:
    event = AtsEvent(
        kind=tells,
        vendor_event=f"api.{tells.value}",
        clock=at,
        told=Told.ENTITY_UPDATED,
        candidate=candidate,
        application=application,
        jobs=jobs,
        present=present,
    )
    return Entity(kind=kind, id=ident, at=at, event=event)


@dataclass
class FakePages:
    """An API over entities; `troubles` are raised in order, one per page that is asked for."""

    entities: list[Entity]
    calls: Calls
    size: int = 2
    kinds: tuple[str, ...] = ("jobs", "candidates", "applications")
    troubles: list[Exception | None] = field(default_factory=list)
    # Every question: kind, cursor, since, token.
    asked: list[tuple[str, str, datetime | None, str]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def page(self, kind: str, cursor: str, *, since: datetime | None, token: str = "") -> Page:
        self.calls.touch("pages.page")
        self.asked.append((kind, cursor, since, token))
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        if token in self.gone:
            raise CursorGoneError
        found = [e for e in self.entities if e.kind == kind and (since is None or e.at >= since)]
        at = int(cursor or 0)
        more = at + self.size < len(found)
        return Page(
            events=tuple(e.event for e in found[at : at + self.size]),
            cursor=str(at + self.size) if more else "",
            token="" if more else f"{kind}-{len(self.asked)}",
        )

    def one(self, kind: str, id: str) -> Page:  # noqa: A002  (the port's word)
        self.calls.touch("pages.one")
        self.asked.append((kind, id, None, ""))
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        found = [e.event for e in self.entities if (e.kind, e.id) == (kind, id)]
        who = AtsCandidate(id=id)
        gone = AtsEvent(kind=Kind.CANDIDATE_DELETED, vendor_event="api.gone", candidate=who)
        return Page(events=tuple(found) or (gone,))


class FakePulls:
    """The rows of runs in a dict."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.rows: dict[tuple[str, str], Pull] = {}
        self.enrolled: set[str] = set()

    def get(self, connection: str, name: str = PULL) -> Pull | None:
        self.calls.touch("pulls.get")
        return self.rows.get((connection, name))

    def put(self, pull: Pull) -> Pull:
        self.calls.touch("pulls.put")
        key = (pull.connection, pull.name)
        if (self.rows[key].version if key in self.rows else 0) != pull.version:
            msg = "somebody else was faster"
            raise ConflictError(msg)
        self.rows[key] = replace(pull, version=pull.version + 1)
        self.calls.touch("pulls.written")
        return self.rows[key]

    def connections(self) -> Sequence[str]:
        return sorted(self.enrolled)

    def enrol(self, connection: str) -> None:
        self.enrolled.add(connection)

    def retire(self, connection: str) -> None:
        self.enrolled.discard(connection)


class FakeRosters:
    """Rosters in dicts."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.stored: dict[tuple[str, str], frozenset[str]] = {}
        self.pages: dict[tuple[str, str, int, int], frozenset[str]] = {}

    def ids(self, connection: str, kind: str) -> frozenset[str] | None:
        self.calls.touch("rosters.ids")
        return self.stored.get((connection, kind))

    def put(self, connection: str, kind: str, ids: frozenset[str]) -> None:
        self.calls.touch("rosters.put")
        self.stored[connection, kind] = ids

    def note(self, pull: Pull, ids: Sequence[str]) -> None:
        self.calls.touch("rosters.note")
        self.pages[pull.id, pull.kind, pull.window, pull.page] = frozenset(ids)

    def noted(self, pull: Pull) -> frozenset[str]:
        self.calls.touch("rosters.noted")
        try:
            found = [
                self.pages[pull.id, pull.kind, pull.window, page] for page in range(pull.page + 1)
            ]
        except KeyError as error:
            raise RetryableError from error
        return frozenset[str]().union(*found)


class FakeWork:
    """The queue: messages, each with the time from which it is delivered."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self.calls = calls
        self.clock = clock
        self.waiting: list[tuple[datetime, dict[str, Json]]] = []

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        self.calls.touch("work.put")
        due = self.clock() + timedelta(seconds=min(after_s, 900))
        self.waiting.append((due, dict(message)))


class FakeRefetches:
    """What has to be read again, as messages of the same queue."""

    def __init__(self, work: FakeWork) -> None:
        self.work = work
        self.wanted: list[Refetch] = []

    def put(self, refetch: Refetch, *, after_s: int = 0) -> None:
        self.wanted.append(refetch)
        message = {"do": "refetch", "connection": refetch.connection, "kind": refetch.kind}
        self.work.put(message | {"id": refetch.id}, after_s=after_s)


class FakeConnections:
    """Connections in a dict."""

    def __init__(self, *connections: Connection) -> None:
        self.held = {each.name: each for each in connections}

    def get(self, name: str, *, fresh: bool = False) -> Connection | None:
        return self.held.get(name)

    def names(self) -> Sequence[str]:
        return sorted(self.held)


class World:
    """One connection, its ATS and everything that reads it. `deliver` is what SQS does."""

    def __init__(
        self, entities: list[Entity], *, size: int = 2, connection: Connection = CONNECTION
    ) -> None:
        self.clock = Clock()
        self.calls = Calls()
        self.log = FakeLog(calls=self.calls)
        self.clusters = FakeClusters(self.calls)
        self.book = FakeBook(self.log, self.clusters, calls=self.calls)
        self.rows = FakeAtsRows(self.book, self.calls)
        self.pages = FakePages(entities, self.calls, size=size)
        # Read in place of the pages in memory.
        self.api: Pages | None = None
        self.pulls = FakePulls(self.calls)
        self.rosters = FakeRosters(self.calls)
        self.work = FakeWork(self.calls, self.clock)
        self.refetches = FakeRefetches(self.work)
        self.tasks = FakeTasks()
        self.profiles: dict[PersonId, Profile] = {}
        refs = FakePseudonyms()
        self.jobs = FakeJobs()
        self.intake = AtsIntake(
            rows=self.rows,
            log=self.log,
            book=self.book,
            clusters=self.clusters,
            tasks=self.tasks,
            refs=refs,
            now=self.clock,
            jobs=JobIntake(store=self.jobs, now=self.clock),
        )
        preview = Preview(clusters=self.clusters, profile=self.profiles.get, refs=refs)
        puller = Puller(
            pulls=self.pulls,
            rosters=self.rosters,
            intake=self.intake,
            refetches=self.refetches,
            work=self.work,
            now=self.clock,
            preview=preview,
        )
        self.sync = Sync(
            connections=FakeConnections(connection),
            pages_for=lambda _: self.api or self.pages,
            puller=puller,
        )

    def do(self, message: Mapping[str, Json] = ASKED, *, for_: timedelta = CALL) -> Result:
        return self.sync.do(message, until=self.clock() + for_)

    def deliver(self, message: Mapping[str, Json], *, for_: timedelta = CALL) -> None:
        """A message until it is done: a process that died gets it again when its time is over."""
        self.work.waiting.append((self.clock(), dict(message)))
        self.settle(for_=for_)

    def settle(self, *, for_: timedelta = CALL, most: int = 200) -> list[Result]:
        """Deliver what waits, each when it is due, until the queue is empty."""
        came: list[Result] = []
        while self.work.waiting:
            assert len(came) < most, "the queue is never done"
            self.work.waiting.sort(key=lambda each: each[0])
            due, message = self.work.waiting.pop(0)
            self.clock.moment = max(self.clock(), due)
            came.append(self.do(message, for_=for_))
        return came

    @property
    def pull(self) -> Pull:
        return self.pulls.rows["main", PULL]

    def told(self) -> list[tuple[str, str]]:
        """What stands in the log: type and message id, sorted."""
        return sorted((event.type, event.message_id) for event in self.log.rows.values())
