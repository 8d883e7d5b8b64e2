"""What the employer itself says about writing to one person, and notes about them.

A stop closes every address that the person has, in one transaction with its event: when it returns,
no mail that was not claimed yet can be. It stands under a scope of its own, so that taking it back
takes back nothing that the candidate, a mailbox or an applicant tracking system said.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from rapport.ats_rows import AtsRows, Closing
from rapport.domain import names
from rapport.domain.address import SCOPE_EMPLOYER, AddressState, Suppression
from rapport.domain.decision import digest
from rapport.domain.event import Event
from rapport.domain.identifiers import Namespace, Ref, namespace_of
from rapport.errors import ConflictError, RapportError
from rapport.ports import Book, Log
from rapport.records import ID_CHARS, engine_event

MAX_NOTE_CHARS = 8_000
MAX_WHY_CHARS = 500
# Of so many addresses of one person each is closed; a transaction holds a hundred rows.
MAX_ADDRESSES = 90
TRIES = 5
# Why it was said stands in the sealed event alone: a suppression outlives an erasure.
STOPPED = "the employer does not write to this person"


class NoAddressError(RapportError):
    """There is no address that could be closed."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whether the employer writes to a person, and what its people note of them."""

    book: Book
    rows: AtsRows
    log: Log
    now: Callable[[], datetime]

    def stopped(self, members: Iterable[Ref]) -> Suppression | None:
        """The employer's word that stands; None when there is none."""
        words = (state.suppressions.get(SCOPE_EMPLOYER) for state in self._states(members))
        return min((word for word in words if word is not None), key=_since, default=None)

    def stop(self, root: Ref, members: Iterable[Ref], *, by: str, why: str) -> bool:
        """Close all their addresses; whether that was news. NoAddressError if there is none."""
        refs = tuple(members)
        if not any(namespace_of(ref) is Namespace.EMAIL for ref in refs):
            msg = "No e-mail address of this person is known, so there is nothing to stop."
            raise NoAddressError(msg)
        return self._settled(root, refs, by=by, why=why, stop=True)

    def allow(self, root: Ref, members: Iterable[Ref], *, by: str) -> bool:
        """Take the employer's own word back, and nothing else; whether there was one."""
        return self._settled(root, tuple(members), by=by, why="", stop=False)

    def note(self, root: Ref, text: str, *, by: str, brand: str) -> Event:
        """Put a note into the log; the same within the same minute is one."""
        now = self.now()
        minute = now.replace(second=0, microsecond=0)
        event = engine_event(
            names.NOTE_WRITTEN,
            subject=root,
            message_id=f"n_{digest('note', root, text, by, minute.isoformat())[:ID_CHARS]}",
            cause_at=minute,
            now=now,
            properties={"text": text, "by": by, "brand": brand},
        )
        self.log.append([event])
        return event

    def _settled(
        self, root: Ref, members: tuple[Ref, ...], *, by: str, why: str, stop: bool
    ) -> bool:
        for _ in range(TRIES):
            now = self.now()
            states = self._states(members)
            moved = [s for s in states if (SCOPE_EMPLOYER in s.suppressions) is not stop]
            if not moved:
                return False
            event = _event(root, moved, by=by, why=why, now=now, stop=stop)
            word = Suppression(reason=STOPPED, at=now, event_id=event.message_id)
            closings = [_closing(state, word if stop else None) for state in moved]
            try:
                self.rows.settle([], [event], closings)
            except ConflictError:
                continue
            return True
        msg = f"the addresses changed {TRIES} times in a row"
        raise ConflictError(msg)

    def _states(self, members: Iterable[Ref]) -> list[AddressState]:
        refs = [ref for ref in members if namespace_of(ref) is Namespace.EMAIL]
        return [self.book.address(ref) for ref in refs[:MAX_ADDRESSES]]


def _since(word: Suppression) -> datetime:
    return word.at


def _event(
    root: Ref, moved: list[AddressState], *, by: str, why: str, now: datetime, stop: bool
) -> Event:
    """Named by what it changes, so that the same word once more is no second event."""
    versions = [f"{state.ref}@{state.suppression_version}" for state in moved]
    told = digest("stop" if stop else "allow", root, *versions)
    return engine_event(
        names.CONTACT_STOPPED if stop else names.CONTACT_ALLOWED,
        subject=root,
        message_id=f"x_{told[:ID_CHARS]}",
        cause_at=now,
        now=now,
        properties={"why": why, "by": by} if stop else {"by": by},
    )


def _closing(state: AddressState, word: Suppression | None) -> Closing:
    others = {s: held for s, held in state.suppressions.items() if s != SCOPE_EMPLOYER}
    scopes = others if word is None else {**others, SCOPE_EMPLOYER: word}
    return Closing(address=state.ref, version=state.suppression_version, scopes=scopes)
