"""A mail by hand to one candidate: put into the log, and judged as every other.

What the person was mailed lately is told with it, so that nobody writes beside a colleague.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rapport.domain.address import LedgerEntry
from rapport.domain.event import Json
from rapport.domain.gates import span
from rapport.domain.identifiers import Namespace, namespace_of
from rapport.viewing.finding import Found
from rapport.viewing.stores import Stores
from rapport.writing import written_event

SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is to be written, and in whose name."""

    subject: str
    text: str
    block: str = ""
    sender_name: str = ""
    owner: str = ""
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was put into the log; `new` is False for the same message within the same minute."""

    event_id: str
    person: str
    new: bool
    lately: tuple[LedgerEntry, ...]


def write(stores: Stores, found: Found, what: Message, *, now: datetime, dry: bool) -> Written:
    """Put the message into the log, unless it is only asked what it would meet."""
    event = written_event(
        found.root,
        subject=what.subject,
        text=what.text,
        block=what.block,
        sender_name=what.sender_name,
        owner=what.owner,
        by=what.by,
        now=now,
    )
    entries = sorted(_mailed(stores, found), key=lambda entry: entry.at, reverse=True)
    new = False if dry else stores.log.append([event])[0]
    return Written(
        event_id=event.message_id,
        person=found.person,
        new=new,
        lately=tuple(entries[:SHOWN]),
    )


def to_json(written: Written, *, now: datetime) -> dict[str, Json]:
    """The answer for machines."""
    return {
        "event_id": written.event_id,
        "person": written.person,
        "new": written.new,
        "lately": [
            {"program": entry.program, "at": entry.at.isoformat(), "ago": span(now - entry.at)}
            for entry in written.lately
        ],
    }


def _mailed(stores: Stores, found: Found) -> Iterator[LedgerEntry]:
    for ref in found.members:
        if namespace_of(ref) is Namespace.EMAIL:
            yield from stores.book.address(ref).ledger
