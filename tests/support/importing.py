"""Imports on in-memory stores: what one person at a desk has, and a table to bring in."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from rapport.bundle import Brand, Bundle, Statement
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import Namespace, PersonId, Ref
from rapport.domain.profile import Profile
from rapport.domain.rules import Rules
from rapport.domain.unsaying import unsaid
from rapport.errors import ConflictError
from rapport.importing.applying import Applying
from rapport.importing.columns import Columns
from rapport.importing.judging import Judge
from rapport.importing.ports import Import, Kept
from rapport.importing.proof import Basis, Claim
from rapport.importing.reporting import Asked
from rapport.importing.undoing import Undoing
from rapport.imports import Imports
from rapport.likeness import alike
from tests.support.clusters import FakeClusters
from tests.support.fakes import Calls, Clock, FakeBook, FakeLog, FakePseudonyms

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOPIC, STATEMENT = "talent-network", "talent-network-1"
YEARS_2 = 2 * 365 * 86_400
TEXT = "Write to me about jobs."
HEADER = ("Email", "First name", "Last name", "Phone", "Country", "Consent date")
COLUMNS = Columns(
    columns=dict(
        zip(
            HEADER,
            ("email", "first_name", "last_name", "phone", "country", "consent_date"),
            strict=True,
        )
    ),
    region="NO",
)
PROVEN = Claim(
    basis=Basis.CONSENT, statement=STATEMENT, source="stand at the fair", evidence="box 7"
)
BUNDLE = Bundle(
    brand=Brand(
        key="halden",
        name="Halden",
        site_url="https://halden.example",
        sender_name="Halden",
        sender="jobs@mail.halden.example",
        reply_to="",
        postal_address="Storgata 1",
        language="en",
        accent="#000000",
        send_mode="off",
        languages=("en", "nb"),
    ),
    playbooks=(),
    templates=(),
    statements=(
        Statement(
            id=STATEMENT,
            topic=TOPIC,
            text=TEXT,
            hash="5" * 64,
            expires_after_seconds=YEARS_2,
            language="en",
        ),
    ),
)


@dataclass
class FakeImports:
    """The rows of imports; a write over another version is refused."""

    calls: Calls = field(default_factory=Calls)
    rows: dict[str, Import] = field(default_factory=dict)
    mappings: dict[str, Columns] = field(default_factory=dict)
    kept: dict[tuple[date, str, int], Kept] = field(default_factory=dict)

    def get(self, import_id: str) -> Import | None:
        self.calls.touch("imports.get")
        return self.rows.get(import_id)

    def all(self) -> Sequence[Import]:
        return sorted(self.rows.values(), key=lambda by: by.started_at, reverse=True)

    def put(self, moved: Import) -> Import:
        self.calls.touch("imports.put")
        stored = self.rows.get(moved.id)
        if (stored.version if stored else 0) != moved.version:
            raise ConflictError(moved.id)
        self.rows[moved.id] = replace(moved, version=moved.version + 1)
        return self.rows[moved.id]

    def columns(self, source: str) -> Columns | None:
        return self.mappings.get(source)

    def put_columns(self, source: str, columns: Columns) -> None:
        self.calls.touch("imports.put_columns")
        self.mappings[source] = columns

    def keep(self, kept: Kept) -> None:
        self.calls.touch("imports.keep")
        self.kept[(kept.until, kept.import_id, kept.page)] = kept

    def due(self, day: date) -> Sequence[Kept]:
        return [kept for until, kept in sorted(self.kept.items()) if until[0] < day][:100]

    def release(self, import_id: str, page: int, until: date) -> None:
        self.calls.touch("imports.release")
        self.kept.pop((until, import_id, page), None)


@dataclass
class FakeShelf:
    """Objects of imports."""

    calls: Calls = field(default_factory=Calls)
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def put(self, import_id: str, name: str, content: bytes) -> None:
        self.calls.touch("shelf.put")
        self.objects[(import_id, name)] = content

    def get(self, import_id: str, name: str) -> bytes | None:
        self.calls.touch("shelf.get")
        return self.objects.get((import_id, name))

    def remove(self, import_id: str, name: str) -> None:
        self.calls.touch("shelf.remove")
        self.objects.pop((import_id, name), None)


@dataclass
class FakeTakesBack:
    """Words taken back, in a fake book."""

    book: FakeBook

    def unsay(self, address: Ref, topic: str, event_id: str) -> bool:
        self.book.calls.touch("book.unsay")
        words = self.book.words.get(address, [])
        after = unsaid(self.book.address(address), topic, event_id, words)
        self.book.words[address] = [each for each in words if each[1].event_id != event_id]
        if after is not None:
            self.book.addresses[address] = after
        return after is not None


@dataclass
class FakeWork:
    """What was put into the queue."""

    queue: list[Mapping[str, Json]] = field(default_factory=list)

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        self.queue.append(message)


@dataclass
class Dying:
    """A store in front of a store, which dies after so many calls of all of them."""

    store: Any
    calls: Calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)

        def called(*args: Any, **more: Any) -> Any:
            answer = method(*args, **more)
            # What was asked is done when the process dies.
            self.calls.touch(name)
            return answer

        return called


class ImportDesk:
    """Everything that an import works on; `start` and `apply` bring a table in."""

    def __init__(self) -> None:
        self.calls, self.clock, self.refs = Calls(), Clock(NOW), FakePseudonyms()
        self.log = FakeLog(self.calls)
        self.clusters = FakeClusters(self.calls)
        self.book = FakeBook(self.log, self.clusters, self.calls)
        self.rows, self.shelf, self.work = (
            FakeImports(self.calls),
            FakeShelf(self.calls),
            FakeWork(),
        )
        self.profiles: dict[PersonId, Profile] = {}
        self.mended: list[Ref] = []
        self.judge = Judge(
            clusters=self.clusters,
            address=self.book.address,
            profile=self.profiles.get,
            refs=self.refs,
            rules=Rules,
            alike=alike,
            bundle=lambda: BUNDLE,
            now=self.clock,
        )
        applying = Applying(
            rows=self.rows,
            shelf=self.shelf,
            log=self.log,
            book=self.book,
            judge=self.judge,
            now=self.clock,
        )
        undoing = Undoing(
            rows=self.rows,
            shelf=self.shelf,
            log=self.log,
            words=FakeTakesBack(self.book),
            mend=self.mended.extend,
            now=self.clock,
        )
        self.imports = Imports(
            applying=applying,
            work=self.work,
            now=self.clock,
            undoing=undoing,
            languages=("en", "nb"),
        )

    def asked(self, content: bytes, **more: object) -> Asked:
        told = {"source": "fair", "by": "kari", "columns": COLUMNS, "claim": PROVEN, **more}
        return Asked(file=io.BytesIO(content), **told)  # type: ignore[arg-type]

    def apply(self, content: bytes, **more: object) -> Import:
        """Bring a table in, to its end."""
        return self.finish(self.imports.start(self.asked(content, **more)))

    def finish(self, by: Import) -> Import:
        return self.imports.run(by.id, until=datetime.max.replace(tzinfo=UTC))

    def undo(self, by: Import) -> Import:
        return self.finish(self.imports.undo(by.id, by="kari"))

    def address(self, email: str) -> Ref:
        return self.refs.ref(Namespace.EMAIL, email)

    def events(self, kind: str = "") -> list[Event]:
        rows = sorted(self.log.rows.values(), key=lambda event: event.key)
        return [event for event in rows if kind in {"", event.type}]


def row(number: int, **said: str) -> dict[str, str]:
    """One person of the table, who agreed this spring."""
    told = {
        "Email": f"p{number}@pool.example",
        "First name": "Ana",
        "Last name": f"Berg{number}",
        "Phone": "",
        "Country": "Norway",
        "Consent date": "2026-04-02",
    }
    return told | {name.replace("_", " "): value for name, value in said.items()}


def table(
    rows: Iterable[Mapping[str, str]],
    *,
    header: Sequence[str] = HEADER,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)
