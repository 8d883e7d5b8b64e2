"""A whole file, judged before anything of it is applied.

A file is set aside, and nothing of it is applied, when it cannot be read to its end, when its
columns are not those of the mapping, when more than a fifth of its rows are bad, when it is empty,
or when a full file lacks more than a fifth of what was known. A person looks at it; `force` says
that the shrinking is real.

What a full file lacks is never deleted. It is missing once, and is asked about when the next full
file lacks it too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.ats import AtsEvent
from rapport.filedrop.mapping import FileMapping
from rapport.filedrop.rows import BadRowError, event_of, id_of
from rapport.filedrop.tables import FileRefusedError, Row, rows_of

# Shares of a file, in percent.
MOST_BAD = 20
MOST_GONE = 20
# What a call of `sync` can hold and judge, thirty times over.
MAX_FILE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Roster:
    """What full files had: `seen` in the last one, `missed` by the last one for the first time.

    `by` names the file that it was made by; empty: there was none yet.
    """

    seen: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    by: str = ""

    def known(self) -> frozenset[str]:
        """All ids that are not known to be gone."""
        return self.seen | self.missed

    def after(self, ids: frozenset[str], by: str) -> "tuple[Roster, frozenset[str]]":
        """The roster after a full file with these ids, and those that it is the second to lack."""
        gone = self.missed - ids
        return Roster(seen=ids, missed=self.seen - ids, by=by), gone


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file that may be applied: its events, the rows that stay aside, every id in it."""

    events: tuple[AtsEvent, ...]
    bad: tuple[Row, ...]
    ids: frozenset[str]


def checked(
    content: bytes,
    mapping: FileMapping,
    *,
    dropped_at: datetime,
    roster: Roster,
    force: bool = False,
) -> Checked:
    """The file's events; FileRefusedError with the reason why it is set aside."""
    if len(content) > MAX_FILE_BYTES:
        reason = "too_large"
        raise FileRefusedError(reason)
    found = _found(rows_of(content, mapping), mapping, dropped_at)
    rows = len(found.events) + len(found.bad)
    if not rows:
        reason = "empty"
        raise FileRefusedError(reason)
    if len(found.bad) * 100 > rows * MOST_BAD:
        reason = "bad_rows"
        raise FileRefusedError(reason, f"{len(found.bad)} of {rows} rows cannot be read")
    known = roster.known()
    gone = len(known - found.ids)
    if mapping.full and not force and gone * 100 > len(known) * MOST_GONE:
        reason = "shrunk"
        raise FileRefusedError(reason, f"{gone} of {len(known)} known ids are not in it")
    return found


def _found(rows: Iterable[Row], mapping: FileMapping, dropped_at: datetime) -> Checked:
    events: list[AtsEvent] = []
    bad: list[Row] = []
    by_id: dict[str, AtsEvent] = {}
    ids: set[str] = set()
    for row in rows:
        ident = id_of(row, mapping)
        if ident:
            # A row that cannot be read is there all the same.
            ids.add(ident)
        if row.bad:
            bad.append(row)
            continue
        try:
            event = event_of(row, mapping, dropped_at=dropped_at)
        except BadRowError as error:
            bad.append(Row(number=row.number, cells=row.cells, bad=str(error)))
            continue
        before = by_id.setdefault(ident, event)
        if before is event:
            events.append(event)
        elif before != event:
            # Two rows that contradict each other: the first holds, in each reading of the file.
            bad.append(Row(number=row.number, cells=row.cells, bad="id_twice"))
    return Checked(events=tuple(events), bad=tuple(bad), ids=frozenset(ids))
