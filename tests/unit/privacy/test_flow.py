"""What a message of the queue asks for, and the tick of the clock: done, gone on with, or told."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.privacy.flow import LOOK_AGAIN_SECONDS, TELL_WITHIN, Came, Privacy
from functions.privacy.handler import lambda_handler
from rapport import observability
from rapport.domain import names
from rapport.domain.event import Event, Json, LogKey, Origin, Trust, millis
from rapport.domain.identifiers import PersonId, Ref
from rapport.domain.operators import ANY, Grant, Operator, Role
from rapport.domain.tombstones import Hold, Traces
from rapport.errors import PoisonError
from rapport.exporting import Exporting, Held
from rapport.forgetting import Forgetting
from rapport.people_files import COLUMNS, PeopleFiles
from rapport.searching import Segments
from rapport.tasks import ERASURE, HELD, Task
from rapport.tracing import Tracing
from rapport.uploads import CLEAN, MAX_BYTES, MEDIA_TYPES, NEW, Resume
from tests.support.fakes import START, Calls
from tests.support.finding import FakeFinder
from tests.support.forgetting import FakeErasures, Lines, Shelf
from tests.support.mailroom import ANA, Mailroom, shipped
from tests.support.operating import FakeAudits
from tests.support.resumes import FakeResumes

BO = "bo@inbox.halden.example"
LONG = START + timedelta(hours=1)


@dataclass
class FakeQueue:
    """The queue, and in how many seconds each message comes."""

    put_in: list[tuple[Mapping[str, Json], int]] = field(default_factory=list)

    def put(self, message: Mapping[str, Json], *, after_s: int = 0) -> None:
        self.put_in.append((message, after_s))


class Nothing:
    """No rows beside the log."""

    def of(self, traces: Traces) -> list[Held]:
        return []


@dataclass
class Office:
    """Ana and Bo are known; the queue, the clock and the exports of the function."""

    room: Mailroom = field(default_factory=Mailroom)
    queue: FakeQueue = field(default_factory=FakeQueue)
    exports: dict[str, bytes] = field(default_factory=dict)
    operators: dict[str, Operator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        calls = Calls()
        self.people = {email: self.room.confirmed(email) for email in (ANA, BO)}
        for email in (ANA, BO):
            self.told(email, "identify", {"traits": {"email": email}})
        self.erasures = FakeErasures(calls)
        self.resumes = FakeResumes()
        self.shelf = Shelf("log", calls)
        room = self.room
        tracing = Tracing(
            log=room.log,
            people=room.people,
            clusters=room.clusters,
            book=room.book,
            holds=self.erasures,
            now=room.clock,
        )
        self.privacy = Privacy(
            people=room.people,
            log=room.log,
            clusters=room.clusters,
            tracing=tracing,
            forgetting=Forgetting(
                erasers=[self.shelf],
                lookers=[Lines(calls)],
                erasures=self.erasures,
                clusters=room.clusters,
                rings=room.rings,
                now=room.clock,
            ),
            exporting=Exporting(
                tracing=tracing,
                log=room.log,
                holdings=Nothing(),
                resumes=self.resumes,
                words=lambda said, language: said,
                now=room.clock,
            ),
            exports=self,
            people_files=PeopleFiles(
                segments=Segments(
                    rows=FakeFinder(),
                    profile=lambda person: None,
                    ring=dict,
                    now=room.clock,
                ),
                operator=self.operators.get,
                bundle=shipped,
                audits=FakeAudits(),
                tables=self,
                now=room.clock,
            ),
            tasks=room.tasks,
            queue=self.queue,
            now=room.clock,
        )

    def put(self, name: str, body: bytes, told: Mapping[str, str] | None = None) -> None:
        """The ports `Exports` and `Tables`."""
        self.exports[name] = body

    def ref(self, email: str) -> Ref:
        return self.room.ref(email)

    def told(self, email: str, kind: str, body: dict[str, Json]) -> Event:
        now = self.room.clock()
        event = Event(
            partition=self.ref(email),
            home=self.ref(email),
            type=kind,
            source="site",
            message_id=f"{kind}-{email[:3]}",
            trust=Trust.VERIFIED,
            origin=Origin.LIVE,
            original_at=now,
            sent_at=None,
            received_at=now,
            at=now,
            body=body,
        )
        self.room.log.append([event])
        return event

    def asked(self, email: str, not_before: datetime | None = None) -> None:
        """An ATS asks for somebody to be forgotten."""
        said: dict[str, Json] = {"by": "ats-halden", "because": "deleted"}
        if not_before is not None:
            said["not_before"] = millis(not_before)
        event = self.told(email, names.ERASURE_REQUESTED, {"properties": said})
        opened = LogKey(event.partition, event.key.sk)
        self.room.tasks.add(
            Task(id=f"t_{email}", kind=ERASURE, send_id="", due=START, opened=opened)
        )

    def hold(self, email: str) -> None:
        word = Hold(reason="a lawsuit", by="dpo", at=self.room.clock())
        self.erasures.set_hold([self.ref(email)], word)

    def do(self, message: Mapping[str, Json], until: datetime = LONG) -> Came:
        return self.privacy.do(message, until=until)

    def erase(self, email: str, **more: Any) -> Came:
        asked = {"do": "erase", "person": self.people[email], "by": "dpo", "why": "asked"}
        return self.do(asked, **more)

    def held_tasks(self) -> list[Task]:
        return [task for task in self.room.tasks.all() if task.kind == HELD]


def test_an_erasure_is_done_and_looked_at_again_a_quarter_of_an_hour_later() -> None:
    office = Office()
    assert office.erase(ANA) == Came(said="erased", erased=1)
    [(message, after_s)] = office.queue.put_in
    assert (message["do"], after_s) == ("again", LOOK_AGAIN_SECONDS)
    office.shelf.rows = 1
    assert office.do(message) == Came(said="looked again")
    assert office.shelf.rows == 0, "what was on its way when the erasure ended"


def test_out_of_time_it_asks_for_a_call_that_goes_on() -> None:
    office = Office()
    assert office.erase(ANA, until=START) == Came(said="going on")
    [(later, _), (message, after_s)] = office.queue.put_in
    assert (later["do"], message["do"], after_s) == ("again", "run", 0)
    assert office.shelf.rows == 2
    assert office.do(message) == Came(said="erased", erased=1)
    assert office.shelf.rows == 0


def test_whoever_is_held_is_not_touched_and_somebody_is_asked_once_to_tell_them() -> None:
    office = Office()
    office.hold(ANA)
    assert [office.erase(ANA) for _ in range(3)] == [Came(said="held", held=1)] * 3
    assert office.queue.put_in == []
    assert office.shelf.saw == []
    [task] = office.held_tasks()
    assert task.due == START + TELL_WITHIN
    told = [e for e in office.room.log.partition(office.ref(ANA)) if e.type == names.TASK_OPENED]
    assert len(told) == 1
    assert "lawsuit" not in str(told), "why stands with the hold alone"
    office.erasures.set_hold([office.ref(ANA)], None)
    assert office.erase(ANA).erased == 1


def test_the_clock_erases_who_is_due_tells_who_is_held_and_leaves_who_may_yet_be_merged() -> None:
    office = Office()
    office.asked(ANA)
    office.asked(BO, not_before=START + timedelta(days=4))
    assert office.do({"do": "due"}) == Came(said="1 due", erased=1)
    assert set(office.erasures.stones) == {office.ref(ANA)}
    office.room.clock.forward(days=5)
    office.hold(BO)
    late = office.room.clock() + timedelta(hours=1)
    came = office.privacy.due(late)
    assert came.held == 1
    assert office.ref(BO) not in office.erasures.stones
    assert len(office.held_tasks()) == 1
    office.erasures.set_hold([office.ref(BO)], None)
    office.privacy.due(late)
    assert office.ref(BO) in office.erasures.stones
    assert office.privacy.due(office.room.clock()) == Came(said="0 due"), "there is no time left"


def handed_in(office: Office, email: str, mark: str, body: bytes, *, clean: bool) -> Resume:
    office.room.clock.forward(seconds=1)
    address = office.ref(email).partition("#")[2]
    resume = Resume(
        key=f"{CLEAN if clean else NEW}join/{address}/{mark * 32}",
        form="join",
        clean=clean,
        size=len(body),
        at=office.room.clock(),
        media_type=MEDIA_TYPES["pdf"] if clean else "",
    )
    office.resumes.files[resume] = body
    return resume


def test_an_export_holds_the_resumes_byte_for_byte_and_only_names_what_is_not_clean() -> None:
    office = Office()
    body = b"%PDF-1.7 " + bytes(range(256)) * 9
    mine = handed_in(office, ANA, "a", body, clean=True)
    handed_in(office, ANA, "b", b"EVIL", clean=False)
    handed_in(office, BO, "c", b"%PDF-of-bo", clean=True)
    big = bytes(MAX_BYTES)
    for mark in "defghij":
        handed_in(office, ANA, mark, big, clean=True)
    office.do({"do": "export", "person": office.people[ANA], "name": "x1"})
    told = json.loads(office.exports["x1.json"])
    [found] = [each for each in told["classes"] if each["name"] == "resumes"]
    first, second, *rest = found["items"]
    assert base64.b64decode(first["content_base64"]) == body
    named = (first["name"], first["media_type"], first["bytes"], first["verdict"])
    assert named == ("resume-aaaaaaaa.pdf", "application/pdf", len(body), "clean")
    assert (second["verdict"], "content_base64" in second) == ("not found harmless", False)
    # What is beyond the bound is named as well, and not read.
    assert ["content_base64" in each for each in rest] == [True] * 5 + [False] * 2
    assert office.resumes.was_read[0] == mine.key
    assert len(office.resumes.was_read) == 6
    page = office.exports["x1.html"]
    assert b"resume-bbbbbbbb" in page
    assert base64.b64encode(body) not in page
    print(f"an export with 30 MB of files is {len(office.exports['x1.json']) >> 20} MB")


def test_an_export_is_put_where_it_can_be_fetched_as_data_and_as_a_page() -> None:
    office = Office()
    came = office.do({"do": "export", "person": office.people[ANA], "name": "x1"})
    assert came == Came(said="exported")
    assert sorted(office.exports) == ["x1.html", "x1.json"]
    told = json.loads(office.exports["x1.json"])
    assert [each["value"] for each in told["identifiers"]] == [ANA]
    assert ANA.encode() in office.exports["x1.html"]
    assert BO.encode() not in b"".join(office.exports.values())


def test_a_table_is_written_for_who_may_have_it_and_for_nobody_else() -> None:
    office = Office()
    columns: list[Json] = [*COLUMNS]
    asked: dict[str, Json] = {"do": "table", "name": "people.1", "by": "kari", "when": "true"}
    message = {**asked, "columns": columns, "request": "r-1"}
    assert office.do(message) == Came(said="nobody")
    assert office.exports == {"people.1.csv": b""}
    grant = Grant(role=Role.MARKETER, brand=ANY)
    office.operators["kari"] = Operator(subject="kari", name="Kari", grants=(grant,))
    assert office.do(message) == Came(said="0 in a table")
    [(name, body)] = office.exports.items()
    assert (name, body.decode("utf-8-sig").strip()) == ("people.1.csv", ",".join(COLUMNS))


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "table"},
        {"do": "table", "name": "x", "by": "k", "when": "", "columns": ["x"], "request": "r"},
        {"do": "erase", "person": "p_x"},
        {"do": "erase", "person": 7, "by": "x"},
        {"do": "run"},
        {"do": "everything"},
    ],
)
def test_what_nobody_can_do_is_refused_and_nothing_changes(message: dict[str, Json]) -> None:
    office = Office()
    with pytest.raises(PoisonError):
        office.do(message)
    assert office.erasures.rows == {}


def test_of_a_batch_only_what_failed_comes_again_and_the_tick_of_the_clock_needs_no_record(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office()
    office.asked(BO)
    monkeypatch.setattr("functions.privacy.handler._flow", lambda: office.privacy)
    monkeypatch.setattr("functions.privacy.handler._now", lambda: START)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Rapport")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "privacy")
    observability.metrics.cache_clear()
    bodies = ["{", json.dumps({"do": "nothing"})]
    bodies += [json.dumps({"do": "erase", "person": office.people[ANA], "by": "dpo"})]
    records = [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]
    answer = lambda_handler({"Records": records}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "1"}]}
    assert lambda_handler({"do": "due"}, Context()) == {}
    assert set(office.erasures.stones) == {office.ref(ANA), office.ref(BO)}
    assert "@" not in capsys.readouterr().out, "log lines name nobody"


class Context:
    """A call with as much time as the function has."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def test_a_plan_says_whom_it_is_about_by_ids_alone() -> None:
    office = Office()
    person: PersonId = office.people[ANA]
    group = office.privacy.group(person)
    assert group is not None
    plan = office.privacy.tracing.plan(group)
    assert plan.words == (ANA,)
    assert "@" not in json.dumps(plan.to_json())
    assert replace(plan, rows=0).traces.strong == (office.ref(ANA),)
