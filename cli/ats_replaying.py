"""`rapport ats replay NAME`: bodies that nobody could read, taken in again as things are now.

What came within a day counts as if it came now; what is older is history, so that nothing is mailed
late. What works is dropped; what does not stays. It may be repeated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cli import output
from cli.ats_store import Desk
from cli.errors import CommandError
from rapport.adapters.quarantine import Kept
from rapport.domain.event import Origin
from rapport.errors import PoisonError

LATE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of one body. `reason`: why it stays; empty: it was taken in and dropped."""

    kept: Kept
    origin: Origin
    news: int = 0
    repeated: int = 0
    reason: str = ""


def chosen(desk: Desk, name: str, *, ident: str, everything: bool) -> list[Kept]:
    """Those that are meant; CommandError when there is none of that id."""
    kept = desk.kept(name)
    found = [each for each in kept if everything or each.id == ident]
    if ident and not found:
        msg = f"Nothing of {name} is kept as {ident}; `rapport ats replay {name}` lists what is."
        raise CommandError(msg)
    return found


def replay(desk: Desk, kept: Sequence[Kept], *, now: datetime) -> Iterator[Replayed]:
    """Take each in again, the oldest first."""
    for each in kept:
        yield _again(desk, each, now)


def _again(desk: Desk, kept: Kept, now: datetime) -> Replayed:
    origin = Origin.BACKFILL if now - kept.at > LATE else Origin.LIVE
    try:
        content = desk.shelf.read(kept)
        if "rows" in content:
            # They are a part of a file, which is judged as a whole.
            file = content.get("file", "")
            reason = f"rows of {file}: mend the mapping or the file, and drop the file again"
            return Replayed(kept=kept, origin=origin, reason=reason)
        received = desk.door.again(content, origin=origin)
    except PoisonError as unfit:
        return Replayed(kept=kept, origin=origin, reason=str(unfit))
    if received.code != "taken":
        return Replayed(kept=kept, origin=origin, reason=received.reason or received.code)
    desk.shelf.drop(kept)
    taken = received.taken
    return Replayed(kept=kept, origin=origin, news=taken.news, repeated=taken.repeated)


def show_kept(name: str, kept: Sequence[Kept]) -> None:
    """What is kept, and how to go on."""
    if not kept:
        output.line(f"Nothing of {name} is kept.")
        return
    lines = [(output.clock(each.at), each.reason, each.id) for each in kept]
    output.rows(("received (UTC)", "reason", "id"), lines)
    output.line(f"rapport ats replay {name} --all takes them in again; rapport quarantine show ID")


def show(done: Replayed) -> None:
    """A line on what became of it."""
    if done.reason:
        output.line(f"{done.kept.id}  stays: {done.reason}", "yellow")
        output.line(f"          rapport quarantine show {done.kept.id} tells what it is", "dim")
        return
    how = "" if done.origin is Origin.LIVE else ", as history: nothing is mailed for it"
    output.line(f"{done.kept.id}  {done.news} new, {done.repeated} told before{how}; dropped")
