"""Files that are dropped, on in-memory stores and the real intake; and what the log then holds."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.sync.drop import FileDrop, Report
from rapport.ats import Connection, Refetch
from rapport.domain.event import Event, Json
from rapport.errors import ConflictError
from rapport.filedrop.ports import Dropped, FileRun
from rapport.settings import DROP_PREFIX
from tests.support.ats.desk import AtsDesk
from tests.support.fakes import Calls, CrashError

CANDIDATES: dict[str, Json] = {
    "name": "candidates_*.csv",
    "kind": "candidates",
    "format": "csv",
    "full": True,
    "id": "Candidate ID",
    "columns": {
        "First Name": "candidate.first",
        "Last Name": "candidate.last",
        "E-mail": "candidate.emails",
        "Mail allowed": "candidate.can_email",
        "Changed": "clock",
    },
    "ignored": ["Salary"],
    "required": ["Last Name"],
    "dates": ["%d.%m.%Y %H:%M"],
    "zone": "Europe/Oslo",
}
APPLICATIONS: dict[str, Json] = {
    "name": "applications_*.csv",
    "kind": "applications",
    "format": "csv",
    "full": True,
    "id": "Application",
    "columns": {
        "Candidate": "candidate.id",
        "Status": "application.status",
        "Step": "stage.id",
        "Requisition": "job.id",
    },
    "values": {"application.status": {"In Process": "active", "Not selected": "rejected"}},
}
HEADER = ("Candidate ID", "First Name", "Last Name", "E-mail", "Mail allowed", "Changed", "Salary")
APPLIED = ("Application", "Candidate", "Status", "Step", "Requisition")
FOLDER = f"{DROP_PREFIX}works/"


def works(*files: Mapping[str, Json], vendor: str = "workday") -> Connection:
    return Connection(name="works", vendor=vendor, mapping={"files": [dict(f) for f in files]})


def candidate(number: int, **said: str) -> dict[str, str]:
    row = {
        "Candidate ID": f"C{number}",
        "First Name": "Ana",
        "Last Name": f"Berg{number}",
        "E-mail": f"ana{number}@inbox.halden.example",
        "Mail allowed": "Yes",
        "Changed": "02.11.2026 09:30",
        "Salary": "",
    }
    return row | {name.replace("_", " "): value for name, value in said.items()}


def application(number: int, status: str = "In Process", step: str = "s1") -> dict[str, str]:
    values = (f"A{number}", f"C{number}", status, step, "R7")
    return dict(zip(APPLIED, values, strict=True))


def table(
    rows: Iterable[Mapping[str, str]], header: Sequence[str] = HEADER, delimiter: str = ";"
) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@dataclass
class FakeDrops:
    """Files by key."""

    calls: Calls
    files: dict[str, Dropped] = field(default_factory=dict)

    def read(self, key: str) -> Dropped | None:
        self.calls.touch("drops.read")
        return self.files.get(key)

    def remove(self, key: str) -> None:
        self.calls.touch("drops.remove")
        self.files.pop(key, None)


@dataclass
class FakeFileRuns:
    """Runs by connection and pattern; a write over another version is refused."""

    calls: Calls = field(default_factory=Calls)
    runs: dict[tuple[str, str], FileRun] = field(default_factory=dict)

    def get(self, connection: str, pattern: str) -> FileRun:
        self.calls.touch("runs.get")
        empty = FileRun(connection=connection, pattern=pattern)
        return self.runs.get((connection, pattern), empty)

    def put(self, run: FileRun) -> FileRun:
        self.calls.touch("runs.put")
        place = (run.connection, run.pattern)
        stored = self.runs.get(place)
        if (stored.version if stored else 0) != run.version:
            raise ConflictError(run.pattern)
        self.runs[place] = replace(run, version=run.version + 1)
        return self.runs[place]


@dataclass
class Around:
    """What else a file needs, and what was put there: one object for several small ports."""

    calls: Calls
    connections: dict[str, Connection] = field(default_factory=dict)
    rosters: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    asked: list[Refetch] = field(default_factory=list)
    kept: list[Mapping[str, Json]] = field(default_factory=list)
    work: list[tuple[Mapping[str, Json], float]] = field(default_factory=list)


@dataclass
class _Connections:
    around: Around

    def get(self, name: str, *, fresh: bool = False) -> Connection | None:
        return self.around.connections.get(name)

    def names(self) -> Sequence[str]:
        return sorted(self.around.connections)


@dataclass
class _Rosters:
    around: Around

    def ids(self, connection: str, kind: str) -> frozenset[str] | None:
        self.around.calls.touch("rosters.ids")
        return self.around.rosters.get((connection, kind))

    def put(self, connection: str, kind: str, ids: frozenset[str]) -> None:
        self.around.calls.touch("rosters.put")
        self.around.rosters[connection, kind] = ids


@dataclass
class _Queue:
    around: Around

    def put(self, refetch: Refetch, *, after_s: int = 0) -> None:
        self.around.calls.touch("refetches.put")
        self.around.asked.append(refetch)


@dataclass
class _Work:
    around: Around

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        self.around.work.append((message, after_s))


@dataclass
class _Kept:
    around: Around

    def keep(self, connection: str, reason: str, at: datetime, content: Mapping[str, Json]) -> None:
        self.around.calls.touch("kept.keep")
        self.around.kept.append(content)


@dataclass
class DropDesk:
    """Everything that a dropped file needs; a test drops files and looks at the log."""

    connection: Connection
    can_ask: bool = False
    desk: AtsDesk = field(default_factory=AtsDesk)

    def __post_init__(self) -> None:
        self.calls = self.desk.calls
        self.drops = FakeDrops(self.calls)
        self.runs = FakeFileRuns(self.calls)
        self.around = Around(self.calls, connections={self.connection.name: self.connection})
        self.flow = FileDrop(
            connections=_Connections(self.around),
            drops=self.drops,
            runs=self.runs,
            rosters=_Rosters(self.around),
            kept=_Kept(self.around),
            intake=self.desk.intake,
            refetches=_Queue(self.around),
            work=_Work(self.around),
            asks=lambda _: self.can_ask,
            now=self.desk.clock,
        )

    def drop(self, name: str, content: bytes, *, hours: float = 24, force: bool = False) -> Report:
        """A file comes, so many hours after the last one, and is applied."""
        self.desk.clock.forward(hours=hours)
        self.put(name, content)
        return self.apply(name, force=force)

    def put(self, name: str, content: bytes) -> None:
        self.drops.files[FOLDER + name] = Dropped(content=content, at=self.desk.clock())

    def apply(self, name: str, *, minutes: float = 10, force: bool = False) -> Report:
        until = self.desk.clock() + timedelta(minutes=minutes)
        return self.flow.apply(FOLDER + name, until=until, force=force)

    def crash_after(self, name: str, count: int) -> bool:
        """Whether the worker died before it was done, after so many calls on its ports."""
        self.calls.names.clear()
        self.calls.fail_after = count
        try:
            self.apply(name)
        except CrashError:
            return True
        finally:
            self.calls.fail_after = None
        return False

    def told(self, kind: str = "") -> list[Event]:
        return self.desk.events(kind)

    def state(self) -> dict[str, object]:
        """What is stored in the end, without when it was received."""
        log = {key: (event.type, str(event.body)) for key, event in self.desk.log.rows.items()}
        # Its counts are left out: of a page that is taken again nothing is news.
        run = {place: (run.by, run.files) for place, run in self.runs.runs.items()}
        return {"log": log, "run": run, "rosters": dict(self.around.rosters)}
