"""`rapport write ID`: one mail by hand to one candidate, judged as every other.

Nothing is sent from here: the message is put into the log, and goes the way of every event. What
the person was mailed lately is told first, so that nobody writes beside a colleague.
"""

from datetime import datetime
from pathlib import Path

from cli import output
from cli.errors import CommandError
from rapport.bundle import Bundle
from rapport.domain.gates import span
from rapport.domain.identifiers import normalise_email
from rapport.viewing.write import Message, Written
from rapport.writing import MAX_SUBJECT_CHARS, MAX_TEXT_CHARS


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
