"""The content door for tests of a career site: the real answers of the shipped playbooks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from functions.content.flow import PREFIX, Asked, Content
from local.exchange import Exchange
from rapport.bundle import Bundle
from tests.support.editions import FakeEditions
from tests.support.fakes import FakeBundles
from tests.support.mailroom import shipped

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KINDS = "application/json"


@dataclass(kw_only=True)
class ContentDoor:
    """Answers `/content/v1/…` from a bundle that can be changed; `asked` and `statuses` grow."""

    bundle: Bundle = field(default_factory=shipped)
    away: bool = False
    asked: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def reply(self, exchange: Exchange) -> None:
        where = urlsplit(exchange.path)
        self.asked.append(where.path.removeprefix(PREFIX))
        content = Content(
            bundles=FakeBundles(live=self.bundle),
            live=lambda: "live",
            editions=FakeEditions(),
            now=lambda: NOW,
        )
        known = exchange.headers.get("If-None-Match", "")
        told = content.answer(
            Asked(path=where.path, query=dict(parse_qsl(where.query)), if_none_match=known)
        )
        status, body = (503, b"{}") if self.away else (told.status, told.body)
        self.statuses.append(status)
        exchange.answer(status, body, KINDS, (("ETag", told.etag),))

    def write(self, key: str, **said: str) -> None:
        """Publish other words of a block, as a new version."""
        blocks = []
        for block in self.bundle.blocks:
            first, *others = block.editions
            if block.key == key:
                first = msgspec.structs.replace(first, **said)
            blocks.append(msgspec.structs.replace(block, editions=(first, *others)))
        self.bundle = msgspec.structs.replace(self.bundle, blocks=tuple(blocks))

    def brand(self, **facts: object) -> None:
        """Publish another brand."""
        other = msgspec.structs.replace(self.bundle.brand, **facts)
        self.bundle = msgspec.structs.replace(self.bundle, brand=other)
