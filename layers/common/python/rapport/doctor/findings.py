"""What a check answers with, and when all of them together are green."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from rapport.domain.event import Json
from rapport.errors import RapportError


class CannotTellError(RapportError):
    """What a check wants to know cannot be found out here; the message says why."""


class Level(StrEnum):
    """How a check ended. `warn`: mail arrives, and could arrive better."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer of one check: what is the case in a line, and in a line what to do about it."""

    name: str
    level: Level
    what: str
    mend: str = ""

    def to_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "name": self.name,
            "level": self.level.value,
            "what": self.what,
            "mend": self.mend,
        }


Answer: TypeAlias = "tuple[Level, str] | tuple[Level, str, str]"
Check: TypeAlias = "Callable[[], Answer]"


def looked(checks: Iterable[tuple[str, Check]]) -> tuple[Finding, ...]:
    """A finding for each check, in order; what cannot be told is unknown, and stops none."""
    return tuple(_finding(name, check) for name, check in checks)


def _finding(name: str, check: Check) -> Finding:
    try:
        level, what, *mend = check()
    except CannotTellError as error:
        mended = f"Look yourself, then name it: rapport golive --accept {name}."
        return Finding(name=name, level=Level.UNKNOWN, what=str(error), mend=mended)
    return Finding(name=name, level=level, what=what, mend="".join(mend))


def in_the_way(findings: Sequence[Finding], accepted: Iterable[str]) -> tuple[Finding, ...]:
    """What keeps a brand from going live: failures, and what is unknown and was not accepted.

    Nobody accepts a failure: it is mended.
    """
    named = frozenset(accepted)
    return tuple(
        each
        for each in findings
        if each.level is Level.FAIL or (each.level is Level.UNKNOWN and each.name not in named)
    )
