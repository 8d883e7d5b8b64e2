"""The content pages of the career site: what they are about, and their text as HTML."""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("content")


@dataclass(frozen=True, kw_only=True)
class Content:
    """One content page. `category` is the field of work it is about, empty for all of them."""

    slug: str
    title: str
    category: str
    version: str
    minutes: int
    summary: str

    @property
    def html(self) -> str:
        """The text."""
        return (FOLDER / f"{self.slug}.html").read_text(encoding="utf-8")


def contents() -> tuple[Content, ...]:
    """All content pages in the order of the menu."""
    rows = json.loads((FOLDER / "pages.json").read_text(encoding="utf-8"))
    return tuple(Content(**row) for row in rows)
