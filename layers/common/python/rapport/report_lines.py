"""A report as lines, one for each number: what terminals, CSV files, pages and mails show."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from rapport.domain.event import Json
from rapport.domain.numbers import TOGETHER, Numbers, Part, Table, of
from rapport.reports import Report
from rapport.spreadsheets import inert

MAILS: Final = "mails"
POOL: Final = "pool"
SOURCES: Final = "sources"
HIRES: Final = "hires"
_COLUMNS = ("table", "group", "of", "step", "reason", "number", "people", "share")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One number. `people`: whose it is; `share` of the step that it is part of (0…1), if any."""

    table: str
    group: str
    part: Part
    count: int
    people: int
    share: float | None = None


def lines(report: Report) -> Iterator[Line]:
    """Every number of a report, table by table, in order."""
    for table, numbers in (
        (MAILS, report.mails),
        (POOL, {"": report.pool} if report.pool else {}),
        (SOURCES, report.sources),
        (HIRES, report.hires),
    ):
        yield from _of(table, numbers)


def _of(name: str, table: Table) -> Iterator[Line]:
    for group, numbers in table.items():
        for part, number in numbers.items():
            yield Line(
                table=name,
                group=group,
                part=part,
                count=number.count,
                people=len(number.people),
                share=_share(numbers, part, number.count),
            )


def _share(numbers: Numbers, part: Part, count: int) -> float | None:
    whole = of(numbers, part.of)
    counts_other_things = part.name in TOGETHER and part.name.value.startswith(("applied", "hired"))
    if part.of is part.name or counts_other_things or not whole:
        return None
    return count / whole


def to_csv(report: Report) -> str:
    """As CSV (RFC 4180), a line for each number; no cell is a formula."""
    out = StringIO()
    write = csv.writer(out)
    write.writerow(_COLUMNS)
    for line in lines(report):
        of_step, step, reason = line.part
        share = "" if line.share is None else f"{line.share:.4f}"
        words = map(inert, (line.table, line.group, of_step.value, step.value, reason))
        write.writerow([*words, line.count, line.people, share])
    return out.getvalue()


def to_json(report: Report) -> dict[str, Json]:
    """For programs."""
    return {
        "by": report.asked.by.value,
        "first": report.asked.first.isoformat(),
        "last": report.asked.last.isoformat(),
        "at": report.at.isoformat(),
        "fewer": report.fewer,
        "read": dict(report.read),
        "numbers": [
            {
                "table": line.table,
                "group": line.group,
                "of": line.part.of.value,
                "step": line.part.name.value,
                "reason": line.part.reason,
                "count": line.count,
                "people": line.people,
            }
            for line in lines(report)
        ],
    }
