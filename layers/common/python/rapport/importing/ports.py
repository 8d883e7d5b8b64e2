"""What importing needs from the world, and how far an import has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from rapport.campaigns import ASKED
from rapport.domain.event import IMPORTED, LogKey
from rapport.domain.identifiers import Ref
from rapport.filedrop.ports import LEASE, summed
from rapport.importing.columns import Columns
from rapport.importing.proof import Claim

# Longer than any call of the worker lasts that applies pages.
ONE_CALL = timedelta(minutes=4)
# How long people without proof are kept, in days.
KEPT_DAYS = 90


class Stage(StrEnum):
    """How far an import has come."""

    CUTTING = "cutting"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import. `page` of `pages` is the next; `counts` are of those before.

    `digest` is of the file's bytes and the source. `list` is the static list that everybody is put
    on; empty: none. `as_of`: when the file was made, for rows that do not say it. `employers`: how
    many writings of employers got another name. `rest_until`: nothing is taken back before.
    """

    id: str
    source: str
    digest: str
    by: str
    started_at: datetime
    columns: Columns
    claim: Claim = field(default_factory=Claim)
    list: str = ""
    kept_days: int = KEPT_DAYS
    as_of: datetime | None = None
    version: int = 0
    stage: Stage = Stage.CUTTING
    pages: int = 0
    page: int = 0
    rows: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    employers: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    until: datetime | None = None
    finished_at: datetime | None = None
    undone_by: str = ""
    rest_until: datetime | None = None

    @property
    def source_name(self) -> str:
        """The source of its events in the log."""
        return f"{IMPORTED}{self.id}"

    @property
    def keep_until(self) -> date:
        """When those without proof are to be forgotten."""
        return (self.started_at + timedelta(days=self.kept_days)).date()

    def cut(self, *, pages: int, rows: int, refused: Mapping[str, int]) -> "Import":
        """With its file in pages, ready to be applied."""
        return replace(self, stage=Stage.RUNNING, pages=pages, rows=rows, refused=dict(refused))

    def moved(self, counts: Mapping[str, int], now: datetime) -> "Import":
        """A page further; done after the last one."""
        page = self.page + 1
        after = replace(self, page=page, counts=summed(self.counts, counts), until=now + LEASE)
        return after.ended(now) if page >= self.pages else after

    def ended(self, now: datetime) -> "Import":
        """With nothing left to apply."""
        return replace(self, stage=Stage.DONE, finished_at=now, until=None)

    @property
    def moving(self) -> bool:
        """Whether there are pages to apply or to take back."""
        return self.stage in {Stage.RUNNING, Stage.UNDOING}

    def resting(self, now: datetime) -> bool:
        """Whether somebody may still be at a page of what is to be taken back."""
        return self.stage is Stage.UNDOING and self.rest_until is not None and now < self.rest_until

    def undoing(self, by: str, now: datetime) -> "Import":
        """Being taken back, from the first page on; not before whoever applies a page has ended."""
        if self.stage is Stage.UNDOING:
            return replace(self, until=now + LEASE)
        rest = now + ONE_CALL if self.stage is Stage.RUNNING else None
        return replace(
            self,
            stage=Stage.UNDOING,
            undone_by=by,
            page=0,
            until=now + LEASE,
            rest_until=rest,
        )

    def taken_back(self, now: datetime) -> "Import":
        """A page further back; undone after the last one."""
        after = replace(self, page=self.page + 1, until=now + LEASE)
        if after.page < self.pages:
            return after
        return replace(after, stage=Stage.UNDONE, finished_at=now, until=None)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What is done for one row: its log events; of which of them a consent comes, for which topic.

    `ask`: one mail may ask them for consent. `keep`: they came without proof.
    """

    number: int
    home: Ref
    members: tuple[Ref, ...]
    keys: tuple[LogKey, ...]
    counts: tuple[str, ...]
    address: Ref | None = None
    topic: str = ""
    event_id: str = ""
    ask: bool = False
    keep: bool = False


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Somebody's homes that came without proof with one page, and the day until which they stay."""

    until: date
    import_id: str
    page: int
    homes: tuple[Ref, ...]


class ImportRows(Protocol):
    """The rows of imports, of the columns of each source, and of who came without proof."""

    def get(self, import_id: str) -> Import | None:
        """An import."""
        ...

    def all(self) -> Sequence[Import]:
        """Every import, the newest first."""
        ...

    def put(self, moved: Import) -> Import:
        """Store it over the version that it was read at (0: none); the stored one.

        ConflictError when somebody else was faster.
        """
        ...

    def columns(self, source: str) -> Columns | None:
        """The columns that a person confirmed for a source."""
        ...

    def put_columns(self, source: str, columns: Columns) -> None:
        """Keep them for the next file of that source."""
        ...

    def keep(self, kept: Kept) -> None:
        """Remember when they are to be forgotten; harmless to repeat."""
        ...

    def due(self, day: date) -> Sequence[Kept]:
        """Those whose day has passed, the longest overdue first; at most a hundred pages."""
        ...

    def release(self, import_id: str, page: int, until: date) -> None:
        """Nobody of a page is to be forgotten any more; harmless to repeat."""
        ...


class Shelf(Protocol):
    """Sealed objects of imports: pages of rows, plans of pages, evidence."""

    def put(self, import_id: str, name: str, content: bytes) -> None:
        """Keep it; written over if it is there."""
        ...

    def get(self, import_id: str, name: str) -> bytes | None:
        """What is kept; None when nothing is, or its key was destroyed."""
        ...

    def remove(self, import_id: str, name: str) -> None:
        """Forget it; harmless to repeat."""
        ...


class TakesBack(Protocol):
    """The words of an import, taken back."""

    def unsay(self, address: Ref, topic: str, event_id: str) -> bool:
        """Let the word before it hold again, if the last word on a topic is that of the event.

        False, and nothing changed, when its owner has spoken since, or nothing was said.
        """
        ...


def ask_list(by: Import) -> str:
    """The static list of those whose basis allows one mail that asks for consent."""
    return f"{ASKED}{by.id}"
