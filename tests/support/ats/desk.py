"""The intake on in-memory stores, and what the log then holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from rapport.adapters.ats import adapter_for
from rapport.ats import Connection, Taken
from rapport.ats_jobs import JobIntake
from rapport.domain.ats import (
    AtsApplication,
    AtsCandidate,
    AtsEvent,
    AtsJob,
    Contact,
    Kind,
    Speaks,
    Stage,
    Status,
)
from rapport.domain.event import Event, Origin
from rapport.domain.identifiers import Identifier, Ref
from rapport.domain.profile import Profile, fold_profile
from rapport.domain.tally import fold_partition
from rapport.intake import AtsIntake
from tests.support.ats.course import History
from tests.support.ats.rows import FakeAtsRows
from tests.support.boards import FakeJobs
from tests.support.clusters import FakeClusters
from tests.support.fakes import Calls, Clock, FakeBook, FakeLog, FakePseudonyms
from tests.support.settling import FakeTasks

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HALDEN = Connection(
    name="halden",
    vendor="greenhouse",
    stages={"s1": "review", "s2": "interview", "s3": "offer"},
    speaks={"interview": Speaks.RAPPORT, "rejected": Speaks.BOTH},
)


@dataclass
class AtsDesk:
    """Everything that an intake works on; a test tells it things and looks."""

    calls: Calls = field(default_factory=Calls)
    clock: Clock = field(default_factory=lambda: Clock(NOW))

    def __post_init__(self) -> None:
        self.refs = FakePseudonyms()
        self.log = FakeLog(self.calls)
        self.clusters = FakeClusters(self.calls)
        self.book = FakeBook(self.log, self.clusters, self.calls)
        self.rows = FakeAtsRows(self.book, self.calls)
        self.tasks = FakeTasks()
        self.jobs = FakeJobs()
        self.intake = AtsIntake(
            rows=self.rows,
            log=self.log,
            book=self.book,
            clusters=self.clusters,
            tasks=self.tasks,
            refs=self.refs,
            now=self.clock,
            jobs=JobIntake(store=self.jobs, now=self.clock),
        )

    def tell(
        self,
        *events: AtsEvent,
        connection: Connection = HALDEN,
        origin: Origin = Origin.LIVE,
        pulled: bool = False,
    ) -> Taken:
        return self.intake.take(connection, events, origin=origin, pulled=pulled)

    def events(self, kind: str = "") -> list[Event]:
        rows = sorted(self.log.rows.values(), key=lambda event: (event.at, event.key))
        return [event for event in rows if kind in {"", event.type}]

    def ref(self, who: Identifier | None) -> Ref:
        assert who is not None
        return self.refs.ref(who.ns, who.value)

    def profile(self) -> Profile:
        """All that is in the log, as if it was of one person."""
        owners = sorted({event.home for event in self.events()})
        parts = [
            fold_partition(at, [e for e in self.events() if e.partition == at])
            for at in sorted({event.partition for event in self.events()})
        ]
        return fold_profile(owners[0], parts, members=tuple(owners))


def canonical(history: History) -> list[AtsEvent]:
    """What the deliveries of a history say, in the order in which it happened."""
    import json

    adapter = adapter_for(history.connection.vendor)
    return [
        event
        for each in history.deliveries
        for event in adapter.normalise(json.loads(each.body), each.headers, history.connection)
    ]


def ana(*, can_email: bool | None = None, email: str = "ana@inbox.example") -> AtsCandidate:
    contacts = (Contact(value=email, kind="personal"),) if email else ()
    return AtsCandidate(id="c1", first="Ana", last="Berg", emails=contacts, can_email=can_email)


def told(
    kind: Kind,
    at: datetime | None,
    *,
    stage: str = "",
    status: Status | None = None,
    who: AtsCandidate | None = None,
    application: str = "a1",
) -> AtsEvent:
    """An event of an application of Ana's; `who` None: it does not say whose it is."""
    present = {"/application/status"} if status else set()
    if stage:
        present.add("/stage")
    if who is not None:
        present |= {"/candidate/first", "/candidate/last", "/candidate/emails"}
    return AtsEvent(
        kind=kind,
        vendor_event=kind.value,
        clock=at,
        candidate=who,
        application=AtsApplication(id=application, status=status),
        jobs=(AtsJob(id="j1", title="Ward Nurse"),),
        stage=Stage(id=stage, name=f"Stage {stage}") if stage else None,
        present=frozenset(present),
    )


def of_ana(kind: Kind, at: datetime | None, *, who: AtsCandidate) -> AtsEvent:
    """An event of a candidate."""
    return AtsEvent(
        kind=kind,
        vendor_event=kind.value,
        clock=at,
        candidate=who,
        present=frozenset({"/candidate/emails", "/candidate/first", "/candidate/last"}),
    )


def pages(events: Sequence[AtsEvent]) -> list[AtsEvent]:
    """What the API shows of each application after those events."""
    shown: dict[str, AtsEvent] = {}
    from rapport.ats_telling import TO_STATUS

    for event in sorted(events, key=lambda each: each.clock or datetime.max.replace(tzinfo=UTC)):
        if event.application is None or not event.application.id or event.clock is None:
            continue
        if not event.kind.value.startswith("application."):
            continue
        before = shown.get(event.application.id)
        status = TO_STATUS.get(event.kind) or event.application.status
        if status is None and before is not None and before.application is not None:
            status = before.application.status
        stage = event.stage or (before.stage if before else None)
        shown[event.application.id] = replace(
            event,
            kind=Kind.APPLICATION_UPDATED,
            vendor_event="page",
            candidate=event.candidate or (before.candidate if before else None),
            application=replace(event.application, status=status),
            stage=stage,
            from_stage=None,
            needs_refetch=False,
        )
    return [shown[ident] for ident in sorted(shown)]
