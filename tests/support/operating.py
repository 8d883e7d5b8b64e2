"""The operators' API in memory: a few people of two countries, one of them in a pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from functions.desk.answers import Answer, ProblemError, problem_json
from functions.desk.calls import Desk, Request
from functions.desk.claims import Expected
from functions.desk.flow import Door
from functions.desk.table import SERVED
from rapport.auditing import MAX_PAGE, Entry, Page
from rapport.brake import Brake
from rapport.bundle import Brand, Bundle
from rapport.contact import Contact
from rapport.domain.event import Json, Trust, millis
from rapport.domain.finder import finder_row
from rapport.domain.identifiers import Namespace, PersonId, Ref
from rapport.domain.operators import Grant, Operator
from rapport.domain.profile import Profile
from rapport.domain.statements import Register
from rapport.listing import Lists
from rapport.operators import Known
from rapport.people_files import MAX_PEOPLE, PeopleFiles, Written, asked_of
from rapport.ports import FinderChange, View
from rapport.records import engine_event
from rapport.routes import READ_SCOPE, WRITE_SCOPE
from rapport.searching import Segments
from rapport.tasks import REPLY, Task, task_event
from rapport.viewing.stores import NoDecisions, Stores
from tests.support.ats.rows import FakeAtsRows
from tests.support.braking import FakeSendings
from tests.support.clusters import FakeClusters
from tests.support.desk_rooms import Rooms
from tests.support.fakes import (
    START,
    Clock,
    FakeBook,
    FakeKeyRings,
    FakeLog,
    FakePeople,
    FakePseudonyms,
)
from tests.support.finding import FakeFinder, FakeListNames
from tests.support.mailroom import shipped
from tests.support.occasions import FakeOccasions
from tests.support.persons import plant
from tests.support.preferences import FakePreferences
from tests.support.settling import FakeTasks
from tests.support.suggestions import FakeSuggestions
from tests.support.waits import FakeRuns

BRAND, POOL = "halden", "nurses"
ISSUER, CLIENT = "https://issuer.example/pool", "client-1"
BUNDLE = msgspec.structs.replace(
    shipped(),
    brand=Brand(
        key=BRAND,
        name="Halden",
        site_url="https://careers.halden.example",
        sender_name="Halden",
        sender="careers@halden.example",
        reply_to="careers@halden.example",
        postal_address="Halden 1",
        language="en",
        accent="#006600",
        send_mode="allow-list",
    ),
)


@dataclass
class FakeAudits:
    """The trail in a dict."""

    rows: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def put(self, entry: Entry) -> None:
        for place in entry.places:
            self.rows.setdefault((place, entry.position), entry)

    def of(self, place: str, *, after: str = "", limit: int = MAX_PAGE) -> Page:
        found = sorted(
            (at for where, at in self.rows if where == place and (not after or at < after)),
            reverse=True,
        )
        shown = found[:limit]
        more = shown[-1] if len(found) > limit else ""
        return Page(entries=[self.rows[place, at] for at in shown], after=more)


@dataclass
class FakeOperators:
    """Operators in a dict."""

    rows: dict[str, Operator] = field(default_factory=dict)

    def get(self, subject: str) -> Operator | None:
        return self.rows.get(subject)

    def put(self, operator: Operator) -> None:
        self.rows[operator.subject] = operator

    def remove(self, subject: str) -> None:
        self.rows.pop(subject, None)

    def all(self) -> list[Operator]:
        return sorted(self.rows.values(), key=lambda each: (each.name, each.subject))


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """A person of the world. `mark` stands in all that is known of them, and nowhere else."""

    mark: str
    country: str
    lists: frozenset[str]
    ref: Ref
    id: PersonId
    task: str


@dataclass(kw_only=True)
class Office:
    """The API, and what it works on."""

    clock: Clock = field(default_factory=Clock)
    log: FakeLog = field(default_factory=FakeLog)
    people: FakePeople = field(default_factory=FakePeople)
    clusters: FakeClusters = field(default_factory=FakeClusters)
    refs: FakePseudonyms = field(default_factory=FakePseudonyms)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    audits: FakeAudits = field(default_factory=FakeAudits)
    operators: FakeOperators = field(default_factory=FakeOperators)
    sendings: FakeSendings = field(default_factory=FakeSendings)
    finder: FakeFinder = field(default_factory=FakeFinder)
    calls: int = 0
    everybody: list[Somebody] = field(default_factory=list)
    opened: dict[str, Task] = field(default_factory=dict)
    # How the paths of routes name what there is.
    named: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = FakeBook(self.log)
        rows = FakeAtsRows(self.book)
        rings = FakeKeyRings()
        self.occasions = FakeOccasions(self.log)
        self.rooms = Rooms(self.clock, self.people, BUNDLE)
        segments = Segments(
            rows=self.finder,
            profile=self.profile,
            ring=lambda: rings.ring("tokens"),
            now=self.clock,
        )
        self.desk = Desk(
            stores=Stores(
                log=self.log,
                people=self.people,
                clusters=self.clusters,
                suggestions=FakeSuggestions(),
                book=self.book,
                preferences=FakePreferences(self.book),
                runs=FakeRuns(),
                tasks=self.tasks,
                ats_rows=rows,
                pseudonyms=self.refs,
                occasions=self.occasions,
                finder=NoDecisions(),
            ),
            contact=Contact(book=self.book, rows=rows, log=self.log, now=self.clock),
            brake=Brake(sendings=self.sendings, now=self.clock),
            audits=self.audits,
            bundle=lambda: self.bundle,
            ring=lambda: rings.ring("tokens"),
            now=self.clock,
            segments=segments,
            lists=Lists(
                segments=segments,
                append=self.log.append,
                names=FakeListNames(),
                now=self.clock,
            ),
            saving=self.rooms.saving,
            campaigns=self.rooms.campaigns,
            imports=self.rooms.imports,
            files=self.rooms.pool_files,
            privacy=self.rooms.privacy,
            resumes=self.rooms.resumes,
            reports=self.rooms.reports,
            site="https://hello.halden.example",
            name_of=self._name_of,
            token=lambda: f"{self.calls:032x}",
        )
        self.door = Door(
            desk=self.desk,
            operators=Known(self.operators, self.clock),
            expected=Expected(issuer=ISSUER, client=CLIENT),
            served=SERVED,
        )

    def add(self, mark: str, *, country: str = "", pool: bool = False) -> Somebody:
        """Somebody with an address, an event, a note and an open task."""
        ref = self.refs.ref(Namespace.EMAIL, f"{mark}@people.example")
        group = plant(self.clusters, [ref])
        stated = {"email": f"{mark}@people.example", "first_name": mark, "country": country}
        profile = Profile(
            root=ref,
            members=(ref,),
            first=START,
            last=START,
            attributes={
                name: Register(trust=Trust.VERIFIED, at=START, message_id="m", value=value)
                for name, value in stated.items()
                if value
            },
            lists={POOL: START} if pool else {},
            totals={"page": 1},
        )
        self.finder.put(FinderChange(person=group.person, version=1, row=finder_row(profile)))
        self.people.views[group.person] = View(profile=profile, version=1)
        opened = task_event(
            ref, REPLY, mark, cause_at=START, due=START + timedelta(days=2), now=START
        )
        said = engine_event(
            "Mail Replied",
            subject=ref,
            message_id=f"reply-{mark}",
            cause_at=START,
            now=START,
            properties={"send_id": "", "subject": f"Re: {mark}", "text": f"I am {mark}"},
        )
        self.log.append([opened, said])
        self.tasks.add(
            Task(
                id=opened.message_id,
                kind=REPLY,
                send_id="",
                due=START + timedelta(days=2),
                opened=opened.key,
            )
        )
        somebody = Somebody(
            mark=mark,
            country=country,
            lists=frozenset({POOL} if pool else ()),
            ref=ref,
            id=group.person,
            task=opened.message_id,
        )
        self.everybody.append(somebody)
        self.opened[opened.message_id] = self.tasks.rows[opened.message_id]
        return somebody

    @property
    def bundle(self) -> Bundle | None:
        """What is live."""
        return self.rooms.saving.live()[0]

    def profile(self, person: PersonId) -> Profile | None:
        view = self.people.views.get(person)
        return None if view is None else view.profile

    def _name_of(self, subject: str) -> str:
        known = self.operators.get(subject)
        return subject if known is None else known.name

    def write_tables(self, *, most: int = MAX_PEOPLE) -> list[Written | None]:
        """What `functions/privacy` does about tables that were asked for."""
        queue = self.rooms.asked_of_privacy.queue
        asked = [message for message in queue if message["do"] == "table"]
        queue[:] = [message for message in queue if message not in asked]
        files = PeopleFiles(
            segments=self.desk.segments,
            operator=self.operators.get,
            bundle=lambda: self.bundle,
            audits=self.audits,
            tables=self.rooms.exports,
            now=self.clock,
        )
        return [files.make(asked_of(message), most=most) for message in asked]

    def open_tasks_again(self) -> None:
        """What was done is to be done once more."""
        self.tasks.rows |= self.opened

    def state(self) -> tuple[object, ...]:
        """Whatever a call can change, but for the trail."""
        log, book = len(self.log.rows), tuple(sorted(self.book.addresses.items()))
        return log, str(book), tuple(self.tasks.rows), self.sendings.row, self.rooms.state()

    def hire(self, subject: str, *grants: Grant) -> str:
        """An operator with those grants; the subject again."""
        self.operators.put(Operator(subject=subject, name=f"name of {subject}", grants=grants))
        return subject

    def claims(self, subject: str, **others: object) -> dict[str, object]:
        """Of a good access token; what is None is left out."""
        told = {
            "sub": subject,
            "iss": ISSUER,
            "client_id": CLIENT,
            "token_use": "access",
            "scope": f"openid {READ_SCOPE} {WRITE_SCOPE}",
            "exp": str(millis(self.clock()) // 1000 + 600),
            **others,
        }
        return {name: value for name, value in told.items() if value is not None}

    def ask(
        self,
        subject: str,
        key: str,
        *,
        body: Json = None,
        raw: bytes = b"",
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        claims: dict[str, object] | None = None,
        path: Mapping[str, str] | None = None,
        **more: str,
    ) -> Answer | ProblemError:
        """One call with a good token, unless other claims are given."""
        self.calls += 1
        return self.door.answer(
            Request(
                key=key,
                id=f"request-{self.calls}",
                path={**(path or {}), **more},
                query=query or {},
                headers={
                    "authorization": "Bearer a.b.c",
                    "content-type": "application/json",
                    **(headers or {}),
                },
                claims=self.claims(subject) if claims is None else claims,
                body=raw if body is None else msgspec.json.encode(body),
            )
        )


def status(found: Answer | ProblemError) -> int:
    """Of HTTP."""
    return found.status if isinstance(found, Answer) else found.problem.status


def told(found: Answer | ProblemError) -> bytes:
    """The body as it leaves."""
    shown: Any = found.body if isinstance(found, Answer) else problem_json(found)
    return msgspec.json.encode(shown)


def document(found: Answer | ProblemError) -> Any:
    """The body read back."""
    return msgspec.json.decode(told(found))
