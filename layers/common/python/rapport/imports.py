"""Imports: the door to bringing in a pool of people, and to taking it back.

`look` tells what a file would come to and writes nothing. `start` cuts it into sealed pages and has
them applied by the queue, `undo` has them taken back by it; `run` does either. Nothing of it starts
a mail.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, islice
from typing import TypeVar

import msgspec

from rapport.domain.decision import digest
from rapport.errors import MisconfiguredError
from rapport.filedrop.rows import BadRowError
from rapport.filedrop.tables import FileRefusedError
from rapport.importing.applying import PAGE_ROWS, Applying, plan_name, read_plans, rows_name
from rapport.importing.columns import Columns, check_source, complaints, suggested
from rapport.importing.people import Candidate, Reading
from rapport.importing.ports import Import, Planned, Stage, ask_list
from rapport.importing.proof import checked
from rapport.importing.reporting import Asked, Glance, Looked, Telling, check_asked
from rapport.importing.survey import Survey, surveyed
from rapport.importing.table import Table
from rapport.importing.telling import joined_event
from rapport.importing.undoing import Undoing
from rapport.pulls import Work

# What a message says: apply an import, or take it back; have those erased for whom no proof came.
DO = "import"
FORGET = "import-forget"
EVIDENCE_NAME = "evidence"
MAX_EVIDENCE = 16 * 1024 * 1024
_ID_CHARS = 12
_MENDS = {
    "empty": "It holds no header.",
    "encoding": "Say with `encoding` which it is in, as cp1252, or save it as CSV in UTF-8.",
    "quoting": "A quote was opened and never closed.",
    "column_twice": "Two columns have one name; rename one.",
    "too_large": "A cell or a line is longer than any of a person; look for a quote left open.",
    "too_many_columns": "Take those away that nobody maps.",
}
_Item = TypeVar("_Item")


class ImportRefusedError(MisconfiguredError):
    """A file that is not imported; the message says what to do about it."""


@dataclass(frozen=True, kw_only=True)
class Imports:
    """The class on its ports."""

    applying: Applying
    undoing: Undoing
    work: Work
    now: Callable[[], datetime]
    languages: tuple[str, ...] = ()

    def columns(self, asked: Asked) -> tuple[Columns, bool]:
        """How the file is read, and whether a person said so; ImportRefusedError if not at all."""
        check_source(asked.source)
        kept = self.applying.rows.columns(asked.source)
        told = asked.columns or kept
        columns = told or suggested(_table(asked, told or Columns(columns={})).header)
        if wrong := complaints(columns) or complaints(columns, _table(asked, columns).header):
            msg = f"The file cannot be read so: {'; '.join(wrong)}."
            raise ImportRefusedError(msg)
        return columns, told is not None

    def look(self, asked: Asked) -> Looked:
        """What the file would come to, row by row as it would be applied; nothing is written."""
        return self.look_on(asked)[0]

    def look_on(
        self, asked: Asked, at: Glance | None = None, *, until: datetime | None = None
    ) -> tuple[Looked, Glance | None]:
        """The same as far as the time reaches, at least a page, from where a glance ended.

        Also from where to look on; None when that was all of it. The file must be the same.
        """
        if at is None:
            columns, sure = self.columns(asked)
            table, survey = self._surveyed(asked, columns)
            told, row = Telling(), 0
        else:
            columns, sure, survey = at.columns, at.sure, at.survey
            table, told, row = _table(asked, columns), Telling.of(at), at.row
        by, more = self._import(asked, columns), None
        rows = _read(table, columns, survey, self.languages, told, after=row)
        for page in _pages(rows, PAGE_ROWS):
            for judged in self.applying.judge.page(page, by):
                told.add(judged)
            if until is not None and self.now() >= until:
                more = told.glance(page[-1].number, columns, survey, sure=sure)
                break
        before = "" if by.stage is Stage.CUTTING else by.id
        return told.looked(columns, survey, sure=sure, before=before), more

    def start(self, asked: Asked) -> Import:
        """Cut the file into pages and have them applied; the same file goes on where it stands.

        ImportRefusedError for a file of the source that was imported before, or that cannot be
        read. Whoever dies on the way starts again: pages are written over with the same.
        """
        columns, _ = self.columns(asked)
        table, survey = self._surveyed(asked, columns)
        if survey.unclear and not columns.dates:
            names = ", ".join(survey.unclear)
            msg = f"Say with `dates` in which order day and month are: {names} could be either."
            raise ImportRefusedError(msg)
        by, rows = self._import(asked, columns), self.applying.rows
        if by.stage is Stage.RUNNING:
            self._go_on(by)
            return by
        if by.stage is not Stage.CUTTING:
            msg = (
                f"This file was imported before, as {by.id}; `rapport imports undo {by.id}` first."
            )
            raise ImportRefusedError(msg)
        by = by if by.version else rows.put(by)
        rows.put_columns(asked.source, columns)
        if asked.evidence:
            self.applying.shelf.put(by.id, EVIDENCE_NAME, asked.evidence)
        told, pages, rows_in = Telling(), 0, 0
        for page in _pages(_read(table, columns, survey, self.languages, told), PAGE_ROWS):
            self.applying.shelf.put(by.id, rows_name(pages), msgspec.json.encode(page))
            pages, rows_in = pages + 1, rows_in + len(page)
        by = replace(by, employers=len(survey.employers))
        by = by.cut(pages=pages, rows=rows_in + told.why.total(), refused=told.why)
        by = rows.put(by if pages else by.ended(self.now()))
        if pages:
            self._go_on(by)
        return by

    def get(self, import_id: str) -> Import:
        """An import; MisconfiguredError when there is none of that id."""
        found = self.applying.rows.get(import_id)
        if found is None:
            msg = f"There is no import {import_id}; `rapport imports list` shows all."
            raise MisconfiguredError(msg)
        return found

    def all(self) -> Sequence[Import]:
        """Every import, the newest first."""
        return self.applying.rows.all()

    def run(self, import_id: str, *, until: datetime) -> Import:
        """Apply pages, or take them back, as far as the time reaches, at least one.

        The import as it then stands. While it is `resting` nothing of it is taken back yet.
        """
        by = self.get(import_id)
        while by.moving and not by.resting(self.now()):
            by = self.undoing.page(by) if by.stage is Stage.UNDOING else self.applying.page(by)
            if self.now() >= until:
                break
        return by

    def undo(self, import_id: str, *, by: str) -> Import:
        """Have a whole import taken back by the queue; the import as it stands now.

        Asked again it goes on where it is. ConflictError when a page of it moved on right now.
        """
        found = self.get(import_id)
        if found.stage is Stage.UNDONE:
            return found
        found = self.applying.rows.put(found.undoing(by, self.now()))
        if not found.pages:
            return self.applying.rows.put(found.taken_back(self.now()))
        self._go_on(found)
        return found

    def plans(self, by: Import) -> Iterator[Planned]:
        """What was done for each row of an import that is done."""
        for page in range(by.pages):
            content = self.applying.shelf.get(by.id, plan_name(page))
            yield from read_plans(content) if content is not None else ()

    def ask_again(self, import_id: str) -> int:
        """Put those whose basis allows one mail on the list `ask_list`; how many. Sends nothing."""
        by = self.get(import_id)
        if by.stage is not Stage.DONE:
            msg = f"Import {by.id} is {by.stage.value}; wait until it is done."
            raise MisconfiguredError(msg)
        homes = dict.fromkeys(plan.home for plan in self.plans(by) if plan.ask)
        now, key = self.now(), ask_list(by)
        asked = 0
        for page in _pages(iter(homes), PAGE_ROWS):
            gone = self.applying.judge.erased(page)
            there = [home for home in page if home not in gone]
            self.applying.log.append([joined_event(home, by, key, now=now) for home in there])
            asked += len(there)
        return asked

    def _go_on(self, by: Import) -> None:
        self.work.put({"do": DO, "id": by.id})

    def _surveyed(self, asked: Asked, columns: Columns) -> tuple[Table, Survey]:
        table = _table(asked, columns)
        try:
            return table, surveyed(table, columns)
        except FileRefusedError as error:
            raise _refused(error) from None

    def _import(self, asked: Asked, columns: Columns) -> Import:
        """The import of that file: as it stands, or a new one that is not stored yet.

        The id follows from source and file. One that was taken back makes room for another.
        """
        check_asked(asked)
        claim = checked(asked.claim, self.applying.judge.bundle())
        if asked.evidence:
            claim = replace(claim, evidence=hashlib.sha256(asked.evidence).hexdigest())
        if len(asked.evidence) > MAX_EVIDENCE:
            msg = f"The evidence has more than {MAX_EVIDENCE // 2**20} MB; name where it is kept."
            raise ImportRefusedError(msg)
        of_file = _digest(asked)
        ids = (digest("import", asked.source, of_file, str(n))[:_ID_CHARS] for n in count())
        ident = next(ids)
        while found := self.applying.rows.get(ident):
            if found.stage is not Stage.UNDONE:
                return found
            ident = next(ids)
        return Import(
            id=ident,
            source=asked.source,
            digest=of_file,
            by=asked.by,
            started_at=self.now(),
            columns=columns,
            claim=claim,
            list=asked.list,
            kept_days=asked.kept_days,
            as_of=asked.as_of,
        )


def _table(asked: Asked, columns: Columns) -> Table:
    try:
        return Table(asked.file, encoding=columns.encoding, delimiter=columns.delimiter)
    except FileRefusedError as error:
        raise _refused(error) from None


def _refused(error: FileRefusedError) -> ImportRefusedError:
    mend = _MENDS.get(error.reason, "Save it as CSV in UTF-8 and try again.")
    return ImportRefusedError(f"The file is refused ({error}). {mend}")


def _read(
    table: Table,
    columns: Columns,
    survey: Survey,
    languages: tuple[str, ...],
    told: Telling,
    *,
    after: int = 0,
) -> Iterator[Candidate]:
    """The candidates of a file behind a row; rows that tell of none are told."""
    reading = Reading(
        columns=columns, dates=survey.dates, employers=survey.employers, languages=languages
    )
    for row in table.rows():
        if row.number <= after:
            continue
        try:
            yield reading.candidate(row)
        except BadRowError as error:
            told.refuse(row.number, str(error))


def _pages(each: Iterator[_Item], size: int) -> Iterator[tuple[_Item, ...]]:
    while page := tuple(islice(each, size)):
        yield page


def _digest(asked: Asked) -> str:
    """Of the file's bytes."""
    asked.file.seek(0)
    found = hashlib.file_digest(asked.file, "sha256").hexdigest()  # type: ignore[arg-type]
    asked.file.seek(0)
    return found
