"""View writes → facts on the bus, in stream order, ten at a time.

Publishing stops at the first ten of which the bus did not take all, and Lambda delivers again from
the lowest position among those refused: a bus that refuses is busy, and what is put behind a
refused fact would be put a second time anyway. A fact may so be published twice, never lost:
whoever listens is idempotent by the fact's own id.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapport.domain.decision import FactRef
from rapport.ports import Bus

# What one call to the bus takes at most.
TOGETHER = 10


@dataclass(frozen=True, kw_only=True)
class ViewWrite:
    """One record of the stream: its position as Lambda knows it, and the facts that it carries."""

    position: str
    facts: tuple[tuple[FactRef, int], ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many facts the bus took, and from which position on to deliver again."""

    published: int
    again_from: str | None = None


@dataclass(frozen=True, kw_only=True)
class Publish:
    """The flow on its port."""

    bus: Bus

    def batch(self, writes: Sequence[ViewWrite]) -> Result:
        """Publish the facts of a batch of view writes; may be repeated at any time."""
        facts = [(write.position, fact) for write in writes for fact in write.facts]
        published = 0
        for start in range(0, len(facts), TOGETHER):
            part = facts[start : start + TOGETHER]
            answers = self.bus.publish([fact for _, fact in part])
            published += sum(answers)
            refused = [position for (position, _), ok in zip(part, answers, strict=True) if not ok]
            if refused:
                return Result(published=published, again_from=refused[0])
        return Result(published=published)
