"""A segment or a list as a file for spreadsheets, for whoever asked and of whom they may see.

It is written when nobody waits for it: what somebody may see is read anew by then, so a grant that
was taken back in the meantime counts. How many people it tells of stands in the trail before the
file does.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import islice
from typing import Final, Protocol, TextIO

from rapport.auditing import Audits, Ended, Entry
from rapport.bundle import Bundle
from rapport.domain.event import Json
from rapport.domain.identifiers import PersonId
from rapport.domain.operators import Action, Operator, may
from rapport.domain.profile import Profile
from rapport.errors import PoisonError, RetryableError
from rapport.searching import Segments
from rapport.segments import Segment
from rapport.sight import sight_of
from rapport.spreadsheets import BYTE_ORDER_MARK, inert

COLUMNS: Final = (
    *("person", "email", "first_name", "last_name", "phone", "country", "locale"),
    *("job_category", "last_seen", "lists", "consents"),
)
# In one file: some minutes of the fifteen that a call may take.
MAX_PEOPLE: Final = 20_000
KIND: Final = "csv"


@dataclass(frozen=True, kw_only=True)
class Written:
    """How many people a file tells of, and how many more it would have been about."""

    people: int
    left_out: int

    def to_text(self) -> Mapping[str, str]:
        """As it stands beside the file."""
        return {"people": str(self.people), "left-out": str(self.left_out)}


# What stands beside an empty file in the place of one that nobody may have.
_REFUSED: Final = "refused"


def written_of(told: Mapping[str, str]) -> Written | None:
    """The inverse of `Written.to_text`; None for a file that was refused."""
    if _REFUSED in told:
        return None
    return Written(people=int(told["people"]), left_out=int(told["left-out"]))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A file that somebody asked for. `by`: their subject; `when`: whom it is about."""

    name: str
    by: str
    when: str
    columns: tuple[str, ...]
    request: str

    def message(self) -> dict[str, Json]:
        """For the queue of `functions/privacy`."""
        return {
            "do": "table",
            "name": self.name,
            "by": self.by,
            "when": self.when,
            "columns": [*self.columns],
            "request": self.request,
        }


def asked_of(message: Mapping[str, Json]) -> Asked:
    """The inverse of `Asked.message`; PoisonError for what is none."""
    match message:
        case {
            "name": str(name),
            "by": str(by),
            "when": str(when),
            "columns": list(columns),
            "request": str(request),
        } if name and {*columns} <= {*COLUMNS}:
            told = tuple(map(str, columns))
            return Asked(name=name, by=by, when=when, columns=told, request=request)
    msg = "this message asks for no table of people"
    raise PoisonError(msg)


class Tables(Protocol):
    """Where files wait for those who asked for them."""

    def put(self, name: str, body: bytes, told: Mapping[str, str] | None = None) -> None:
        """Keep one under a name, with what is told of it."""
        ...


@dataclass(frozen=True, kw_only=True)
class PeopleFiles:
    """Writes the files, on its ports. `operator` gives somebody by their subject."""

    segments: Segments
    operator: Callable[[str], Operator | None]
    bundle: Callable[[], Bundle | None]
    audits: Audits
    tables: Tables
    now: Callable[[], datetime]

    def make(self, asked: Asked, *, most: int = MAX_PEOPLE) -> Written | None:
        """Write one; None, and word of it, for whoever may not have it any more."""
        operator, bundle = self.operator(asked.by), self.bundle()
        if bundle is None:
            raise RetryableError
        if operator is None or not may(operator, Action.EXPORT_PEOPLE):
            self.tables.put(f"{asked.name}.{KIND}", b"", {_REFUSED: "yes"})
            return None
        told = StringIO()
        told.write(BYTE_ORDER_MARK)
        of = Segment(key="", name="", when=asked.when, brand=bundle.brand.key)
        sight = sight_of(operator, Action.EXPORT_PEOPLE, bundle)
        made = write(self.segments.seen_by(sight), of, told, asked.columns, most=most)
        self.audits.put(
            Entry(
                id=asked.name,
                at=self.now(),
                who=asked.by,
                action=f"{Action.EXPORT_PEOPLE.value}:written",
                ended=Ended.DONE,
                fields=asked.columns,
                request=asked.request,
                people=made.people,
            )
        )
        self.tables.put(f"{asked.name}.{KIND}", told.getvalue().encode(), made.to_text())
        return made


def write(
    segments: Segments, of: Segment, out: TextIO, columns: Sequence[str], *, most: int
) -> Written:
    """Write a segment as CSV, at most so many people. A column is one of COLUMNS or an attribute.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    table = csv.writer(out)
    table.writerow(columns)
    everybody = segments.every(of)
    people = 0
    for profile in segments.profiles(islice(everybody, most)):
        table.writerow([inert(cell(profile, column)) for column in columns])
        people += 1
    return Written(people=people, left_out=sum(1 for _ in everybody))


def cell(profile: Profile, column: str) -> str:
    """What stands in a column of the table."""
    if column == "person":
        return PersonId(profile.person)
    if column == "last_seen":
        return "" if profile.last is None else profile.last.date().isoformat()
    if column == "lists":
        return ", ".join(sorted(profile.lists))
    if column == "consents":
        return ", ".join(sorted(t for t, w in profile.consents.items() if not w.withdrawn))
    return profile.attribute(column)
