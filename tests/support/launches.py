"""How far campaigns have come, in dicts: the twin of the port `Launches`."""

from collections.abc import Sequence
from datetime import datetime

from rapport.domain.launch import Launch
from rapport.launching import Chunk, chunk_time


class FakeLaunches:
    """Launches, chunks and counts. `reads` counts what a store would have read of launches."""

    def __init__(self) -> None:
        self.rows: dict[str, Launch] = {}
        self.kept: dict[str, dict[str, Chunk]] = {}
        self.mails: dict[str, int] = {}
        self.reads = 0

    def get(self, campaign: str) -> Launch:
        self.reads += 1
        return self.rows.get(campaign, Launch(campaign=campaign))

    def save(self, launch: Launch, chunks: Sequence[Chunk] = ()) -> bool:
        stored = self.rows.get(launch.campaign, Launch(campaign=launch.campaign))
        if stored.version != launch.version - 1:
            return False
        self.rows[launch.campaign] = launch
        self.kept.setdefault(launch.campaign, {}).update({chunk.name: chunk for chunk in chunks})
        return True

    def chunks(self, campaign: str, *, since: str, until: datetime, limit: int) -> Sequence[Chunk]:
        last = f"{chunk_time(until)}~"
        found = sorted(self.kept.get(campaign, {}).items())
        return [chunk for name, chunk in found if since <= name <= last][:limit]

    def next_due(self, campaign: str, *, after: str) -> datetime | None:
        found = sorted(self.kept.get(campaign, {}).items())
        return next((chunk.due for name, chunk in found if name > after), None)

    def spent(self, campaign: str) -> int:
        return self.mails.get(campaign, 0)

    def spend(self, campaign: str, *, most: int) -> bool:
        if self.spent(campaign) >= most:
            return False
        self.mails[campaign] = self.spent(campaign) + 1
        return True
