"""What the desk asks of `functions/privacy`, and where it sees what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rapport.campaign_work import Work
from rapport.forgetting import Erasures

# So long a link to an export opens it.
LINK_SECONDS = 300


class Exports(Protocol):
    """Exports that wait for those who asked for them."""

    def link(self, name: str) -> str | None:
        """An address that opens one for LINK_SECONDS; None while it is not there."""
        ...

    def told(self, name: str) -> Mapping[str, str] | None:
        """What is told of one; None while it is not there."""
        ...


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """The queue in front of `functions/privacy`, the rows of erasures, and exports."""

    work: Work
    erasures: Erasures
    exports: Exports
