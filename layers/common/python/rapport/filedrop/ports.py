"""What the applying of dropped files needs: the files, and how far each kind of them has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

# While a file is under way another of its kind waits; a worker that died is waited for so long.
LEASE = timedelta(minutes=16)
MAX_APPLIED = 64


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A file as it was dropped."""

    content: bytes
    at: datetime


class Drops(Protocol):
    """The files that were dropped, by object key."""

    def read(self, key: str) -> Dropped | None:
        """The file; None when somebody took it away. At most a byte more than may be applied."""
        ...

    def remove(self, key: str) -> None:
        """Take a file away that was applied whole; harmless to repeat."""
        ...


@dataclass(frozen=True, kw_only=True)
class FileRun:
    """How far the files of one mapping have come; `rows` of the one under way are applied.

    `digest` is of the bytes under way, empty between files; `by` is the last file applied whole,
    `applied` are name and digest of the last ones. `newest` is when the newest of them was dropped.
    `refused` is why the last file was set aside; empty when it was not.
    """

    connection: str
    pattern: str
    version: int = 0
    file: str = ""
    digest: str = ""
    rows: int = 0
    until: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    files: int = 0
    by: tuple[str, str] = ("", "")
    applied: tuple[tuple[str, str], ...] = ()
    newest: datetime | None = None
    refused: str = ""

    def told(self, file: str, digest: str) -> bool:
        """Whether that file was applied before.

        A file that is written over under the name of the last one is news unless nothing changed:
        what was undone may look as it did two files ago.
        """
        if self.by[1] == digest:
            return True
        return self.by[0] != file and (file, digest) in self.applied

    def others(self, digest: str, now: datetime) -> bool:
        """Whether another file of this kind is under way."""
        return (
            bool(self.digest)
            and self.digest != digest
            and self.until is not None
            and (now < self.until)
        )

    def begun(self, file: str, digest: str, now: datetime) -> "FileRun":
        """With that file under way; from where it was left if it is the same."""
        if self.digest == digest and self.file == file:
            return replace(self, until=now + LEASE)
        return replace(
            self, file=file, digest=digest, rows=0, counts={}, until=now + LEASE, refused=""
        )

    def moved(self, rows: int, came: Mapping[str, int], now: datetime) -> "FileRun":
        """So many rows further."""
        return replace(self, rows=rows, counts=summed(self.counts, came), until=now + LEASE)

    def aside(self, reason: str) -> "FileRun":
        """With the file set aside."""
        return replace(self, file="", digest="", rows=0, until=None, refused=reason)

    def done(self, at: datetime) -> "FileRun":
        """With the file applied whole."""
        this = (self.file, self.digest)
        return replace(
            self,
            file="",
            digest="",
            rows=0,
            until=None,
            files=self.files + 1,
            by=this,
            applied=(*(each for each in self.applied if each != this), this)[-MAX_APPLIED:],
            newest=max(at, self.newest) if self.newest else at,
        )


def summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Both counts together, without what is 0."""
    names = sorted({*one, *other})
    return {n: total for n in names if (total := one.get(n, 0) + other.get(n, 0))}


class FileRuns(Protocol):
    """The rows of runs, one for each mapping of a connection."""

    def get(self, connection: str, pattern: str) -> FileRun:
        """The run; version 0 when there was none yet."""
        ...

    def put(self, run: FileRun) -> FileRun:
        """Store it in place of the version that it was read at; the stored one.

        ConflictError when somebody else was faster.
        """
        ...


class IdLists(Protocol):
    """Ids of a connection by a kind that says whose; what of `rapport.pulls.Rosters` files need."""

    def ids(self, connection: str, kind: str) -> frozenset[str] | None:
        """Those that were put last; None when there are none, or they cannot be opened."""
        ...

    def put(self, connection: str, kind: str, ids: frozenset[str]) -> None:
        """Keep them instead of those."""
        ...
