"""View writes → facts on the bus, in stream order.

The records are taken from the lowest position on; publishing stops at the first fact that the bus
did not take, and Lambda delivers from there again. A fact may so be published twice, never lost:
whoever listens is idempotent by the fact's own id.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapport.domain.decision import FactRef
from rapport.ports import Bus


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
        answers = self.bus.publish([fact for _, fact in facts])
        refused = [position for (position, _), ok in zip(facts, answers, strict=True) if not ok]
        return Result(published=sum(answers), again_from=refused[0] if refused else None)
