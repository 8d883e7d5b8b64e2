"""What the career site says, as `/content/v1/` tells it: the brand, and texts that mails share.

Nothing of it is written in this folder: whoever wants other words edits `playbooks/` and publishes.
"""

from pathlib import Path

import msgspec

FOLDER = Path(__file__).with_name("content")


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """Why to work here."""

    headline: str
    text: str
    points: tuple[str, ...] = ()


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """The employer. `colours` are `#rrggbb` by name, those of the dark as `dark-…`."""

    name: str
    postal_address: str
    language: str
    colours: dict[str, str]
    value_proposition: Promise | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """One text with a page of its own; `html` is clean. `topics` are fields of work."""

    key: str
    version: str
    language: str
    title: str
    summary: str
    html: str
    topics: tuple[str, ...] = ()
    minutes: int = 0

    @property
    def category(self) -> str:
        """The field of work that it is about, empty if it is about all or several of them."""
        return self.topics[0] if len(self.topics) == 1 else ""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """The texts that are listed now, in the order of their keys."""

    blocks: tuple[Content, ...]
