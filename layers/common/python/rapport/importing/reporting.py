"""What somebody wants imported, and what it would come to, in numbers and a few rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Self

import msgspec

from rapport.campaigns import ASKED
from rapport.domain.event import Json
from rapport.errors import MisconfiguredError
from rapport.importing.columns import Columns
from rapport.importing.judging import REPEATED, Judged
from rapport.importing.ports import KEPT_DAYS
from rapport.importing.proof import Claim
from rapport.importing.survey import Survey
from rapport.segments import LIST_KEY

# Of each kind of row so many are named.
SHOWN = 50
MAX_KEPT_DAYS = 3_650
_CUT = 40
_MARK_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody wants imported. Without `columns` those kept for the source, or suggested.

    `evidence` is the file that proves the batch's consents. `as_of`: when the file was made, if its
    rows do not say how old they are. `list`: the static list that everybody is put on.
    """

    file: BinaryIO
    source: str
    by: str
    columns: Columns | None = None
    claim: Claim = field(default_factory=Claim)
    evidence: bytes = b""
    list: str = ""
    kept_days: int = KEPT_DAYS
    as_of: datetime | None = None


def check_asked(asked: Asked) -> None:
    """MisconfiguredError for what nobody can want of a file."""
    if asked.list and not LIST_KEY.fullmatch(asked.list):
        msg = f"{asked.list[:_CUT]!r} is no name of a list; use up to 64 of a-z, 0-9 and -."
        raise MisconfiguredError(msg)
    if asked.list.startswith(ASKED):
        msg = f"Lists {ASKED}… are of `rapport imports repermission` alone; name another."
        raise MisconfiguredError(msg)
    if not 1 <= asked.kept_days <= MAX_KEPT_DAYS:
        msg = f"Whoever came without proof is kept from 1 to {MAX_KEPT_DAYS} days."
        raise MisconfiguredError(msg)
    for told in (asked.as_of, asked.claim.given_at):
        if told is not None and told.tzinfo is None:
            msg = "A time needs its zone, as 2026-11-23T00:00:00Z."
            raise MisconfiguredError(msg)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a file would come to. `refused`, `doubts`, `joins`: rows by number, and what of them.

    `columns` are as they would be read, `sure` says whether a person confirmed them. `shown` are
    the first rows; `before` is the import that this very file was brought in with.
    """

    columns: Columns
    sure: bool
    survey: Survey
    counts: Mapping[str, int]
    refused: tuple[tuple[int, str], ...] = ()
    doubts: tuple[tuple[int, str], ...] = ()
    joins: tuple[tuple[int, str], ...] = ()
    shown: tuple[Judged, ...] = ()
    before: str = ""

    def to_json(self) -> dict[str, Json]:
        """For programs; of people nothing but the numbers of their rows."""
        columns: Json = msgspec.to_builtins(self.columns)
        return {
            "columns": columns,
            "confirmed": self.sure,
            "rows": self.survey.rows,
            "counts": dict(self.counts),
            "refused": _listed(self.refused),
            "doubtful": _listed(self.doubts),
            "joins": _listed(self.joins),
            "unclear_dates": [*self.survey.unclear],
            "employers": dict(self.survey.employers),
            "passed_over": [*self.survey.passed_over],
            "imported_before": self.before or None,
        }


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file was looked through: up to that row, and what the rows up to it came to.

    `seen` has eight bytes for each of them.
    """

    row: int
    columns: Columns
    sure: bool
    survey: Survey
    counts: dict[str, int]
    why: dict[str, int]
    refused: list[tuple[int, str]]
    doubts: list[tuple[int, str]]
    joins: list[tuple[int, str]]
    seen: bytes


def _listed(rows: tuple[tuple[int, str], ...]) -> list[Json]:
    return [{"row": row, "what": what} for row, what in rows]


@dataclass(kw_only=True)
class Telling:
    """Gathers what rows come to, as they go by. What is `shown` is not part of a glance."""

    counts: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)
    doubts: list[tuple[int, str]] = field(default_factory=list)
    joins: list[tuple[int, str]] = field(default_factory=list)
    shown: list[Judged] = field(default_factory=list)
    # Eight bytes of each row's digest: a million rows take what a large picture does.
    _seen: set[int] = field(default_factory=set)

    def refuse(self, number: int, why: str) -> None:
        """A row that tells of nobody."""
        self.why[why] += 1
        self.counts["refused"] += 1
        _keep(self.refused, number, why)

    def add(self, judged: Judged) -> None:
        """A row that was judged."""
        who = judged.known.who
        mark = int(who.digest[: 2 * _MARK_BYTES], 16)
        if mark in self._seen:
            self.counts[REPEATED] += 1
            return
        self._seen.add(mark)
        self.counts.update(judged.counts)
        if who.doubts:
            _keep(self.doubts, who.number, ", ".join(dict.fromkeys(who.doubts)))
        if judged.joins:
            _keep(self.joins, who.number, f"{judged.joins} known people would become one")
        elif judged.refused:
            _keep(self.joins, who.number, f"names several people, kept apart by {judged.refused}")
        if len(self.shown) < SHOWN:
            self.shown.append(judged)

    @classmethod
    def of(cls, glance: Glance) -> Self:
        """What was gathered by then."""
        marks = zip(*[iter(glance.seen)] * _MARK_BYTES, strict=True)
        return cls(
            counts=Counter(glance.counts),
            why=Counter(glance.why),
            refused=[*glance.refused],
            doubts=[*glance.doubts],
            joins=[*glance.joins],
            _seen={int.from_bytes(mark, "big") for mark in marks},
        )

    def glance(self, row: int, columns: Columns, survey: Survey, *, sure: bool) -> Glance:
        """To go on behind that row."""
        return Glance(
            row=row,
            columns=columns,
            sure=sure,
            survey=survey,
            counts=dict(self.counts),
            why=dict(self.why),
            refused=self.refused,
            doubts=self.doubts,
            joins=self.joins,
            seen=b"".join(mark.to_bytes(_MARK_BYTES, "big") for mark in self._seen),
        )

    def looked(self, columns: Columns, survey: Survey, *, sure: bool, before: str) -> Looked:
        """All of it."""
        return Looked(
            columns=columns,
            sure=sure,
            survey=survey,
            counts={name: count for name, count in sorted(self.counts.items()) if count},
            refused=tuple(self.refused),
            doubts=tuple(self.doubts),
            joins=tuple(self.joins),
            shown=tuple(self.shown),
            before=before,
        )


def _keep(rows: list[tuple[int, str]], number: int, what: str) -> None:
    if len(rows) < SHOWN:
        rows.append((number, what))
