"""How answers reach a terminal: rich text for people, one JSON document for programs.

Candidates choose their names; a name with an escape sequence in it must not reach the terminal.
"""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rapport.domain.event import Json
from rapport.viewing.moments import clock, iso, iso_or_none

__all__ = [
    "clean",
    "clock",
    "console",
    "heading",
    "iso",
    "iso_or_none",
    "line",
    "print_json",
    "rows",
]
WIDTH_OF_FILES: Final = 200
# C0 and C1 controls, and the marks that turn the direction of a line around.
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def clean(value: object) -> str:
    """The value as text in which nothing steers a terminal."""
    return _UNSAFE.sub("\ufffd", str(value))


def console() -> Console:
    """Standard output; plain text, not folded to a terminal's width, when it is none."""
    width = None if sys.stdout.isatty() else WIDTH_OF_FILES
    return Console(highlight=False, markup=False, emoji=False, width=width)


def print_json(data: Json) -> None:
    """One JSON document, nothing but ASCII in it."""
    console().print(json.dumps(data, indent=2), soft_wrap=True)


def line(text: str, style: str = "") -> None:
    """One line, never broken by us."""
    console().print(Text(clean(text), style=style), soft_wrap=True)


def heading(text: str) -> None:
    """A line that begins a section."""
    console().print()
    line(text, "bold")


def rows(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """A table without frames; the last column takes what is left of the line."""
    out = console()
    table = Table(box=None, pad_edge=False, header_style="dim", show_header=any(columns))
    for name in columns[:-1]:
        table.add_column(name, no_wrap=True)
    table.add_column(columns[-1], overflow="fold")
    for cells in lines:
        table.add_row(*(Text(clean(cell)) for cell in cells))
    out.print(table)
