"""An ATS is read page by page, from where the last worker came to.

    the row is taken          for as long as a call may last; who finds it taken comes back later
    a page is read            the vendor's word to slow down, or trouble, puts the work back with a
                              delay; a cursor that is gone begins the kind anew
    it is taken in            the same way as deliveries, so what was told changes nothing
    the row moves on          on the condition that nobody else moved it
    … until the time is over, and then a message to itself says that there is more

The first run is a backfill: nothing of it starts anything. The watermark is the start of the run
less an hour, and moves with the last page alone. Once a day, and at first, all is read, and the ids
are held against those of the day before: what is missing is asked for one by one, and only the
vendor's own word that it is gone makes it so. If more than half is missing the fault is in the
answer: nothing follows but an alarm.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from functions.sync.steps import again, anew, begun, following, ids_of
from rapport.ats import (
    Connection,
    CursorGoneError,
    Intake,
    Page,
    Pages,
    Refetch,
    Refetches,
    SlowDown,
    Taken,
)
from rapport.domain.ats import AtsEvent
from rapport.domain.event import Json, Origin, millis
from rapport.errors import (
    ConflictError,
    MisconfiguredError,
    PoisonError,
    RapportError,
    RetryableError,
)
from rapport.pulls import Pull, Pulls, Rosters, Work, run_name

# Longer than a call may last, shorter than the queue waits for one that died.
LEASE = timedelta(minutes=4)
# After a failure, doubled with each: a vendor that is down is not asked every second.
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(hours=1)
# Who waits for longer has been followed by the clock's own wishes, and by those of the run itself.
WAITS = timedelta(hours=2)
# As many as a run asks for one by one; the others are still missing tomorrow.
MOST_MISSING = 1000


class Came(StrEnum):
    """What a message came to; the names of the metrics."""

    FINISHED = "PullsFinished"
    GOING_ON = "PullsGoingOn"
    RESTING = "PullsResting"
    TROUBLED = "PullsTroubled"
    DONE_BEFORE = "PullsDoneBefore"
    FETCHED = "EntitiesFetched"
    REFUSED = "PullsRefused"
    NO_ACCESS = "WithoutAccess"
    QUEUED = "WorkQueued"
    DONE = "Done"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a message came to, and figures by their metrics; `why`: a word of `a-z_`."""

    came: Came
    figures: Mapping[str, int] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Puller:
    """The reading of one connection, on its ports.

    `preview` says of the events of a dry run what would become of them, beyond what Intake counts.
    """

    pulls: Pulls
    rosters: Rosters
    intake: Intake
    refetches: Refetches
    work: Work
    now: Callable[[], datetime]
    preview: Callable[[Connection, tuple[AtsEvent, ...]], Mapping[str, int]] = lambda *_: {}

    def run(
        self, connection: Connection, pages: Pages, message: Mapping[str, Json], *, until: datetime
    ) -> Result:
        """Read on as far as the time reaches."""
        now = self.now()
        only = str(message.get("kind", ""))
        if only not in ("", *pages.kinds):
            msg = f"{connection.vendor} shows nothing of that kind"
            raise PoisonError(msg)
        name = run_name(dry=message.get("dry_run") is True, only=only)
        pull = self.pulls.get(connection.name, name)
        if pull is not None and pull.rest_until > now:
            return self._later(message, pull.rest_until - now)
        if pull is None or pull.finished_at is not None:
            asked = message.get("asked")
            if pull is not None and isinstance(asked, int) and millis(pull.started_at) >= asked:
                return Result(came=Came.DONE_BEFORE)
            whole = message.get("full") is True
            first = only or pages.kinds[0]
            pull = begun(connection.name, name, pull, first, whole=whole, now=now)
        try:
            pull = self.pulls.put(replace(pull, rest_until=now + LEASE))
        except ConflictError:
            return self._later(message, FIRST_REST)
        return self._read(connection, pages, pull, until)

    def _read(self, connection: Connection, pages: Pages, pull: Pull, until: datetime) -> Result:
        figures: Counter[str] = Counter()
        while True:
            try:
                moved = self._page(connection, pages, pull, figures)
            except (SlowDown, RapportError) as trouble:
                return self._stopped(pull, trouble, figures)
            over = self.now() >= until
            free = over or moved.finished_at is not None
            moved = replace(moved, rest_until=self.now() if free else self.now() + LEASE)
            try:
                pull = self.pulls.put(moved)
            except ConflictError:
                # The lease ended under our hands and somebody else goes on: so be it.
                return Result(came=Came.RESTING, figures=figures)
            if pull.finished_at is not None:
                return Result(came=Came.FINISHED, figures=figures)
            if over:
                self.work.put(again(pull))
                return Result(came=Came.GOING_ON, figures=figures)

    def _stopped(
        self, pull: Pull, trouble: SlowDown | RapportError, figures: Mapping[str, int]
    ) -> Result:
        """What becomes of a run that could not read its page."""
        match trouble:
            case SlowDown(seconds=seconds):
                return self._rest(pull, timedelta(seconds=seconds), Came.RESTING, figures)
            case ConflictError():
                # Somebody else wrote a row that this page wanted.
                return self._rest(pull, FIRST_REST, Came.RESTING, figures)
            case RetryableError():
                tries = pull.tries + 1
                rest = min(FIRST_REST * 2 ** min(tries - 1, 10), LONGEST_REST)
                return self._rest(replace(pull, tries=tries), rest, Came.TROUBLED, figures)
            case MisconfiguredError() | PoisonError():
                # Nothing that another try may mend: the next tick finds whether somebody has.
                with suppress(ConflictError):
                    self.pulls.put(replace(pull, rest_until=self.now()))
                return Result(came=Came.REFUSED, figures=figures)
        raise trouble

    def _page(
        self, connection: Connection, pages: Pages, pull: Pull, figures: Counter[str]
    ) -> Pull:
        """Read a page and take it in: the run as it stands then."""
        kind = pull.kind
        page = _turned(pages, pull)
        if page is None:
            return anew(pull)
        dry = pull.dry
        came = Counter(pull.came)
        for taken in self._take(connection, page, pull, figures):
            came.update(_came(taken, first=pull.first))
            figures["Drift"] += 0 if pull.first else sum(taken.drift.values())
            for refetch in () if dry else taken.refetches:
                self.refetches.put(refetch)
        if dry:
            came.update(self.preview(connection, page.events))
        figures["EntitiesRead"] += len(page.events)
        if pull.full and not dry:
            self.rosters.note(pull, ids_of(kind, page))
            if not page.cursor:
                figures.update(self._compare(connection.name, pull))
        seen = {**pull.seen, kind: pull.seen.get(kind, 0) + len(page.events)}
        pull = replace(pull, seen=seen, came=dict(came), progressed_at=self.now(), tries=0)
        return following(pull, page, (pull.only,) if pull.only else pages.kinds)

    def _take(
        self, connection: Connection, page: Page, pull: Pull, figures: Counter[str]
    ) -> Iterator[Taken]:
        """The page at once; if something in it can never be taken in, one by one without that."""
        take = partial(
            self.intake.take,
            connection,
            origin=Origin.BACKFILL if pull.first else Origin.LIVE,
            pulled=True,
            dry_run=pull.dry,
        )
        try:
            yield take(page.events)
        except PoisonError:
            for event in page.events:
                try:
                    yield take([event])
                except PoisonError:
                    figures["EntitiesUnreadable"] += 1

    def _compare(self, connection: str, pull: Pull) -> Mapping[str, int]:
        """Ask for what was there the last time and is missing now."""
        before = self.rosters.ids(connection, pull.kind) or frozenset()
        here = self.rosters.noted(pull)
        missing = sorted(before - here)
        if len(missing) * 2 > len(before):
            return {"RosterFaults": 1}
        for ident in missing[:MOST_MISSING]:
            self.refetches.put(Refetch(connection=connection, kind=pull.kind, id=ident))
        self.rosters.put(connection, pull.kind, here | frozenset(missing[MOST_MISSING:]))
        return {"EntitiesMissing": len(missing)} if missing else {}

    def _rest(self, pull: Pull, rest: timedelta, came: Came, figures: Mapping[str, int]) -> Result:
        """Put the work back: nobody touches it before the rest is over."""
        try:
            self.pulls.put(replace(pull, rest_until=self.now() + rest))
        except ConflictError:
            return Result(came=came, figures=figures)
        self.work.put(again(pull), after_s=rest.total_seconds())
        return Result(came=came, figures=figures)

    def _later(self, message: Mapping[str, Json], rest: timedelta) -> Result:
        """Put a message back that found the row taken, but not for ever."""
        now, since = millis(self.now()), message.get("since")
        began = since if isinstance(since, int) else now
        if now - began <= WAITS / timedelta(milliseconds=1):
            self.work.put({**message, "since": began}, after_s=rest.total_seconds())
        return Result(came=Came.RESTING)


def _turned(pages: Pages, pull: Pull) -> Page | None:
    """The page that the run is at; None when its cursor is gone, or leads nowhere but to itself."""
    token = "" if pull.full else pull.tokens.get(pull.kind, "")
    try:
        page = pages.page(pull.kind, pull.cursor, since=pull.since, token=token)
    except CursorGoneError:
        return None
    return None if page.cursor and page.cursor == pull.cursor else page


def _came(taken: Taken, *, first: bool) -> dict[str, int]:
    drift = {} if first else {f"drift {kind}": count for kind, count in taken.drift.items()}
    return {"news": taken.news, "repeated": taken.repeated, **drift}
