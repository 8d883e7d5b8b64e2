"""The operators of a deployment: who they are, and what they may do. Both stand in `book`.

A token says who somebody is; what they may do is never read from one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from rapport.domain.operators import MAX_GRANTS, Grant, Operator, merged
from rapport.errors import PoisonError

# A grant that was taken back is in force for no longer than this.
CACHED_FOR = timedelta(seconds=30)
MAX_CACHED = 1_000


class OperatorError(PoisonError):
    """What was asked of the operators cannot be; the message says the mend."""


class Operators(Protocol):
    """Those who were added, by the subject of their sign-in."""

    def get(self, subject: str) -> Operator | None:
        """One of them; None for a stranger."""
        ...

    def put(self, operator: Operator) -> None:
        """Add one, or replace what they may do."""
        ...

    def remove(self, subject: str) -> None:
        """They are no operator any more; harmless to repeat."""
        ...

    def all(self) -> Sequence[Operator]:
        """Everybody, by name."""
        ...


@dataclass(frozen=True, kw_only=True)
class Staff:
    """What can be done about operators, at a keyboard or by the operators' API."""

    operators: Operators
    now: Callable[[], datetime]

    def add(self, subject: str, name: str, grants: Sequence[Grant]) -> Operator:
        """Add somebody, or give somebody who is there more."""
        known = self.operators.get(subject)
        held = () if known is None else known.grants
        added_at = self.now() if known is None else known.added_at
        return self._put(
            Operator(subject=subject, name=name, grants=merged(held, grants), added_at=added_at)
        )

    def grant(self, subject: str, grants: Sequence[Grant]) -> Operator:
        """Allow somebody more; OperatorError for a stranger."""
        known = self._known(subject)
        return self._put(replace(known, grants=merged(known.grants, grants)))

    def revoke(self, subject: str, grants: Sequence[Grant]) -> Operator:
        """Take grants back; OperatorError for one that is not held."""
        known = self._known(subject)
        if missing := {*grants} - {*known.grants}:
            lacking = ", ".join(sorted(grant.text for grant in missing))
            msg = f"{known.name} does not hold {lacking}; `rapport operators list` shows what is."
            raise OperatorError(msg)
        left = tuple(grant for grant in known.grants if grant not in grants)
        return self._put(replace(known, grants=left))

    def remove(self, subject: str) -> None:
        """They may do nothing any more."""
        self._known(subject)
        self.operators.remove(subject)

    def _known(self, subject: str) -> Operator:
        known = self.operators.get(subject)
        if known is None:
            msg = f"Nobody signs in as {subject}; `rapport operators list` shows who does."
            raise OperatorError(msg)
        return known

    def _put(self, operator: Operator) -> Operator:
        if len(operator.grants) > MAX_GRANTS:
            msg = f"One operator holds at most {MAX_GRANTS} grants; use * for a bound."
            raise OperatorError(msg)
        self.operators.put(operator)
        return operator


class Known:
    """Operators as they were read lately: at most `CACHED_FOR` ago."""

    def __init__(self, operators: Operators, now: Callable[[], datetime]) -> None:
        """Ask `operators` for whoever was not asked for lately."""
        self._operators, self._now = operators, now
        self._read: dict[str, tuple[datetime, Operator | None]] = {}

    def get(self, subject: str) -> Operator | None:
        """One of them; None for a stranger."""
        now = self._now()
        read = self._read.get(subject)
        if read is not None and timedelta() <= now - read[0] < CACHED_FOR:
            return read[1]
        if len(self._read) >= MAX_CACHED:
            self._read.clear()
        found = self._operators.get(subject)
        self._read[subject] = (now, found)
        return found
