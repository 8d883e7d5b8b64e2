"""`rapport ats stages NAME`: the vendor's stages and what playbooks call each, unmapped ones first.

They are known from what was told and read so far, which stands in the log; with --ask also from the
applications that the API shows now.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime

from cli import output
from cli.ats_store import Desk
from cli.errors import CommandError
from cli.store import Stores
from rapport.ats import Connection, SlowDown
from rapport.domain import names
from rapport.ports import SealedEvent
from rapport.viewing.decisions import properties

# Those that say where an application is.
_TELLING = (names.APPLICATION_STAGE_CHANGED, names.APPLICATION_RECEIVED, names.APPLICATION_UPDATED)
_AT_ONCE = 100
MOST_PAGES = 20
_STAGE_CHARS = 32
_UNFIT = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A stage. `key`: what playbooks call it; `times`: how often somebody came to it."""

    id: str
    name: str = ""
    key: str = ""
    times: int = 0
    last: datetime | None = None


def stages(desk: Desk, stores: Stores, connection: Connection, *, ask: bool) -> list[Seen]:
    """All that are known, those that no playbook can see first, then those seen most."""
    found = {ident: Seen(id=ident, key=key) for ident, key in connection.stages.items()}
    for kind in _TELLING:
        rows = [row for row in stores.finder.sealed(kind) if _source(row) == connection.source]
        for start in range(0, len(rows), _AT_ONCE):
            for event in stores.log.open(rows[start : start + _AT_ONCE]):
                said = {} if event is None else properties(event)
                ident = str(said.get("stage_id") or "")
                if event is not None and ident:
                    name = str(said.get("stage_name") or "")
                    _see(found, connection, ident, name, event.at)
    for ident, name in _asked(desk, connection) if ask else ():
        _see(found, connection, ident, name, None)
    return sorted(found.values(), key=lambda each: (bool(each.key), -each.times, each.id))


def _see(
    found: dict[str, Seen], connection: Connection, ident: str, name: str, at: datetime | None
) -> None:
    before = found.get(ident, Seen(id=ident, key=connection.stages.get(ident, "")))
    newer = at is None or before.last is None or at >= before.last
    found[ident] = replace(
        before,
        name=name if name and newer else before.name,
        times=before.times + (at is not None),
        last=at if at is not None and newer else before.last,
    )


def _source(row: SealedEvent) -> str:
    """It stands in the sort key: the time, the source, the message id."""
    return row.key.sk.split("#", 2)[1]


def _asked(desk: Desk, connection: Connection) -> list[tuple[str, str]]:
    """Stages of the applications that the API shows."""
    pages = desk.sync.pages_for(connection)
    if pages is None or "applications" not in pages.kinds:
        msg = f"{connection.name} has no API that is read here; leave --ask out."
        raise CommandError(msg)
    found: list[tuple[str, str]] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        try:
            page = pages.page("applications", cursor, since=None)
        except SlowDown:
            output.line("The API wants a rest: these are not all stages.", "yellow")
            break
        found += [(e.stage.id, e.stage.name) for e in page.events if e.stage and e.stage.id]
        cursor = page.cursor
        if not cursor:
            break
    return found


def proposed(seen: Seen) -> str:
    """A key for a stage, made of its name."""
    plain = unicodedata.normalize("NFKD", seen.name).encode("ascii", "ignore").decode().lower()
    return _UNFIT.sub("-", plain).strip("-")[:_STAGE_CHARS].strip("-") or "a-key"


def show(connection: Connection, found: list[Seen]) -> None:
    """A line each, and what to write into the settings file for those that are not mapped."""
    if not found:
        output.line(
            "No stage was seen yet: they come with the first deliveries, or with"
            f" `rapport ats backfill {connection.name}`; --ask asks the API."
        )
        return
    lines = [
        (each.id, each.name or "–", each.key or "not mapped", each.times, output.clock(each.last))
        for each in found
    ]
    output.rows(("stage", "called there", "in playbooks", "came", "last (UTC)"), lines)
    unmapped = [each for each in found if not each.key]
    if unmapped:
        output.line("Playbooks do not see those that are not mapped. In the settings file:")
        output.line("stages:")
        for ident, key in connection.stages.items():
            output.line(f'  "{ident}": {key}')
        for each in unmapped:
            output.line(f'  "{each.id}": {proposed(each)}')
        output.line(f"Then: rapport ats connect {connection.name} --file settings.yaml")
