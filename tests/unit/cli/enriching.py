"""`enrich` at work beside the commands: the real function, fed from the log's stream."""

from dataclasses import dataclass, field

import pytest

from functions.enrich import handler
from rapport.adapters.dynamo.finder import DynamoFinder
from rapport.adapters.dynamo.stream import finder_change, sealed_events
from rapport.events import VIEW_PREFIX
from tests.inprocess.stores import Stream
from tests.support import on_moto

BATCH = 100


@dataclass(kw_only=True)
class Enriching:
    """Reads the streams from where it left off."""

    read: int = 0
    published: int = 0
    log: Stream = field(default_factory=lambda: Stream(on_moto.TABLES["log"]))
    people: Stream = field(default_factory=lambda: Stream(on_moto.TABLES["people"]))

    def run(self) -> None:
        """Bring identifiers, partitions and profiles up to date with the log."""
        while records := self.log.records()[self.read :]:
            self.read += len(records)
            for start in range(0, len(records), BATCH):
                done = handler._flow().batch(sealed_events(records[start : start + BATCH]))
                assert done.failures == ()

    def publish(self) -> None:
        """Write the rows of the finder that the views' stream tells of."""
        records = self.people.records()[self.published :]
        self.published += len(records)
        finder = DynamoFinder(on_moto.TABLES["people"])
        # The mapping hands on views alone.
        views = [r for r in records if r["dynamodb"]["Keys"]["pk"]["S"].startswith(VIEW_PREFIX)]
        for change in filter(None, map(finder_change, views)):
            finder.put(change)


def enriching(patch: pytest.MonkeyPatch) -> Enriching:
    """The function, composed for the tables on moto."""
    for name, table in on_moto.TABLES.items():
        patch.setenv(f"RAPPORT_{name.upper()}_TABLE", table)
    handler._flow.cache_clear()
    return Enriching()
