"""What is done to many people at once: put on a list, taken off it, told as a table.

Whoever is put on a list is so by an event, and who was on it already gets none: so whatever was cut
short is done by asking again. A run's events have ids that follow from the run, so a batch that is
written twice is stored once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Final, Protocol, TextIO, TypeVar

from rapport.campaigns import ASKED
from rapport.domain import names
from rapport.domain.decision import digest
from rapport.domain.event import Event, Json
from rapport.domain.identifiers import PersonId
from rapport.domain.profile import Profile
from rapport.errors import RapportError
from rapport.people_files import write
from rapport.records import ID_CHARS, engine_event
from rapport.searching import Segments, of_list
from rapport.segments import Segment

BATCH: Final = 25
USUAL_MOST: Final = 1_000
_Each = TypeVar("_Each")


class TooManyError(RapportError):
    """It would change more people than was said."""


class ReservedListError(RapportError):
    """Nobody is put on that list by hand."""


class ListNames(Protocol):
    """The names of lists that somebody was put on: a list is nothing but who is on it."""

    def note(self, key: str) -> None:
        """Keep a name; harmless to repeat."""
        ...

    def all(self) -> Sequence[str]:
        """Every name that is kept, in order."""
        ...


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What became of a bulk action. `people`: how many it is about; `written`: events stored."""

    list: str
    people: int
    written: int
    dry_run: bool

    def to_json(self) -> dict[str, Json]:
        """For programs."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Changes who is on static lists. `append` stores events in the log."""

    segments: Segments
    append: Callable[[Sequence[Event]], Sequence[bool]]
    names: ListNames
    now: Callable[[], datetime]

    def put_on(
        self,
        of: Segment,
        key: str,
        *,
        by: str,
        run: datetime,
        most: int = USUAL_MOST,
        dry_run: bool = False,
    ) -> Changed:
        """Put everybody of a segment on a list, if they are not; TooManyError beyond `most`.

        `run` is when the run began, which tells it from others: the same again changes nothing.
        """
        wanted = self._but(of, f"!({_open(key).when})")
        return self._change(wanted, key, names.LIST_JOINED, (by, run), most=most, dry_run=dry_run)

    def take_off(
        self,
        of: Segment,
        key: str,
        *,
        by: str,
        run: datetime,
        most: int = USUAL_MOST,
        dry_run: bool = False,
    ) -> Changed:
        """Take everybody of a segment off a list, if they are on it; else as `put_on`."""
        wanted = self._but(of, of_list(key).when)
        return self._change(wanted, key, names.LIST_LEFT, (by, run), most=most, dry_run=dry_run)

    def some(
        self,
        of: Segment,
        key: str,
        *,
        on: bool,
        by: str,
        run: datetime,
        after: PersonId | None = None,
        most: int = USUAL_MOST,
    ) -> tuple[Changed, PersonId | None]:
        """As many as `most` of a segment put on a list or taken off it, behind somebody.

        Also the last of them if there are more: who goes on from there with the same run changes
        everybody once.
        """
        there = (_open(key) if on else of_list(key)).when
        wanted = self._but(of, f"!({there})" if on else there)
        found = [*islice(self.segments.every(wanted, after=after), most + 1)]
        kind = names.LIST_JOINED if on else names.LIST_LEFT
        if on and found:
            self.names.note(key)
        written = 0
        for part in _batches(iter(found[:most])):
            shown = self.segments.profiles(part)
            written += sum(self.append([self._event(p, key, kind, by, run) for p in shown]))
        done = Changed(list=key, people=len(found[:most]), written=written, dry_run=False)
        return done, found[most - 1] if len(found) > most else None

    def change_one(self, profile: Profile, key: str, *, on: bool, by: str, run: datetime) -> bool:
        """Put one person on a list or take them off; False if nothing had to be done."""
        name = (_open(key) if on else of_list(key)).name
        if (name in profile.lists) == on:
            return False
        kind = names.LIST_JOINED if on else names.LIST_LEFT
        if on:
            self.names.note(name)
        return any(self.append([self._event(profile, name, kind, by, run)]))

    def export(self, of: Segment, out: TextIO, columns: Sequence[str], *, most: int) -> int:
        """Write a segment as CSV; how many people. A column is one of COLUMNS or an attribute.

        A cell that a spreadsheet would take for a formula begins with an apostrophe.
        """
        self._bounded(of, most)
        return write(self.segments, of, out, columns, most=most).people

    def _but(self, of: Segment, when: str) -> Segment:
        return Segment(key=of.key, name=of.name, when=f"({of.when}) && {when}", brand=of.brand)

    def _change(
        self,
        of: Segment,
        key: str,
        kind: str,
        told: tuple[str, datetime],
        *,
        most: int,
        dry_run: bool,
    ) -> Changed:
        people = self._bounded(of, most)
        written = 0
        if not dry_run:
            if people and kind == names.LIST_JOINED:
                self.names.note(key)
            events = (
                self._event(profile, key, kind, *told)
                for profile in self.segments.profiles(self.segments.every(of))
            )
            for part in _batches(events):
                written += sum(self.append(part))
        return Changed(list=key, people=people, written=written, dry_run=dry_run)

    def _bounded(self, of: Segment, most: int) -> int:
        people = sum(1 for _ in islice(self.segments.every(of), most + 1))
        if people > most:
            msg = f"It is about more than {most} people; say --most if that is meant."
            raise TooManyError(msg)
        return people

    def _event(self, profile: Profile, key: str, kind: str, by: str, run: datetime) -> Event:
        told = digest("list", kind, key, profile.root, run.isoformat())
        return engine_event(
            kind,
            subject=profile.root,
            message_id=f"l_{told[:ID_CHARS]}",
            cause_at=run,
            now=self.now(),
            properties={"list": key, "by": by},
        )


def _open(key: str) -> Segment:
    """A list that people may be put on; ReservedListError for those of imports.

    Whoever is on one of those gets one mail that asks for consent, by the basis that an import had.
    """
    if key.startswith(ASKED):
        msg = f"Lists {ASKED}… are of `rapport imports repermission` alone; use another."
        raise ReservedListError(msg)
    return of_list(key)


def _batches(each: Iterator[_Each]) -> Iterator[list[_Each]]:
    while part := [*islice(each, BATCH)]:
        yield part
