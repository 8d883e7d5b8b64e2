"""A whole file, looked at once before anything of it is judged.

What one cell cannot tell the column can: in which order its dates are, and which writings of an
employer are one. Nothing of a row is kept but the writings of employers, at most so many.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from rapport.importing.columns import DATES, EMPLOYER, Columns
from rapport.importing.spellings import MAX_SPELLINGS, united
from rapport.importing.table import Table
from rapport.importing.values import Orders


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a file holds. `dates`: field → the order that all its cells allow.

    `unclear`: the fields whose dates could be read in two ways. `employers`: writing → name, for
    those that get another. `passed_over`: columns that nobody mapped.
    """

    rows: int
    dates: Mapping[str, str] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()
    employers: Mapping[str, str] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()


def surveyed(table: Table, columns: Columns) -> Survey:
    """Look at every row; FileRefusedError for a file that cannot be read to its end."""
    dated = {column: name for column, name in columns.columns.items() if name in DATES}
    orders = {name: Orders() for name in dated.values()}
    employer = next((c for c, name in columns.columns.items() if name == EMPLOYER), "")
    spellings: Counter[str] = Counter()
    count = 0
    for row in table.rows():
        count += 1
        for column, name in dated.items():
            orders[name].add(_text(row.cells.get(column)))
        told = " ".join(_text(row.cells.get(employer)).split()) if employer else ""
        if told and (told in spellings or len(spellings) < MAX_SPELLINGS):
            spellings[told] += 1
    clear = {name: found.order for name, found in orders.items() if found.order}
    passed_over = {*table.header} - {*columns.columns, *columns.ignored}
    return Survey(
        rows=count,
        dates=clear,
        unclear=tuple(
            sorted(n for n, found in orders.items() if found.unclear and not columns.dates)
        ),
        employers=united(spellings, columns.employers),
        passed_over=tuple(name for name in table.header if name in passed_over),
    )


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
