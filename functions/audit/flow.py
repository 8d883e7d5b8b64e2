"""Some profiles are folded from the log again; one that is not what is stored is told of.

The sample starts at a place of the table that chance picks, so that over the nights everybody has
their turn. Nothing is mended here: what differs is evidence of a defect, and somebody should see it
before `rapport rebuild` takes it away.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from rapport.domain.identifiers import PersonId, Ref
from rapport.rebuild import Rebuilt, Verdict

SAMPLE = 200
# Left of the call's time when no further profile is begun.
RESERVE = timedelta(seconds=20)


class Sample(Protocol):
    """Stored profiles, in an order that has nothing to do with who they are."""

    def roots(self) -> Iterable[Ref]:
        """The roots of stored profiles from some place on, and round to it again."""
        ...


@dataclass(frozen=True, kw_only=True)
class Result:
    """How many profiles were compared, who differs and in what, and who was too lively to tell."""

    checked: int
    busy: int
    differing: dict[PersonId, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The flow on its ports."""

    sample: Sample
    person: Callable[[Ref], Rebuilt]
    now: Callable[[], datetime]

    def run(self, *, size: int, until: datetime) -> Result:
        """Compare up to `size` profiles, as far as the time reaches."""
        checked = busy = 0
        differing: dict[PersonId, tuple[str, ...]] = {}
        for root in self.sample.roots():
            if checked >= size or self.now() > until - RESERVE:
                break
            rebuilt = self.person(root)
            checked += 1
            busy += rebuilt.verdict is Verdict.BUSY
            if rebuilt.verdict is Verdict.DIFFERS:
                differing[rebuilt.group.person] = rebuilt.differences
        return Result(checked=checked, busy=busy, differing=differing)
