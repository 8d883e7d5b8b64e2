"""Copies: one message may stand in the log more than once, and counts once.

Two rows of a partition are copies of one message if they have the same id, and either the same
source, or the same type and original time: the latter is one message sent under two write keys.
Copies of copies are copies.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from rapport.domain.event import Event, LogKey, Trust

MARK_BYTES = 3
# Among more messages of one partition, copies are not told from one another any more: what a month
# remembers of its messages stays small, and one endless cookie is not read again and again.
MAX_SEARCHED = 10_000


def mark_of(event: Event) -> int:
    """24 bits of a message's id: what a partition remembers of it. Copies have the same."""
    digest = sha256(event.message_id.encode()).digest()
    return int.from_bytes(digest[:MARK_BYTES], "big")


def once(events: Iterable[Event]) -> list[Event]:
    """In order of time, one event per message: a verified copy, the one received first, the
    one of the smallest key.

    Copies of a message mostly share a log key, and the log keeps the first. One whose timestamp was
    altered, or was stamped anew around a full hour, has a key of its own; it counts for itself
    among more than `MAX_SEARCHED` messages, where no browser's history is any more.
    """
    rows = list(events)
    kept = [min(copies, key=_standing) for copies in _messages(rows)]
    if len(kept) > MAX_SEARCHED:
        by_key: dict[LogKey, list[Event]] = {}
        for event in rows:
            by_key.setdefault(event.key, []).append(event)
        kept = [min(copies, key=_standing) for copies in by_key.values()]
    return sorted(kept, key=lambda e: (e.at, e.key))


def _messages(rows: Iterable[Event]) -> list[list[Event]]:
    """The rows by message."""
    by_id: dict[tuple[str, str], list[Event]] = {}
    for event in rows:
        by_id.setdefault((event.partition, event.message_id), []).append(event)
    return [copies for rows in by_id.values() for copies in _copies(rows)]


def _copies(rows: list[Event]) -> list[list[Event]]:
    """Rows of one id by message. Most are one row; few are of several sources."""
    found: list[tuple[set[object], list[Event]]] = []
    for event in rows:
        signs: set[object] = {event.source, (event.type, event.original_at)}
        copies = [event]
        apart = []
        for known, others in found:
            if known & signs:
                signs |= known
                copies += others
            else:
                apart.append((known, others))
        found = [*apart, (signs, copies)]
    return [copies for _, copies in found]


def _standing(event: Event) -> tuple[bool, datetime, LogKey]:
    """Which of the copies of a message stands for it: the smallest."""
    return (event.trust is not Trust.VERIFIED, event.received_at, event.key)
