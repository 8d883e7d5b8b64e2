"""`rapport write ID`: one mail by hand to one candidate, judged as every other.

Nothing is sent from here: the message is put into the log, and goes the way of every event. What
the person was mailed lately is told first, so that nobody writes beside a colleague.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cli import output
from cli.errors import CommandError
from cli.finding import Found
from cli.store import Stores
from rapport.bundle import Bundle
from rapport.domain.address import LedgerEntry
from rapport.domain.event import Json
from rapport.domain.gates import span
from rapport.domain.identifiers import Namespace, namespace_of, normalise_email
from rapport.writing import MAX_SUBJECT_CHARS, MAX_TEXT_CHARS, written_event

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


def message(
    *, subject: str, text: str, file: str, block: str, sender_name: str, owner: str, by: str
) -> Message:
    """A message that can be sent; raises CommandError with what is wrong."""
    if bool(text) == bool(file):
        msg = "Give the message with --text, or in a file with --file."
        raise CommandError(msg)
    if file:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{file} cannot be read as UTF-8 text ({type(error).__name__})."
            raise CommandError(msg) from None
    found = Message(
        subject=" ".join(subject.split()),
        text=text.strip(),
        block=block,
        sender_name=sender_name.strip(),
        owner=owner and (normalise_email(owner) or ""),
        by=by,
    )
    for part, size, most in (
        ("--subject", len(found.subject), MAX_SUBJECT_CHARS),
        ("The message", len(found.text), MAX_TEXT_CHARS),
    ):
        if not 0 < size <= most:
            msg = f"{part} has {size} characters; 1 to {most} are possible."
            raise CommandError(msg)
    if owner and not found.owner:
        msg = f"--owner {owner!r} is no e-mail address."
        raise CommandError(msg)
    return found


def check_block(key: str, bundle: Bundle | None) -> None:
    """CommandError when a block is named that is not live: no mail could be made of it."""
    if key and bundle is not None and all(block.key != key for block in bundle.blocks):
        msg = f"There is no block {key!r} in what is live; `rapport content publish` puts it there."
        raise CommandError(msg)


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


def show(written: Written, *, now: datetime, dry: bool) -> None:
    """The answer for people."""
    for entry in written.lately:
        output.line(f"Mailed {span(now - entry.at)} ago by {entry.program}.")
    if not written.lately:
        output.line("This person was not mailed before.")
    if dry:
        output.line("Nothing was written.")
    elif written.new:
        output.line(
            f"Written as {written.event_id}. Whether and when it goes out: rapport why"
            f" {written.person}"
        )
    else:
        output.line(f"This very message was written a moment ago, as {written.event_id}.")


def _mailed(stores: Stores, found: Found) -> Iterator[LedgerEntry]:
    for ref in found.members:
        if namespace_of(ref) is Namespace.EMAIL:
            yield from stores.book.address(ref).ledger
