"""A file that an applicant tracking system exported and somebody dropped → canonical events.

1. Which connection and which mapping it belongs to; a file that was applied before changes nothing.
2. The whole file is judged first (`rapport.filedrop.checking`): it is set aside, or it is good.
3. Rows that cannot be read are kept sealed; the others are taken in page by page. After each page
   the run's row says so: whoever dies in between leaves a row from which the next worker goes on,
   with the page that was under way once more, which changes nothing.
4. Of a full file: what two in a row do not have is asked about, or archived where nobody can be
   asked. Nothing is ever deleted because a file does not have it.
5. The file is taken away: all that it said stands in the log.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.sync.pulls import Came, Result
from rapport.ats import Connection, Connections, Intake, Kept, Refetch, Refetches, Taken
from rapport.domain.event import Json, Origin
from rapport.errors import ConflictError, MisconfiguredError, PoisonError
from rapport.filedrop.checking import Checked, Roster, checked
from rapport.filedrop.mapping import APPLICATIONS, JOBS, FileMapping, mapping_of
from rapport.filedrop.ports import Dropped, Drops, FileRun, FileRuns, IdLists, summed
from rapport.filedrop.rows import archived
from rapport.filedrop.tables import FileRefusedError
from rapport.pulls import Work
from rapport.settings import DROP_PREFIX

PAGE_ROWS = 100
# So many of the rows that cannot be read are kept for somebody to look at.
MAX_KEPT = 1000
# Another file of the same kind is under way.
WAIT_S = 60
_BY, _SEEN, _MISSED = "@", "=", "-"


class State(StrEnum):
    """What came of a file."""

    APPLIED = "applied"
    # Not all of it yet: the same message again.
    UNDER_WAY = "under_way"
    REPEATED = "repeated"
    ASIDE = "aside"
    GONE = "gone"


_METRICS = {
    State.APPLIED: "FilesApplied",
    State.UNDER_WAY: "FilesUnderWay",
    State.REPEATED: "FilesRepeated",
    State.ASIDE: "FilesSetAside",
    State.GONE: "FilesGone",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of a file. `again_s`: the message has to come once more after so many seconds.

    `reason` says why it was set aside. `counts`: rows, bad, news, repeated, missing …
    """

    state: State
    connection: str = ""
    reason: str = ""
    detail: str = ""
    again_s: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FileDrop:
    """The flow, on its ports. `asks`: whether the vendor of a connection can be asked."""

    connections: Connections
    drops: Drops
    runs: FileRuns
    rosters: IdLists
    kept: Kept
    intake: Intake
    refetches: Refetches
    work: Work
    asks: Callable[[Connection], bool]
    now: Callable[[], datetime]

    def do(self, message: Mapping[str, Json], until: datetime) -> Result:
        """What a message of the queue says: `key`, and `force` when the file rightly shrank."""
        key = message.get("key")
        if not isinstance(key, str) or not key.startswith(DROP_PREFIX):
            msg = "this message names no file that was dropped"
            raise PoisonError(msg)
        report = self.apply(key, until=until, force=message.get("force") is True)
        if report.again_s is not None:
            self.work.put(message, after_s=report.again_s)
        figures = {"RowsKeptAside": report.counts.get("bad", 0)}
        figures["FileDrift"] = report.counts.get("missing", 0)
        figures[_METRICS[report.state]] = 1
        # What columns are called may be data, where a file came without its header: never logged.
        return Result(came=Came.DONE, figures=figures, why=report.reason)

    def apply(self, key: str, *, until: datetime, force: bool = False) -> Report:
        """Apply the file of an object key as far as the time reaches; harmless to repeat."""
        name, _, file = key.removeprefix(DROP_PREFIX).partition("/")
        connection = self.connections.get(name) or self.connections.get(name, fresh=True)
        if connection is None:
            return Report(state=State.ASIDE, connection=name, reason="no_connection")
        try:
            mapping = mapping_of(connection.mapping, file)
        except MisconfiguredError as error:
            return Report(state=State.ASIDE, connection=name, reason="mapping", detail=str(error))
        if mapping is None:
            return Report(state=State.ASIDE, connection=name, reason="no_mapping")
        dropped = self.drops.read(key)
        if dropped is None:
            return Report(state=State.GONE, connection=name)
        work = _File(connection=connection, mapping=mapping, key=key, dropped=dropped)
        try:
            return self._applied(work, until, force=force)
        except ConflictError:
            # Somebody else works on the same file: what they do is the same.
            return Report(state=State.UNDER_WAY, connection=name, again_s=WAIT_S)

    def _applied(self, file: "_File", until: datetime, *, force: bool) -> Report:
        name, digest = file.connection.name, file.digest
        run = self.runs.get(name, file.mapping.name)
        if run.told(file.key, digest):
            self.drops.remove(file.key)
            return Report(state=State.REPEATED, connection=name)
        if run.others(digest, self.now()):
            return Report(state=State.UNDER_WAY, connection=name, again_s=WAIT_S)
        roster = self._roster(file)
        # A roster that this very file has made already says nothing of how much it lacks.
        before = Roster() if roster.by == digest else roster
        try:
            found = file.checked(before, force=force)
        except FileRefusedError as error:
            self.runs.put(run.aside(error.reason))
            return Report(
                state=State.ASIDE, connection=name, reason=error.reason, detail=error.detail
            )
        run = self.runs.put(run.begun(file.key, digest, self.now()))
        if run.rows == 0 and not run.counts:
            run = self._kept(run, found)
        run = self._taken(file.connection, run, found, until)
        if run.rows < len(found.events):
            return Report(state=State.UNDER_WAY, connection=name, again_s=0)
        newest = run.newest is None or file.dropped.at >= run.newest
        if file.mapping.full and newest and roster.by != digest:
            after, gone = roster.after(found.ids, digest)
            self._ask(file, sorted(gone))
            self._put_roster(file, after)
            run = self.runs.put(run.moved(run.rows, {"missing": len(gone)}, self.now()))
        run = self.runs.put(run.done(file.dropped.at))
        self.drops.remove(file.key)
        return Report(state=State.APPLIED, connection=name, counts=run.counts)

    def _taken(
        self, connection: Connection, run: FileRun, found: Checked, until: datetime
    ) -> FileRun:
        """The run after the pages that there was time for."""
        # Of the first file nothing is news: it says how things stood.
        origin = Origin.LIVE if run.files else Origin.BACKFILL
        over = False
        # However long the judging took, each call gets on by a page.
        while run.rows < len(found.events) and not over:
            page = found.events[run.rows : run.rows + PAGE_ROWS]
            taken = self.intake.take(connection, page, origin=origin, pulled=True)
            for refetch in taken.refetches:
                self.refetches.put(refetch)
            run = self.runs.put(run.moved(run.rows + len(page), _counts(taken), self.now()))
            over = self.now() >= until
        return run

    def _kept(self, run: FileRun, found: Checked) -> FileRun:
        """Keep the rows that cannot be read, all of a file together, and count what there is."""
        if found.bad:
            rows: list[Json] = [
                {
                    "row": row.number,
                    "reason": row.bad,
                    "cells": {k: _plain(v) for k, v in row.cells.items()},
                }
                for row in found.bad[:MAX_KEPT]
            ]
            content: dict[str, Json] = {"file": run.file, "mapping": run.pattern, "rows": rows}
            self.kept.keep(run.connection, "rows", self.now(), content)
        came = {"rows": len(found.events) + len(found.bad), "bad": len(found.bad)}
        return self.runs.put(run.moved(0, came, self.now()))

    def _ask(self, file: "_File", gone: list[str]) -> None:
        """Ask about what two full files in a row do not have."""
        connection, kind = file.connection, file.mapping.kind
        if gone and kind != JOBS and self.asks(connection):
            for ident in gone:
                self.refetches.put(Refetch(connection=connection.name, kind=kind, id=ident))
        elif gone and kind == APPLICATIONS:
            events = [archived(ident, dropped_at=file.dropped.at) for ident in gone]
            # That a file does not have it is no event of the candidate's: it starts nothing.
            self.intake.take(connection, events, origin=Origin.IMPORT, pulled=True)

    def _roster(self, file: "_File") -> Roster:
        full = file.mapping.full
        ids = (self.rosters.ids(file.connection.name, file.roster) if full else None) or ()
        return Roster(
            seen=frozenset(i[1:] for i in ids if i.startswith(_SEEN)),
            missed=frozenset(i[1:] for i in ids if i.startswith(_MISSED)),
            by=next((i[1:] for i in ids if i.startswith(_BY)), ""),
        )

    def _put_roster(self, file: "_File", roster: Roster) -> None:
        # One object, so that what was seen, what was missed and by which file never part.
        marked = {f"{_BY}{roster.by}"}
        marked |= {_SEEN + ident for ident in roster.seen}
        marked |= {_MISSED + ident for ident in roster.missed}
        self.rosters.put(file.connection.name, file.roster, frozenset(marked))


@dataclass(frozen=True, kw_only=True)
class _File:
    """A file, whose it is, and how it is read."""

    connection: Connection
    mapping: FileMapping
    key: str
    dropped: Dropped

    @property
    def digest(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.dropped.content).hexdigest()[:32]

    @property
    def roster(self) -> str:
        """Under which kind the ids of such files are kept."""
        return f"file-{hashlib.sha256(self.mapping.name.encode()).hexdigest()[:16]}"

    def checked(self, roster: Roster, *, force: bool) -> Checked:
        """What it says; FileRefusedError when it is set aside."""
        content, at = self.dropped.content, self.dropped.at
        return checked(content, self.mapping, dropped_at=at, roster=roster, force=force)


def _plain(cell: object) -> Json:
    return list(cell) if isinstance(cell, tuple) else str(cell) if cell is not None else None


def _counts(taken: Taken) -> dict[str, int]:
    drift = sum(taken.drift.values())
    return summed({"news": taken.news, "repeated": taken.repeated}, {"drift": drift})
