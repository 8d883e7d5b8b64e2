"""Log rows → S3, by the hour in which they were received, exactly as the stream delivered them.

An object is `log/<hour>/<first position>-<last position>.jsonl.gz`: one row a line in DynamoDB's
own JSON, the bodies still sealed. The same batch makes the same key and the same bytes, so a
repeated batch overwrites itself; a batch that comes again in other halves leaves rows twice, and a
reader keeps one row per log key.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass

from rapport.domain.event import hour_of
from rapport.ports import Archive, SealedEvent


@dataclass(frozen=True, kw_only=True)
class Archiving:
    """The flow on its port."""

    archive: Archive

    def batch(self, rows: Sequence[SealedEvent]) -> int:
        """Write a batch, one object per hour; how many rows it held."""
        hours: dict[str, list[SealedEvent]] = {}
        for row in rows:
            hours.setdefault(hour_of(row.received_at), []).append(row)
        for hour, received in hours.items():
            first, last = received[0].sequence, received[-1].sequence
            self.archive.put(f"log/{hour}/{first}-{last}.jsonl.gz", packed(received))
        return len(rows)


def packed(rows: Sequence[SealedEvent]) -> bytes:
    """Rows as gzip JSON lines; equal rows give equal bytes (no time stands in the header)."""
    lines = "".join(
        json.dumps(row.row, sort_keys=True, separators=(",", ":")) + "\n" for row in rows
    )
    return gzip.compress(lines.encode(), mtime=0)
