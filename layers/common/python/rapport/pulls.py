"""How far the reading of an ATS has come: one row per connection, moved on page by page.

A run reads kind after kind, page after page. After each page that is taken in its row says so, on
the condition that nobody else moved it meanwhile; whoever dies in between leaves a row from which
the next worker goes on, with the page that was under way once more (which changes nothing).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rapport.domain.event import Json

# The names under which runs of a connection stand; of one kind alone: the name, a colon, the kind.
PULL, DRY_RUN = "pull", "dry_run"


def run_name(*, dry: bool, only: str = "") -> str:
    """The name of a run; `only`: of that kind and no other."""
    return ":".join(filter(None, (DRY_RUN if dry else PULL, only)))


@dataclass(frozen=True, kw_only=True)
class Pull:
    """A run, under way or finished.

    `since`: what changed since then is read; None: everything. `full`: the ids of everything are
    read too, and compared with those of the last time.
    `kind`, `cursor`, `page`: the page that comes next; `page` counts from 0 within the kind.
    `window`: how often a kind had to begin anew, for its cursor was gone.
    `rest_until`: nobody works on it before: a worker has it, or the vendor wanted a rest.
    `tries`: failures since the last page. `seen`: entities by kind. `came`: what they came to.
    `tokens`: what the vendor wants to hear at the next run, by kind; `fresh`: those of this run.
    `watermark`: since when the next run asks; it moves when the last page is taken in, not before.
    `whole_at`: when the last run that read all ids began.
    """

    connection: str
    name: str = PULL
    id: str
    version: int = 0
    started_at: datetime
    since: datetime | None = None
    full: bool = False
    kind: str = ""
    cursor: str = ""
    page: int = 0
    window: int = 0
    rest_until: datetime
    progressed_at: datetime
    tries: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)
    came: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    fresh: Mapping[str, str] = field(default_factory=dict)
    finished_at: datetime | None = None
    watermark: datetime | None = None
    whole_at: datetime | None = None

    @property
    def dry(self) -> bool:
        """Whether it writes nothing but its row."""
        return self.name.partition(":")[0] == DRY_RUN

    @property
    def only(self) -> str:
        """The one kind that it reads; empty: all of them."""
        return self.name.partition(":")[2]

    @property
    def first(self) -> bool:
        """Whether nothing of the connection was ever read to the end: a backfill."""
        return self.watermark is None


class Pulls(Protocol):
    """The rows of runs, and the list of connections that are read by the clock."""

    def get(self, connection: str, name: str = PULL) -> Pull | None:
        """The run of that name that is under way, or else the last one."""
        ...

    def put(self, pull: Pull) -> Pull:
        """Store it in place of the version that it was read at (0: of none); the stored one.

        ConflictError when somebody else was faster.
        """
        ...

    def connections(self) -> Sequence[str]:
        """Those that the clock has read, sorted."""
        ...

    def enrol(self, connection: str) -> None:
        """Have it read by the clock from now on."""
        ...

    def retire(self, connection: str) -> None:
        """Have it read no more; what was read stays."""
        ...


class Work(Protocol):
    """The queue of what `functions/sync` has to do."""

    def put(self, message: Mapping[str, Json], *, after_s: float = 0) -> None:
        """Have that done, at once or after so many seconds (SQS: up to 900; later is cut)."""
        ...


class Rosters(Protocol):
    """The ids of everything that a vendor had when it was last read whole; sealed, for ids are
    personal data.
    """

    def ids(self, connection: str, kind: str) -> frozenset[str] | None:
        """Those of the last whole reading; None when there was none, or it cannot be opened."""
        ...

    def put(self, connection: str, kind: str, ids: frozenset[str]) -> None:
        """Keep them instead of those of the last time."""
        ...

    def note(self, pull: Pull, ids: Sequence[str]) -> None:
        """Keep those of the page that the run is at; harmless to repeat."""
        ...

    def noted(self, pull: Pull) -> frozenset[str]:
        """Those of all pages of the kind that the run is at, the one that it is at included."""
        ...
