"""How a run moves: from its beginning over pages and kinds to its end, as pure functions."""

from dataclasses import replace
from datetime import datetime, timedelta

from rapport.ats import Page
from rapport.domain.ats import AtsEvent, Kind
from rapport.domain.decision import digest
from rapport.domain.event import Json, from_millis, millis
from rapport.errors import RetryableError
from rapport.pulls import PULL, Pull

# What changed so shortly before a run began may not have been shown to it.
LOOKBACK = timedelta(hours=1)
# A cursor that is gone so often in one run is no bad luck.
MOST_WINDOWS = 20
_GONE = frozenset({Kind.CANDIDATE_DELETED, Kind.APPLICATION_DELETED, Kind.JOB_DELETED})


def asked(connection: str, now: datetime, *, whole: bool = False) -> dict[str, Json]:
    """The message that wants a connection read; one run that begins later does for all."""
    message: dict[str, Json] = {"do": "pull", "connection": connection, "asked": millis(now)}
    return message | ({"full": True} if whole else {})


def again(pull: Pull) -> dict[str, Json]:
    """The message that goes on with a run; when it is over by then, nothing is left to do."""
    message = asked(pull.connection, pull.started_at)
    message |= {"kind": pull.only} if pull.only else {}
    return message | ({"dry_run": True} if pull.dry else {})


def begun(
    connection: str, name: str, last: Pull | None, kind: str, *, whole: bool, now: datetime
) -> Pull:
    """A run at its first page; without a watermark it reads everything."""
    # A dry run tells what a first run would do, whatever was read before; of one kind alone
    # everything is read.
    known = last if name == PULL else None
    watermark = known.watermark if known else None
    full = whole or watermark is None
    return Pull(
        connection=connection,
        name=name,
        id=digest(connection, name, str(millis(now)))[:16],
        version=last.version if last else 0,
        started_at=now,
        since=None if full else watermark,
        full=full,
        kind=kind,
        rest_until=now,
        progressed_at=now,
        tokens=known.tokens if known else {},
        watermark=watermark,
        whole_at=known.whole_at if known else None,
    )


def following(pull: Pull, page: Page, kinds: tuple[str, ...]) -> Pull:
    """The run after a page: at the next page, the next kind, or the end."""
    if page.cursor:
        return replace(pull, cursor=page.cursor, page=pull.page + 1)
    fresh = {**pull.fresh, **({pull.kind: page.token} if page.token else {})}
    place = kinds.index(pull.kind) + 1
    if place < len(kinds):
        return replace(pull, kind=kinds[place], cursor="", page=0, fresh=fresh)
    return replace(
        pull,
        cursor="",
        fresh={},
        tokens={**pull.tokens, **fresh},
        finished_at=pull.progressed_at,
        watermark=pull.started_at - LOOKBACK if pull.name == PULL else None,
        whole_at=pull.started_at if pull.full else pull.whole_at,
    )


def anew(pull: Pull) -> Pull:
    """The kind from the start of its window, without the token that may be what is gone."""
    if pull.window >= MOST_WINDOWS:
        msg = "the vendor forgets its cursors again and again"
        raise RetryableError(msg)
    tokens = {kind: token for kind, token in pull.tokens.items() if kind != pull.kind}
    seen = {kind: count for kind, count in pull.seen.items() if kind != pull.kind}
    return replace(pull, cursor="", page=0, window=pull.window + 1, tokens=tokens, seen=seen)


def late_since(pull: Pull | None) -> datetime:
    """When a connection last came forward."""
    return from_millis(0) if pull is None else pull.finished_at or pull.progressed_at


def ids_of(kind: str, page: Page) -> list[str]:
    """What the entities of a page are called; none of those that it says are gone."""
    named = [_id(kind, event) for event in page.events if event.kind not in _GONE]
    return sorted({ident for ident in named if ident})


def _id(kind: str, event: AtsEvent) -> str:
    match kind:
        case "candidates" if event.candidate:
            return event.candidate.id or event.candidate.contact
        case "applications" if event.application:
            return event.application.id
        case "jobs" if event.jobs:
            return event.jobs[0].id
        case _:
            return ""
