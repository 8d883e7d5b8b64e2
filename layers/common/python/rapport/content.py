"""What anybody may read of a block: as `/content/v1/` serves it, and as it is kept for ever.

Every edition that was ever published stays at `content/<version>.json`, so a page that is opened
from an old mail shows what that mail said.
"""

from typing import Protocol

import msgspec

from rapport.bundle import Block, Edition

PART = "part"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A block in one language. Times are ISO 8601, empty: no bound."""

    key: str
    kind: str
    language: str
    version: str
    title: str
    summary: str
    html: str
    text: str
    url: str
    image_alt: str
    topics: tuple[str, ...]
    personas: tuple[str, ...]
    minutes: int
    publish_at: str
    expire_at: str


class Editions(Protocol):
    """The editions that were ever published."""

    def get(self, version: str) -> Told | None:
        """An edition by its version; None when there never was one."""
        ...


def told(block: Block, edition: Edition) -> Told:
    """An edition with what its block says of all of them."""
    return Told(
        key=block.key,
        kind=block.kind,
        language=edition.language,
        version=edition.version,
        title=edition.title,
        summary=edition.summary,
        html=edition.html,
        text=edition.text,
        url=edition.url,
        image_alt=edition.image_alt,
        topics=block.topics,
        personas=block.personas,
        minutes=block.minutes,
        publish_at=block.publish_at,
        expire_at=block.expire_at,
    )


def object_key(version: str) -> str:
    """Where an edition stands in the bucket of bundles."""
    return f"content/{version}.json"
