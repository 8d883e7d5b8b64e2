"""Progress on the terminal: a moving line where there is a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class Teller:
    """Tells what happens, one closing line per step."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start of the command."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """Show `doing` while it lasts and one line `done` with its seconds after it."""
        began = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(f"{doing} …"):
                yield
        else:
            yield
        self._line(done, time.monotonic() - began)

    @contextmanager
    def count(self, doing: str, done: str, total: int) -> Iterator[Callable[[str], None]]:
        """Like `step`, for work in pieces: call what is yielded with a word after each piece."""
        began = time.monotonic()
        if self.console.is_terminal:
            columns = (
                TextColumn("[bold]{task.description}"),
                BarColumn(bar_width=32),
                MofNCompleteColumn(),
                TextColumn("[dim]{task.fields[latest]}"),
            )
            with Progress(*columns, console=self.console, transient=True) as progress:
                task = progress.add_task(doing, total=total, latest="")
                yield lambda latest: progress.update(task, advance=1, latest=latest)
        else:
            yield _nothing
        self._line(done, time.monotonic() - began)

    def say(self, line: str = "") -> None:
        """One line of its own."""
        self.console.print(line, markup=False, soft_wrap=True)

    def _line(self, done: str, seconds: float) -> None:
        self.console.print(f"[green]✓[/green] {done} [dim]{seconds:.1f} s[/dim]", soft_wrap=True)


def _nothing(_latest: str) -> None:
    """Without a terminal there is one closing line and nothing in between."""
