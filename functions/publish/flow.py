"""View writes → facts on the bus, in stream order, ten at a time; and rows of the finder.

Publishing stops at the first ten of which the bus did not take all, and Lambda delivers again from
the lowest position among those refused: a bus that refuses is busy, and what is put behind a
refused fact would be put a second time anyway. A fact may so be published twice, never lost:
whoever listens is idempotent by the fact's own id.

Facts first, for mail waits for them. Of each person only the latest row of a batch is written, and
all of a batch's, whatever the bus took: a row that stands already is not written again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapport.domain.decision import FactRef
from rapport.domain.identifiers import PersonId
from rapport.errors import RetryableError
from rapport.ports import Bus, Finder, FinderChange

# What one call to the bus takes at most.
TOGETHER = 10


@dataclass(frozen=True, kw_only=True)
class ViewWrite:
    """One record of the stream: its position as Lambda knows it, and what it carries."""

    position: str
    facts: tuple[tuple[FactRef, int], ...]
    finder: FinderChange | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many facts the bus took, and from which position on to deliver again.

    `found`: how many rows of the finder were written.
    """

    published: int
    found: int = 0
    again_from: str | None = None


@dataclass(frozen=True, kw_only=True)
class Publish:
    """The flow on its ports."""

    bus: Bus
    finder: Finder

    def batch(self, writes: Sequence[ViewWrite]) -> Result:
        """Publish what a batch of view writes carries; may be repeated at any time."""
        published, refused = self._facts(writes)
        found, unwritten = self._rows(writes)
        again = {at for at in (refused, unwritten) if at is not None}
        first = next((write.position for write in writes if write.position in again), None)
        return Result(published=published, found=found, again_from=first)

    def _facts(self, writes: Sequence[ViewWrite]) -> tuple[int, str | None]:
        """How many facts the bus took, and the lowest position of those that it refused."""
        facts = [(write.position, fact) for write in writes for fact in write.facts]
        published = 0
        for start in range(0, len(facts), TOGETHER):
            part = facts[start : start + TOGETHER]
            answers = self.bus.publish([fact for _, fact in part])
            published += sum(answers)
            refused = [position for (position, _), ok in zip(part, answers, strict=True) if not ok]
            if refused:
                return published, refused[0]
        return published, None

    def _rows(self, writes: Sequence[ViewWrite]) -> tuple[int, str | None]:
        """How many rows were written, and the lowest position of those that were not."""
        latest: dict[PersonId, tuple[str, FinderChange]] = {}
        for write in writes:
            if write.finder is not None:
                latest[write.finder.person] = (write.position, write.finder)
        failed = set()
        for position, change in latest.values():
            try:
                self.finder.put(change)
            except RetryableError:
                failed.add(position)
        first = next((write.position for write in writes if write.position in failed), None)
        return len(latest) - len(failed), first
